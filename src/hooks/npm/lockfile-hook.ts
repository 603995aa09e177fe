/**
 * The gate that npm 12 has itself: it runs the project's own preinstall script before it fetches anything. All of it rests
 * on the lockfile, so whatever npm would not take from there is refused.
 */
import path from 'node:path';
import { VerifyDepsError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { Report } from '../../report/types.ts';
import { type RunOptions, run } from '../../run.ts';
import { findLockfile } from '../../tree/find.ts';
import { unlocked } from '../../tree/npm-locked.ts';
import { parseUserAgent } from './user-agent.ts';

export type HookResult =
  | { readonly outcome: 'judged'; readonly report: Report }
  /** npm only writes a lockfile. */
  | { readonly outcome: 'nothing-to-install' };

type Environment = Readonly<Record<string, string | undefined>>;

/** The first npm that runs preinstall before it fetches. */
const MAJOR_MIN = 12;
const NAMED_MAX = 5;

/**
 * Asks nothing but npm's own words for what it is doing, which it hands to its scripts, and which decide what it does:
 * none of them lets more through than npm then installs.
 * @throws {VerifyDepsError} `usage` where this is no hook, `lockfile-absent`, and whatever `run()` throws
 */
export async function lockfileHook(options: RunOptions): Promise<HookResult> {
  const env = options.env ?? process.env;
  assertHook(env);
  if (isOn(env.npm_config_package_lock_only)) return { outcome: 'nothing-to-install' };
  if (env.npm_config_package_lock !== undefined && !isOn(env.npm_config_package_lock))
    throw refused(
      'npm is told to pass over the lockfile, so that nobody knows what it will install',
      'leave --no-package-lock out, or use verify-deps install',
    );
  const lockfile = await lockfileOf(options.cwd);
  if (env.npm_command !== 'ci') {
    const open = await unlocked(options.cwd, {
      legacyPeerDeps: isOn(env.npm_config_legacy_peer_deps),
    });
    if (open.length > 0) throw outOfStep(lockfile, open);
  }
  const { report } = await run({ ...options, lockfile, omit: omitted(env), report: 'none' });
  return { outcome: 'judged', report };
}

function assertHook(env: Environment): void {
  const agent = parseUserAgent(env.npm_config_user_agent);
  const event = env.npm_lifecycle_event;
  if (agent === undefined || event === undefined)
    throw refused(
      'the hook is started by npm, as the preinstall script of package.json',
      'by hand: verify-deps, or verify-deps ci',
    );
  const { manager, version, major } = agent;
  if (manager !== 'npm')
    throw refused(
      `a preinstall script is no gate for ${manager} ${printable(version, 40)}`,
      manager === 'pnpm' || manager === 'yarn' || manager === 'bun'
        ? `use the plugin for ${manager}, or verify-deps run -- ${manager} install`
        : 'use verify-deps run -- and the command',
    );
  if (major < MAJOR_MIN)
    throw refused(
      `no script can gate npm ${printable(version, 40)}: it runs preinstall after the scripts of all packages`,
      'use verify-deps ci in place of npm ci, or npm 12',
    );
  if (event !== 'preinstall')
    throw refused(
      `as ${printable(event, 40)} it comes too late: the scripts of packages have run`,
      'package.json: "preinstall": "verify-deps hook"',
    );
}

/** npm 12 reads no other file than this one, and no other folder. */
async function lockfileOf(folder: string): Promise<string> {
  const file = path.join(path.resolve(folder), 'package-lock.json');
  const found = await findLockfile(folder, file).catch((error: unknown) => error);
  if (!(found instanceof Error)) return file;
  if (!(found instanceof VerifyDepsError) || found.code !== 'lockfile-absent') throw found;
  throw new VerifyDepsError('lockfile-absent', `no package-lock.json in ${printable(path.resolve(folder))}`, {
    hint: 'npm would choose versions that nobody has verified; the first time use verify-deps install',
  });
}

function outOfStep(lockfile: string, open: readonly string[]): VerifyDepsError {
  const named = open
    .slice(0, NAMED_MAX)
    .map((name) => printable(name, 100))
    .join(', ');
  const more = open.length > NAMED_MAX ? ` and ${open.length - NAMED_MAX} more` : '';
  return new VerifyDepsError('lockfile-absent', `${printable(lockfile)} has nothing for ${named}${more}`, {
    hint: 'npm would choose versions that nobody has verified; use verify-deps install',
  });
}

/** What npm leaves out, as it hands its settings on: lists with empty lines between. */
function omitted(env: Environment): readonly ('dev' | 'optional' | 'peer')[] {
  const list = (value: string | undefined): readonly string[] => (value ?? '').split(/[\n,\s]+/);
  const omit = new Set(list(env.npm_config_omit));
  if (env.npm_config_omit === undefined && env.NODE_ENV === 'production') omit.add('dev');
  for (const kind of list(env.npm_config_include)) omit.delete(kind);
  return (['dev', 'optional', 'peer'] as const).filter((kind) => omit.has(kind));
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== 'null';
}

function refused(why: string, hint: string): VerifyDepsError {
  return new VerifyDepsError('usage', why, { hint });
}
