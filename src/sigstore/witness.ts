/**
 * Witnesses: parties that have seen a log grow without contradiction, and cosign its checkpoints.
 * @see https://c2sp.org/tlog-cosignature@v1.0.0 and https://c2sp.org/signed-note@v1.0.0
 */
import { decodeBase64 } from '../core/base64.ts';
import { concatBytes, hex, sameBytes, sha256, utf8 } from '../core/bytes.ts';
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import type { Checkpoint } from './checkpoint.ts';
import { importKey } from './keys.ts';
import type { Witness } from './options.ts';
import { verifySignature } from './signature.ts';

/** Signature types of a note: plain Ed25519, and Ed25519 cosignatures with their time. */
const ED25519 = 0x01;
const COSIGNATURE = 0x04;
/** DER of an Ed25519 SubjectPublicKeyInfo up to the 32 bytes of the key (RFC 8410 section 4). */
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const TIME_BYTES = 8;
const TIME_MAX = 2n ** 63n - 1n;

/**
 * Reads a verifier key: `name+hash+base64(type || key)`.
 * @throws {VerifyDepsError} `key-unreadable`
 */
export function parseVerifierKey(text: string): Witness {
  const refuse = (why: string): VerifyDepsError =>
    new VerifyDepsError('key-unreadable', `witness key ${printable(text)} ${why}`, {
      hint: 'a witness key is written NAME+HASH+KEY, as the witness publishes it',
    });
  const [, name, hash, encoded] = /^([^\s+]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  if (!name || !hash || !encoded) throw refuse('is not of that form');
  let bytes: Uint8Array;
  try {
    bytes = decodeBase64(encoded, 'witness key');
  } catch {
    throw refuse('is not base64');
  }
  if (bytes.length !== 33 || (bytes[0] !== COSIGNATURE && bytes[0] !== ED25519))
    throw refuse('is not an Ed25519 key');
  if (hex(keyId(name, bytes[0], bytes.subarray(1)).subarray(0, 4)) !== hash)
    throw refuse('has another hash than it states');
  return { name, key: importKey(concatBytes(SPKI_HEAD, bytes.subarray(1)), 'witness key') };
}

function keyId(name: string, type: number, key: Uint8Array): Uint8Array {
  return sha256(utf8(`${name}\n`), Uint8Array.of(type), key);
}

export type Cosigned = 'verified' | 'invalid' | 'absent';

/** Whether this witness has cosigned the checkpoint. Lines of a witness under another key are somebody else's. */
export async function cosignedBy(checkpoint: Checkpoint, witness: Witness): Promise<Cosigned> {
  const key = witness.key.spkiDer.subarray(SPKI_HEAD.length);
  const hint = keyId(witness.name, COSIGNATURE, key).subarray(0, 4);
  const line = checkpoint.signatures.find(
    ({ name, keyHint }) => name === witness.name && sameBytes(keyHint, hint),
  );
  if (!line) return 'absent';
  if (line.signature.length !== TIME_BYTES + 64) return 'invalid';
  const time = Buffer.from(line.signature.subarray(0, TIME_BYTES)).readBigUInt64BE();
  if (time > TIME_MAX) return 'invalid';
  const signed = concatBytes(utf8(`cosignature/v1\ntime ${time}\n`), checkpoint.signed);
  return (await verifySignature(witness.key, signed, line.signature.subarray(TIME_BYTES)))
    ? 'verified'
    : 'invalid';
}
