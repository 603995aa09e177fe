/** What the logs of the instance sign: promises, and checkpoints over a tree of two leaves. */
import { createHash, sign } from 'node:crypto';
import type { Instance } from './base.ts';
import type { Loose } from './slots.ts';

export const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The first entry, which is the one that is changed. */
export const entryOf = (bundle: Loose): Loose => bundle.verificationMaterial?.tlogEntries?.[0];

/** Promise and proof for the body that the entry has now: the second leaf of a tree of two. */
export function relog(bundle: Loose, instance: Instance): void {
  const entry = entryOf(bundle);
  if (entry.inclusionPromise) entry.inclusionPromise.signedEntryTimestamp = promiseOf(entry, instance);
  if (!entry.inclusionProof) return;
  const leaf = sha256(Buffer.of(0), Buffer.from(entry.canonicalizedBody, 'base64'));
  const sibling = sha256(leaf);
  const root = sha256(Buffer.of(1), sibling, leaf);
  const { sigstore, modern } = instance.world;
  // One index there, two in Rekor v1, which counts across its shards.
  if (instance.log === 'modern') entry.logIndex = '1';
  entry.inclusionProof = {
    logIndex: '1',
    rootHash: root.toString('base64'),
    treeSize: '2',
    hashes: [sibling.toString('base64')],
    checkpoint: {
      envelope: instance.log === 'modern' ? modern.checkpoint(2, root) : sigstore.checkpoint(2, root),
    },
  };
}

export function promiseOf(entry: Loose, { world: { sigstore } }: Instance): string {
  const { canonicalizedBody, integratedTime, logIndex } = entry;
  return sigstore
    .signSET({ body: canonicalizedBody, integratedTime: Number(integratedTime), logIndex: Number(logIndex) })
    .toString('base64');
}

/** Signature line of the log over the text of a note. */
export function signNote(text: string, { world: { sigstore, modern }, log }: Instance): string {
  const [name, id, signature] =
    log === 'modern'
      ? [modern.origin, modern.logId, sign(null, Buffer.from(text), modern.key)]
      : [sigstore.rekorHost, sigstore.rekorId, sign('sha256', Buffer.from(text), sigstore.keys.rekor!)];
  return `\u2014 ${name} ${Buffer.concat([id.subarray(0, 4), signature]).toString('base64')}\n`;
}
