/**
 * Checkpoints: a log's signed statement of its size and root hash, as a signed note.
 * @see https://c2sp.org/tlog-checkpoint@v1.0.0 and https://c2sp.org/signed-note@v1.0.0
 */
import { decodeBase64 } from '../core/base64.ts';
import { utf8 } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';

const WHAT = 'checkpoint';

export interface NoteSignature {
  /** Not signed: a label that goes with `keyHint`. */
  readonly name: string;
  /** 4 bytes. */
  readonly keyHint: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Checkpoint {
  readonly origin: string;
  readonly treeSize: bigint;
  /** 32 bytes. */
  readonly rootHash: Uint8Array;
  /** What the signatures cover: the text up to and including the newline before the blank line. */
  readonly signed: Uint8Array;
  readonly signatures: readonly NoteSignature[];
}

/** @throws {ProofError} `malformed`, `limit-exceeded` */
export function parseCheckpoint(text: string): Checkpoint {
  if (text.length > limits.checkpointBytesMax) {
    throw new ProofError('limit-exceeded', { what: WHAT, max: limits.checkpointBytesMax, unit: 'bytes' });
  }
  const split = text.indexOf('\n\n');
  if (split < 0 || !text.endsWith('\n')) throw new MalformedError(WHAT, 'not a signed note');
  const body = text.slice(0, split + 1);
  // A lone surrogate has no bytes in UTF-8: what is signed would be something else than what was shown.
  if (/[\x00-\x09\x0b-\x1f]|\p{Cs}/u.test(text)) {
    throw new MalformedError(WHAT, 'contains a control character or half of a surrogate pair');
  }
  const [origin, size, root] = body.split('\n');
  if (!origin || !size || !root) throw new MalformedError(WHAT, 'cut short');
  if (!/^(0|[1-9]\d{0,18})$/.test(size)) throw new MalformedError(WHAT, 'malformed tree size');
  const rootHash = decodeBase64(root, WHAT);
  if (rootHash.length !== 32) throw new MalformedError(WHAT, 'root hash of another length');
  const lines = text.slice(split + 2, -1).split('\n');
  if (lines.length > limits.checkpointSignaturesMax) {
    throw new ProofError('limit-exceeded', {
      what: WHAT,
      max: limits.checkpointSignaturesMax,
      unit: 'signatures',
    });
  }
  return {
    origin,
    treeSize: BigInt(size),
    rootHash,
    signed: utf8(body),
    signatures: lines.map(parseSignatureLine),
  };
}

function parseSignatureLine(line: string): NoteSignature {
  const parts = line.split(' ');
  const [dash, name, encoded] = parts;
  if (parts.length !== 3 || dash !== '\u2014' || !name || /[\s+]/u.test(name) || !encoded)
    throw new MalformedError(WHAT, 'malformed signature line');
  const bytes = decodeBase64(encoded, WHAT);
  if (bytes.length < 5) throw new MalformedError(WHAT, 'malformed signature line');
  return { name, keyHint: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

/**
 * The signature a log itself has put under its checkpoint: chosen by the key hint, and under the name that the signed
 * origin line starts with. Names are compared as text; they come from whoever served the bundle.
 */
export function signatureOfLog(checkpoint: Checkpoint, logId: string): NoteSignature | undefined {
  const hint = Buffer.from(logId.slice(0, 8), 'hex');
  return checkpoint.signatures.find(
    ({ name, keyHint }) =>
      Buffer.compare(keyHint, hint) === 0 &&
      (checkpoint.origin === name || checkpoint.origin.startsWith(`${name} - `)),
  );
}
