/** What a package manager is asked to do, and what it finds. */
import type { Lab, LabOptions } from '../support/lab.ts';
import type { Family } from './runners.ts';

/** What the manager does: from the lockfile as it stands, without one, or with one package more. */
export type Step = 'frozen' | 'fresh' | 'add';

export interface Situation {
  readonly id: string;
  /** As a page says it. */
  readonly title: string;
  readonly step: Step;
  /** Of package.json. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** The package that is blocked in a blocked tree. */
  readonly victim: string;
  /** All that are installed in a sound tree, beside the victim. */
  readonly others: readonly string[];
  /** What is there before: a lockfile, or also the caches and stores of the manager with all that the lockfile names. */
  readonly before: 'nothing' | 'lockfile' | 'lockfile and store';
  /** The same was done before with the registry at hand; now it is gone. */
  readonly offline?: boolean;
  readonly lab?: LabOptions;
  /** More files of the project. */
  readonly files?: Readonly<Record<string, string | object>>;
}

const BOTH = { dependencies: { app: '^1.0.0', mallory: '^1.0.0' } };
const USUAL = { manifest: BOTH, victim: 'mallory', others: ['app', 'deep'] } as const;

export const situations: readonly Situation[] = [
  { id: 'frozen', title: 'from the lockfile, cold', step: 'frozen', before: 'lockfile', ...USUAL },
  { id: 'fresh', title: 'without a lockfile', step: 'fresh', before: 'nothing', ...USUAL },
  {
    ...USUAL,
    id: 'add',
    title: 'add one package',
    step: 'add',
    before: 'lockfile',
    manifest: { dependencies: { app: '^1.0.0' } },
  },
  {
    id: 'warm',
    title: 'from the lockfile, all of it in the store',
    step: 'frozen',
    before: 'lockfile and store',
    ...USUAL,
  },
  {
    id: 'offline',
    title: 'the registry is gone, store and evidence are warm',
    step: 'frozen',
    before: 'lockfile and store',
    offline: true,
    ...USUAL,
  },
  {
    ...USUAL,
    id: 'optional',
    title: 'the blocked package is optional',
    step: 'frozen',
    before: 'lockfile',
    manifest: { dependencies: { app: '^1.0.0' }, optionalDependencies: { mallory: '^1.0.0' } },
  },
  {
    ...USUAL,
    id: 'workspaces',
    title: 'workspaces',
    step: 'frozen',
    before: 'lockfile',
    manifest: { workspaces: ['packages/*'] },
    files: {
      'packages/one/package.json': { name: 'one', version: '1.0.0', dependencies: { app: '^1.0.0' } },
      'packages/two/package.json': { name: 'two', version: '1.0.0', dependencies: { mallory: '^1.0.0' } },
      'pnpm-workspace.yaml': 'packages: [packages/*]\ndangerouslyAllowAllBuilds: true\n',
    },
  },
  {
    id: 'scope',
    title: 'a scope with a registry of its own, which wants a token',
    step: 'frozen',
    before: 'lockfile',
    manifest: { dependencies: { app: '^1.0.0', '@acme/tool': '^1.0.0', '@acme/mallory': '^1.0.0' } },
    victim: '@acme/mallory',
    others: ['app', 'deep', '@acme/tool'],
    lab: { scope: true },
  },
  {
    id: 'proxy',
    title: 'behind the proxy of a company (http_proxy)',
    step: 'frozen',
    before: 'lockfile',
    lab: { corporateProxy: true },
    ...USUAL,
  },
];

const COMMANDS: Readonly<Record<Family, Readonly<Record<Step, readonly string[]>>>> = {
  npm: { frozen: ['ci'], fresh: ['install'], add: ['install'] },
  pnpm: {
    frozen: ['install', '--frozen-lockfile'],
    fresh: ['install', '--no-frozen-lockfile'],
    add: ['add'],
  },
  'yarn-1': { frozen: ['install', '--frozen-lockfile'], fresh: ['install'], add: ['add'] },
  'yarn-4': { frozen: ['install', '--immutable'], fresh: ['install'], add: ['add'] },
  bun: { frozen: ['install', '--frozen-lockfile'], fresh: ['install'], add: ['add'] },
};

/** Arguments of the manager for a situation; what is asked for while the registry is gone says so where the manager can. */
export function argumentsFor(
  family: Family,
  { step, victim, offline }: Pick<Situation, 'step' | 'victim' | 'offline'>,
): readonly string[] {
  const flag = offline === true && ['npm', 'pnpm', 'yarn-1'].includes(family) ? ['--offline'] : [];
  return [...COMMANDS[family][step], ...(step === 'add' ? [victim] : []), ...flag];
}

/** Environment of the manager for a situation. */
export function environmentFor(family: Family, { offline }: Situation): Readonly<Record<string, string>> {
  return offline === true && family === 'yarn-4' ? { YARN_ENABLE_NETWORK: '0' } : {};
}

/** Takes the registry away. */
export async function goOffline(lab: Lab): Promise<void> {
  await lab.served.server.close();
}
