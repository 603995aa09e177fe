// Times a real `npm ci` and `pnpm install --frozen-lockfile` of a synthetic tree through `verify-deps proxy` against the same
// without it.
//
//   node scripts/bench-proxy.mjs [--packages 800] [--attested 0.25] [--latency 0] [--runs 5] [--managers npm-11,pnpm-10]
//                                [--json FILE] [--write]
//
// The registry and the proxy are processes of their own. Both arms start with an empty cache of the manager and no
// node_modules; the proxy has its evidence on disk and has just been started, so that it verifies everything anew. A pair is
// measured one right after the other, in turns of which is first, and its ratio counts. --write puts the table into
// docs/proxy.md.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as peer from '../test/support/rig/peer-npm.mjs';
import { makeRig, readRig, writeRig } from '../test/support/rig/registry.mjs';
import { freePort } from '../test/support/rig/server.mjs';
import { ourFolder, startServer } from './bench-rig.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const CLI = path.join(ROOT, 'bin', 'verify-deps.js');
const MODULES = path.join(ROOT, 'test', 'gates', 'managers', 'node_modules');
const PAGE = path.join(ROOT, 'docs', 'proxy.md');
const MARKERS = ['<!-- bench-proxy:start -->', '<!-- bench-proxy:end -->'];

/** How each installs by its lockfile; `lock` makes one where the rig has none. */
const MANAGERS = {
  'npm-11': {
    script: 'npm-11/bin/npm-cli.js',
    name: 'npm ci',
    install: ['ci', '--replace-registry-host=always', '--no-audit', '--no-fund', '--ignore-scripts'],
  },
  'pnpm-10': {
    script: 'pnpm-10/bin/pnpm.cjs',
    name: 'pnpm install',
    lock: ['install', '--lockfile-only', '--ignore-scripts', '--no-strict-peer-dependencies'],
    install: ['install', '--frozen-lockfile', '--ignore-scripts', '--no-strict-peer-dependencies'],
  },
};

const { values: options } = parseArgs({
  options: {
    packages: { type: 'string', default: '800' },
    attested: { type: 'string', default: '0.25' },
    latency: { type: 'string', default: '0' },
    runs: { type: 'string', default: '5' },
    managers: { type: 'string', default: 'npm-11,pnpm-10' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const packages = Number(options.packages);
const attested = Number(options.attested);
const runs = Number(options.runs);
const say = (text) => process.stderr.write(`${text}\n`);

const { dir, clean } = temporaryFolder('verify-deps-bench-proxy-');
try {
  const rows = await measureAll(dir);
  const text = table(rows);
  console.log(text);
  if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(rows, null, 1)}\n`);
  if (options.write) {
    writePage(text);
    say('wrote docs/proxy.md');
  }
} finally {
  clean();
}

async function measureAll(home) {
  const origin = `http://127.0.0.1:${await freePort()}`;
  writeRig(home, makeRig({ packages, attested, seed: packages, origin, medianKB: 8 }));
  const { project, info } = readRig(home);
  const registry = await startServer(home);
  await registry.control('options', { latency: Number(options.latency) });
  const service = ourFolder(path.join(home, 'service'), Buffer.from(registry.anchor, 'base64'), {});
  fs.writeFileSync(path.join(service.cwd, '.npmrc'), `registry=${registry.url}\n`);
  fs.writeFileSync(path.join(service.cwd, 'verify-deps.json'), '{"version":1,"extends":"recommended"}\n');
  const tree = { home, registry, service, project, installed: info.installed };
  try {
    const rows = [];
    for (const id of options.managers.split(',')) rows.push(await measure(id, tree));
    return rows;
  } finally {
    registry.stop();
  }
}

async function measure(id, tree) {
  const manager = MANAGERS[id];
  const client = ourFolder(
    path.join(tree.home, id),
    Buffer.from(tree.registry.anchor, 'base64'),
    tree.project,
  );
  const version = (await run(manager, ['--version'], client)).out.trim();
  if (manager.lock) {
    fs.rmSync(path.join(client.cwd, 'package-lock.json'));
    await install(manager, manager.lock, client, tree.registry.url);
  }
  // Fills the store with evidence; not measured.
  const first = await startProxy(tree);
  await install(manager, manager.install, client, first.url);
  await first.stop();
  const pairs = [];
  for (let k = 0; k < runs; k++) {
    const direct = () => install(manager, manager.install, client, tree.registry.url);
    const through = async () => {
      const proxy = await startProxy(tree);
      const before = await proxy.metrics();
      const found = await install(manager, manager.install, client, proxy.url);
      const after = await proxy.metrics();
      await proxy.stop();
      return { ...after, ...found, proxyCpu: after.cpu - before.cpu };
    };
    const [a, b] = k % 2 === 0 ? [await direct(), await through()] : await turned(through, direct);
    const { wall, cpu, ...proxy } = b;
    pairs.push({
      direct: a.wall,
      through: wall,
      ratio: wall / a.wall,
      directCpu: a.cpu,
      throughCpu: cpu,
      ...proxy,
    });
    say(
      `${manager.name} ${k + 1}: ${a.wall.toFixed(2)} s (CPU ${a.cpu.toFixed(2)}), through the proxy ${wall.toFixed(2)} s (CPU ${cpu.toFixed(2)}, proxy ${proxy.proxyCpu.toFixed(2)}): ${(wall / a.wall).toFixed(2)}; ${b.judged} judged, ${b.memoryMB.toFixed(0)} MB`,
    );
    if (b.blocked > 0 || b.judged === 0)
      throw new Error(`the proxy judged ${b.judged} and blocked ${b.blocked}`);
    if (b.evidence > 0) throw new Error('the evidence was not warm');
  }
  return { id, name: manager.name, version, installed: tree.installed, pairs };
}

async function turned(first, second) {
  const b = await first();
  return [await second(), b];
}

/** @returns seconds of the whole command, and of the processor for it */
async function install(manager, args, client, url) {
  fs.rmSync(path.join(client.cwd, 'node_modules'), { recursive: true, force: true });
  fs.rmSync(path.join(client.cwd, '..', 'home'), { recursive: true, force: true });
  fs.mkdirSync(path.join(client.cwd, '..', 'home'), { recursive: true });
  fs.writeFileSync(path.join(client.cwd, '.npmrc'), `registry=${url}\n`);
  const { code, out, err, wall, user, sys } = await run(manager, args, client);
  if (code !== 0)
    throw new Error(`${manager.name} ended with ${code}: ${out.slice(-2000)}${err.slice(-2000)}`);
  return { wall, cpu: user + sys };
}

function run(manager, args, { cwd, env }) {
  const home = path.join(cwd, '..', 'home');
  return peer.run([process.execPath, path.join(MODULES, manager.script), ...args], {
    cwd,
    env: {
      ...env,
      CI: '1',
      XDG_DATA_HOME: path.join(home, 'data'),
      XDG_CACHE_HOME: path.join(home, 'cache'),
      XDG_STATE_HOME: path.join(home, 'state'),
      npm_config_store_dir: path.join(home, 'store'),
      npm_config_update_notifier: 'false',
    },
  });
}

async function startProxy({ service, registry }) {
  const child = spawn(
    process.execPath,
    [
      ...[CLI, 'proxy', '--listen', '127.0.0.1:0', '--log', path.join(service.cwd, '..', 'decisions.log')],
      ...['--tuf-mirror', `${registry.url}tuf`, '--tuf-root', service.anchor, '--cache', service.cache],
    ],
    { cwd: service.cwd, env: service.env, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  const url = await new Promise((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      said += chunk;
      const found = /serving (\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    child.once('close', () => reject(new Error(`the proxy does not start: ${said}`)));
  });
  return {
    url,
    async metrics() {
      const text = await (await fetch(`${url}-/verify-deps/metrics`)).text();
      const sum = (pattern) =>
        text
          .split('\n')
          .filter((line) => pattern.test(line))
          .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
      return {
        judged: sum(/^verify_deps_decisions_total/),
        blocked: sum(/^verify_deps_decisions_total\{outcome="(?:failed|undecided)"/),
        evidence: sum(/^verify_deps_evidence_requests_total/),
        cpu: sum(/^verify_deps_cpu_seconds_total/),
        memoryMB: sum(/^verify_deps_resident_memory_bytes/) / 1e6,
      };
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function table(rows) {
  const median = (values) => {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  };
  const row = (items) => `| ${items.join(' | ')} |`;
  const head = [
    '',
    'without s',
    'through the proxy s',
    'ratio',
    'of pairs',
    'CPU s',
    'and of the proxy',
    'its memory MB',
  ];
  const lines = rows.map(({ name, version, pairs }) => {
    const of = (measure) => pairs.map((pair) => pair[measure]);
    const ratios = of('ratio').sort((a, b) => a - b);
    return [
      `\`${name}\` (${version})`,
      median(of('direct')).toFixed(2),
      median(of('through')).toFixed(2),
      `**${median(ratios).toFixed(2)}**`,
      `${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)}`,
      `${median(of('directCpu')).toFixed(1)} : ${median(of('throughCpu')).toFixed(1)}`,
      median(of('proxyCpu')).toFixed(1),
      median(of('memoryMB')).toFixed(0),
    ];
  });
  const facts = `${packages} packages, ${attested * 100} % attested, ${options.latency} ms latency of the registry; medians of ${runs} pairs; Node ${process.version.slice(1)}, ${os.availableParallelism()} logical CPUs, load ${os.loadavg()[0].toFixed(0)} at the end (above the number of CPUs, seconds and ratios of single pairs mean little).`;
  return [facts, '', row(head), row(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...lines.map(row)].join(
    '\n',
  );
}

function writePage(text) {
  const page = fs.readFileSync(PAGE, 'utf8');
  const [first, last] = MARKERS;
  const start = page.indexOf(first);
  const end = page.indexOf(last);
  if (start < 0 || end < start) throw new Error(`docs/proxy.md lacks ${first} or ${last}`);
  fs.writeFileSync(PAGE, `${page.slice(0, start + first.length)}\n\n${text}\n\n${page.slice(end)}`);
}
