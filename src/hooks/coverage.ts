/**
 * What each gate stops, and openly what it cannot: one table for `verify-deps hook install`, for the matrix that writes
 * docs/gates.md, and for its tests. Every line was observed on the real package managers.
 */

export type GateId =
  | 'npm-hook'
  | 'npm-command'
  | 'pnpm-plugin'
  | 'yarn-plugin'
  | 'bun-scanner'
  | 'run'
  | 'ci-check'
  | 'git-hook';

export interface Miss {
  /** What gets past it. */
  readonly what: string;
  /** What stops that. */
  readonly instead: string;
}

export interface GateCoverage {
  readonly gate: GateId;
  readonly title: string;
  readonly stops: string;
  readonly misses: readonly Miss[];
}

const PROTECTED = 'a protected branch on which the CI job must pass, and an owner for these files';

export const coverage: Readonly<Record<GateId, GateCoverage>> = {
  'npm-hook': {
    gate: 'npm-hook',
    title: 'preinstall of the project, npm 12 or newer',
    stops: '`npm ci` and `npm install` without a package, before anything is fetched',
    misses: [
      { what: '`npm install PKG`, `npm update`', instead: '`verify-deps install PKG`' },
      { what: '`npx PKG`, `npm exec`, `npm install -g`', instead: '`verify-deps run -- npx PKG`' },
      { what: '`--ignore-scripts`, on the command line or in .npmrc', instead: 'the CI job' },
      {
        what: 'a lockfile that is changed while npm runs: the hook and npm each read it',
        instead: '`verify-deps ci`',
      },
      { what: 'npm 11 and older: it runs after the code of the packages', instead: '`verify-deps ci`' },
      { what: 'a commit that takes the line out of package.json', instead: PROTECTED },
    ],
  },
  'npm-command': {
    gate: 'npm-command',
    title: '`verify-deps ci` and `verify-deps install`',
    stops: 'what they themselves install: the plan is verified, and that very plan is installed',
    misses: [
      {
        what: 'whoever types `npm ci` or `npm install` instead',
        instead: 'npm 12 with its hook, or the CI job',
      },
      { what: '`npx PKG`, `npm install -g`', instead: '`verify-deps run -- npx PKG`' },
    ],
  },
  'pnpm-plugin': {
    gate: 'pnpm-plugin',
    title: 'pnpm plugin',
    stops: '`pnpm install`, `add`, `update`, `fetch`, frozen or not, with a warm or a cold store',
    misses: [
      { what: '`--ignore-pnpmfile` (pnpm 11 and 12)', instead: 'the CI job' },
      {
        what: '`pnpm rebuild` of what is in node_modules already',
        instead: '`verify-deps check --installed`',
      },
      { what: '`pnpm dlx` and `pnpm add -g`', instead: '`verify-deps run -- pnpm dlx PKG`' },
      {
        what: 'a file of the store that was edited with its size and time kept',
        instead: '`verify-deps check --installed`',
      },
      { what: 'a commit that takes the plugin out', instead: PROTECTED },
    ],
  },
  'yarn-plugin': {
    gate: 'yarn-plugin',
    title: 'yarn plugin, yarn 4 or newer',
    stops: '`yarn install`, `yarn add` and `yarn up`, with a warm or a cold cache',
    misses: [
      { what: '`yarn dlx` outside of the project', instead: '`verify-deps run -- yarn dlx PKG`' },
      { what: '`YARN_RC_FILENAME`, which leads to other settings', instead: 'the CI job through `run`' },
      {
        what: 'an exchanged archive, by whoever can write to the caches of both yarn and verify-deps',
        instead: 'in CI, caches that untrusted builds cannot write to',
      },
      { what: 'a commit that takes the plugin out', instead: PROTECTED },
    ],
  },
  'bun-scanner': {
    gate: 'bun-scanner',
    title: 'bun security scanner',
    stops: '`bun install` and `bun add`, with a warm or a cold cache',
    misses: [
      {
        what: 'bytes: bun tells a scanner names and versions, and does not look again at what its cache has',
        instead: '`verify-deps run -- bun install`',
      },
      {
        what: '`bunx` and `bun add -g`',
        instead: 'the scanner in ~/.bunfig.toml, or `verify-deps run -- bunx PKG`',
      },
      { what: '`--config=FILE`, which leads to other settings', instead: 'the CI job through `run`' },
      { what: 'a commit that takes the scanner out', instead: PROTECTED },
    ],
  },
  run: {
    gate: 'run',
    title: '`verify-deps run -- COMMAND`',
    stops: 'what the command takes from a registry, resolved afresh or from a lockfile',
    misses: [
      { what: 'whoever types the command without it', instead: 'the CI job' },
      {
        what: 'git dependencies and addresses that a package opens by itself',
        instead: 'a firewall around the job',
      },
    ],
  },
  'ci-check': {
    gate: 'ci-check',
    title: 'CI job',
    stops: 'a lockfile that the policy does not accept, before anybody merges it',
    misses: [
      {
        what: 'what a machine has installed before the job has run',
        instead: 'a gate of the package manager',
      },
      {
        what: 'installs of other jobs that do not wait for this one',
        instead: '`verify-deps ci`, or `needs:` in them',
      },
      {
        what: 'what is resolved without the lockfile (`npx`, `dlx`)',
        instead: '`verify-deps run -- COMMAND`',
      },
      { what: 'a pull request that edits the job itself', instead: PROTECTED },
    ],
  },
  'git-hook': {
    gate: 'git-hook',
    title: 'pre-commit hook',
    stops: 'a commit of a lockfile, policy or report that does not hold; nothing of an install',
    misses: [
      {
        what: 'packages: they were installed, and have run, before the commit',
        instead: 'a gate of the package manager',
      },
      { what: '`git commit --no-verify`, and clones without the hook', instead: 'the CI job' },
      { what: 'a lockfile that is staged otherwise than it lies in the folder', instead: 'the CI job' },
    ],
  },
};
