export const commandNames = [
  'check',
  'explain',
  'accept',
  'bundle',
  'trust',
  'scripts',
  'init',
  'simulate',
  'policy',
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
const working: readonly CommandName[] = [
  'check',
  'explain',
  'accept',
  'trust',
  'scripts',
  'init',
  'simulate',
  'policy',
];
const trusting: readonly CommandName[] = [...working, 'bundle'];
const bundle: readonly CommandName[] = ['bundle'];

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
    only: verifying,
    help: ['leave out dev, optional or peer dependencies', '(several: --omit dev,optional)'],
  },
  workspace: {
    short: 'w',
    value: 'NAME',
    repeatable: true,
    only: verifying,
    help: ['only what this workspace needs; repeatable'],
  },
  policy: {
    value: 'FILE',
    only: working.filter((command) => command !== 'init'),
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
  fix: {
    only: ['check'],
    help: ["take exemptions out of the project's policy file", 'that have expired or that nothing needs'],
  },
  'no-report': { only: ['check'], help: ['leave verify-deps.lock.json as it is'] },
  write: {
    only: ['scripts'],
    help: ['put those that pass into the allow list of the', 'package manager, and take the others out'],
  },
  tarballs: {
    only: [...verifying, 'scripts'],
    help: ['download every tarball as well and compare its', 'bytes with the lockfile'],
  },
  registry: {
    value: 'URL',
    only: working,
    help: ["registry to ask, as npm's own --registry"],
  },
  'trust-root': {
    value: 'FILE',
    only: trusting,
    help: ['trusted_root.json of a private Sigstore,', 'instead of the public one through TUF'],
  },
  'registry-keys': {
    value: 'FILE',
    only: working,
    help: ["the registries' signing keys that go with", '--trust-root'],
  },
  'tuf-mirror': {
    value: 'URL',
    only: trusting,
    help: ['TUF repository to take the trust root from'],
  },
  'tuf-root': {
    value: 'FILE',
    only: trusting,
    help: ['root.json that anchors --tuf-mirror'],
  },
  offline: {
    only: bundle,
    help: ['ask nobody: the trust root as it was last', 'fetched, or as it was shipped'],
  },
  cache: {
    value: 'DIR',
    only: trusting,
    help: ['folder for evidence and TUF metadata'],
  },
  cwd: {
    short: 'C',
    value: 'DIR',
    only: trusting,
    help: ['work as if started in DIR; other paths are', 'relative to it'],
  },
  'transparency-logs': {
    value: 'N',
    only: bundle,
    help: ['operators of logs with an entry (default 1)'],
  },
  'inclusion-proof': {
    value: 'WHEN',
    only: bundle,
    help: ["always: a log's promise alone does not do, not", 'even in bundles v0.1, which allow it'],
  },
  witness: {
    value: 'VKEY',
    repeatable: true,
    only: bundle,
    help: ['witness that is known: NAME+HASH+KEY;', 'repeatable'],
  },
  witnesses: {
    value: 'N',
    only: bundle,
    help: ['of them, how many must have cosigned', '(default 0)'],
  },
  'ct-logs': {
    value: 'N',
    only: bundle,
    help: ['operators of certificate transparency logs', 'that know the certificate (default 1)'],
  },
  'trusted-times': {
    value: 'N',
    only: bundle,
    help: ['operators of logs and timestamp authorities', 'that say when it was signed (default 1)'],
  },
  'timestamp-authorities': {
    value: 'N',
    only: bundle,
    help: ['timestamp authorities among them (default 0)'],
  },
  'insecure-without-transparency-log': {
    only: bundle,
    help: ['accept what nobody can see was signed'],
  },
  'insecure-without-certificate-transparency': {
    only: bundle,
    help: ['accept certificates that nobody can see were', 'issued'],
  },
  'insecure-without-trusted-time': {
    only: bundle,
    help: ['with --key: accept that nothing says when it', 'was signed'],
  },
  quiet: { short: 'q', only: trusting, help: ['no progress; no text if nothing is wrong'] },
  verbose: { only: ['check'], help: ['list every package and what is proven of it'] },
  color: { help: ['colour, even if the output is no terminal'] },
  'no-color': { help: ['no colour (also: NO_COLOR=1)'] },
  help: { short: 'h', help: ['this help, or that of a command'] },
  version: { help: ['version of verify-deps'] },
};

/** Flags that go with a command, by name. */
export function flagsOf(command: CommandName): readonly (readonly [string, Flag])[] {
  return Object.entries(flags).filter(([, flag]) => flag.only === undefined || flag.only.includes(command));
}
