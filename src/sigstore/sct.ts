/** Signed certificate timestamps embedded in a certificate: RFC 6962 sections 3.2 and 3.3. */
import { concatBytes, hex, sha256 } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { type Certificate, precertificateTbs } from './certificate.ts';
import { within } from './chain.ts';
import { verifySignature } from './signature.ts';
import type { LogAuthority } from './types.ts';

const WHAT = 'signed certificate timestamp';
/** RFC 5246 section 7.4.1.4.1: hash and signature algorithm as the log states them. */
const HASHES: Readonly<Record<number, 'sha256' | 'sha384' | 'sha512'>> = {
  4: 'sha256',
  5: 'sha384',
  6: 'sha512',
};

interface Sct {
  readonly logId: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly extensions: Uint8Array;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
  readonly signature: Uint8Array;
}

/**
 * Requires one good timestamp of a trusted log, and no bad one of any trusted log. Timestamps of unknown logs count for
 * nothing, either way.
 * @param issuerSpki  SPKI of the certificate that issued the leaf, DER
 * @returns           the log ids that have seen it, hex
 * @throws {ProofError} `sct-absent`, `sct-log-unknown`, `sct-invalid`, `malformed`
 */
export async function verifyScts(
  leaf: Certificate,
  issuerSpki: Uint8Array,
  logs: readonly LogAuthority[],
): Promise<readonly string[]> {
  const precertificate = precertificateTbs(leaf);
  const scts = precertificate ? parseSctList(precertificate.sctList) : [];
  if (!precertificate || scts.length === 0) throw new ProofError('sct-absent');
  const issuerKeyHash = sha256(issuerSpki);
  const seen = new Set<string>();
  for (const sct of scts) {
    const log = logs.find(
      (candidate) => candidate.logId === sct.logId && within(sct.timestamp, candidate.validFor),
    );
    if (!log) continue;
    const signed = signedEntry(sct, issuerKeyHash, precertificate.tbs);
    if (!(await verifySignature(log.key, signed, sct.signature, sct.hash)))
      throw new ProofError('sct-invalid', { logId: sct.logId });
    seen.add(sct.logId);
  }
  if (seen.size === 0)
    throw new ProofError('sct-log-unknown', { logId: scts.map((sct) => sct.logId).join(', ') });
  return [...seen];
}

/** `digitally-signed struct` of section 3.2 with a `PreCert` entry. */
function signedEntry(sct: Sct, issuerKeyHash: Uint8Array, tbs: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12);
  head.writeBigUInt64BE(BigInt(sct.timestamp), 2);
  head.writeUInt16BE(1, 10);
  return concatBytes(
    head,
    issuerKeyHash,
    uint(tbs.length, 3),
    tbs,
    uint(sct.extensions.length, 2),
    sct.extensions,
  );
}

function uint(value: number, bytes: number): Uint8Array {
  const out = Buffer.alloc(bytes);
  out.writeUIntBE(value, 0, bytes);
  return out;
}

function parseSctList(bytes: Uint8Array): readonly Sct[] {
  const list = takeVector(bytes, 0, 2);
  if (list.end !== bytes.length) throw new MalformedError(WHAT, 'bytes behind the end');
  const scts: Sct[] = [];
  for (let at = 0; at < list.value.length; ) {
    const item = takeVector(list.value, at, 2);
    at = item.end;
    scts.push(parseSct(item.value));
    if (scts.length > limits.sctsMax)
      throw new ProofError('limit-exceeded', { what: WHAT, max: limits.sctsMax, unit: 'items' });
  }
  return scts;
}

function parseSct(bytes: Uint8Array): Sct {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 47 || bytes[0] !== 0) throw new MalformedError(WHAT, 'not of version 1');
  const timestamp = view.readBigUInt64BE(33);
  if (timestamp > 8_640_000_000_000_000n) throw new MalformedError(WHAT, 'time out of range');
  const extensions = takeVector(bytes, 41, 2);
  const hash = HASHES[bytes[extensions.end] ?? 0];
  const algorithm = bytes[extensions.end + 1];
  const signature = takeVector(bytes, extensions.end + 2, 2);
  if (!hash || (algorithm !== 3 && algorithm !== 1))
    throw new ProofError('algorithm-unsupported', { what: WHAT }, 'uncovered');
  if (signature.end !== bytes.length) throw new MalformedError(WHAT, 'bytes behind the end');
  return {
    logId: hex(bytes.subarray(1, 33)),
    timestamp: Number(timestamp),
    extensions: extensions.value,
    hash,
    signature: signature.value,
  };
}

/** TLS vector: a length of `size` bytes, then as many bytes (RFC 5246 section 4.3). */
function takeVector(bytes: Uint8Array, at: number, size: number): { value: Uint8Array; end: number } {
  if (at + size > bytes.length) throw new MalformedError(WHAT, 'cut short');
  let length = 0;
  for (let i = 0; i < size; i++) length = length * 256 + bytes[at + i]!;
  const end = at + size + length;
  if (end > bytes.length) throw new MalformedError(WHAT, 'cut short');
  return { value: bytes.subarray(at + size, end), end };
}
