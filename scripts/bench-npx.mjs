// What a first run through npx costs: the package as it is published, and a package of one file, each from a registry on
// loopback with an empty cache of npm.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { isolatedEnv } from '../test/support/rig/environment.mjs';
import { run } from '../test/support/rig/peer-npm.mjs';
import { tarball } from '../test/support/rig/tarball.mjs';
import { npxTable, summarizeNpx } from './bench-table-parts.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const RUN_MS = 120_000;
const ONE_FILE = { name: 'one-file', version: '1.0.0', bin: { 'one-file': 'one-file.js' } };

export async function benchNpx({ dir, npm, say, machine, runs: wanted }) {
  const runs = wanted(5);
  const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const more = Object.keys(manifest.dependencies ?? {}).length;
  if (more > 0 || !npm) {
    const reason = npm
      ? `the package has ${more} dependencies, which its registry does not have`
      : '--ours-only';
    const text = `Not measured: ${reason}.`;
    say(`npx: ${text}`);
    return { facts: machine, rows: [], bars: [], text };
  }
  const packed = await pack(path.join(dir, 'pack'), manifest);
  const script = `#!/usr/bin/env node\nconsole.log('${ONE_FILE.version}');\n`;
  const single = tarball({ 'package.json': JSON.stringify(ONE_FILE), 'one-file.js': script });
  const registry = await serve([
    [manifest, packed],
    [ONE_FILE, single],
  ]);
  const rows = [];
  let installed;
  try {
    for (let k = 1; k <= runs; k++) {
      const pair = [
        ['ours', manifest],
        ['one file', ONE_FILE],
      ];
      for (const [who, { name, version }] of k % 2 === 0 ? pair.reverse() : pair) {
        const home = path.join(dir, 'npx');
        fs.mkdirSync(home, { recursive: true });
        const { wall, user, sys } = await npx(home, registry.url, name, version);
        const cpu = user + sys;
        rows.push({ who, run: k, wall, cpu });
        say(`npx, run ${k}: ${who} ${wall.toFixed(2)} s, ${cpu.toFixed(2)} s CPU`);
        if (who === 'ours') installed = whatIsThere(home, name);
        fs.rmSync(home, { recursive: true, force: true });
      }
    }
  } finally {
    await registry.close();
  }
  const facts = { runs, npm, tarball: packed.length, ...installed, ...machine };
  const summary = summarizeNpx(rows, facts);
  return { facts, rows, bars: summary.bars, text: npxTable(summary, facts) };
}

/** Bytes of the tarball that would be published: a build of its own, so that nothing is left in it of those before. */
async function pack(stage, manifest) {
  fs.mkdirSync(stage, { recursive: true });
  const built = await run([
    process.execPath,
    ...[path.join(ROOT, 'scripts', 'bundle.mjs'), '--clean', '--out', path.join(stage, 'dist')],
  ]);
  if (built.code !== 0) throw new Error(`bundling ended with ${built.code}: ${built.err}`);
  for (const name of ['package.json', 'README.md', 'LICENSE', ...manifest.files]) {
    const from = path.join(ROOT, name);
    if (name !== 'dist' && fs.existsSync(from)) fs.cpSync(from, path.join(stage, name), { recursive: true });
  }
  const { code, out, err } = await run([...npmCommand(), 'pack', '--json', '--ignore-scripts'], {
    cwd: stage,
    env: isolatedEnv(path.join(stage, '..', 'pack-home')),
    timeout: RUN_MS,
  });
  if (code !== 0) throw new Error(`npm pack ended with ${code}: ${err}`);
  return fs.readFileSync(path.join(stage, JSON.parse(out)[0].filename));
}

const npmCommand = () => [process.env.RIG_NPM ?? 'npm'];
const npxCommand = () => (process.env.RIG_NPM ? [...npmCommand(), 'exec'] : ['npx']);

async function npx(home, registry, name, version) {
  const env = {
    ...isolatedEnv(home),
    npm_config_registry: registry,
    npm_config_update_notifier: 'false',
    NO_PROXY: '127.0.0.1',
  };
  const argv = [...npxCommand(), '--yes', '--', name, '--version'];
  const result = await run(argv, { cwd: home, env, timeout: RUN_MS });
  if (result.code !== 0 || result.out.trim() !== version)
    throw new Error(`npx ${name} ended with ${result.code}: ${result.out}${result.err}`);
  return result;
}

/** How many packages npx has installed, and the bytes of ours. */
function whatIsThere(home, name) {
  const cache = path.join(home, 'npm-cache', '_npx');
  const modules = path.join(cache, fs.readdirSync(cache)[0], 'node_modules');
  const lock = JSON.parse(fs.readFileSync(path.join(modules, '.package-lock.json'), 'utf8'));
  const files = fs.readdirSync(path.join(modules, name), { recursive: true, withFileTypes: true });
  return {
    packages: Object.keys(lock.packages).length,
    files: files.filter((entry) => entry.isFile()).length,
    unpacked: files
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0),
  };
}

/** A registry of packages of one version: `[manifest, tarball]` each. */
async function serve(packages) {
  const server = http.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}/`;
  const answers = new Map();
  for (const [{ name, version, bin, engines }, bytes] of packages) {
    const digest = (algorithm, encoding) => crypto.createHash(algorithm).update(bytes).digest(encoding);
    const dist = {
      tarball: `${url}${name}.tgz`,
      shasum: digest('sha1', 'hex'),
      integrity: `sha512-${digest('sha512', 'base64')}`,
    };
    const packument = {
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { name, version, bin, engines, dist } },
    };
    answers.set(`/${name}`, ['application/json', Buffer.from(JSON.stringify(packument))]);
    answers.set(`/${name}.tgz`, ['application/octet-stream', bytes]);
  }
  server.on('request', ({ url: asked }, response) => {
    const [type, body] = answers.get(asked) ?? [];
    response.writeHead(body ? 200 : 404, { 'content-type': type ?? 'application/json' }).end(body ?? '{}');
  });
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
