/** One entry of a Rekor log, v1 or v2: that it is the log's, that it is in the log, and when it got there. */
import { hex, sameBytes, utf8 } from '../core/bytes.ts';
import { ProofError } from '../core/errors.ts';
import { shared } from '../core/shared.ts';
import { iso, TIME_MAX_MS } from '../core/time.ts';
import type { BundleVersion, InclusionProof, LogEntry } from './bundle.ts';
import { within } from './chain.ts';
import { type Checkpoint, parseCheckpoint, signatureOfLog } from './checkpoint.ts';
import { leafHash, rootFromInclusionProof } from './merkle.ts';
import type { Thresholds } from './options.ts';
import type { PendingSignature } from './pending.ts';
import { verifySignature } from './signature.ts';
import type { LogAuthority, VerifiedLogEntry, VerifiedTime } from './types.ts';
import { cosignedBy } from './witness.ts';

/** An entry of a log that is trusted. */
export interface KnownEntry {
  readonly entry: LogEntry;
  /** The log in force when it promised; the log as often as it is listed where there is no promise. */
  readonly logs: readonly LogAuthority[];
  /** When the log says it took the entry; to be believed once its promise is verified. */
  readonly time: VerifiedTime | undefined;
}

export interface LogEntryPlan {
  /** True only once every pending signature has been verified. */
  entry(): VerifiedLogEntry;
  readonly operator: string;
  readonly signatures: readonly PendingSignature[];
}

/**
 * Finds the log of an entry, and the time that it has signed for. Logs of Rekor v2 sign for no time.
 * @throws {ProofError} `tlog-log-unknown`, `tlog-log-time`, `tlog-proof-absent`
 */
export function knownEntry(
  entry: LogEntry,
  version: BundleVersion,
  logs: readonly LogAuthority[],
  { inclusionProof }: Thresholds,
): KnownEntry {
  const known = logs.filter((candidate) => candidate.logId === entry.logId);
  if (known.length === 0) throw new ProofError('tlog-log-unknown', { logId: entry.logId });
  // A bundle v0.1 may rest on the promise alone; later ones must carry the proof (bundle specification).
  const promiseSuffices =
    inclusionProof === 'bundle-version' && version === '0.1' && entry.promise !== undefined;
  if (!entry.proof && !promiseSuffices) throw new ProofError('tlog-proof-absent', {});
  if (!entry.promise) return { entry, logs: known, time: undefined };
  const time = Number(entry.integratedTime) * 1000;
  if (time > TIME_MAX_MS) throw outOfForce(entry.logId, String(entry.integratedTime));
  // A log may be listed with several periods.
  const log = known.find(({ validFor }) => within(time, validFor));
  if (!log) throw outOfForce(entry.logId, iso(time));
  const { baseUrl: authority, operator } = log;
  return { entry, logs: [log], time: { source: 'transparency-log', time, authority, operator } };
}

/**
 * Checks all of an entry that costs no signature, and names the signatures that must still hold.
 * @param times  every trusted time of the bundle, milliseconds since 1970: a log that does not say when it took the entry
 *               must have been in force at them
 * @throws {ProofError} `tlog-log-time`, `tlog-proof-invalid`, `tlog-checkpoint-invalid`, `malformed`
 */
export function planLogEntry(
  known: KnownEntry,
  times: readonly number[],
  thresholds: Thresholds,
): LogEntryPlan {
  const { entry, time } = known;
  const log = known.logs.find(
    ({ validFor }) => time !== undefined || times.every((moment) => within(moment, validFor)),
  );
  if (!log) throw outOfForce(entry.logId, times.map(iso).join(', '));
  const signatures: PendingSignature[] = [];
  const witnesses: string[] = [];
  if (entry.promise) {
    const { promise } = entry;
    signatures.push({
      verify: () => verifySignature(log.key, promisedBytes(entry), promise),
      failure: {
        code: 'tlog-promise-invalid',
        args: { logIndex: String(entry.logIndex), logId: entry.logId },
      },
    });
  }
  if (entry.proof) {
    const checkpoint = rootedCheckpoint(entry, entry.proof);
    // A promise covers the index. Without one it is the place in the tree that was proven, which in a log without shards
    // is all that an index can be.
    if (!entry.promise && !checkpoint.origin.includes(' - ') && entry.proof.logIndex !== entry.logIndex) {
      throw new ProofError('tlog-proof-invalid', {
        what: 'log index',
        expected: String(entry.proof.logIndex),
        actual: String(entry.logIndex),
      });
    }
    signatures.push(checkpointSignature(checkpoint, log));
    if (thresholds.witnesses.length > 0) signatures.push(cosignatures(checkpoint, thresholds, witnesses));
  }
  return {
    operator: log.operator,
    signatures,
    entry: () => ({
      logId: log.logId,
      baseUrl: log.baseUrl,
      logIndex: String(entry.promise ? entry.logIndex : entry.proof!.logIndex),
      kind: shared(`${entry.kind} ${entry.kindVersion}`),
      integratedTime: time?.time,
      inclusion: entry.proof ? 'proof' : 'promise',
      witnesses,
    }),
  };
}

function outOfForce(logId: string, time: string): ProofError {
  return new ProofError('tlog-log-time', { logId, time });
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

/** The checkpoint, once the entry is shown to be in the tree that it describes. */
function rootedCheckpoint(entry: LogEntry, proof: InclusionProof): Checkpoint {
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
  return checkpoint;
}

function checkpointSignature(checkpoint: Checkpoint, log: LogAuthority): PendingSignature {
  const signature = signatureOfLog(checkpoint, log.logId);
  const failure = { code: 'tlog-checkpoint-invalid', args: { logId: log.logId } } as const;
  if (!signature) throw new ProofError(failure.code, failure.args);
  return { verify: () => verifySignature(log.key, checkpoint.signed, signature.signature), failure };
}

/** @param names  is filled with the witnesses that have cosigned */
function cosignatures(checkpoint: Checkpoint, thresholds: Thresholds, names: string[]): PendingSignature {
  const { witnesses, witnessThreshold } = thresholds;
  return {
    failure: { code: 'tlog-witness-threshold', args: {} },
    async verify() {
      for (const witness of witnesses) {
        const cosigned = await cosignedBy(checkpoint, witness);
        if (cosigned === 'invalid') throw new ProofError('tlog-witness-invalid', { signer: witness.name });
        if (cosigned === 'verified' && !names.includes(witness.name)) names.push(witness.name);
      }
      if (names.length < witnessThreshold) {
        throw new ProofError('tlog-witness-threshold', { expected: witnessThreshold, actual: names.length });
      }
      return true;
    },
  };
}
