import { bundleFlags } from './bundle-flags.ts';
import { evidenceFlags } from './evidence-flags.ts';

export const commandNames = [
  'check',
  'explain',
  'accept',
  'bundle',
  'trust',
  'fetch',
  'scripts',
  'init',
  'simulate',
  'policy',
  'ci',
  'install',
  'hook',
  'run',
  'proxy',
  'help',
] as const;
export type CommandName = (typeof commandNames)[number];

export interface Flag {
  readonly short?: string;
  /** Name of its value in the help; a flag without one is a switch. */
  readonly value?: string;
  readonly repeatable?: boolean;
  /** Commands it goes with; undefined means all. */
  readonly only?: readonly CommandName[];
  /** Lines of its help, each at most 48 characters. */
  readonly help: readonly string[];
}

const verifying: readonly CommandName[] = ['check', 'explain'];
/** Those that can be asked about a part of the tree. */
const partial: readonly CommandName[] = [...verifying, 'fetch'];
const working: readonly CommandName[] = [
  'check',
  'explain',
  'accept',
  'trust',
  'fetch',
  'scripts',
  'init',
  'simulate',
  'policy',
];
/** Those that answer package managers until they are ended. */
const serving: readonly CommandName[] = ['proxy'];
/** Those that judge what a package manager is about to install. */
const gating: readonly CommandName[] = ['ci', 'install', 'hook', 'run', 'proxy'];
const trusting: readonly CommandName[] = [...working, 'bundle'];
/** Those that verify a tree, and then end. */
const timed: readonly CommandName[] = [...working.filter((command) => command !== 'policy'), 'ci', 'install'];
const bundle: readonly CommandName[] = ['bundle'];
/** Those that need not ask anybody. */
const offline: readonly CommandName[] = [
  ...working.filter((command) => command !== 'fetch'),
  'ci',
  'install',
  'hook',
];

/** Every flag by its long name, in the order of the help. */
export const flags: Readonly<Record<string, Flag>> = {
  reason: {
    value: 'TEXT',
    only: ['accept'],
    help: ['why the change is all right; stands in the', 'report, for whoever reads it later'],
  },
  digest: {
    value: 'ALG:HEX',
    only: bundle,
    help: ['digest of the file, where ARTIFACT itself is', 'not at hand: sha256:, sha384: or sha512:'],
  },
  identity: {
    value: 'SAN',
    only: bundle,
    help: ['who must have signed: the name in the', 'certificate, to the letter'],
  },
  issuer: {
    value: 'URL',
    only: bundle,
    help: ['who must have confirmed that identity'],
  },
  key: {
    value: 'FILE',
    only: bundle,
    help: ['public key (PEM) that must have signed it;', 'instead of --identity and --issuer'],
  },
  lockfile: {
    value: 'PATH',
    only: working,
    help: ['lockfile to read, instead of the one found in', 'this folder or the nearest above it'],
  },
  omit: {
    value: 'KIND',
    repeatable: true,
    only: partial,
    help: ['leave out dev, optional or peer dependencies', '(several: --omit dev,optional)'],
  },
  workspace: {
    short: 'w',
    value: 'NAME',
    repeatable: true,
    only: partial,
    help: ['only what this workspace needs; repeatable'],
  },
  policy: {
    value: 'FILE',
    only: [...working.filter((command) => command !== 'init'), ...gating],
    help: ['policy file, instead of the one found'],
  },
  since: {
    value: 'REF',
    only: ['simulate'],
    help: ['commits after this revision (at most 200),', 'instead of the last 20'],
  },
  preset: {
    value: 'NAME',
    only: ['init'],
    help: ['preset to build on (default recommended)'],
  },
  owner: {
    value: 'WHO',
    only: ['init'],
    help: ['who answers for the exemptions; by default', "git's user.email"],
  },
  force: { only: ['init'], help: ['replace the policy that is there'] },
  note: {
    only: ['explain'],
    help: ['print a note to its maintainer instead, where', 'a release has lost its provenance'],
  },
  json: {
    only: trusting.filter((command) => command !== 'init'),
    help: ['print the result as JSON'],
  },
  sarif: {
    value: 'FILE',
    only: ['check'],
    help: ['write the result as SARIF as well, for code', 'scanning'],
  },
  gitlab: {
    value: 'FILE',
    only: ['check'],
    help: ["write it as GitLab's code quality report as well"],
  },
  github: {
    only: ['check'],
    help: ['annotations and job summary of GitHub Actions'],
  },
  fix: {
    only: ['check'],
    help: ["take exemptions out of the project's policy file", 'that have expired or that nothing needs'],
  },
  'dry-run': { only: ['hook'], help: ['with install: show what would be written'] },
  'git-hook': {
    only: ['hook'],
    help: ['with install: a pre-commit hook of this clone', 'as well'],
  },
  'proven-only': {
    only: ['run'],
    help: ['hide versions that would be blocked, so that', 'others are chosen'],
  },
  'no-report': { only: ['check', 'ci', 'install'], help: ['leave verify-deps.lock.json as it is'] },
  write: {
    only: ['scripts'],
    help: ['put those that pass into the allow list of the', 'package manager, and take the others out'],
  },
  tarballs: {
    only: [...verifying, 'scripts', 'ci', 'install'],
    help: ['download every tarball as well and compare its', 'bytes with the lockfile'],
  },
  installed: {
    only: ['check'],
    help: ['compare every file in node_modules with the', 'tarballs that the lockfile pins'],
  },
  registry: {
    value: 'URL',
    only: [...working, ...gating],
    help: ["registry to ask, as npm's own --registry"],
  },
  'trust-root': {
    value: 'FILE',
    only: [...trusting, ...gating],
    help: ['trusted_root.json of a private Sigstore,', 'instead of the public one through TUF'],
  },
  listen: {
    value: 'HOST:PORT',
    only: serving,
    help: ['where to listen (default 127.0.0.1:4873)'],
  },
  'public-url': {
    value: 'URL',
    only: serving,
    help: ['where clients find it, if that is another', 'address'],
  },
  'tls-cert': {
    value: 'FILE',
    only: serving,
    help: ['certificate (PEM, with its chain)'],
  },
  'tls-key': { value: 'FILE', only: serving, help: ['key of the certificate (PEM)'] },
  'insecure-http': {
    only: serving,
    help: ['listen beyond this machine without TLS, which', 'something in front of it does'],
  },
  'client-token-file': {
    value: 'FILE',
    only: serving,
    help: ['tokens of clients, one a line; must be given to', 'listen beyond this machine'],
  },
  log: {
    value: 'FILE',
    only: serving,
    help: ['append decisions to FILE, opened anew on', 'SIGHUP (default: standard output)'],
  },
  renew: {
    value: 'MINUTES',
    only: serving,
    help: ['read policy, report and trust root anew so', 'often (default 15), and on SIGHUP'],
  },
  grace: {
    value: 'SECONDS',
    only: serving,
    help: ['how long requests under way may take after', 'SIGTERM or SIGINT (default 30)'],
  },
  'max-connections': {
    value: 'N',
    only: serving,
    help: ['clients at once (default 1024); one address', 'gets half of them'],
  },
  'max-tarball': {
    value: 'MB',
    only: serving,
    help: ['largest package that is let through'],
  },
  'registry-keys': {
    value: 'FILE',
    only: [...working, ...gating],
    help: ["the registries' signing keys that go with", '--trust-root'],
  },
  'tuf-mirror': {
    value: 'URL',
    only: [...trusting, ...gating],
    help: ['TUF repository to take the trust root from'],
  },
  'tuf-root': {
    value: 'FILE',
    only: [...trusting, ...gating],
    help: ['root.json that anchors --tuf-mirror'],
  },
  ...evidenceFlags([...offline, ...bundle], offline),
  cache: {
    value: 'DIR',
    only: [...trusting, ...gating],
    help: ['folder for evidence and TUF metadata'],
  },
  cwd: {
    short: 'C',
    value: 'DIR',
    only: [...trusting, ...gating],
    help: ['work as if started in DIR; other paths are', 'relative to it'],
  },
  ...bundleFlags,
  quiet: { short: 'q', only: [...trusting, ...gating], help: ['no progress; no text if nothing is wrong'] },
  verbose: { only: ['check'], help: ['list every package and what is proven of it'] },
  timing: { only: timed, help: ['say at the end where the time went'] },
  color: { help: ['colour, even if the output is no terminal'] },
  'no-color': { help: ['no colour (also: NO_COLOR=1)'] },
  help: { short: 'h', help: ['this help, or that of a command'] },
  version: { help: ['version of verify-deps'] },
};

/** Flags that go with a command, by name. */
export function flagsOf(command: CommandName): readonly (readonly [string, Flag])[] {
  return Object.entries(flags).filter(([, flag]) => flag.only === undefined || flag.only.includes(command));
}
