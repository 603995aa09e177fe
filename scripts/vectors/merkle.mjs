// One vector for each way an inclusion proof can be right or wrong, made with the recursion of RFC 9162 section 2.1.
import { hex, sha256 } from './encode.mjs';

const leafHash = (entry) => sha256(Buffer.of(0), entry);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

function split(n) {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
function root(leaves) {
  if (leaves.length === 1) return leaves[0];
  const k = split(leaves.length);
  return nodeHash(root(leaves.slice(0, k)), root(leaves.slice(k)));
}
function proof(index, leaves) {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return index < k
    ? [...proof(index, leaves.slice(0, k)), root(leaves.slice(k))]
    : [...proof(index - k, leaves.slice(k)), root(leaves.slice(0, k))];
}

const SIZE = 11;
const entries = Array.from({ length: SIZE }, (_, i) => Buffer.from(`entry ${i}`));
const leaves = entries.map(leafHash);
/** File name to vector. */
export const vectors = new Map();

/** `expect`: `root` if the proof leads to `root`, `other-root` if it leads elsewhere, otherwise the code it fails with. */
function add(name, desc, expect, fields) {
  const {
    index = 5,
    treeSize = SIZE,
    leaf = leaves[index],
    hashes = proof(index, leaves),
    top = root(leaves),
  } = fields;
  vectors.set(`${name}.json`, {
    desc,
    leafHash: hex(leaf),
    index: String(index),
    treeSize: String(treeSize),
    hashes: hashes.map(hex),
    root: hex(top),
    expect,
  });
}

for (const size of [1, 2, 3, 4, 7, 8, 11]) {
  for (const index of new Set([0, size >> 1, size - 1])) {
    const tree = leaves.slice(0, size);
    add(`good-${size}-${index}`, `leaf ${index} of a tree of ${size}`, 'root', {
      index,
      treeSize: size,
      hashes: proof(index, tree),
      top: root(tree),
    });
  }
}

const good = proof(5, leaves);
const flipped = (at) =>
  good.map((hash, i) => (i === at ? Buffer.from(hash.map((b, j) => (j === 0 ? b ^ 1 : b))) : hash));
for (const at of good.keys())
  add(`flipped-hash-${at}`, `one bit of hash ${at} flipped`, 'other-root', { hashes: flipped(at) });
add('flipped-leaf', 'one bit of the leaf hash flipped', 'other-root', {
  leaf: Buffer.from(leaves[5].map((b, i) => (i === 31 ? b ^ 0x80 : b))),
});
add('other-leaf', 'the leaf hash of the neighbour', 'other-root', { leaf: leaves[4] });
add('leaf-as-node', 'the leaf hashed with the prefix of an inner node', 'other-root', {
  leaf: sha256(Buffer.of(1), entries[5]),
});
add('leaf-without-prefix', 'the leaf hashed without a prefix', 'other-root', { leaf: sha256(entries[5]) });
add('swapped-hashes', 'two hashes of the proof in the other order', 'other-root', {
  hashes: [good[1], good[0], ...good.slice(2)],
});
add('reversed-hashes', 'the proof from root to leaf', 'other-root', { hashes: [...good].reverse() });
add('neighbour-index', 'the index of the neighbour with the proof of the leaf', 'other-root', {
  index: 4,
  leaf: leaves[5],
  hashes: good,
});
add('missing-last', 'the last hash left out', 'tlog-proof-invalid', { hashes: good.slice(0, -1) });
add('missing-first', 'the first hash left out', 'tlog-proof-invalid', { hashes: good.slice(1) });
add('extra-last', 'one more hash at the end', 'tlog-proof-invalid', { hashes: [...good, good[0]] });
add('extra-first', 'one more hash at the start', 'tlog-proof-invalid', { hashes: [good[0], ...good] });
add('no-hashes', 'no hashes in a tree of eleven', 'tlog-proof-invalid', { hashes: [] });
add('hash-for-one', 'a hash in a tree of one', 'tlog-proof-invalid', {
  index: 0,
  treeSize: 1,
  hashes: [good[0]],
  top: leaves[0],
});
add('empty-tree', 'a tree of no entries', 'tlog-proof-invalid', {
  index: 0,
  treeSize: 0,
  hashes: [],
  top: sha256(),
});
add('index-is-size', 'the index one past the last', 'tlog-proof-invalid', {
  index: SIZE,
  leaf: leaves[5],
  hashes: good,
});
add('index-beyond', 'an index far outside of the tree', 'tlog-proof-invalid', {
  index: 2 ** 40,
  leaf: leaves[5],
  hashes: good,
});
add('negative-index', 'a negative index', 'tlog-proof-invalid', { index: -1, leaf: leaves[5], hashes: good });
add('negative-size', 'a negative tree size', 'tlog-proof-invalid', { treeSize: -11 });
add('smaller-tree', 'the size of a tree that still holds the leaf', 'tlog-proof-invalid', { treeSize: 8 });
add('larger-tree', 'the size of a tree one level deeper', 'tlog-proof-invalid', { treeSize: 17 });
// The shape of the path of leaf 5 is the same in trees of nine to sixteen: only the signed size tells them apart.
add('same-shape', 'another tree size with the same shape: the root alone is no proof of the size', 'root', {
  treeSize: 12,
});
add('short-hash', 'a hash of 31 bytes', 'tlog-proof-invalid', {
  hashes: [good[0].subarray(0, 31), ...good.slice(1)],
});
add('long-hash', 'a hash of 33 bytes', 'tlog-proof-invalid', {
  hashes: [...good.slice(0, -1), Buffer.concat([good.at(-1), Buffer.of(0)])],
});
add('empty-hash', 'a hash of no bytes', 'tlog-proof-invalid', {
  hashes: [Buffer.alloc(0), ...good.slice(1)],
});
