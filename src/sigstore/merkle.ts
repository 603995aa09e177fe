import { hash } from 'node:crypto';
import { sha256 } from '../core/bytes.ts';
import { MalformedError } from '../core/errors.ts';

const LEAF = Uint8Array.of(0);
/** 0x01, left, right: kept between calls, as a proof in a large log hashes nearly thirty of them. */
const node = Buffer.alloc(65, 1);

/** SHA-256(0x01 || left || right), RFC 9162 section 2.1.1. */
function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1);
  node.set(right, 33);
  return hash('sha256', node, 'buffer');
}

/** SHA-256(0x00 || entry), RFC 9162 section 2.1.1. */
export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(LEAF, entry);
}

/**
 * Recomputes a log root from one leaf and its inclusion proof.
 * @param leaf      32 bytes, see {@link leafHash}
 * @param index     0-based position in the tree the proof was cut for (`inclusionProof.logIndex`, not the entry's own
 *                  `logIndex`, which counts across shards); 0n <= index < treeSize
 * @param treeSize  number of leaves of that tree
 * @param proof     sibling hashes, 32 bytes each, leaf to root
 * @returns         32-byte root for the caller to compare with the checkpoint
 * @throws {MalformedError} `tlog-proof-invalid` if the number of hashes does not fit (index, treeSize)
 * @see RFC 9162 section 2.1.3.2
 */
export function rootFromInclusionProof(
  leaf: Uint8Array,
  index: bigint,
  treeSize: bigint,
  proof: readonly Uint8Array[],
): Uint8Array {
  if (index < 0n || index >= treeSize)
    throw new MalformedError('inclusion proof', 'index outside of the tree', 'tlog-proof-invalid');
  let fn = index;
  let sn = treeSize - 1n;
  let root = leaf;
  for (const sibling of proof) {
    if (sibling.length !== 32)
      throw new MalformedError('inclusion proof', 'hash of another length', 'tlog-proof-invalid');
    if (sn === 0n) throw new MalformedError('inclusion proof', 'too many hashes', 'tlog-proof-invalid');
    if ((fn & 1n) === 1n || fn === sn) {
      root = nodeHash(sibling, root);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      root = nodeHash(root, sibling);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  if (sn !== 0n) throw new MalformedError('inclusion proof', 'too few hashes', 'tlog-proof-invalid');
  return root;
}
