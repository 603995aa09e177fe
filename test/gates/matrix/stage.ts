/** A lab with the programs of one manager on PATH and a gate set up: where cells of the matrix and attempts to get around it play. */
import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Ended, type Lab, type LabOptions, makeLab, type TreeKind } from '../support/lab.ts';
import type { GateKind } from './gates.ts';
import { programs, type Runner } from './runners.ts';
import { argumentsFor } from './situations.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface Stage {
  readonly lab: Lab;
  readonly runner: Runner;
  readonly gate: GateKind;
  /** Folder on PATH with `node`, the manager and `verify-deps`. */
  readonly bin: string;
  /** Runs a command in the project and takes it down. */
  type(command: readonly string[], env?: Env): Promise<Ended>;
  /** Puts the gate into the project, unless it is there. */
  setUp(): Promise<void>;
  /** Installs before the gate is set up, or with a policy that blocks nothing, so that lockfile and store are there. */
  makeLockfile(): Promise<Ended>;
  /** Takes away what an install left, apart from the lockfile. */
  clean(extent: 'all' | 'keep the store' | 'keep the store and the evidence'): Promise<void>;
  /** Folders of the project in which a package lies, however deep; links are not followed. */
  copiesOf(name: string): readonly string[];
  /** What was typed and what was to be seen. */
  transcript(): string;
}

/** Without the results of scripts in the store of pnpm 10, which would be taken instead of running them again. */
export const NO_RESULTS_KEPT: Env = { npm_config_side_effects_cache: 'false' };

/** Close `lab` when done. */
export async function openStage(
  runner: Runner,
  gate: GateKind,
  tree: TreeKind,
  manifest?: Readonly<Record<string, unknown>>,
  options: LabOptions = {},
): Promise<Stage> {
  const lab = await makeLab(tree, manifest, options);
  const lines: string[] = [];
  const bin = path.join(lab.project.dir, 'bin');
  await programs(bin, runner);
  let isSetUp = false;
  const setUp = async (): Promise<void> => {
    if (!isSetUp) await gate.setUp(lab, runner);
    isSetUp = true;
  };
  // Started by root, yarn 1 would not keep its cache at home.
  const own =
    runner.family === 'yarn-1' ? { YARN_CACHE_FOLDER: path.join(lab.project.dir, 'home', 'yarn') } : {};
  const type = async (command: readonly string[], env: Env = {}): Promise<Ended> => {
    const PATH = `${bin}${path.delimiter}${process.env.PATH ?? ''}`;
    const ended = await lab.exec(command, { PATH, ...own, ...env });
    lines.push(`$ ${command.join(' ')}`, ended.text.trimEnd(), `[exit code ${ended.code}]`);
    return ended;
  };
  return {
    lab,
    runner,
    gate,
    bin,
    type,
    setUp,
    async makeLockfile() {
      const { project } = lab;
      const policy = await readFile(path.join(project.cwd, 'verify-deps.json'), 'utf8');
      if (gate.marksLockfile === true) await setUp();
      await project.write('verify-deps.json', { ...(JSON.parse(policy) as object), mode: 'observe' });
      const name = runner.family.replace(/-.*/, '');
      const args = argumentsFor(runner.family, { step: 'fresh', victim: '', offline: false });
      const ended = await type([name, ...args], NO_RESULTS_KEPT);
      await project.write('verify-deps.json', policy);
      await setUp();
      return ended;
    },
    clean: (extent) => clean(lab, extent),
    copiesOf: (name) => copiesOf(lab.project.cwd, name),
    transcript: () => lines.join('\n'),
  };
}

async function clean({ project }: Lab, extent: Parameters<Stage['clean']>[0]): Promise<void> {
  const { dir, cwd, cacheDir } = project;
  const gone = (...file: string[]): Promise<void> => rm(path.join(...file), { recursive: true, force: true });
  for (const folder of ['.', 'packages/one', 'packages/two']) await gone(cwd, folder, 'node_modules');
  for (const file of ['install-state.gz', 'cache', 'unplugged']) await gone(cwd, '.yarn', file);
  await gone(dir, 'events.log');
  if (extent !== 'keep the store and the evidence') await gone(cacheDir);
  if (extent !== 'all') return;
  await gone(dir, 'home');
  await mkdir(path.join(dir, 'home'));
}

function copiesOf(top: string, name: string): readonly string[] {
  const found: string[] = [];
  const below = path.sep + path.join('node_modules', name);
  const walk = (folder: string): void => {
    if (folder.endsWith(below) && existsSync(path.join(folder, 'package.json'))) found.push(folder);
    const entries: readonly Dirent[] = readdirSync(folder, { withFileTypes: true });
    for (const entry of entries) if (entry.isDirectory()) walk(path.join(folder, entry.name));
  };
  walk(top);
  return found;
}
