/** What verified provenance says, held against pins, the package's own declaration and what was recorded earlier. */
import { iso } from '../core/time.ts';
import type { Provenance, RegistrySignatureFact } from '../evidence/types.ts';
import type { VerifiedBundle } from '../sigstore/types.ts';
import { isOnSameHost, recordedName } from './baseline-names.ts';
import { recordOf } from './baseline-record.ts';
import type { Findings } from './findings.ts';
import { type Decided, milder } from './levels.ts';
import type { DecidedPin } from './match.ts';
import { matchesAny } from './patterns.ts';
import { normalizeRepository, ownerOf } from './repository.ts';
import type { BaselineEntry, IdentityPin } from './types.ts';

/** One finding for each pinned value that the certificate does not bear. */
export function judgeIdentity(claims: Provenance, pins: readonly DecidedPin[], findings: Findings): void {
  if (pins.length === 0) return;
  const actual = claimValues(claims);
  for (const { pin, rule, at } of pins) {
    for (const field of Object.keys(actual) as (keyof IdentityPin)[]) {
      const patterns = pin[field];
      if (patterns === undefined) continue;
      if (bears(field, patterns, actual[field])) continue;
      const args = { field, expected: patterns, actual: actual[field] ?? 'nothing' };
      findings.judged('identity', { code: 'identity-mismatch', args }, { level: 'error', rule, at });
    }
  }
}

/** What the certificate says under each key of a pin. */
export function claimValues(claims: Provenance): Readonly<Record<keyof IdentityPin, string | undefined>> {
  const repository = normalizeRepository(claims.sourceRepository) ?? claims.sourceRepository;
  return {
    repository,
    owner: ownerOf(repository),
    repositoryId: claims.sourceRepositoryId,
    ownerId: claims.sourceOwnerId,
    workflow: claims.workflow,
    ref: claims.ref,
    trigger: claims.trigger,
    runner: claims.runner,
    builder: claims.builderId,
    issuer: claims.issuer,
  };
}

/** Whether a value of the certificate is one of the patterns. */
export function bears(
  field: keyof IdentityPin,
  patterns: readonly string[],
  value: string | undefined,
): boolean {
  const isPlace = field === 'repository' || field === 'owner';
  return matchesAny(isPlace ? patterns.map(likeRepository) : patterns, value);
}

/** A pinned repository or owner in the spelling of `normalizeRepository`; a prefix keeps its `*`. */
function likeRepository(pattern: string): string {
  const spelled = /^https:\/\/(?:github|gitlab)\.com\//i.test(pattern) ? pattern.toLowerCase() : pattern;
  return spelled.endsWith('*') ? spelled : spelled.replace(/(?:\.git)?\/?$/i, '');
}

/** What can speak for another repository than the declared one. */
interface Vouching {
  readonly pins: readonly DecidedPin[];
  readonly recorded: BaselineEntry;
}

/**
 * Provenance and declaration name the same repository; a package that declares none is worth one level less. A manifest is
 * the package's own word: a pin that names the repository is stronger, and so is a record with the same numbers.
 */
export function judgeDeclared(
  claims: Provenance,
  declared: string | undefined,
  by: Decided,
  { pins, recorded }: Vouching,
  findings: Findings,
): void {
  if (by.level === 'off') return;
  const about = 'source repository';
  const actual = normalizeRepository(claims.sourceRepository) ?? claims.sourceRepository;
  const expected = declared === undefined ? undefined : normalizeRepository(declared);
  if (expected === undefined) {
    const args = { actual, ...(declared === undefined ? {} : { declared }) };
    findings.judged(about, { code: 'repository-undeclared', args }, by, undefined, milder(by.level));
    return;
  }
  if (expected === actual) return;
  const former = recordedName(expected, recordOf(claims), recorded);
  if (former !== undefined) {
    const args = { expected: former, actual: claims.sourceRepository };
    findings.judged(about, { code: 'repository-renamed', args }, by, undefined, 'info');
    return;
  }
  const mismatch = { code: 'repository-mismatch', args: { expected, actual } } as const;
  const pinned = pins.find(({ pin }) => namesRepository(pin, claims, expected));
  if (pinned === undefined) findings.judged(about, mismatch, by);
  else findings.judged(about, mismatch, { ...pinned, level: by.level }, undefined, 'info');
}

/**
 * Exactly one repository, and it is this build's: a prefix leaves open which one. A number says so on one host only, so it
 * counts by itself where the declared one is of the same host.
 */
function namesRepository(
  { repository, repositoryId }: IdentityPin,
  claims: Provenance,
  declared: string,
): boolean {
  const values = claimValues(claims);
  if (repository !== undefined) {
    if (!bears('repository', repository.filter(isExact), values.repository)) return false;
    return repositoryId === undefined || bears('repositoryId', repositoryId, values.repositoryId);
  }
  return (
    repositoryId !== undefined &&
    bears('repositoryId', repositoryId, values.repositoryId) &&
    isOnSameHost(declared, claims.sourceRepository)
  );
}

function isExact(pattern: string): boolean {
  return !pattern.endsWith('*');
}

/** At least one log entry is proven to be in its log. */
export function judgeInclusion(
  about: string,
  bundle: Pick<VerifiedBundle, 'logEntries'>,
  by: Decided,
  findings: Findings,
): void {
  if (bundle.logEntries.some(({ inclusion }) => inclusion === 'proof')) return;
  const logIndex = bundle.logEntries[0]?.logIndex;
  const args = logIndex === undefined ? {} : { logIndex };
  findings.judged(about, { code: 'tlog-proof-missing', args }, by);
}

/** Only an expired key makes the publish time matter; then a log should have signed for it. */
export function judgeSignedTime(fact: RegistrySignatureFact, by: Decided, findings: Findings): void {
  const { publishTime, keyid } = fact;
  if (publishTime === undefined || publishTime.signed || by.level === 'off') return;
  const args = { keyid, published: iso(publishTime.time) };
  findings.judged('registry signature', { code: 'signature-time-unsigned', args }, by);
}
