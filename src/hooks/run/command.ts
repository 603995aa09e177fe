/** Which package manager a command starts, and what it is about to do, as far as its words tell. */
import path from 'node:path';

export type ManagerName = 'npm' | 'pnpm' | 'yarn' | 'bun' | 'deno';

export interface Command {
  /** Undefined: something else, which may start any of them. */
  readonly manager: ManagerName | undefined;
  /** Words up to here name the program: `node …/npm-cli.js`, `corepack pnpm`. Options of ours go behind them. */
  readonly programWords: number;
  /** It runs packages out of a registry (`npx`, `dlx`), and installs none. */
  readonly runsPackages: boolean;
  /** It changes what is installed in the project, or makes sure of it. */
  readonly installs: boolean;
  /** It installs exactly what a lockfile says. */
  readonly frozen: boolean;
  /** First word that is no option. */
  readonly verb: string | undefined;
  /** Words that belong to the manager itself, and not to what it runs. */
  readonly own: readonly string[];
}

const PROGRAMS: Readonly<Record<string, { readonly manager: ManagerName; readonly runs?: true }>> = {
  npm: { manager: 'npm' },
  'npm-cli': { manager: 'npm' },
  npx: { manager: 'npm', runs: true },
  'npx-cli': { manager: 'npm', runs: true },
  pnpm: { manager: 'pnpm' },
  pnpx: { manager: 'pnpm', runs: true },
  yarn: { manager: 'yarn' },
  yarnpkg: { manager: 'yarn' },
  bun: { manager: 'bun' },
  bunx: { manager: 'bun', runs: true },
  deno: { manager: 'deno' },
};

const RUNNING = new Set(['exec', 'x', 'dlx', 'create', 'init', 'innit']);
const SCRIPTS = new Set([
  'run',
  'run-script',
  'rum',
  'urn',
  'test',
  't',
  'tst',
  'start',
  'stop',
  'restart',
  'task',
]);
/** Spellings of `npm ci` that npm knows. */
const CLEAN = new Set([
  'ci',
  'ic',
  'clean-install',
  'install-clean',
  'isntall-clean',
  'cit',
  'install-ci-test',
  'sit',
  'clean-install-test',
]);
const FROZEN = new Set(['--frozen-lockfile', '--frozen-lockfile=true', '--immutable', '--frozen']);

export function commandOf(words: readonly string[]): Command {
  const skipped = programAt(words);
  const known = skipped === undefined ? undefined : PROGRAMS[nameOf(words[skipped]!)];
  if (skipped === undefined || known === undefined) {
    return {
      manager: undefined,
      programWords: 1,
      runsPackages: false,
      installs: false,
      frozen: false,
      verb: undefined,
      own: [],
    };
  }
  const rest = words.slice(skipped + 1);
  const at = rest.findIndex((word) => !word.startsWith('-'));
  const verb = at < 0 ? undefined : rest[at];
  const runsPackages = known.runs === true || (verb !== undefined && RUNNING.has(verb));
  const frozen =
    (verb !== undefined && CLEAN.has(verb) && (known.manager === 'npm' || known.manager === 'pnpm')) ||
    rest.some((word) => FROZEN.has(word));
  const elsewhere = rest.some((word) => word === '-g' || word === '--global' || word === '--location=global');
  return {
    manager: known.manager,
    programWords: skipped + 1,
    runsPackages,
    installs: !runsPackages && !elsewhere && !(verb !== undefined && SCRIPTS.has(verb)),
    frozen,
    verb,
    own: ownWords(rest, known.runs === true, verb),
  };
}

/** Position of the word that names the program itself. */
function programAt(words: readonly string[]): number | undefined {
  const first = nameOf(words[0] ?? '');
  if (Object.hasOwn(PROGRAMS, first)) return 0;
  if (first !== 'node' && first !== 'corepack') return undefined;
  const second = nameOf(words[1] ?? '');
  return Object.hasOwn(PROGRAMS, second) ? 1 : undefined;
}

/** `/usr/lib/npm/bin/npm-cli.js` is npm-cli, `pnpm.CMD` pnpm; corepack takes `pnpm@10`. */
function nameOf(word: string): string {
  return path
    .basename(word.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.(?:exe|cmd|ps1|c?js|mjs)$/, '')
    .replace(/@.*$/, '');
}

function ownWords(rest: readonly string[], runs: boolean, verb: string | undefined): readonly string[] {
  const terminator = rest.indexOf('--');
  const before = terminator < 0 ? rest : rest.slice(0, terminator);
  const nested = runs ? 1 : verb !== undefined && (RUNNING.has(verb) || SCRIPTS.has(verb)) ? 2 : undefined;
  if (nested === undefined) return before;
  // From the word that names the package or script on, everything is for that.
  let seen = 0;
  const end = before.findIndex((word) => !word.startsWith('-') && ++seen === nested);
  return end < 0 ? before : before.slice(0, end);
}
