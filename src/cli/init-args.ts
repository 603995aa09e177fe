import type { VerifyDepsError } from '../core/errors.ts';
import { didYouMean } from '../core/near.ts';
import { printable } from '../core/text.ts';
import { type PresetName, presetNames } from '../policy/presets.ts';
import type { Values } from './tokens.ts';
import { usage } from './usage.ts';

/** How the first policy is to be. */
export interface InitArgs {
  readonly preset: PresetName;
  /** Undefined leaves it to git. */
  readonly owner: string | undefined;
  readonly force: boolean;
}

const OWNER_CHARS_MAX = 200;

/** @throws {VerifyDepsError} `usage` */
export function initArgs(values: Values): InitArgs {
  const owner = values.get('owner')?.[0]?.trim();
  if (owner === '' || (owner?.length ?? 0) > OWNER_CHARS_MAX || printable(owner ?? '') !== (owner ?? '')) {
    throw usage(
      `--owner needs a name or an address, but got ${printable(owner ?? '') || 'nothing'}`,
      `at most ${OWNER_CHARS_MAX} characters on one line`,
    );
  }
  return { preset: presetNamed(values.get('preset')?.[0]), owner, force: values.has('force') };
}

function presetNamed(word: string | undefined): PresetName {
  if (word === undefined) return 'recommended';
  const found = presetNames.find((name) => name === word);
  if (found !== undefined) return found;
  throw unknownPreset(word);
}

/** What is said to a word that is no preset. */
export function unknownPreset(word: string, hint?: string): VerifyDepsError {
  const near = didYouMean(word, presetNames) ?? `presets are ${presetNames.join(', ')}`;
  return usage(`unknown preset ${printable(word)}; ${near}`, hint);
}
