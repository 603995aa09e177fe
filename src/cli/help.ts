import { type CommandName, type Flag, flagsOf } from './flags.ts';

const ABOUT = `verify-deps tells who built every package of a lockfile, from which source, and
whether your policy accepts that, before any of their code runs.`;

const COMMANDS = `Commands
  check            verify the whole tree and write the report (default)
  explain PKG      every check of one package, and the rule that decided
  bundle FILE      any Sigstore bundle: who signed, when, and which file
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

const HELP_COLUMN = 29;

interface Topic {
  readonly usage: string;
  readonly about: string;
  readonly examples: string;
  readonly exitCodes?: string;
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
  bundle: {
    usage: 'verify-deps bundle FILE [ARTIFACT] [flags]',
    about: `Verifies a Sigstore bundle, of a file or an attestation, and shows who signed,
what the certificate says of them, the log entries and the times. FILE holds
one bundle, or one on each line (of which one has to hold); - reads standard
input. ARTIFACT is the file it was made for, or its digest. Needs no lockfile,
policy or registry. Who may sign has to be said: with --identity and --issuer,
or with --key.`,
    examples: `  verify-deps bundle app.sigstore.json app.tar.gz \\
    --identity https://github.com/o/r/.github/workflows/w.yml@refs/tags/v1 \\
    --issuer https://token.actions.githubusercontent.com
  verify-deps bundle app.bundle app.tar.gz --key cosign.pub
  gh attestation download app.tar.gz -R o/r && \\
    verify-deps bundle sha256*.jsonl app.tar.gz   shows who signed, ends with 1`,
    exitCodes: `Exit codes
  0  it is verified              3  could not decide: no trust root, no
  1  it does not hold, or           artifact, or a newer format
     nobody said who may sign   70  a bug in verify-deps
  2  bad flag or unreadable file`,
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
  const { usage, about, examples, exitCodes = EXIT_CODES } = topics[topic];
  const all = flagLines(topic, () => true);
  return sections(about, `Usage: ${usage}`, `Flags\n${all}`, exitCodes, `Examples\n${examples}`, DOCS);
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
  const lines = flag.help.map((line) => `${''.padEnd(HELP_COLUMN)}${line}`);
  // A long name has a line of its own.
  if (left.length > HELP_COLUMN - 2) return [left, ...lines];
  return [`${left.padEnd(HELP_COLUMN)}${flag.help[0]}`, ...lines.slice(1)];
}
