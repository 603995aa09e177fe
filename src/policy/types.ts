import type { Args, Status } from '../core/check.ts';
import type { Code } from '../core/codes.ts';
import type { Evidence } from '../evidence/types.ts';
import type { DependencyKind, SourceKind } from '../tree/types.ts';
import type { RegistryTrust } from '../trust/types.ts';

/** What the lack of something is worth. Evidence that is there and wrong is always an error. */
export type Level = 'error' | 'warn' | 'off';

/** Where a value of the policy was written. */
export interface Position {
  /** Path as the user would name it, or `preset:recommended`. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
}

/** A value with the place that set it. */
export interface Placed<T> {
  readonly value: T;
  readonly at: Position;
}

/**
 * What is demanded of a package. Each level says what it is worth when the demand is not met for want of evidence;
 * `unreachable` is judged on its own, and `uncovered` limits what a demand is worth that a proof cannot speak about.
 */
export interface Requirements {
  /** The lockfile pins a sha512 digest that the registry confirms. */
  readonly integrity: Level;
  /** A signature of the registry over exactly these bytes. */
  readonly registrySignature: Level;
  /** The registry's publish attestation, wherever there is any attestation or provenance is demanded. */
  readonly publishAttestation: Level;
  /** Provenance. */
  readonly provenance: Level;
  /** Attestations that the registry announces are handed over. */
  readonly announced: Level;
  /** A Merkle inclusion proof, not only the log's promise, for each log entry. */
  readonly inclusionProof: Level;
  /** A signed publish time where the signing key has expired since. */
  readonly signedTime: Level;
  /** The provenance's source repository is the one the package declares. */
  readonly declaredRepository: Level;
  /** No step back from what the report recorded for this release line. */
  readonly baseline: Level;
  /** The tarball's place in the lockfile is this package's. */
  readonly resolved: Level;
  /** It was published at least as long ago as `Minimums.releaseAge`. */
  readonly releaseAge: Level;
  /** It was built at the SLSA build level `Minimums.buildLevel` or above. */
  readonly buildLevel: Level;
  /** What was built is a git tag that names this version. */
  readonly versionTag: Level;
  /** Lockfile, registry and tarball say the same about the package. */
  readonly manifest: Level;
  /** Its files on the disk are those of the tarball; asked with `--installed` only. */
  readonly installed: Level;
  /** What it is worth when a registry could not be asked. */
  readonly unreachable: Level;
  /**
   * What it is worth when a demanded signature or provenance is of a form this tool cannot judge, or cannot speak about
   * these bytes. Never more than the demand itself is worth.
   */
  readonly uncovered: Level;
}

export type RequirementName = keyof Requirements;

/** SLSA v1 build track: 0 says nothing, 1 has provenance, 2 was made on a hosted platform, 3 was isolated from the build. */
export type BuildLevel = 0 | 1 | 2 | 3;

/** How much is demanded where a demand is a matter of degree. */
export interface Minimums {
  /** Milliseconds. */
  readonly releaseAge: number;
  readonly buildLevel: BuildLevel;
}

export type MinimumName = keyof Minimums;
export type PlacedMinimums = { readonly [K in MinimumName]: Placed<Minimums[K]> };

/** What a builder is worth: an exact id, or a prefix with one `*` at the end. */
export interface BuilderLevel {
  readonly pattern: string;
  readonly level: BuildLevel;
  readonly at: Position;
}

/** How much of what production installs must be proven (`policy/coverage.ts`). */
export interface CoverageDemand {
  readonly level: Placed<Level>;
  /** As written: `60%`, `ratchet`. */
  readonly goal: Placed<string>;
}

/** Values the signing certificate must bear; exact, or a prefix with one `*` at the end. Always anchored. */
export interface IdentityPin {
  readonly repository?: readonly string[];
  readonly owner?: readonly string[];
  /** Number the host gave the repository; stays when it is renamed, and is another when the name is taken again. */
  readonly repositoryId?: readonly string[];
  /** Number the host gave the owner. */
  readonly ownerId?: readonly string[];
  readonly workflow?: readonly string[];
  readonly ref?: readonly string[];
  readonly trigger?: readonly string[];
  readonly runner?: readonly string[];
  readonly builder?: readonly string[];
  readonly issuer?: readonly string[];
}

export interface RuleMatch {
  /** Exact name, `@scope/*`, `prefix-*` or `*`; several mean any of them. */
  readonly name: readonly string[];
  /** A semver range, where given. */
  readonly version: string | undefined;
  readonly dependency: readonly DependencyKind[] | undefined;
  readonly direct: boolean | undefined;
  readonly source: readonly SourceKind[] | undefined;
  /** Base URLs in the spelling of `core/registry-url.ts`. */
  readonly registry: readonly string[] | undefined;
  readonly installScript: boolean | undefined;
}

/** What a rule can ask for, under the keys of `match`. */
export type Criterion = keyof RuleMatch;

export interface Rule {
  /** Stable name for reports: its `name`, or `rules[3]`. */
  readonly id: string;
  readonly at: Position;
  readonly match: RuleMatch;
  readonly require: Partial<Record<RequirementName, Placed<Level>>>;
  readonly minimum: Partial<PlacedMinimums>;
  readonly identity: Placed<IdentityPin> | undefined;
  /** What no build of these packages may be: each value by itself. Without any, nothing is denied. */
  readonly deny: Placed<IdentityPin> | undefined;
}

export interface SourceLevels {
  readonly direct: Placed<Level>;
  readonly transitive: Placed<Level>;
  /** Places from which it is allowed (`policy/places.ts`); of git and remote only. */
  readonly allow?: readonly Placed<string>[];
}

/** A scope whose packages come from this registry only. */
export interface ScopePin {
  /** `@acme` */
  readonly scope: string;
  /** Base URL with trailing slash. */
  readonly registry: string;
  readonly at: Position;
}

export interface Exemption {
  readonly at: Position;
  readonly name: string;
  /** An exact version, or a semver range of which each alternative stays within one major; undefined: by `integrity` only. */
  readonly version: string | undefined;
  /** `sha512-…`; pins the exemption to these bytes. */
  readonly integrity: string | undefined;
  /** Codes it accepts; undefined means all but `invalid` evidence. */
  readonly codes: readonly Code[] | undefined;
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** Milliseconds since 1970: the end of the given day, UTC. */
  readonly expires: number;
}

/** Parts of a policy that those who extend it may not weaken. */
export const lockedParts = [
  'mode',
  'require',
  'minimum',
  'rules',
  'sources',
  'registries',
  'exemptions',
] as const;
export type LockedPart = (typeof lockedParts)[number];

/** Where values stand that do not say so themselves. */
export interface PolicyPlaces {
  readonly practices: Position | undefined;
  /** By URL. */
  readonly registries: ReadonlyMap<string, Position>;
}

/** A policy with everything it extends folded in. */
export interface Policy {
  readonly places: PolicyPlaces;
  /** `observe` reports everything and fails nothing. */
  readonly mode: Placed<'enforce' | 'observe'>;
  /** `ssdf`: findings are shown with the tasks of NIST SP 800-218 that they bear on. */
  readonly practices: 'ssdf' | 'none';
  readonly defaults: Readonly<Record<RequirementName, Placed<Level>>>;
  readonly minimum: PlacedMinimums;
  /** In addition to those of `policy/build-level.ts`; of the same pattern only the nearest. */
  readonly builders: readonly BuilderLevel[];
  /** Of the whole run. */
  readonly coverage: CoverageDemand;
  /** Own rules before those of what it extends. */
  readonly rules: readonly Rule[];
  /** Files that a lock on `require` binds: an identity that they pin cannot stand in for `declaredRepository`. */
  readonly bound: ReadonlySet<string>;
  readonly sources: Readonly<Record<Exclude<SourceKind, 'registry'>, SourceLevels>>;
  readonly registries: readonly RegistryTrust[];
  /** Several registries may be named for one scope. */
  readonly scopes: readonly ScopePin[];
  readonly exemptions: readonly Exemption[];
  /** Files and presets it was made from, nearest first. */
  readonly files: readonly string[];
  /** sha256 of everything that went into it, hex. */
  readonly digest: string;
}

export type Severity = 'error' | 'warn' | 'info';

/** One judgement about one package, a registry, or the run. */
export interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly args: Args;
  /** Status of the check behind it, where there is one. */
  readonly status: Exclude<Status, 'verified'> | undefined;
  /** Which check it is about, for people: `registry signature`, `provenance`. */
  readonly about: string;
  /** What decided its severity. */
  readonly decidedBy: { readonly rule: string; readonly at: Position } | undefined;
}

export type Outcome = 'passed' | 'passed-with-exemption' | 'failed' | 'undecided';

export interface Verdict {
  /** `undecided`: nothing failed, but something that must be known could not be asked. */
  readonly outcome: Outcome;
  readonly evidence: Evidence;
  /** Sorted: errors, then warnings, then infos; by code within. */
  readonly findings: readonly Finding[];
}

/** Kind of git ref: tags start with `refs/tags/`, branches with `refs/heads/`. */
export type RefKind = 'tag' | 'branch' | 'other';

/**
 * Who built a package and how, as the signing certificate said it. What is not there was not recorded: by an older report,
 * because the certificate did not say, or because versions of the line in one tree differ in it.
 */
export interface RecordedProvenance {
  readonly sourceRepository: string;
  readonly repositoryId?: string;
  readonly ownerId?: string;
  readonly workflow?: string;
  readonly signer?: string;
  readonly refKind?: RefKind;
  /** Of branches only: a tag is another one for each version. */
  readonly ref?: string;
  readonly trigger?: string;
  readonly runner?: string;
  readonly builder?: string;
  /** OIDC issuer, and with it the kind of publisher: GitHub Actions or GitLab CI. */
  readonly issuer?: string;
}

/** What an earlier report recorded for one package on one release line. */
export interface BaselineEntry {
  /** Undefined: nothing to hold later versions to. */
  readonly provenance: RecordedProvenance | undefined;
  /** Earlier names of the same repository (`policy/baseline-names.ts`), normalised, at least one. */
  readonly formerly?: readonly string[];
  /** Somebody accepted a change, and why. */
  readonly accepted?: { readonly reason: string };
}

/** Key: `NAME@LINE`, see `policy/baseline.ts`. */
export type Baseline = ReadonlyMap<string, BaselineEntry>;
