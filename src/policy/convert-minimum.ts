/** How much a policy demands, as a file writes it: `minimum`, and the table of `builders`. */

import type { MinimumFile, PolicyFile } from './file-types.ts';
import type { ParsedPolicy, Path } from './parse.ts';
import { quoted, refusal } from './refuse.ts';
import type { BuilderLevel, PlacedMinimums } from './types.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const UNITS: Readonly<Record<string, number>> = { h: HOUR, d: DAY, w: 7 * DAY };
/** Each package is held against every builder. */
const BUILDERS_MAX = 1000;

/** @param text  as the schema allows it: `72h`, `3d`, `2w` */
export function durationOf(text: string): number {
  return Number(text.slice(0, -1)) * UNITS[text.slice(-1)]!;
}

/** The way a policy would write it: `3d`, `36h`. */
export function durationText(ms: number): string {
  return ms > 0 && ms % DAY === 0 ? `${ms / DAY}d` : `${ms / HOUR}h`;
}

export function toMinimum(
  minimum: MinimumFile | undefined,
  path: Path,
  parsed: ParsedPolicy,
): Partial<PlacedMinimums> {
  const { releaseAge, buildLevel } = minimum ?? {};
  return {
    ...(releaseAge === undefined
      ? {}
      : { releaseAge: { value: durationOf(releaseAge), at: parsed.at([...path, 'releaseAge']) } }),
    ...(buildLevel === undefined
      ? {}
      : { buildLevel: { value: buildLevel, at: parsed.at([...path, 'buildLevel']) } }),
  };
}

/** @throws {VerifyDepsError} `policy-malformed` */
export function toBuilders(builders: PolicyFile['builders'], parsed: ParsedPolicy): readonly BuilderLevel[] {
  const entries = Object.entries(builders ?? {});
  if (entries.length > BUILDERS_MAX) {
    throw refusal('policy-malformed', parsed.at(['builders']), `builders is longer than ${BUILDERS_MAX}`);
  }
  return entries.map(([pattern, level]) => {
    const problem = builderProblem(pattern);
    const at = parsed.keyAt(['builders', pattern]);
    if (problem !== undefined) throw refusal('policy-malformed', at, `${quoted(pattern)} ${problem}`);
    return { pattern, level, at };
  });
}

function builderProblem(pattern: string): string | undefined {
  const star = pattern.indexOf('*');
  if (star >= 0 && star !== pattern.length - 1) return 'may have one * only, at its end';
  if (!/^https:\/\/[^/*]+\/[^*]/.test(pattern)) return 'must be a URL with a path that starts with https://';
  if (star >= 0 && !/^https:\/\/[^/*]+\/[^/*]+\//.test(pattern)) {
    return 'must have host, owner and a slash before the *, or strangers match too: https://github.com/acme/*';
  }
  if (/\/-\/runners\/\d+$/.test(pattern)) {
    return 'ends in the number of a runner, for which nobody signs: write /-/runners/*';
  }
  return undefined;
}
