/** What a rule denies: values that the certificate of no build may bear. */
import type { Provenance } from '../evidence/types.ts';
import { bears, claimValues } from './claims.ts';
import type { Findings } from './findings.ts';
import type { DecidedPin } from './match.ts';
import { ownerOf } from './repository.ts';
import type { IdentityPin } from './types.ts';

/**
 * One finding for each value that is denied. A value that the certificate does not bear is not denied: older certificates
 * say nothing about trigger and runner, and whoever wants it said pins it with `identity`.
 */
export function judgeDenied(claims: Provenance, denies: readonly DecidedPin[], findings: Findings): void {
  if (denies.length === 0) return;
  const values = claimValues(claims);
  for (const { pin, rule, at } of denies) {
    for (const [field, patterns] of Object.entries(pin) as [keyof IdentityPin, readonly string[]][]) {
      const actual = values[field];
      if (actual === undefined || !ownersOver(field, actual).some((value) => bears(field, patterns, value)))
        continue;
      const args = { field, denied: patterns, actual };
      findings.judged('identity', { code: 'identity-denied', args }, { level: 'error', rule, at });
    }
  }
}

/** Groups of GitLab lie in groups: who denies one denies those in it, or its members would make another. */
function ownersOver(field: keyof IdentityPin, actual: string): readonly string[] {
  if (field !== 'owner') return [actual];
  const owners = [actual];
  for (let owner = ownerOf(actual); /^https:\/\/[^/]+\/./.test(owner); owner = ownerOf(owner))
    owners.push(owner);
  return owners;
}
