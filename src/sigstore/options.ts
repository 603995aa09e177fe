import { VerifyDepsError } from '../core/errors.ts';
import type { VerificationKey } from './types.ts';

/** A witness whose cosignature under a checkpoint counts (c2sp.org/tlog-cosignature). */
export interface Witness {
  /** Name of its key, as it stands in the signature line. */
  readonly name: string;
  /** Ed25519. */
  readonly key: VerificationKey;
}

/**
 * How much a bundle must bring. Whatever is left out is at its default, which is what Sigstore's client specification
 * demands; numbers count distinct operators, so that one of them cannot stand for two. Demanding less than one proof of
 * a kind is possible by name only, and every such name says that it is insecure.
 */
export interface VerificationOptions {
  /** Transparency logs with an entry that holds; at least 1, which is the default. */
  readonly transparencyLogs?: number;
  /** Certificate transparency logs that have seen the signing certificate; at least 1, which is the default. */
  readonly certificateTransparencyLogs?: number;
  /** Sources of trusted time, logs and timestamp authorities together; at least 1, which is the default. */
  readonly trustedTimes?: number;
  /** Timestamp authorities among them; 0 is the default. */
  readonly timestampAuthorities?: number;
  /**
   * `always`: an inclusion proof is demanded of every entry. `bundle-version`, the default: bundles v0.1 may rest on the
   * log's promise alone, as the bundle specification allows.
   */
  readonly inclusionProof?: 'always' | 'bundle-version';
  /** Witnesses that are known, and how many of them must have cosigned the checkpoint of each entry; default none. */
  readonly witnesses?: readonly Witness[];
  readonly witnessThreshold?: number;
  /** For private instances that run no transparency log: nobody can then see what was signed. */
  readonly insecureWithoutTransparencyLog?: boolean;
  /** For private instances whose certificates are not logged: nobody can then see what was issued. */
  readonly insecureWithoutCertificateTransparency?: boolean;
  /** For keys the caller gave, which are in force at all times: nothing then says when the signature was made. */
  readonly insecureWithoutTrustedTime?: boolean;
}

/** Every demand as a number; 0 stands only where an insecure option says so. */
export interface Thresholds {
  readonly transparencyLogs: number;
  readonly certificateTransparencyLogs: number;
  readonly trustedTimes: number;
  readonly timestampAuthorities: number;
  readonly inclusionProof: 'always' | 'bundle-version';
  readonly witnesses: readonly Witness[];
  readonly witnessThreshold: number;
}

const MAX = 32;

/** @throws {VerifyDepsError} `usage` if a number is out of range, or an insecure option contradicts it */
export function thresholdsOf(options: VerificationOptions = {}): Thresholds {
  const witnesses = options.witnesses ?? [];
  const witnessThreshold = count('witnessThreshold', options.witnessThreshold ?? 0, 0);
  if (witnessThreshold > new Set(witnesses.map(({ name }) => name)).size) {
    throw new VerifyDepsError(
      'usage',
      `witnessThreshold is ${witnessThreshold}, but only ${witnesses.length} witnesses are given`,
    );
  }
  return {
    transparencyLogs: atLeastOne('transparencyLogs', options, 'insecureWithoutTransparencyLog'),
    certificateTransparencyLogs: atLeastOne(
      'certificateTransparencyLogs',
      options,
      'insecureWithoutCertificateTransparency',
    ),
    trustedTimes: atLeastOne('trustedTimes', options, 'insecureWithoutTrustedTime'),
    timestampAuthorities: count('timestampAuthorities', options.timestampAuthorities ?? 0, 0),
    inclusionProof: options.inclusionProof ?? 'bundle-version',
    witnesses,
    witnessThreshold,
  };
}

function atLeastOne(
  name: 'transparencyLogs' | 'certificateTransparencyLogs' | 'trustedTimes',
  options: VerificationOptions,
  waiver:
    | 'insecureWithoutTransparencyLog'
    | 'insecureWithoutCertificateTransparency'
    | 'insecureWithoutTrustedTime',
): number {
  const given = options[name];
  if (options[waiver] !== true) return count(name, given ?? 1, 1, waiver);
  if (given !== undefined) throw new VerifyDepsError('usage', `${name} contradicts ${waiver}`);
  return 0;
}

function count(name: string, value: number, min: number, waiver?: string): number {
  if (Number.isInteger(value) && value >= min && value <= MAX) return value;
  throw new VerifyDepsError(
    'usage',
    `${name} must be a whole number from ${min} to ${MAX}, but is ${value}`,
    {
      ...(waiver === undefined ? {} : { hint: `to do without, say ${waiver}` }),
    },
  );
}
