import { createHash } from 'node:crypto';

/**
 * RFC 9162 section 2.1, word for word: recursive, slow, over the whole list of entries. What the product computes from one
 * leaf and a handful of hashes is held against this.
 */
export function treeHash(entries: readonly Uint8Array[]): Uint8Array {
  const n = entries.length;
  if (n === 0) return hash();
  if (n === 1) return hash(Uint8Array.of(0), entries[0]!);
  const k = splitPoint(n);
  return hash(Uint8Array.of(1), treeHash(entries.slice(0, k)), treeHash(entries.slice(k)));
}

/** PATH(m, D_n) of section 2.1.3.1: sibling hashes from leaf to root. */
export function inclusionProof(index: number, entries: readonly Uint8Array[]): readonly Uint8Array[] {
  const n = entries.length;
  if (n === 1) return [];
  const k = splitPoint(n);
  return index < k
    ? [...inclusionProof(index, entries.slice(0, k)), treeHash(entries.slice(k))]
    : [...inclusionProof(index - k, entries.slice(k)), treeHash(entries.slice(0, k))];
}

/** The largest power of two smaller than n. */
function splitPoint(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

function hash(...parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
}
