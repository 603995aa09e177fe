import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { findPolicy, rootOf } from './find.ts';
import type { PresetName } from './presets.ts';
import type { PolicySource } from './remote.ts';
import type { Policy } from './types.ts';

export interface LoadOptions {
  /** Folder of the lockfile: where the search starts, and what positions and names of files are relative to. */
  readonly from: string;
  /** Policy file to take instead of the one that would be found; relative to `from`. */
  readonly file?: string;
  /** Preset to take instead of any file. */
  readonly preset?: PresetName;
  /** Fetches what `extends` names outside of the repository; without it, that is refused. */
  readonly remote?: PolicySource | undefined;
}

/**
 * Loads the policy of a project with all it extends. A project without one has the preset `recommended`.
 * @throws {VerifyDepsError} `policy-unreadable`, `policy-malformed`, `policy-unknown-key`, `policy-extends`,
 *   `policy-unreachable`, `policy-locked`, `policy-conflict`; the message begins with `file:line:column` wherever something written is to blame
 */
export async function loadPolicy(options: LoadOptions): Promise<Policy> {
  // Loaded when needed: zod and yaml take longer to load than a run over a small tree.
  const { collectLayers, fileSource } = await import('./extends.ts');
  const { mergeLayers } = await import('./merge.ts');
  const { remote } = options;
  const from = await realOrSame(path.resolve(options.from));
  if (options.file !== undefined) {
    const file = await realOrSame(path.resolve(from, options.file));
    // Named by the user, it may lie anywhere; what it extends stays in its own repository.
    const root = await rootOf(path.dirname(file));
    return mergeLayers(await collectLayers(fileSource(file), { from, root, remote }));
  }
  const root = await rootOf(from);
  const found = options.preset === undefined ? await findPolicy(from, root) : undefined;
  const main =
    found === undefined
      ? ({ kind: 'preset', name: options.preset ?? 'recommended' } as const)
      : fileSource(await realOrSame(found));
  return mergeLayers(await collectLayers(main, { from, root, remote }));
}

/** Links resolved, so that files compare equal however they are reached; what does not exist is reported by its reader. */
async function realOrSame(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}
