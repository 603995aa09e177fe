/** What a rule denies: values that the certificate of no build may bear. */
import type { Provenance } from '../evidence/types.ts';
import { bears, claimValues } from './claims.ts';
import type { Findings } from './findings.ts';
import type { DecidedPin } from './match.ts';
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
      if (actual === undefined || !bears(field, patterns, actual)) continue;
      const args = { field, denied: patterns, actual };
      findings.judged('identity', { code: 'identity-denied', args }, { level: 'error', rule, at });
    }
  }
}
