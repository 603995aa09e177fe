import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN: string = path.join(ROOT, 'bin', 'verify-deps.js');

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Starts the built command with a home of its own, so that no npmrc and no cache of this machine takes part. */
export function start(args: readonly string[], options: { cwd: string; home?: string }): Running {
  if (!existsSync(path.join(ROOT, 'dist', 'chunks', 'process.cjs'))) {
    throw new Error('there is no dist: run `npm run build` first');
  }
  const home = options.home ?? options.cwd;
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      USERPROFILE: home,
      XDG_CACHE_HOME: path.join(home, '.cache'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, finished };
}

export function command(args: readonly string[], options: { cwd: string; home?: string }): Promise<Finished> {
  return start(args, options).finished;
}

/** Temporary folders that `remove` takes away again. */
export function scratch(): { folder(): Promise<string>; remove(): Promise<void> } {
  const made: string[] = [];
  return {
    async folder() {
      const folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-cli-'));
      made.push(folder);
      return folder;
    },
    async remove() {
      await Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}
