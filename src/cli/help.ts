import { type CommandName, type Flag, flagsOf } from './flags.ts';
import { EXIT_CODES, topics } from './help-topics.ts';

const ABOUT = `verify-deps tells who built every package of a lockfile, from which source, and
whether your policy accepts that, before any of their code runs.`;

const COMMANDS = `Commands
  check            verify the whole tree and write the report (default)
  explain PKG      every check of one package, and the rule that decided
  accept PKG       record that a change of its build is deliberate
  bundle FILE      any Sigstore bundle: who signed, when, and which file
  trust            the trust root in use: origin, age, authorities, keys
  fetch            all evidence in one file, for runs with --offline
  init             a first policy, and the first report
  simulate         what another policy would have stopped
  policy show      the policy in force, and where each value stands
  scripts          packages with install scripts; --write allows the proven
  ci, install      npm ci and npm install, of what passes or of nothing
  hook             the same as a preinstall script, for npm 12
  hook install     set up the gates that go with this project
  run -- COMMAND   any package manager, which gets only what passes
  proxy            a registry for a team that serves only what passes
  help COMMAND     all flags of a command`;

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
