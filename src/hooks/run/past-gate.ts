/** Lockfiles before and after a run: what the proxy does not get to see, because it is there already or comes from elsewhere. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { VerifyDepsError } from '../../core/errors.ts';
import { readFileBounded } from '../../core/files.ts';
import { limits } from '../../core/limits.ts';
import { type Gate, type GateOptions, isBlocked } from '../../gate.ts';
import type { Verdict } from '../../policy/types.ts';
import type { Report } from '../../report/types.ts';
import { run } from '../../run.ts';
import type { Decision } from '../proxy/types.ts';
import type { Command } from './command.ts';
import { kindOfLock, type LockedPackage, lockUrlsOf } from './lock-urls.ts';

export interface PastGate {
  /** Of npm's and pnpm's lockfiles, where the policy does not hold. */
  readonly report: Report | undefined;
  /** Packages of other lockfiles that must not be installed. */
  readonly verdicts: readonly Verdict[];
  /** What comes from elsewhere than a registry, one printable line each. */
  readonly lines: readonly string[];
}

/** By name: read as a whole, or package by package. */
const WHOLE: ReadonlySet<string> = new Set(['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml']);
const BY_PACKAGE: ReadonlySet<string> = new Set(['yarn.lock', 'bun.lock', 'deno.lock']);

/** Digest by path of every lockfile that is there. */
export type Digests = ReadonlyMap<string, string>;

/** @throws {VerifyDepsError} `lockfile-unreadable` */
export async function readLockfiles(folders: readonly string[]): Promise<Digests> {
  const found = new Map<string, string>();
  for (const folder of folders)
    for (const name of [...WHOLE, ...BY_PACKAGE]) {
      const bytes = await bytesOf(path.join(folder, name));
      if (bytes !== undefined)
        found.set(path.join(folder, name), createHash('sha256').update(bytes).digest('hex'));
    }
  return found;
}

export interface CheckOptions {
  readonly command: Command;
  readonly folders: readonly string[];
  readonly gate: Gate;
  readonly options: GateOptions;
}

/**
 * What is installed to the letter can be judged to the letter, before anything is fetched.
 * @returns undefined if it holds, or is not of that kind
 */
export async function checkFrozen({
  command,
  folders,
  gate,
  options,
}: CheckOptions): Promise<PastGate | undefined> {
  const { frozen, manager } = command;
  if (!frozen || manager === undefined) return undefined;
  if (manager === 'npm' || manager === 'pnpm') {
    const report = await failing(options);
    return report === undefined ? undefined : { report, verdicts: [], lines: [] };
  }
  const files = [...(await readLockfiles(folders)).keys()].filter((file) =>
    BY_PACKAGE.has(path.basename(file)),
  );
  const { verdicts } = await judged(files, gate, []);
  return verdicts.length === 0 ? undefined : { report: undefined, verdicts, lines: [] };
}

/** What a command that installs has left, and what any command has changed. */
export async function checkAfter(
  { command, folders, gate, options }: CheckOptions,
  before: Digests,
  decisions: readonly Decision[],
): Promise<PastGate | undefined> {
  const now = await readLockfiles(folders);
  const { manager } = command;
  const installs = command.installs && !command.frozen;
  const files = [...now]
    .filter(([file, digest]) => installs || before.get(file) !== digest)
    .map(([file]) => file);
  const names = files.map((file) => path.basename(file));
  const whole =
    names.some((name) => WHOLE.has(name)) && manager !== 'yarn' && manager !== 'bun' && manager !== 'deno';
  const others = files.filter(
    (file) => BY_PACKAGE.has(path.basename(file)) && manager !== 'npm' && manager !== 'pnpm',
  );
  const { lines, verdicts } = await judged(others, gate, decisions);
  const report = whole ? await failing(options) : undefined;
  if (report === undefined && lines.length === 0 && verdicts.length === 0) return undefined;
  return { report, lines, verdicts };
}

/** Package by package; those that the proxy has decided about are not judged again. */
async function judged(
  files: readonly string[],
  gate: Gate,
  decisions: readonly Decision[],
): Promise<{ readonly verdicts: readonly Verdict[]; readonly lines: readonly string[] }> {
  const seen = new Set(decisions.map(({ name, version, integrity }) => `${name}@${version} ${integrity}`));
  const byName = new Set(decisions.map(({ name, version }) => `${name}@${version}`));
  const lines: string[] = [];
  const verdicts: Verdict[] = [];
  for (const file of files) {
    const bytes = await bytesOf(file);
    const text = bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');
    const kind = kindOfLock(path.basename(file), text);
    if (kind === undefined) continue;
    const { packages, past } = lockUrlsOf(kind, text);
    lines.push(...past);
    const open = packages.filter(({ name, version, integrity }: LockedPackage) => {
      const id = `${name}@${version}`;
      return integrity === undefined ? !byName.has(id) : !seen.has(`${id} ${integrity}`);
    });
    const found = await Promise.all(
      open.map(({ name, version, integrity }) => gate.judge({ name, version, integrity })),
    );
    verdicts.push(...found.filter(isBlocked));
  }
  return { verdicts, lines };
}

async function failing(options: GateOptions): Promise<Report | undefined> {
  try {
    const { report } = await run({ ...options, report: 'none' });
    return report.outcome === 'passed' ? undefined : report;
  } catch (error) {
    if (!(error instanceof VerifyDepsError)) throw error;
    // Without one, the manager refuses what is frozen; another manager's is read package by package.
    if (error.code === 'lockfile-unsupported' || error.code === 'lockfile-absent') return undefined;
    throw error;
  }
}

async function bytesOf(file: string): Promise<Uint8Array | undefined> {
  const found = await readFileBounded(file, limits.lockfileBytesMax);
  if (found.status !== 'too-large') return found.status === 'read' ? found.bytes : undefined;
  throw new VerifyDepsError(
    'lockfile-unreadable',
    `${path.basename(file)} is too large: ${found.bytes} bytes`,
  );
}
