export const commandNames = ['check', 'explain', 'trust', 'help'] as const;
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
const working: readonly CommandName[] = ['check', 'explain', 'trust'];

/** Every flag by its long name, in the order of the help. */
export const flags: Readonly<Record<string, Flag>> = {
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
    only: working,
    help: ['policy file, instead of the one found'],
  },
  json: { only: working, help: ['print the result as JSON'] },
  'no-report': { only: ['check'], help: ['leave verify-deps.lock.json as it is'] },
  tarballs: {
    only: verifying,
    help: ['download every tarball as well and compare its', 'bytes with the lockfile'],
  },
  registry: {
    value: 'URL',
    only: working,
    help: ["registry to ask, as npm's own --registry"],
  },
  'trust-root': {
    value: 'FILE',
    only: working,
    help: ['trusted_root.json of a private Sigstore,', 'instead of the public one through TUF'],
  },
  'registry-keys': {
    value: 'FILE',
    only: working,
    help: ["the registries' signing keys that go with", '--trust-root'],
  },
  'tuf-mirror': {
    value: 'URL',
    only: working,
    help: ['TUF repository to take the trust root from'],
  },
  'tuf-root': {
    value: 'FILE',
    only: working,
    help: ['root.json that anchors --tuf-mirror'],
  },
  cache: {
    value: 'DIR',
    only: working,
    help: ['folder for evidence and TUF metadata'],
  },
  cwd: {
    short: 'C',
    value: 'DIR',
    only: working,
    help: ['work as if started in DIR; other paths are', 'relative to it'],
  },
  quiet: { short: 'q', only: working, help: ['no progress; no text if the policy holds'] },
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
