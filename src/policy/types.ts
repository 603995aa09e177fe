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
 * What is demanded of a package. Each level says what it is worth when the demand is not met for want of evidence
 * (absent, uncovered); `unreachable` is judged on its own.
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
  /** What it is worth when a registry could not be asked. */
  readonly unreachable: Level;
}

export type RequirementName = keyof Requirements;

/** Values the signing certificate must bear; exact, or a prefix with one `*` at the end. Always anchored. */
export interface IdentityPin {
  readonly repository?: readonly string[];
  readonly owner?: readonly string[];
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
  readonly installScript: boolean | undefined;
}

export interface Rule {
  /** Stable name for reports: its `name`, or `rules[3]`. */
  readonly id: string;
  readonly at: Position;
  readonly match: RuleMatch;
  readonly require: Partial<Record<RequirementName, Placed<Level>>>;
  readonly identity: Placed<IdentityPin> | undefined;
}

export interface SourceLevels {
  readonly direct: Placed<Level>;
  readonly transitive: Placed<Level>;
}

export interface Exemption {
  readonly at: Position;
  readonly name: string;
  /** Exact version. */
  readonly version: string;
  /** `sha512-…`; pins the exemption to these bytes. */
  readonly integrity: string | undefined;
  /** Codes it accepts; undefined means all but `invalid` evidence. */
  readonly codes: readonly Code[] | undefined;
  readonly reason: string;
  readonly owner: string | undefined;
  /** Milliseconds since 1970: the end of the given day, UTC. */
  readonly expires: number;
}

/** A policy with everything it extends folded in. */
export interface Policy {
  /** `observe` reports everything and fails nothing. */
  readonly mode: Placed<'enforce' | 'observe'>;
  readonly defaults: Readonly<Record<RequirementName, Placed<Level>>>;
  /** Own rules before those of what it extends. */
  readonly rules: readonly Rule[];
  readonly sources: Readonly<Record<Exclude<SourceKind, 'registry'>, SourceLevels>>;
  readonly registries: readonly RegistryTrust[];
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

/** What an earlier report recorded for one package on one release line. */
export interface BaselineEntry {
  readonly provenance:
    | { readonly sourceRepository: string; readonly workflow: string; readonly signer: string }
    | undefined;
}

/** Key: `NAME@LINE`, see `policy/baseline.ts`. */
export type Baseline = ReadonlyMap<string, BaselineEntry>;
