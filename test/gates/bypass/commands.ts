/** Attempts by what is typed, by the environment, by scripts of packages and by timing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import zlib from 'node:zlib';
import { makeRig } from '../../support/rig/registry.mjs';
import type { Stage } from '../matrix/stage.ts';
import { APP, type Attempt, BOTH, through, withLockfile } from './attempts.ts';
import { editFile, evilProgram, lockfileOf } from './tampering.ts';

export const IGNORE_SCRIPTS = '`npm ci --ignore-scripts` runs no hook';
export const IGNORE_PNPMFILE = '`--ignore-pnpmfile` leaves the plugin out';
export const SCRIPTS_DOWNLOAD = 'a script of a package that passed installs others itself';
export const SCRIPTS_WRITE = 'a script of a package that passed writes another policy';
export const FIRST_ON_PATH = 'another program is first on PATH';

const LAB_TRUST_UNSET = {
  VERIFY_DEPS_TUF_MIRROR: undefined,
  VERIFY_DEPS_TUF_ROOT: undefined,
  VERIFY_DEPS_CACHE: undefined,
};

/** The user's own settings, for what runs outside of the project. */
async function userSettings({ lab }: Stage): Promise<void> {
  const home = path.join(lab.project.dir, 'home');
  await mkdir(home, { recursive: true });
  writeFileSync(path.join(home, 'npmrc'), `registry=${lab.url}\n`);
}

const all: readonly (readonly [Attempt['against'][number][0], string])[] = [
  ['npm-11', 'npm'],
  ['npm-12', 'npm'],
  ['npm-11', 'run'],
  ['npm-12', 'run'],
  ['pnpm-10', 'pnpm-plugin'],
  ['pnpm-11', 'pnpm-plugin'],
  ['pnpm-12.10', 'pnpm-plugin'],
  ['pnpm-12', 'pnpm-plugin'],
  ['pnpm-12', 'run'],
  ['yarn-1', 'run'],
  ['yarn-4', 'yarn-plugin'],
  ['yarn-4', 'run'],
  ['bun', 'bun-scanner'],
  ['bun', 'run'],
];

const blocked = (list: typeof all): readonly Attempt['against'][number][] =>
  list.map(([manager, gate]) => [manager, gate, 'blocked']);

export const commandAttempts: readonly Attempt[] = [
  {
    title: '--ignore-scripts',
    against: [
      ...blocked(all.filter(([manager]) => manager !== 'yarn-4')),
      ['npm-12', 'hook', { known: IGNORE_SCRIPTS }],
    ],
    tree: 'blocked',
    manifest: BOTH,
    prepare: withLockfile,
    act: (stage) => through(stage, 'frozen', ['--ignore-scripts']),
  },
  {
    title: '--ignore-pnpmfile',
    against: [
      // The lockfile says that there is a plugin.
      ['pnpm-10', 'pnpm-plugin', 'blocked'],
      ['pnpm-11', 'pnpm-plugin', { known: IGNORE_PNPMFILE }],
      ['pnpm-12', 'pnpm-plugin', { known: IGNORE_PNPMFILE }],
      ['pnpm-12', 'run', 'blocked'],
    ],
    tree: 'blocked',
    manifest: BOTH,
    prepare: withLockfile,
    act: (stage) => through(stage, 'frozen', ['--ignore-pnpmfile']),
  },
  {
    title: 'the blocked package under another name',
    against: blocked(all),
    tree: 'blocked',
    manifest: APP,
    prepare: withLockfile,
    act: ({ gate, runner, type }) => {
      const add = runner.family === 'npm' ? 'install' : 'add';
      return type(gate.command(runner, [add, 'fine@npm:mallory@1.2.0']));
    },
  },
  {
    title: 'another folder (--prefix) whose lockfile is another one',
    against: [
      ['npm-11', 'npm', 'blocked'],
      ['npm-12', 'npm', 'blocked'],
      ['npm-11', 'run', 'blocked'],
    ],
    tree: 'blocked',
    manifest: BOTH,
    async prepare(stage) {
      const { project } = stage.lab;
      await withLockfile(stage);
      for (const file of ['package.json', 'package-lock.json', '.npmrc', 'verify-deps.json'])
        await project.write(`sub/${file}`, await readFile(path.join(project.cwd, file), 'utf8'));
      await project.write('package.json', { name: 'lab', version: '1.0.0' });
      const lock = { name: 'lab', version: '1.0.0', lockfileVersion: 3, packages: { '': { name: 'lab' } } };
      await project.write('package-lock.json', lock);
    },
    act: (stage) => through(stage, 'frozen', ['--prefix', 'sub']),
  },
  {
    title: 'a global install',
    against: [
      ['npm-11', 'npm', 'blocked'],
      ['npm-12', 'npm', 'blocked'],
      ['npm-11', 'run', 'blocked'],
    ],
    tree: 'blocked',
    manifest: APP,
    prepare: userSettings,
    act: (stage) =>
      through(stage, 'add', ['--global'], {
        npm_config_prefix: path.join(stage.lab.project.cwd, 'global'),
      }),
  },
  {
    title: 'npx of a package that is in its cache already',
    against: [['npm-11', 'run', 'blocked']],
    tree: 'blocked',
    manifest: {},
    async prepare(stage) {
      const { code, text } = await stage.type(npx);
      if (code !== 0) throw new Error(text);
      await stage.clean('keep the store');
    },
    act: (stage) => stage.type(throughRun(stage, npx)),
  },
  {
    title: 'npm inside a script of a package',
    against: [
      ['npm-11', 'run', 'blocked'],
      ['npm-12', 'run', 'blocked'],
      ['npm-11', 'npm', { known: SCRIPTS_DOWNLOAD }],
    ],
    tree: 'blocked',
    manifest: { dependencies: { nester: '^1.0.0' } },
    prepare: userSettings,
    act: (stage) => through(stage, 'fresh'),
  },
  {
    title: 'npm started by a shell, which passes on no variable with the name of a scope',
    against: [
      ['npm-11', 'run', 'blocked'],
      ['npm-12', 'run', 'blocked'],
    ],
    tree: 'blocked',
    manifest: { dependencies: { '@acme/mallory': '^1.0.0' } },
    lab: { scope: true },
    prepare: async () => undefined,
    act: (stage) => stage.type(throughRun(stage, ['sh', '-c', 'npm install && echo done'])),
  },
  {
    title: 'a script of a package that writes another policy, in the same run',
    against: [['npm-11', 'run', 'blocked']],
    tree: 'blocked',
    manifest: {},
    prepare: async () => undefined,
    act: (stage) => stage.type(throughRun(stage, ['sh', '-c', 'npm install swapper && npm install mallory'])),
  },
  {
    title: 'a script of a package that writes another policy, for the next run',
    against: [['npm-11', 'npm', { known: SCRIPTS_WRITE }]],
    tree: 'blocked',
    manifest: {},
    prepare: async () => undefined,
    act: ({ type }) => type(['sh', '-c', 'verify-deps install swapper && verify-deps install mallory']),
  },
  {
    title: 'a lockfile that is changed while it is verified',
    against: [
      ['npm-11', 'npm', 'harmless'],
      ['npm-12', 'npm', 'harmless'],
      ['npm-11', 'run', 'harmless'],
    ],
    tree: 'blocked',
    manifest: BOTH,
    async prepare(stage) {
      await withLockfile(stage);
      const { cwd } = stage.lab.project;
      const [manifest, lockfile] = [path.join(cwd, 'package.json'), lockfileOf(stage)];
      const evil = [readFileSync(manifest, 'utf8'), readFileSync(lockfile, 'utf8')] as const;
      await editFile(manifest, (text) => text.replace(/,\s*"mallory": "\^1.0.0"/, ''));
      await editFile(lockfile, (text) =>
        text.replace(/,\s*"mallory": "\^1.0.0"/, '').replace(/,\s*"node_modules\/mallory": \{[^}]*\}/, ''),
      );
      const { overrides, rig } = stage.lab.served.server;
      const body = zlib.gunzipSync(rig.docs.get('att app@1.2.0')!.gz!);
      const ct = 'application/json';
      overrides.set('att app@1.2.0', {
        ct,
        // Asked for in the middle of the verification.
        get body() {
          writeFileSync(manifest, evil[0]);
          writeFileSync(lockfile, evil[1]);
          return body;
        },
      });
    },
  },
  {
    title: 'forged content in the evidence store',
    against: [
      ['npm-11', 'npm', 'blocked'],
      ['npm-11', 'run', 'blocked'],
      ['pnpm-12', 'pnpm-plugin', 'blocked'],
    ],
    tree: 'blocked',
    manifest: BOTH,
    async prepare(stage) {
      const { lab } = stage;
      await withLockfile(stage);
      // What a registry with another trust root says of the package: sound in itself.
      const catalogue = [{ name: 'mallory', version: '1.2.0', days: 60, attested: 'v0.3' as const }];
      const forger = makeRig({ catalogue, origin: lab.served.server.origin });
      for (const key of ['manifest mallory@1.2.0', 'att mallory@1.2.0', 'full mallory', 'corgi mallory']) {
        const { gz, ct } = forger.docs.get(key)!;
        lab.served.server.overrides.set(key, { body: zlib.gunzipSync(gz!), ct });
      }
      await stage.type(['verify-deps', '--no-report', ...(stage.runner.family === 'npm' ? [] : ['-q'])]);
      lab.served.server.overrides.clear();
    },
  },
  {
    title: 'a trust root of the attacker in a .env file of the repository',
    against: [
      ['npm-11', 'npm', 'blocked'],
      ['npm-11', 'run', 'blocked'],
      ['pnpm-12', 'pnpm-plugin', 'blocked'],
      ['yarn-4', 'yarn-plugin', 'blocked'],
      ['yarn-4', 'run', 'blocked'],
      ['bun', 'bun-scanner', 'blocked'],
      ['bun', 'run', 'blocked'],
    ],
    // Sound by the trust root that the file names; nobody else names it.
    tree: 'sound',
    manifest: APP,
    // The public trust root is not to be had either.
    lab: { corporateProxy: true },
    async prepare(stage) {
      await withLockfile(stage);
      const { VERIFY_DEPS_TUF_MIRROR, VERIFY_DEPS_TUF_ROOT } = stage.lab.env;
      const text = `VERIFY_DEPS_TUF_MIRROR=${VERIFY_DEPS_TUF_MIRROR}\nVERIFY_DEPS_TUF_ROOT=${VERIFY_DEPS_TUF_ROOT}\n`;
      for (const file of ['.env', '.env.local', '.env.yarn', '.env.production', '.env.development'])
        await stage.lab.project.write(file, text);
    },
    act: (stage) => through(stage, 'frozen', [], LAB_TRUST_UNSET),
  },
  {
    title: 'programs of the same name in node_modules/.bin',
    against: blocked([
      ['npm-11', 'npm'],
      ['npm-12', 'npm'],
      ['npm-11', 'run'],
      ['pnpm-12', 'pnpm-plugin'],
      ['pnpm-12', 'run'],
    ]),
    tree: 'blocked',
    manifest: BOTH,
    async prepare(stage) {
      await withLockfile(stage);
      await evilPrograms(stage);
    },
    act: (stage) => through(stage, 'frozen'),
  },
  {
    title: 'programs of the same name first on PATH',
    against: [['npm-11', 'run', { known: FIRST_ON_PATH }]],
    tree: 'blocked',
    manifest: BOTH,
    async prepare(stage) {
      await withLockfile(stage);
      await evilPrograms(stage);
    },
    act: (stage) => {
      const PATH = [path.join(stage.lab.project.cwd, 'node_modules', '.bin'), stage.bin, process.env.PATH];
      // Found by its path, so that only what it starts is another program.
      const [, ...rest] = stage.gate.command(stage.runner, ['ci']);
      return stage.type([path.join(stage.bin, 'verify-deps'), ...rest], { PATH: PATH.join(path.delimiter) });
    },
  },
];

/** A command that is none of the manager's. */
function throughRun({ gate }: Stage, command: readonly string[]): readonly string[] {
  return gate.id === 'run' ? ['verify-deps', 'run', '--', ...command] : command;
}

// The scripts of the package ran when it came into the cache; now it would be used.
const npx = ['npx', '--yes', '--package', 'mallory@1.2.0', '--', 'sh', '-c', 'echo EVIL >> "$LAB_EVENTS"'];

async function evilPrograms({ lab }: Stage): Promise<void> {
  for (const name of ['npm', 'pnpm', 'node', 'npx'])
    await evilProgram(path.join(lab.project.cwd, 'node_modules', '.bin', name));
}
