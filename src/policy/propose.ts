/**
 * A first policy for a project, out of what a run under a preset found: what the project publishes itself is pinned to
 * who builds it today, and what fails today is exempted for a while. Nothing is exempted that is wrong or that has
 * changed for the worse: somebody has to look at that.
 */
import valid from 'semver/functions/valid.js';
import type { Code } from '../core/codes.ts';
import type { Provenance } from '../evidence/types.ts';
import { CHANGE_CODES } from './baseline.ts';
import { nameProblem } from './patterns.ts';
import { normalizeRepository, ownerOf } from './repository.ts';
import type { Finding, IdentityPin, Verdict } from './types.ts';

export interface ProposedPin {
  /** `@acme/*` */
  readonly name: string;
  readonly identity: IdentityPin;
  /** Packages that bear it out. */
  readonly count: number;
}

export interface ProposedExemption {
  readonly name: string;
  readonly version: string;
  /** Canonical SRI; undefined where the lockfile pins none. */
  readonly integrity: string | undefined;
  /** Sorted. */
  readonly codes: readonly Code[];
}

export interface Proposal {
  readonly pins: readonly ProposedPin[];
  /** Scopes of the project that cannot be pinned, and why. */
  readonly unpinned: readonly { readonly name: string; readonly why: string }[];
  /** By name and version. */
  readonly exemptions: readonly ProposedExemption[];
  /** Failing and not exempted: a proof is wrong, or it is worse than what was recorded. */
  readonly refused: readonly Verdict[];
}

/** Days that a proposed exemption counts. */
export const EXEMPTION_DAYS = 90;
const DAY = 86_400_000;

/** Last day of an exemption that is proposed now, as a policy writes it. */
export function expiryOf(now: number): string {
  return new Date(now + EXEMPTION_DAYS * DAY).toISOString().slice(0, 10);
}

/**
 * @param verdicts  of the whole tree, under the preset that the policy will extend
 * @param own       names of the project and its workspaces
 */
export function propose(verdicts: readonly Verdict[], own: readonly string[]): Proposal {
  const failing = verdicts.filter(({ outcome }) => outcome === 'failed');
  const exemptions = new Map<string, ProposedExemption>();
  const refused: Verdict[] = [];
  for (const verdict of failing) {
    const exemption = exemptionFor(verdict);
    if (exemption === undefined) {
      refused.push(verdict);
      continue;
    }
    // The same bytes from two places are two verdicts and one exemption.
    const key = JSON.stringify([exemption.name, exemption.version, exemption.integrity]);
    const codes = [...(exemptions.get(key)?.codes ?? []), ...exemption.codes];
    exemptions.set(key, { ...exemption, codes: [...new Set(codes)].sort() });
  }
  const scopes = scopesOf(own).map((scope) => pinFor(scope, verdicts));
  return {
    pins: scopes.filter((found) => 'identity' in found),
    unpinned: scopes.filter((found) => 'why' in found),
    exemptions: [...exemptions.values()].sort(
      (a, b) => compare(a.name, b.name) || compare(a.version, b.version),
    ),
    refused,
  };
}

function exemptionFor({ evidence: { subject }, findings }: Verdict): ProposedExemption | undefined {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const { name, version, integrity } = subject;
  if (errors.some(needsEyes) || nameProblem(name) !== undefined || name.includes('*')) return undefined;
  if (valid(version) !== version) return undefined;
  const codes = [...new Set(errors.map(({ code }) => code))].sort();
  return { name, version, integrity: integrity.kind === 'none' ? undefined : integrity.sri, codes };
}

/** A proof that is wrong, or a step back from what an earlier report recorded. */
function needsEyes({ code, status }: Finding): boolean {
  const isWorse = code === 'provenance-lost' || CHANGE_CODES.has(code);
  return isWorse || status === 'invalid' || status === 'unreachable';
}

function scopesOf(names: readonly string[]): readonly string[] {
  const scopes = names.flatMap((name) => /^(@[^/]+)\/./.exec(name)?.[1] ?? []);
  return [...new Set(scopes)].sort().filter((scope) => nameProblem(`${scope}/*`) === undefined);
}

type ScopeResult = ProposedPin | { readonly name: string; readonly why: string };

function pinFor(scope: string, verdicts: readonly Verdict[]): ScopeResult {
  const name = `${scope}/*`;
  const packages = verdicts.filter(
    ({ evidence: { subject } }) => subject.source.kind === 'registry' && subject.name.startsWith(`${scope}/`),
  );
  if (packages.length === 0) return { name, why: 'no package of it comes from a registry' };
  const claims: Provenance[] = [];
  for (const { evidence, outcome } of packages) {
    const { subject, provenance } = evidence;
    if (provenance.status !== 'verified' || outcome === 'failed') {
      const what = provenance.status === 'verified' ? 'fails' : 'has no verified provenance';
      return { name, why: `${subject.name}@${subject.version} ${what}` };
    }
    claims.push(provenance.value.claims);
  }
  const identity = commonIdentity(claims);
  if (identity === undefined) return { name, why: 'its packages are built by different owners' };
  return { name, identity, count: packages.length };
}

/** What all builds have in common; undefined if not even the owner of the source. */
function commonIdentity(claims: readonly Provenance[]): IdentityPin | undefined {
  const repository = common(claims, ({ sourceRepository }) => normalizeRepository(sourceRepository));
  const owner = common(claims, ({ sourceRepository }) => {
    const normal = normalizeRepository(sourceRepository);
    return normal === undefined ? undefined : ownerOf(normal);
  });
  const place = repository === undefined ? owner : repository;
  if (place === undefined) return undefined;
  const pin: Record<string, readonly string[]> = {
    [repository === undefined ? 'owner' : 'repository']: [place],
  };
  const numbers = {
    repositoryId: common(claims, ({ sourceRepositoryId }) => sourceRepositoryId),
    ownerId: common(claims, ({ sourceOwnerId }) => sourceOwnerId),
  };
  for (const [field, value] of Object.entries(numbers)) {
    if (value !== undefined && /^\d{1,20}$/.test(value)) pin[field] = [value];
  }
  const others = {
    workflow: common(claims, ({ workflow }) => workflow),
    runner: common(claims, ({ runner }) => runner),
    issuer: common(claims, ({ issuer }) => issuer),
  };
  // A star in a claim would read as a pattern.
  for (const [field, value] of Object.entries(others)) {
    if (value !== undefined && value !== '' && !value.includes('*')) pin[field] = [value];
  }
  return pin;
}

/** The value that all of them have; undefined if they differ or one has none. */
function common(
  claims: readonly Provenance[],
  pick: (claims: Provenance) => string | undefined,
): string | undefined {
  const values = new Set(claims.map(pick));
  const [only] = values;
  return values.size === 1 ? only : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
