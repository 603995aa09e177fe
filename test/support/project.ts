import { mkdtempSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { RunOptions } from '../../src/run.ts';
import { isolatedEnv } from './rig/environment.mjs';
import type { Project, Rig, RigOptions } from './rig/registry.mjs';
import { makeRig } from './rig/registry.mjs';
import type { RigServer, ServerOptions } from './rig/server.mjs';
import { freePort, serve } from './rig/server.mjs';

/** A rig that is being served. */
export interface Served {
  readonly rig: Rig;
  readonly server: RigServer;
}

/** Makes a rig and serves it on a free loopback port, which its URLs bear. Close `server` when done. */
export async function serveRig(
  options: Omit<RigOptions, 'origin'> = {},
  serverOptions: ServerOptions = {},
): Promise<Served> {
  // Someone else may take the free port before we do.
  for (let tries = 0; ; tries++) {
    const port = await freePort();
    const rig = makeRig({ packages: 12, medianKB: 8, ...options, origin: `http://127.0.0.1:${port}` });
    try {
      return { rig, server: await serve(rig, { port, ...serverOptions }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tries >= 5) throw error;
    }
  }
}

/** A project folder of its own, with everything that a run writes inside `dir`. */
export interface TempProject {
  readonly dir: string;
  /** The project: package.json, package-lock.json, and whatever a test puts there. */
  readonly cwd: string;
  readonly cacheDir: string;
  /** The served repository's first root, for `--tuf-root`. */
  readonly tufRoot: string;
  /** The outer environment without npm's settings, with an empty home. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a file of the project. */
  write(file: string, content: string | object): Promise<void>;
  remove(): Promise<void>;
}

/** Writes a project (the rig's own unless another is given) to a fresh temporary folder. */
export async function tempProject(
  { rig, server }: Served,
  project: Project = rig.project,
): Promise<TempProject> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-test-'));
  const cwd = path.join(dir, 'project');
  const home = path.join(dir, 'home');
  const tufRoot = path.join(dir, 'tuf-root.json');
  const write = async (file: string, content: string | object): Promise<void> => {
    const target = path.join(cwd, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  };
  await mkdir(home, { recursive: true });
  await writeFile(tufRoot, server.tuf.anchor);
  for (const [file, value] of Object.entries(project)) await write(file, value);
  return {
    dir,
    cwd,
    cacheDir: path.join(dir, 'cache'),
    tufRoot,
    env: isolatedEnv(home),
    write,
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Options of `run()` that point at the rig and at nothing else. */
export function runOptions(
  { server }: Served,
  project: TempProject,
  more: Partial<RunOptions> = {},
): RunOptions {
  return {
    cwd: project.cwd,
    registry: server.url,
    tufMirror: `${server.url}tuf`,
    tufRoot: project.tufRoot,
    cacheDir: project.cacheDir,
    env: project.env,
    ...more,
  };
}
