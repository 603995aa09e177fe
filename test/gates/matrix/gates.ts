/** The gates, each with the line of set-up that its page names. */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Lab } from '../support/lab.ts';
import { type Runner, UNDER_TEST } from './runners.ts';

export interface GateKind {
  readonly id: string;
  /** As a page says it. */
  readonly title: string;
  /** The page that describes it. */
  readonly page: string | undefined;
  suits(runner: Runner): boolean;
  /** Puts it into the project. */
  setUp(lab: Lab, runner: Runner): Promise<void>;
  /** What is typed instead of the manager's own command line. */
  command(runner: Runner, args: readonly string[]): readonly string[];
  /** It has to be there when the lockfile is made. */
  readonly marksLockfile?: boolean;
  /** A blocked run leaves package.json and the lockfile as they were. */
  readonly leavesNoTrace?: boolean;
}

const PLUGINS = path.join(UNDER_TEST, 'build', 'plugins');

const name = ({ family }: Runner): string => family.replace(/-.*/, '');
const plain = (runner: Runner, args: readonly string[]): readonly string[] => [name(runner), ...args];

async function put(lab: Lab, plugin: string, file: string): Promise<void> {
  const target = path.join(lab.project.cwd, file);
  await mkdir(path.dirname(target), { recursive: true });
  await copyFile(path.join(PLUGINS, plugin), target);
}

async function append(lab: Lab, file: string, text: string): Promise<void> {
  const before = await readFile(path.join(lab.project.cwd, file), 'utf8');
  await lab.project.write(file, before + text);
}

/** To show that without a gate nothing is stopped. */
export const none: GateKind = {
  id: 'none',
  title: 'no gate',
  page: undefined,
  suits: () => true,
  setUp: async () => undefined,
  command: plain,
};

export const gates: readonly GateKind[] = [
  {
    id: 'npm',
    title: '`verify-deps ci`, `verify-deps install`',
    page: 'npm.md',
    suits: ({ family }) => family === 'npm',
    setUp: async () => undefined,
    command: (_, args) => ['verify-deps', ...args],
    leavesNoTrace: true,
  },
  {
    id: 'hook',
    title: '`"preinstall": "verify-deps hook"`',
    page: 'npm.md',
    suits: ({ manager }) => manager === 'npm-12',
    async setUp(lab) {
      const file = path.join(lab.project.cwd, 'package.json');
      const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
      await lab.project.write('package.json', { ...manifest, scripts: { preinstall: 'verify-deps hook' } });
    },
    command: plain,
  },
  {
    id: 'pnpm-plugin',
    title: 'pnpm plugin',
    page: 'pnpm.md',
    suits: ({ family }) => family === 'pnpm',
    marksLockfile: true,
    setUp: (lab, { manager }) =>
      manager === 'pnpm-10'
        ? put(lab, 'pnpmfile.cjs', '.pnpmfile.cjs')
        : put(lab, 'pnpmfile.mjs', '.pnpmfile.mjs'),
    command: plain,
  },
  {
    id: 'yarn-plugin',
    title: 'yarn plugin',
    page: 'yarn.md',
    suits: ({ family }) => family === 'yarn-4',
    async setUp(lab) {
      await put(lab, 'yarn-plugin.cjs', '.yarn/plugins/verify-deps.cjs');
      await append(lab, '.yarnrc.yml', 'plugins:\n  - .yarn/plugins/verify-deps.cjs\n');
    },
    command: plain,
  },
  {
    id: 'bun-scanner',
    title: 'bun security scanner',
    page: 'bun.md',
    suits: ({ family }) => family === 'bun',
    async setUp(lab) {
      await put(lab, 'bun-scanner.mjs', 'bun-scanner.mjs');
      await lab.project.write('bunfig.toml', '[install.security]\nscanner = "./bun-scanner.mjs"\n');
    },
    command: plain,
  },
  {
    id: 'run',
    title: '`verify-deps run --`',
    page: 'run.md',
    suits: () => true,
    setUp: async () => undefined,
    command: (runner, args) => ['verify-deps', 'run', '--', ...plain(runner, args)],
  },
];
