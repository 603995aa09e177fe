/** Which commands of pnpm install without asking `preResolution`, so that `updateConfig` has to see to the lockfile. */
import gte from 'semver/functions/gte.js';
import valid from 'semver/functions/valid.js';
import { isMembers, type Members, textOf } from './types.ts';

/** The first native pnpm that asks `preResolution` for a lockfile that it follows as it is. */
const ASKS_SINCE = '12.16.0';

/** Commands for which that was observed. */
const ASKS = new Set([
  'install',
  'add',
  'update',
  'remove',
  'rebuild',
  'deploy',
  'install-test',
  'dedupe',
  'import',
]);

/** Commands that install nothing themselves; an installation that they start is a command of its own. */
const INSTALLS_NOTHING = new Set([
  'run-script',
  'run',
  'exec',
  'test',
  'start',
  'stop',
  'restart',
  'list',
  'ls',
  'why',
  'outdated',
  'audit',
  'licenses',
  'config',
  'store',
  'root',
  'bin',
  'pack',
  'publish',
  'view',
]);

/** Commands of pnpm 10 and 11, which run on Node.js, that run packages' scripts and ask nobody. */
const REBUILDS = new Set(['rebuild', 'rb', 'approve-builds']);

type Need =
  /** The command installs nothing. */
  | 'nothing'
  /** `preResolution` follows. */
  | 'nothing yet'
  | 'lockfile';

/**
 * @param config  argument of `updateConfig`
 * @param argv    command line of pnpm where this is its process; undefined in a worker of a native pnpm
 */
export function needOf(config: Members, argv: readonly string[] | undefined): Need {
  if (argv !== undefined) {
    const words = argv.slice(2);
    if (INSTALLS_NOTHING.has(words[0] ?? '')) return 'nothing';
    // Any word, since which one is the command depends on all flags: one verification too many does no harm.
    return words.some((word) => REBUILDS.has(word)) ? 'lockfile' : 'nothing yet';
  }
  const command = isMembers(config.extraEnv) ? textOf(config.extraEnv, 'npm_command') : undefined;
  if (command === undefined) return 'lockfile';
  if (INSTALLS_NOTHING.has(command)) return 'nothing';
  const version = /^pnpm\/(\S{1,64})/.exec(textOf(config, 'userAgent') ?? '')?.[1];
  const asks = valid(version) !== null && gte(version!, ASKS_SINCE);
  return asks && ASKS.has(command) ? 'nothing yet' : 'lockfile';
}
