/**
 * What the reference cannot verify, and how to complete it: each gap is closed for those sound bundles alone that fall into
 * it, so that their mutations are still held against all its other rules. docs/verification.md lists them.
 */
import { constants, type KeyObject, verify } from 'node:crypto';
import type { SignedEntity } from '@sigstore/verify';
import { preAuthEncoding } from '../../src/sigstore/dsse.ts';
import type { Base } from './base.ts';
import { sha256 } from './relog.ts';
import type { Loose } from './slots.ts';

export interface Gap {
  /** As docs/verification.md has it. */
  readonly what: string;
  readonly why: string;
  /** Changes the JSON before the reference reads it. */
  bundle?(bundle: Loose, base: Base): Loose;
  /** Changes what it has read. */
  entity?(entity: SignedEntity, bundle: Loose): void;
}

export const gaps: readonly Gap[] = [
  {
    what: 'an envelope logged by Rekor v2 as `hashedrekord` 0.0.2',
    why: "the log records the digest of what the signature covers (DSSE's encoding), the reference compares that of the payload; its `dsse` 0.0.2 is retired",
    entity(entity, { dsseEnvelope: envelope, verificationMaterial: material }) {
      const version = material?.tlogEntries?.[0]?.kindVersion;
      if (!envelope || version?.kind !== 'hashedrekord' || version.version !== '0.0.2') return;
      const digest = sha256(covered(envelope));
      entity.signature.compareDigest = (other: Buffer) => digest.equals(other);
    },
  },
  {
    what: 'a timestamp of an authority outside of the trust root, beside the time of a log',
    why: 'public bundles carry stamps of authorities that the public trust root does not list: one good trusted time suffices, and such a stamp never counts as one',
    bundle: (bundle, { text }) => withoutTimestamps(bundle, stampsOf(JSON.parse(text))),
  },
  {
    what: 'envelopes signed with P-384 and SHA-384, or P-521 and SHA-512',
    why: 'the curve fixes the hash; the reference takes SHA-256 for every envelope',
    entity(entity, { dsseEnvelope: envelope }) {
      const hashes: Record<string, string> = { secp384r1: 'sha384', secp521r1: 'sha512' };
      const { signature } = entity;
      const plain = signature.verifySignature.bind(signature);
      signature.verifySignature = (key: KeyObject) => {
        const hash = hashes[key.asymmetricKeyDetails?.namedCurve ?? ''];
        return hash && envelope ? verify(hash, covered(envelope), key, signature.signature) : plain(key);
      };
    },
  },
  {
    what: 'signatures by RSA keys with PSS',
    why: 'a certificate for an RSA key allows both schemes of RFC 8017, and Fulcio issues such certificates',
    entity(entity, { dsseEnvelope: envelope }) {
      const { signature } = entity;
      const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      signature.verifySignature = (key: KeyObject) =>
        envelope !== undefined && verify('sha256', covered(envelope), { key, ...pss }, signature.signature);
    },
  },
];

/** Nothing but a log's promise can stand in for them. */
export function withoutTimestamps(bundle: Loose, dropped: readonly Loose[] = stampsOf(bundle)): Loose {
  const { verificationMaterial: material } = bundle;
  if (!material?.tlogEntries?.some?.((entry: Loose) => entry?.inclusionPromise)) return bundle;
  const tokens = new Set(dropped.map((stamp) => stamp?.signedTimestamp));
  const rfc3161Timestamps = stampsOf(bundle).filter((stamp) => !tokens.has(stamp?.signedTimestamp));
  return {
    ...bundle,
    verificationMaterial: { ...material, timestampVerificationData: { rfc3161Timestamps } },
  };
}

function stampsOf(bundle: Loose): Loose[] {
  const list = bundle?.verificationMaterial?.timestampVerificationData?.rfc3161Timestamps;
  return Array.isArray(list) ? list : [];
}

function covered({ payloadType, payload }: Loose): Uint8Array {
  return preAuthEncoding(String(payloadType), Buffer.from(String(payload), 'base64'));
}
