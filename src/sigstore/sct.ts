/** Signed certificate timestamps embedded in a certificate: RFC 6962 sections 3.2 and 3.3. */

import { concatBytes, hex, sha256 } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { iso, TIME_MAX_MS } from '../core/time.ts';
import { type Certificate, precertificateTbs } from './certificate.ts';
import { within } from './chain.ts';
import { verifySignature } from './signature.ts';
import type { LogAuthority, VerifiedSct } from './types.ts';

const WHAT = 'signed certificate timestamp';
/** RFC 5246 section 7.4.1.4.1: hash and signature algorithm as the log states them. */
const HASHES: ReadonlyMap<number, 'sha256' | 'sha384' | 'sha512'> = new Map([
  [4, 'sha256'],
  [5, 'sha384'],
  [6, 'sha512'],
]);
/** The kind of key that each signature algorithm goes with. */
const ALGORITHMS: ReadonlyMap<number, string> = new Map([
  [1, 'rsa'],
  [3, 'ec'],
]);

interface Sct {
  readonly logId: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly extensions: Uint8Array;
  readonly hash: number;
  readonly algorithm: number;
  readonly signature: Uint8Array;
}

/**
 * Requires good timestamps of as many operators of trusted logs as demanded, and no bad one of any trusted log. Those of
 * unknown logs, and of times at which a log was not in force, count for nothing, either way.
 * @param issuerSpki  SPKI of the certificate that issued the leaf, DER
 * @param demanded    distinct operators; with 0 there need not be any timestamp
 * @returns           those that hold, in their order
 * @throws {ProofError} `sct-absent`, `sct-log-unknown`, `sct-log-time`, `sct-invalid`, `sct-threshold`, `malformed`,
 *                      `format-unsupported`, `algorithm-unsupported`, `limit-exceeded`
 */
export async function verifyScts(
  leaf: Certificate,
  issuerSpki: Uint8Array,
  logs: readonly LogAuthority[],
  demanded: number,
): Promise<readonly VerifiedSct[]> {
  const precertificate = precertificateTbs(leaf);
  const scts = precertificate ? parseSctList(precertificate.sctList) : [];
  if (!precertificate || scts.length === 0) {
    if (demanded > 0) throw new ProofError('sct-absent');
    return [];
  }
  const issuerKeyHash = sha256(issuerSpki);
  const held: VerifiedSct[] = [];
  const operators = new Set<string>();
  for (const sct of scts) {
    const inForce = logs.filter((log) => log.logId === sct.logId && within(sct.timestamp, log.validFor));
    if (inForce.length === 0) continue;
    const log = await signerOf(sct, signedEntry(sct, issuerKeyHash, precertificate.tbs), inForce);
    if (!log) throw new ProofError('sct-invalid', { logId: sct.logId });
    held.push({ logId: log.logId, baseUrl: log.baseUrl, time: sct.timestamp });
    operators.add(log.operator);
  }
  if (operators.size < demanded) throw tooFew(scts, logs, demanded, operators);
  // Copied: a list that has been added to keeps room for more.
  return [...held];
}

async function signerOf(
  sct: Sct,
  signed: Uint8Array,
  logs: readonly LogAuthority[],
): Promise<LogAuthority | undefined> {
  const hash = HASHES.get(sct.hash);
  const type = ALGORITHMS.get(sct.algorithm);
  if (!hash || !type) {
    const algorithm = `hash ${sct.hash} with signature ${sct.algorithm}`;
    throw new ProofError('algorithm-unsupported', { what: WHAT, algorithm }, 'uncovered');
  }
  for (const log of logs) {
    const fits = log.key.key.asymmetricKeyType === type;
    if (fits && (await verifySignature(log.key, signed, sct.signature, hash))) return log;
  }
  return undefined;
}

function tooFew(
  scts: readonly Sct[],
  logs: readonly LogAuthority[],
  expected: number,
  operators: ReadonlySet<string>,
): ProofError {
  if (operators.size > 0) return new ProofError('sct-threshold', { expected, actual: operators.size });
  for (const { logId, timestamp } of scts) {
    const log = logs.find((candidate) => candidate.logId === logId);
    if (!log) continue;
    const { start, end } = log.validFor;
    return new ProofError('sct-log-time', {
      logId,
      time: iso(timestamp),
      starts: iso(start),
      ...(end === undefined ? {} : { expires: iso(end) }),
    });
  }
  return new ProofError('sct-log-unknown', { logId: scts.map(({ logId }) => logId) });
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
  const [version] = bytes;
  // RFC 9162 has an extension of its own for the second version; nothing else belongs in this list.
  if (version !== undefined && version !== 0) {
    throw new ProofError('format-unsupported', { what: WHAT, actual: `version ${version + 1}` }, 'uncovered');
  }
  if (bytes.length < 47) throw new MalformedError(WHAT, 'cut short');
  const timestamp = view.readBigUInt64BE(33);
  if (timestamp > BigInt(TIME_MAX_MS)) throw new MalformedError(WHAT, 'time out of range');
  const extensions = takeVector(bytes, 41, 2);
  const [hash, algorithm] = bytes.subarray(extensions.end);
  const signature = takeVector(bytes, extensions.end + 2, 2);
  if (signature.end !== bytes.length) throw new MalformedError(WHAT, 'bytes behind the end');
  return {
    logId: hex(bytes.subarray(1, 33)),
    timestamp: Number(timestamp),
    extensions: extensions.value,
    hash: hash!,
    algorithm: algorithm!,
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
