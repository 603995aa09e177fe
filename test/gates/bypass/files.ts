/** Attempts by what lies in the repository or in a cache: lockfiles, stores, settings of a pull request. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { serveRig } from '../../support/project.ts';
import type { Stage } from '../matrix/stage.ts';
import { APP, type Attempt, BOTH, through, withLockfile } from './attempts.ts';
import {
  editFile,
  evilHost,
  evilProgram,
  evilTarball,
  fromElsewhere,
  lockfileOf,
  MARK,
  tamperCache,
  withoutDigest,
} from './tampering.ts';

export const OPEN_SETTINGS = 'settings of the project that switch hooks of a manager off';
export const LEFT_BY_NPM = 'files that npm leaves of a tampered entry of its cache';
export const SAME_SIZE = 'a store edited so that size and times stay';
export const BUN_CACHE = 'a tampered cache of bun';

/** A registry of the attacker: the same packages, sound in themselves, under keys of its own. */
async function evilRegistry({ lab }: Stage): Promise<string> {
  const evil = (name: string) => ({
    name,
    version: '1.2.0',
    days: 60,
    attested: 'v0.3' as const,
    tarball: evilTarball(name),
    scripts: { postinstall: 'node log.cjs' },
  });
  const { server } = await serveRig({ catalogue: [evil('app'), evil('@acme/tool')] });
  const close = lab.served.server.close;
  // Ends with the lab.
  Object.assign(lab.served.server, { close: () => Promise.all([close(), server.close()]) });
  return server.url;
}

function serveOtherBytes({ lab }: Stage): void {
  const override = { body: evilTarball('app'), ct: 'application/octet-stream' };
  lab.served.server.overrides.set('tarball app@1.2.0', override);
}

async function append({ lab }: Stage, file: string, text: string): Promise<void> {
  const before = await readFile(path.join(lab.project.cwd, file), 'utf8').catch(() => '');
  await lab.project.write(file, before + text);
}

export const fileAttempts: readonly Attempt[] = [
  {
    title: 'a lockfile without a digest, and a registry with other bytes',
    against: [
      ['npm-11', 'npm', 'blocked'],
      ['npm-12', 'hook', 'blocked'],
      ['npm-11', 'run', 'blocked'],
      ['pnpm-12', 'pnpm-plugin', 'blocked'],
      ['pnpm-12', 'run', 'blocked'],
      ['yarn-1', 'run', 'blocked'],
      ['yarn-4', 'yarn-plugin', 'blocked'],
      ['yarn-4', 'run', 'blocked'],
      ['bun', 'bun-scanner', 'blocked'],
      ['bun', 'run', 'blocked'],
    ],
    alone: ['pnpm-12'],
    tree: 'sound',
    manifest: APP,
    async prepare(stage) {
      await withLockfile(stage);
      await editFile(lockfileOf(stage), withoutDigest(stage));
      serveOtherBytes(stage);
    },
  },
  {
    title: 'a lockfile that takes a package from another host, with the digest of what is there',
    against: [
      ['npm-11', 'npm', 'blocked'],
      ['npm-12', 'hook', 'blocked'],
      ['npm-11', 'run', 'blocked'],
      ['npm-12', 'run', 'blocked'],
      ['pnpm-10', 'pnpm-plugin', 'blocked'],
      ['pnpm-11', 'pnpm-plugin', 'blocked'],
      ['pnpm-12', 'pnpm-plugin', 'blocked'],
      ['pnpm-10', 'run', 'blocked'],
      ['pnpm-12', 'run', 'blocked'],
      ['yarn-1', 'run', 'blocked'],
      ['yarn-4', 'yarn-plugin', 'blocked'],
      ['yarn-4', 'run', 'blocked'],
      ['bun', 'bun-scanner', 'blocked'],
      ['bun', 'run', 'blocked'],
    ],
    alone: ['npm-12'],
    tree: 'sound',
    manifest: APP,
    async prepare(stage) {
      await withLockfile(stage);
      const body = evilTarball('app');
      await editFile(lockfileOf(stage), fromElsewhere(stage, await evilHost(body), body));
    },
  },
  {
    title: 'a tampered entry of the cache',
    against: [
      ['npm-11', 'npm', { known: LEFT_BY_NPM }],
      ['npm-12', 'hook', { known: LEFT_BY_NPM }],
      ['npm-11', 'run', 'harmless'],
      ['pnpm-12', 'pnpm-plugin', { known: SAME_SIZE }],
      ['pnpm-12', 'run', 'harmless'],
      ['yarn-1', 'run', 'harmless'],
      ['yarn-4', 'yarn-plugin', 'harmless'],
      ['yarn-4', 'run', 'harmless'],
      ['bun', 'bun-scanner', { known: BUN_CACHE }],
      ['bun', 'run', 'harmless'],
    ],
    tree: 'sound',
    manifest: APP,
    async prepare(stage) {
      const { code, text } = await stage.makeLockfile();
      if (code !== 0) throw new Error(text);
      await stage.clean('keep the store');
      await tamperCache(stage);
    },
  },
  {
    title: 'a registry of the attacker for a scope, in the settings of a pull request',
    against: [
      ['npm-11', 'npm', 'blocked'],
      ['npm-12', 'hook', 'blocked'],
      ['npm-11', 'run', 'blocked'],
      ['pnpm-10', 'pnpm-plugin', 'blocked'],
      ['pnpm-12', 'pnpm-plugin', 'blocked'],
      ['pnpm-12', 'run', 'blocked'],
      ['yarn-1', 'run', 'blocked'],
      ['yarn-4', 'yarn-plugin', 'blocked'],
      ['yarn-4', 'run', 'blocked'],
      ['bun', 'bun-scanner', 'blocked'],
      ['bun', 'run', 'blocked'],
    ],
    tree: 'sound',
    manifest: { dependencies: { '@acme/tool': '^1.0.0' } },
    async prepare(stage) {
      const url = await evilRegistry(stage);
      await append(stage, '.npmrc', `@acme:registry=${url}\n`);
      const yarn = `npmScopes:\n  acme:\n    npmRegistryServer: '${url}'\n`;
      await append(stage, '.yarnrc.yml', yarn);
      await withLockfile(stage);
    },
  },
  {
    title: 'a registry of the attacker for everything, in the settings of a pull request',
    against: [
      ['npm-11', 'npm', 'blocked'],
      ['npm-12', 'hook', 'blocked'],
      ['npm-11', 'run', 'blocked'],
      ['pnpm-12', 'pnpm-plugin', 'blocked'],
      ['pnpm-12', 'run', 'blocked'],
      ['yarn-4', 'yarn-plugin', 'blocked'],
      ['bun', 'bun-scanner', 'blocked'],
    ],
    tree: 'sound',
    manifest: { dependencies: { app: '^1.0.0' } },
    async prepare(stage) {
      const url = await evilRegistry(stage);
      await append(stage, '.npmrc', `registry=${url}\n`);
      const settings = path.join(stage.lab.project.cwd, '.yarnrc.yml');
      await editFile(settings, (text) =>
        text.replace(/npmRegistryServer: '[^']*'/, `npmRegistryServer: '${url}'`),
      );
      await withLockfile(stage);
    },
  },
  ...(['package-lock.json', 'npm-shrinkwrap.json'] as const).map(
    (hidden): Attempt => ({
      title: `two lockfiles for npm, of which ${hidden} is another one`,
      // npm 12 does not read npm-shrinkwrap.json any more, npm 11 prefers it.
      against:
        hidden === 'package-lock.json'
          ? [
              ['npm-12', 'npm', 'blocked'],
              ['npm-12', 'hook', 'blocked'],
              ['npm-12', 'run', 'blocked'],
            ]
          : [
              ['npm-11', 'npm', 'blocked'],
              ['npm-11', 'run', 'blocked'],
            ],
      tree: 'sound',
      manifest: APP,
      async prepare(stage) {
        await withLockfile(stage);
        const { cwd } = stage.lab.project;
        await copyFile(lockfileOf(stage), path.join(cwd, 'npm-shrinkwrap.json'));
        await editFile(path.join(cwd, hidden), withoutDigest(stage));
        serveOtherBytes(stage);
      },
    }),
  ),
  {
    title: 'a package that lies in node_modules already, without a lockfile',
    planted: true,
    against: [
      ['npm-11', 'npm', 'blocked'],
      ['npm-12', 'npm', 'blocked'],
    ],
    tree: 'blocked',
    manifest: BOTH,
    async prepare({ lab }) {
      const manifest = { name: 'mallory', version: '1.2.0', scripts: { postinstall: 'node log.cjs' } };
      await lab.project.write('node_modules/mallory/package.json', manifest);
      await lab.project.write('node_modules/mallory/log.cjs', '');
    },
    act: (stage) => through(stage, 'fresh'),
  },
  ...['script-shell', 'node-options', 'globalconfig', 'ignore-scripts', 'package-lock'].map(
    (setting): Attempt => ({
      title: `${setting} in the .npmrc of a pull request`,
      against: [
        ['npm-11', 'npm', 'blocked'],
        ['npm-12', 'npm', 'blocked'],
        ['npm-11', 'run', 'blocked'],
        ['npm-12', 'hook', setting === 'package-lock' ? 'blocked' : { known: OPEN_SETTINGS }],
      ],
      tree: 'blocked',
      manifest: BOTH,
      async prepare(stage) {
        await withLockfile(stage);
        await useSetting(stage, setting);
      },
      act: (stage) => through(stage, setting === 'package-lock' ? 'fresh' : 'frozen'),
    }),
  ),
  {
    title: 'ignorePnpmfile in the settings of a pull request',
    against: [
      ['pnpm-11', 'pnpm-plugin', { known: OPEN_SETTINGS }],
      ['pnpm-12', 'pnpm-plugin', { known: OPEN_SETTINGS }],
      ['pnpm-12', 'run', 'blocked'],
    ],
    tree: 'blocked',
    manifest: BOTH,
    async prepare(stage) {
      await withLockfile(stage);
      await append(stage, 'pnpm-workspace.yaml', 'ignorePnpmfile: true\n');
    },
  },
];

async function useSetting(stage: Stage, setting: string): Promise<void> {
  const { dir, cwd } = stage.lab.project;
  const evil = path.join(cwd, 'evil');
  const values: Readonly<Record<string, string>> = {
    'script-shell': await evilProgram(`${evil}.sh`),
    'node-options': `--require=${evil}.cjs`,
    globalconfig: `${evil}rc`,
    'ignore-scripts': 'true',
    'package-lock': 'false',
  };
  await writeFile(`${evil}.cjs`, `${MARK_FROM_NODE}\nprocess.exit(0);\n`);
  await writeFile(`${evil}rc`, `script-shell=${evil}.sh\ncache=${path.join(dir, 'evil-cache')}\n`);
  await append(stage, '.npmrc', `${setting}=${values[setting]}\n`);
}

const MARK_FROM_NODE = `// ${MARK}\nrequire('node:fs').appendFileSync(process.env.LAB_EVENTS, 'EVIL\\n');`;
