/**
 * How long ago a version was published. Most malicious releases are found within days; whoever waits installs none of them.
 * What counts is a time that a transparency log or timestamp authority has signed. Where there is none, the registry is
 * asked and its bare word told as such.
 */

import type { Check } from '../core/check.ts';
import { unproven, verified } from '../core/check.ts';
import { iso } from '../core/time.ts';
import type { Evidence, PublishTime, Subject } from '../evidence/types.ts';
import type { VerifiedBundle } from '../sigstore/types.ts';
import { durationText } from './convert-minimum.ts';
import type { Findings } from './findings.ts';
import { type Demands, demandsOn } from './match.ts';
import { demandsSomething } from './minimums.ts';
import type { Policy } from './types.ts';

/** @param now  milliseconds since 1970 */
export function judgeReleaseAge(evidence: Evidence, demands: Demands, now: number, findings: Findings): void {
  const { levels, minimums } = demands;
  const about = 'release age';
  for (const { releaseAge } of minimums) {
    if (!demandsSomething(releaseAge)) continue;
    const { minimum, by } = releaseAge;
    const expected = durationText(minimum);
    const released = releaseTime(evidence);
    if (released.status !== 'verified') {
      const unknown = { ...released, code: 'release-age-unknown', args: { expected } } as const;
      findings.lack(about, released.status === 'absent' ? unknown : released, by, levels.unreachable);
      continue;
    }
    const { time, signed } = released.value;
    if (now - time >= minimum) continue;
    const args = {
      expected,
      published: iso(time),
      until: iso(time + minimum),
      time: signed ? 'signed' : 'unsigned',
    };
    findings.judged(about, { code: 'release-too-young', args }, by);
  }
}

/**
 * The registry attests a version as it publishes it. A build can lie ready for long before that, so where only the build is
 * dated, what the registry says can make it younger and never older. Of several times of one proof the latest counts.
 */
export function releaseTime(evidence: Evidence): Check<PublishTime> {
  const published = latest(evidence.publish);
  if (published !== undefined) return verified({ time: published, signed: true });
  const claimed = claimedTime(evidence);
  const { provenance } = evidence;
  const built = provenance.status === 'verified' ? latest(verified(provenance.value.bundle)) : undefined;
  const younger = claimed.status === 'verified' && claimed.value.time > (built ?? 0);
  if (built === undefined || younger || claimed.status === 'unreachable') return claimed;
  return verified({ time: built, signed: true });
}

function claimedTime({ registrySignature, claimedTime: asked }: Evidence): Check<PublishTime> {
  const used = registrySignature.status === 'verified' ? registrySignature.value.publishTime : undefined;
  if (used !== undefined) return verified(used);
  if (asked === undefined) return unproven('absent', 'release-age-unknown');
  return asked.status === 'verified' ? verified({ time: asked.value, signed: false }) : asked;
}

function latest(check: Check<Pick<VerifiedBundle, 'times'>>): number | undefined {
  if (check.status !== 'verified' || check.value.times.length === 0) return undefined;
  return Math.max(...check.value.times.map(({ time }) => time));
}

/** Whether the policy makes the age of this package matter, so that the registry may be asked for it. */
export function asksReleaseTime(
  policy: Policy,
): (subject: Subject, declaresScript: boolean, registry: string) => boolean {
  if (!usesReleaseAge(policy)) return () => false;
  return (subject, declaresScript, registry) =>
    demandsOn(subject, declaresScript, policy, registry).minimums.some(({ releaseAge }) =>
      demandsSomething(releaseAge),
    );
}

/** Whether the age of any package can matter. */
export function usesReleaseAge({ defaults, rules }: Policy): boolean {
  const levels = [defaults.releaseAge, ...rules.map(({ require }) => require.releaseAge)];
  return levels.some((placed) => placed !== undefined && placed.value !== 'off');
}
