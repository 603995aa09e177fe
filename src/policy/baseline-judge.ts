import type { Args } from '../core/check.ts';
import type { Provenance } from '../evidence/types.ts';
import type { Recorded } from './baseline.ts';
import { type Change, changesBetween, whoChange } from './baseline-changes.ts';
import { recordOf } from './baseline-record.ts';
import type { Findings } from './findings.ts';
import { type Decided, milder } from './levels.ts';

/**
 * One finding for each way in which this build differs from what was recorded for its release line. Another identity is
 * worth the level of `baseline`; another way of building, which projects change all the time, one step less.
 * @param line  release line of this version
 */
export function judgeRecorded(
  claims: Provenance,
  { provenance, reach, begun }: Recorded,
  line: string,
  by: Decided,
  findings: Findings,
): void {
  if (by.level === 'off') return;
  if (provenance === undefined) {
    const args: Args = { line, repository: claims.sourceRepository };
    if (begun) findings.info('baseline', { code: 'baseline-first-seen', args });
    return;
  }
  const now = recordOf(claims);
  const who = reach === 'who' ? whoChange(provenance, now) : undefined;
  const changes = reach === 'all' ? changesBetween(provenance, now, line) : who === undefined ? [] : [who];
  for (const change of changes) judgeChange(change, by, findings);
}

function judgeChange({ code, gravity, expected, actual }: Change, by: Decided, findings: Findings): void {
  const note = { code, args: { expected, actual } };
  if (gravity === 'full') findings.judged('baseline', note, by);
  else if (gravity === 'milder') findings.judged('baseline', note, by, undefined, milder(by.level));
  else findings.judged('baseline', note, by, undefined, 'info');
}
