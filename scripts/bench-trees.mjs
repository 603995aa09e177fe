// Synthetic trees for the parts of the benchmark: each is made once, and served while somebody uses it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from '../test/support/rig/peer-npm.mjs';
import { ourFolder, startServer } from './bench-rig.mjs';

export const CLI = path.join(import.meta.dirname, '..', 'bin', 'verify-deps.js');
const REPORT = 'verify-deps.lock.json';
/** About ten times what a tree of 20,000 packages takes. */
const MAKE_MS = 30 * 60_000;
/** Another process may have been given the port of a registry that was not running. */
const START_TRIES = 5;

/** @param dir  folder that the trees are made in */
export function openTrees(dir, say) {
  const made = new Map();
  const homeOf = ({ packages, attested }) => path.join(dir, `tree-${packages}-${attested}`);
  const makeOnce = (shape) => {
    const home = homeOf(shape);
    if (!made.has(home)) made.set(home, make(home, shape, say));
    return made.get(home);
  };
  return {
    /** Makes trees, as many at a time as there are processors: nothing is measured meanwhile. */
    async prepare(shapes) {
      const todo = shapes.toSorted((a, b) => b.packages - a.packages);
      const worker = async () => {
        for (let shape = todo.shift(); shape; shape = todo.shift()) await makeOnce(shape);
      };
      await Promise.all(Array.from({ length: os.availableParallelism() }, worker));
    },
    /** Serves a tree while `work` runs. */
    async use(shape, work) {
      await makeOnce(shape);
      const home = homeOf(shape);
      const server = await startAgain(home);
      try {
        return await work(treeOf(home, server));
      } finally {
        await server.stop();
      }
    },
  };
}

async function make(home, { packages, attested }, say) {
  say(`making ${packages} packages, ${attested * 100} % attested`);
  const script = path.join(import.meta.dirname, 'bench-make-rig.mjs');
  const child = spawn(process.execPath, [script, home, packages, attested], {
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: MAKE_MS,
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  const [code] = await once(child, 'exit');
  process.off('exit', stop);
  if (code !== 0) throw new Error(`making ${packages} packages ended with ${code}`);
}

async function startAgain(home) {
  for (let tries = START_TRIES; ; tries--) {
    try {
      return await startServer(home);
    } catch (error) {
      if (tries === 1) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function treeOf(home, server) {
  const json = (...file) => JSON.parse(fs.readFileSync(path.join(home, ...file), 'utf8'));
  const { info, packages } = json('rig.json');
  const project = {
    'package.json': json('project', 'package.json'),
    'package-lock.json': json('project', 'package-lock.json'),
  };
  return {
    home,
    server,
    project,
    ours: ourFolder(path.join(home, 'ours'), Buffer.from(server.anchor, 'base64'), project),
    expected: {
      installed: info.installed,
      signed: new Set(packages.map((x) => `${x.name}@${x.version}`)).size,
      provenance: info.withAttestations,
    },
  };
}

/** Counts what the registry is asked while `go` runs: `{ wall, cpu, rssMB, requests, bytes, answers }`. */
export async function measured({ server }, go) {
  await server.control('reset');
  const { wall, user, sys, rssMB } = await go();
  const { requests, bytes, byClass } = await server.control('stats');
  return { wall, cpu: user + sys, rssMB, requests, bytes, answers: answersOf(byClass) };
}

/** How many answers there were of each status, or kind of fault. */
function answersOf(byClass) {
  const answers = {};
  for (const { status } of Object.values(byClass))
    for (const [name, count] of Object.entries(status)) answers[name] = (answers[name] ?? 0) + count;
  return answers;
}

/** Arguments of a `check` that asks this registry. */
export function checkArgs({ ours, server }) {
  const flags = ['--registry', server.url, '--tuf-mirror', `${server.url}tuf`, '--tuf-root', ours.anchor];
  return [CLI, 'check', ...flags, '--cache', ours.cache];
}

/**
 * Runs `verify-deps check` on a tree: cold with nothing in its cache, warm with what the run before left there.
 * @throws  unless it verified every signature and all the provenance that there is
 */
export async function checkTree(tree, cache) {
  const { ours, expected } = tree;
  if (cache === 'cold') fs.rmSync(ours.cache, { recursive: true, force: true });
  const report = path.join(ours.cwd, REPORT);
  fs.rmSync(report, { force: true });
  const result = await run([process.execPath, ...checkArgs(tree)], { cwd: ours.cwd, env: ours.env });
  const { counts } = result.code === 0 ? JSON.parse(fs.readFileSync(report, 'utf8')) : {};
  if (counts?.registrySigned !== expected.signed || counts.withProvenance !== expected.provenance)
    throw new Error(
      `verify-deps ended with ${result.code}: ${result.out.slice(-2000)}${result.err.slice(-2000)}`,
    );
  return result;
}

/** Bytes of the report of the last run. */
export const reportOf = ({ ours }) => fs.readFileSync(path.join(ours.cwd, REPORT));
