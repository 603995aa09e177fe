/** One entry of a Rekor v1 log: that it is the log's, that it is in the log, and when it got there. */
import { hex, sameBytes, utf8 } from '../core/bytes.ts';
import type { Note } from '../core/check.ts';
import { ProofError } from '../core/errors.ts';
import type { BundleVersion, InclusionProof, LogEntry } from './bundle.ts';
import { within } from './chain.ts';
import { parseCheckpoint, signatureOfLog } from './checkpoint.ts';
import { leafHash, rootFromInclusionProof } from './merkle.ts';
import { verifySignature } from './signature.ts';
import type { LogAuthority, VerifiedLogEntry } from './types.ts';

/** The last moment that a Date can hold (ECMA-262 section 21.4.1.1); later ones cannot even be reported. */
const TIME_MAX = 8_640_000_000_000_000;

/** A signature still to be verified, and what it means if it does not hold. */
export interface PendingSignature {
  verify(): Promise<boolean>;
  readonly failure: Note;
}

export interface LogEntryPlan {
  /** True only once every pending signature has been verified. */
  readonly entry: VerifiedLogEntry;
  readonly signatures: readonly PendingSignature[];
}

/**
 * Checks all of an entry that costs no signature, and names the signatures that must still hold.
 * A bundle v0.1 may rest on the promise alone; later ones must carry the proof (bundle specification).
 * @throws {ProofError} `tlog-log-unknown`, `tlog-proof-absent`, `tlog-proof-invalid`, `tlog-checkpoint-invalid`, `malformed`
 */
export function planLogEntry(
  entry: LogEntry,
  version: BundleVersion,
  logs: readonly LogAuthority[],
): LogEntryPlan {
  const known = logs.filter((candidate) => candidate.logId === entry.logId);
  let [log] = known;
  if (!log) throw new ProofError('tlog-log-unknown', { logId: entry.logId });
  if (!entry.proof && (version !== '0.1' || !entry.promise)) throw new ProofError('tlog-proof-absent', {});
  const signatures: PendingSignature[] = [];
  let integratedTime: number | undefined;
  if (entry.promise) {
    const { promise } = entry;
    const time = Number(entry.integratedTime) * 1000;
    // A log may be listed with several periods.
    const inForce = known.find(({ validFor }) => time <= TIME_MAX && within(time, validFor));
    if (!inForce) {
      throw new ProofError('tlog-log-unknown', { logId: entry.logId, time: String(entry.integratedTime) });
    }
    log = inForce;
    integratedTime = time;
    signatures.push({
      verify: () => verifySignature(inForce.key, promisedBytes(entry), promise),
      failure: {
        code: 'tlog-promise-invalid',
        args: { logIndex: String(entry.logIndex), logId: entry.logId },
      },
    });
  }
  if (entry.proof) signatures.push(planProof(entry, entry.proof, log));
  return {
    entry: {
      logId: entry.logId,
      baseUrl: log.baseUrl,
      logIndex: String(entry.logIndex),
      kind: `${entry.kind} ${entry.kindVersion}`,
      integratedTime,
      inclusion: entry.proof ? 'proof' : 'promise',
    },
    signatures,
  };
}

/**
 * What a signed entry timestamp covers: canonical JSON (RFC 8785) of four members, integers as such.
 * @see https://github.com/sigstore/rekor/blob/v1.3.6/openapi.yaml (InclusionPromise)
 */
function promisedBytes(entry: LogEntry): Uint8Array {
  return utf8(
    `{"body":"${entry.bodyBase64}","integratedTime":${entry.integratedTime},"logID":"${entry.logId}","logIndex":${entry.logIndex}}`,
  );
}

function planProof(entry: LogEntry, proof: InclusionProof, log: LogAuthority): PendingSignature {
  const checkpoint = parseCheckpoint(proof.checkpoint);
  const root = rootFromInclusionProof(
    leafHash(entry.body),
    proof.logIndex,
    checkpoint.treeSize,
    proof.hashes,
  );
  if (!sameBytes(root, checkpoint.rootHash)) {
    throw new ProofError('tlog-proof-invalid', {
      what: 'root hash',
      expected: hex(checkpoint.rootHash),
      actual: hex(root),
    });
  }
  // These two are not signed and not needed; where they differ from the checkpoint, somebody has edited the bundle.
  if (proof.treeSize !== checkpoint.treeSize || !sameBytes(proof.rootHash, checkpoint.rootHash)) {
    throw new ProofError('tlog-proof-invalid', { what: 'tree size or root hash beside the checkpoint' });
  }
  const signature = signatureOfLog(checkpoint, log.logId);
  const failure = { code: 'tlog-checkpoint-invalid', args: { logId: log.logId } } as const;
  if (!signature) throw new ProofError(failure.code, failure.args);
  return { verify: () => verifySignature(log.key, checkpoint.signed, signature.signature), failure };
}
