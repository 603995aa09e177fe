/**
 * `verify-deps run -- COMMAND`: any package manager, with the verifying proxy for its only registry and caches that hold nothing
 * yet. It fails closed: what would lead past the proxy is refused before the command starts, and what got past it all the
 * same is found afterwards in the lockfile.
 */
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { npmOf } from '../../connect.ts';
import { type GateOptions, openGate } from '../../gate.ts';
import { createProxy } from '../proxy/proxy.ts';
import type { Decision } from '../proxy/types.ts';
import { runChild } from './child.ts';
import { commandOf } from './command.ts';
import { environmentFor, wordsFor } from './environment.ts';
import { replaceNpmrc } from './npmrc-files.ts';
import { type Origins, redirectLockfiles } from './origins.ts';
import { checkAfter, checkFrozen, type PastGate, readLockfiles } from './past-gate.ts';
import { expectOptions, expectSettings } from './refusals.ts';
import { yarnSettings } from './yarn-settings.ts';

export interface RunCommandOptions {
  /** Program and its arguments. */
  readonly words: readonly string[];
  readonly provenOnly: boolean;
  /** Somebody sits at a terminal. */
  readonly interactive: boolean;
  readonly gate: GateOptions;
  readonly signal: AbortSignal;
}

export interface RunCommandResult {
  /** Of the command; undefined if it was not started. */
  readonly code: number | undefined;
  /** The last word on each package that was asked for. */
  readonly decisions: readonly Decision[];
  /** What of the lockfile stopped it before it started. */
  readonly stopped: PastGate | undefined;
  /** What the lockfile says afterwards, where that does not hold. */
  readonly after: PastGate | undefined;
  /** Files in which addresses of the proxy could not be put back. */
  readonly left: readonly string[];
  readonly refused: readonly string[];
}

/** @throws {VerifyDepsError} before anything is started */
export async function runCommand(options: RunCommandOptions): Promise<RunCommandResult> {
  const { words, signal } = options;
  const command = commandOf(words);
  const cwd = await realpath(options.gate.cwd);
  const env = options.gate.env ?? process.env;
  const folders = await projectFolders(cwd);
  const npm = await npmOf(cwd, options.gate);
  expectOptions(command);
  await expectSettings(command, folders, npm);

  const gate = await openGate(options.gate);
  const decisions = new Map<string, Decision>();
  const refused = new Set<string>();
  const ends: (() => Promise<unknown>)[] = [() => gate.close()];
  try {
    const proxy = await createProxy({
      gate: () => gate,
      upstream: npm,
      registries: gate.policy.registries.map(({ url }) => url),
      npmReplacesHost: true,
      provenOnly: options.provenOnly,
      onDecision: (decision) => decisions.set(`${decision.name}@${decision.version}`, decision),
      onRequest: ({ kind, status, package: what }) => {
        if (kind === 'tarball' && status >= 400 && status !== 499 && what !== undefined) refused.add(what);
      },
    });
    ends.push(() => proxy.stop());
    const looked = { command, folders, gate, options: options.gate };
    const stopped = await checkFrozen(looked);
    const nothing = { code: undefined, decisions: [], after: undefined, left: [], refused: [] };
    if (stopped !== undefined) return { ...nothing, stopped };

    const caches = await mkdtemp(path.join(os.tmpdir(), 'verify-deps-run-'));
    ends.push(() => rm(caches, { recursive: true, force: true, maxRetries: 3 }));
    const yarn = await yarnSettings(command, folders, env, npm, proxy.url);
    ends.push(() => yarn.remove());
    const npmrc = await replaceNpmrc(command, folders, npm, proxy.url);
    ends.push(() => npmrc.restore());
    const origins: Origins = await redirectLockfiles({ folders, proxy, npm, manager: command.manager });
    let left: readonly string[] = [];
    const restore = async (): Promise<void> => {
      left = await origins.restore();
    };
    ends.push(restore);
    const settings = { url: proxy.url, caches, npm, command, yarnSettings: yarn.name };
    const before = await readLockfiles(folders);
    signal.throwIfAborted();
    const code = await runChild(wordsFor(words, settings), {
      cwd,
      env: environmentFor(env, settings),
      interactive: options.interactive,
      signal,
    });
    ends.splice(ends.indexOf(restore), 1);
    await restore();
    const last = [...decisions.values()];
    const after = signal.aborted ? undefined : await checkAfter(looked, before, last);
    return { code, decisions: last, stopped: undefined, after, left, refused: [...refused] };
  } finally {
    // In the order opposite to that in which they came, and each of them whatever the others do.
    for (const end of ends.reverse()) await end().catch(() => undefined);
  }
}

/** The folder and those above it, up to that of the repository. */
async function projectFolders(cwd: string): Promise<readonly string[]> {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    folders.push(folder);
    const names = await readdir(folder).catch(() => [] as string[]);
    if (names.includes('.git') || path.dirname(folder) === folder) return folders;
  }
}
