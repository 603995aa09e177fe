/** Attempts to get around a gate, and what becomes of each. */

import type { Runner } from '../matrix/runners.ts';
import { argumentsFor, type Step } from '../matrix/situations.ts';
import type { Stage } from '../matrix/stage.ts';
import type { Ended, LabOptions, TreeKind } from '../support/lab.ts';

/**
 * `blocked`: it ends with another code than 0 and nothing of the attacker is installed or runs. `harmless`: the same, but what
 * was meant may have been installed. Otherwise it gets through, and the text is what docs/threat-model.md says of it.
 */
export type Ending = 'blocked' | 'harmless' | { readonly known: string };

export interface Attempt {
  readonly title: string;
  /** Manager and gate, with what becomes of it. */
  readonly against: readonly (readonly [Runner['manager'], string, Ending])[];
  /** Managers that stop it by themselves. */
  readonly alone?: readonly Runner['manager'][];
  /** What the attacker wants to be kept lies in node_modules from the beginning: only what runs counts. */
  readonly planted?: boolean;
  readonly tree: TreeKind;
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly lab?: LabOptions;
  /** What the attacker does beforehand. */
  prepare(stage: Stage): Promise<void>;
  /** What the user types; by default an install from the lockfile through the gate. */
  act?(stage: Stage): Promise<Ended>;
}

export const APP = { dependencies: { app: '^1.0.0' } };
export const BOTH = { dependencies: { app: '^1.0.0', mallory: '^1.0.0' } };

/** Through the gate, with more arguments for the manager. */
export function through(
  { gate, runner, type }: Stage,
  step: Step,
  more: readonly string[] = [],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<Ended> {
  const args = argumentsFor(runner.family, { step, victim: 'mallory', offline: false });
  return type(gate.command(runner, [...args, ...more]), env);
}

/** A lockfile of a project that was installed once, with nothing left but the lockfile. */
export async function withLockfile(stage: Stage): Promise<void> {
  const { code, text } = await stage.makeLockfile();
  if (code !== 0) throw new Error(`the lockfile could not be made:\n${text}`);
  await stage.clean('all');
}
