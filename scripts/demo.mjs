// A registry, a Sigstore instance and eight attacks, all on this machine: what verify-deps says about them.
//
// Everything is made afresh: keys, packages, signatures, log, trust root. The registry listens on loopback, the project and
// the cache live in a temporary folder that is removed at the end. What the command line tool says is checked against what
// this script did; the exit code is 0 only if every word of the story was true.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { isolatedEnv } from '../test/support/rig/environment.mjs';
import { makeRig } from '../test/support/rig/registry.mjs';
import { freePort, serve } from '../test/support/rig/server.mjs';
import { applyTamper } from '../test/support/rig/tamper.mjs';
import { ATTACKS, CATALOGUE, EXPLAINED } from './demo-story.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const CLI = path.join(import.meta.dirname, '..', 'bin', 'verify-deps.js');
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const title = (text) => console.log(`\n${paint(1, `== ${text}`)}\n`);
const wrong = [];
const expect = (what, got, wanted) => {
  if (got !== wanted) wrong.push(`${what}: expected ${wanted}, but got ${got}`);
};

const { dir, clean } = temporaryFolder('verify-deps-demo-');

const port = await freePort();
const rig = makeRig({ catalogue: CATALOGUE, name: 'shop', seed: 11, origin: `http://127.0.0.1:${port}` });
const server = await serve(rig, { port });
try {
  await tell();
} finally {
  await server.close();
  clean();
}
if (wrong.length > 0) {
  console.error(`\nThis demonstration did not go as told:\n${wrong.map((x) => `  ${x}`).join('\n')}`);
  process.exitCode = 1;
} else {
  console.log(`\nEverything went as told. The temporary folder ${dir} has been removed.`);
}

async function tell() {
  const cwd = path.join(dir, 'shop');
  fs.mkdirSync(cwd);
  fs.mkdirSync(path.join(dir, 'home'));
  fs.writeFileSync(path.join(dir, 'tuf-root.json'), server.tuf.anchor);
  writeProject(cwd, rig.project);
  console.log(`A registry with a Sigstore instance of its own listens at ${server.url} (keys made a moment ago).
A project with ${rig.packages.length} packages lies in ${cwd}.
Each command below also gets --registry, --tuf-mirror, --tuf-root and --cache, which point there.`);

  title('1. The project as its authors left it');
  console.log(
    'Most packages were built by CI and carry provenance, a few are only signed by the registry.\n',
  );
  const own = { cwd, cache: path.join(dir, 'cache') };
  await show(own, 0, 'check', '--verbose');
  await verify(own, 0, []);
  expect('report beside the lockfile', fs.existsSync(path.join(cwd, 'verify-deps.lock.json')), true);

  title('2. Somebody gets between the authors and you');
  const project = structuredClone(rig.project);
  for (const { tamper, victim, story } of ATTACKS) {
    const target = rig.packages.find((x) => x.name === victim);
    const other = rig.packages.find((x) => x.attested && x.name !== victim);
    applyTamper(tamper, { rig, server, victim: target, other, project });
    console.log(`  ${victim.padEnd(24)}  ${story}`);
  }
  writeProject(cwd, project);
  console.log('\nA build machine that has seen none of these packages before checks the pull request.\n');
  const build = { cwd, cache: path.join(dir, 'cache-of-the-build-machine') };
  await show(build, 1, 'check', '--no-report');
  await verify(build, 1, ATTACKS);
  console.log('\nWhat stopped each of them:\n');
  for (const { victim, code } of ATTACKS) console.log(`  ${victim.padEnd(24)}  ${code}`);

  title('3. One package nobody touched, and one that somebody did');
  await show(build, 0, 'explain', EXPLAINED.sound);
  console.log();
  await show(build, 1, 'explain', EXPLAINED.attacked);
}

function writeProject(cwd, project) {
  for (const [file, value] of Object.entries(project)) {
    fs.writeFileSync(path.join(cwd, file), `${JSON.stringify(value, null, 2)}\n`);
  }
}

/** Runs the real command line tool before the reader's eyes. */
async function show(where, exitCode, ...args) {
  console.log(paint(36, `$ verify-deps ${args.join(' ')}`));
  const { code } = await cli(where, args, 'inherit');
  console.log(paint(2, `(exit code ${code})`));
  expect(`exit code of ${args.join(' ')}`, code, exitCode);
}

/** Asks the tool for JSON and compares it, package by package, with what was done to each. */
async function verify(where, exitCode, attacks) {
  const { code, out } = await cli(where, ['check', '--no-report', '--json'], 'pipe');
  expect('exit code of check --json', code, exitCode);
  let report;
  try {
    report = JSON.parse(out);
  } catch {
    wrong.push('check --json printed no JSON');
    return;
  }
  expect('packages in the report', report.packages.length, rig.packages.length);
  for (const { name, outcome, findings } of report.packages) {
    const attack = attacks.find(({ victim }) => victim === name);
    expect(`outcome of ${name}`, outcome, attack ? 'failed' : 'passed');
    const codes = findings.filter(({ severity }) => severity === 'error').map((finding) => finding.code);
    if (attack && !codes.includes(attack.code)) {
      wrong.push(`${name}: expected finding ${attack.code}, but got ${codes.join(', ') || 'none'}`);
    }
  }
}

function cli({ cwd, cache }, args, output) {
  const [command, ...rest] = args;
  const places = {
    registry: server.url,
    'tuf-mirror': `${server.url}tuf`,
    'tuf-root': path.join(dir, 'tuf-root.json'),
    cache,
  };
  const flags = Object.entries(places).flatMap(([name, value]) => [`--${name}`, value]);
  return new Promise((ok, bad) => {
    const child = spawn(process.execPath, [CLI, command, ...rest, ...flags], {
      cwd,
      env: isolatedEnv(path.join(dir, 'home')),
      stdio: ['ignore', output, 'inherit'],
    });
    let out = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      out += text;
    });
    child.once('error', bad);
    child.once('close', (code, signal) => ok({ code: code ?? signal, out }));
  });
}
