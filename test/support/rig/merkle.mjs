import { sha256 } from './der.mjs';

/**
 * RFC 6962 tree whose first `base` leaves are "ghosts": their subtree hashes are fixed pseudo-random values nobody has a
 * preimage for. Proofs for the real leaves are ordinary, and as long as in a log of ~10^8 entries (20-27 hashes).
 */
export class MerkleLog {
  constructor(base, leaves = []) {
    this.base = base;
    this.leaves = leaves;
    this.memo = new Map();
  }
  get size() {
    return this.base + this.leaves.length;
  }
  append(body) {
    this.leaves.push(sha256(Buffer.from([0]), body));
    return this.size - 1;
  }
  node(level, idx) {
    // hash of the perfect subtree [idx*2^level, (idx+1)*2^level)
    const id = `${level}:${idx}`;
    let h = this.memo.get(id);
    if (!h) {
      if ((idx + 1) * 2 ** level <= this.base) h = sha256(`ghost ${id}`);
      else if (level === 0) h = this.leaves[idx - this.base];
      else h = sha256(Buffer.from([1]), this.node(level - 1, idx * 2), this.node(level - 1, idx * 2 + 1));
      this.memo.set(id, h);
    }
    return h;
  }
  root(start = 0, end = this.size) {
    const n = end - start,
      level = Math.floor(Math.log2(n));
    if (2 ** level === n) return this.node(level, start / n);
    const k = 2 ** level;
    return sha256(Buffer.from([1]), this.root(start, start + k), this.root(start + k, end));
  }
  proof(index, end = this.size, start = 0) {
    const n = end - start;
    if (n === 1) return [];
    let k = 2 ** Math.floor(Math.log2(n));
    if (k === n) k /= 2;
    return index < start + k
      ? [...this.proof(index, start + k, start), this.root(start + k, end)]
      : [...this.proof(index, end, start + k), this.root(start, start + k)];
  }
}
