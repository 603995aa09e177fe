/** What a policy file says about coverage: `require.coverage`, and the goal under `minimum.coverage`. */
import type { Layer } from './convert.ts';
import { coverageGoal } from './coverage.ts';
import type { PolicyFile } from './file-types.ts';
import type { ParsedPolicy } from './parse.ts';
import { placeOf, quoted, refusal } from './refuse.ts';
import type { CoverageDemand } from './types.ts';

/** @throws {VerifyDepsError} `policy-malformed` */
export function toCoverage(file: PolicyFile, parsed: ParsedPolicy): Partial<CoverageDemand> {
  const level = file.require?.coverage;
  const goal = file.minimum?.coverage;
  const goalPath = ['minimum', 'coverage'];
  if (goal !== undefined && coverageGoal(goal) === undefined) {
    throw refusal(
      'policy-malformed',
      parsed.at(goalPath),
      `${quoted(goal)} is no share of packages`,
      'write a share (60%, 62.5%) or ratchet: no less than the report recorded',
    );
  }
  return {
    ...(level === undefined ? {} : { level: { value: level, at: parsed.at(['require', 'coverage']) } }),
    ...(goal === undefined ? {} : { goal: { value: goal, at: parsed.at(goalPath) } }),
  };
}

/**
 * A goal that nothing demands would hold nobody to it, and whoever wrote it would not know. Not meant: a preset's, and one
 * that a nearer file has switched off.
 * @param layers  nearest first
 * @throws {VerifyDepsError} `policy-conflict`
 */
export function refuseIdleGoal(layers: readonly Layer[]): void {
  const deciding = layers.findIndex(({ coverage }) => coverage.level !== undefined);
  const level = layers[deciding]?.coverage.level;
  if (level?.value !== 'off') return;
  for (const { file, coverage } of layers.slice(0, deciding)) {
    if (coverage.goal === undefined || file.startsWith('preset:')) continue;
    throw refusal(
      'policy-conflict',
      coverage.goal.at,
      `minimum.coverage does nothing while require.coverage is off (${placeOf(level.at)})`,
      'set require.coverage to error or warn',
    );
  }
}
