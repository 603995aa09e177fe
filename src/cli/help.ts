import { type CommandName, type Flag, flagsOf } from './flags.ts';

const ABOUT = `verify-deps tells who built every package of a lockfile, from which source, and
whether your policy accepts that, before any of their code runs.`;

const COMMANDS = `Commands
  check            verify the whole tree and write the report (default)
  explain PKG      every check of one package, and the rule that decided
  trust            the trust root in use: origin, age, authorities, keys
  help COMMAND     all flags of a command`;

const EXIT_CODES = `Exit codes
  0  the policy holds            3  could not decide: trust root or network
  1  the policy failed          70  a bug in verify-deps
  2  bad flag, lockfile or policy file`;

const EXAMPLES = `Examples
  npx verify-deps                       verify the tree of this folder
  npx verify-deps --omit dev            only what production installs
  npx verify-deps explain lodash        why a package passes or fails
  npx verify-deps --json > result.json  for other tools`;

const DOCS = 'Documentation: README.md and docs/ (npm docs verify-deps opens them)';

/** Flags of `check` that the overview shows; `help check` shows all. */
const COMMON: readonly string[] = [
  'lockfile',
  'omit',
  'workspace',
  'policy',
  'json',
  'no-report',
  'tarballs',
  'cwd',
  'quiet',
  'verbose',
  'help',
  'version',
];

interface Topic {
  readonly usage: string;
  readonly about: string;
  readonly examples: string;
}

const topics: Readonly<Record<Exclude<CommandName, 'help'>, Topic>> = {
  check: {
    usage: 'verify-deps [check] [flags]',
    about: `Verifies every package that the lockfile will install and judges it by the
policy. The lockfile (package-lock.json, npm-shrinkwrap.json or pnpm-lock.yaml)
says which bytes count; the registry, the network and the cache are not
believed. The answer goes to verify-deps.lock.json beside the lockfile: commit
it, and a pull request shows what changed. A run over a part of the tree
(--omit, --workspace) leaves it as it is.`,
    examples: `  verify-deps --omit dev,optional     only what production installs
  verify-deps -w packages/api         only what one workspace needs
  verify-deps --no-report --json      look, and change no file`,
  },
  explain: {
    usage: 'verify-deps explain PKG[@VERSION] [flags]',
    about: `Verifies one package of the lockfile and shows every check in order: what was
signed, by whom, the log entry, and the rule and line of the policy that
decided. Without a version, every version in the lockfile is explained. Writes
no report.`,
    examples: `  verify-deps explain lodash
  verify-deps explain @scope/name@1.2.3 --json`,
  },
  trust: {
    usage: 'verify-deps trust [flags]',
    about: `Shows what every verdict rests on: where the trust root comes from, how old it
is, its digest, the certificate authorities and logs with their validity, and
the signing keys of each registry in use.`,
    examples: `  verify-deps trust
  verify-deps trust --trust-root trusted_root.json`,
  },
};

/** Help text of at most 80 columns, ending in a newline. */
export function helpText(topic: CommandName | undefined): string {
  if (topic === undefined || topic === 'help') {
    return sections(
      ABOUT,
      'Usage: verify-deps [COMMAND] [flags]',
      COMMANDS,
      `Common flags (all: verify-deps help check)\n${flagLines('check', (name) => COMMON.includes(name))}`,
      EXIT_CODES,
      EXAMPLES,
      DOCS,
    );
  }
  const { usage, about, examples } = topics[topic];
  const all = flagLines(topic, () => true);
  return sections(about, `Usage: ${usage}`, `Flags\n${all}`, EXIT_CODES, `Examples\n${examples}`, DOCS);
}

function sections(...parts: readonly string[]): string {
  return `${parts.join('\n\n')}\n`;
}

function flagLines(command: CommandName, wanted: (name: string) => boolean): string {
  return flagsOf(command)
    .filter(([name]) => wanted(name))
    .flatMap(([name, flag]) => flagHelp(name, flag))
    .join('\n');
}

function flagHelp(name: string, flag: Flag): readonly string[] {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  const left = `  ${short}--${name}${flag.value === undefined ? '' : ` ${flag.value}`}`;
  return flag.help.map((line, index) => `${(index === 0 ? left : '').padEnd(29)}${line}`);
}
