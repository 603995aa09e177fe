import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hex } from '../../src/core/bytes.ts';
import { ProofError } from '../../src/core/errors.ts';
import { leafHash, rootFromInclusionProof } from '../../src/sigstore/merkle.ts';
import { inclusionProof, treeHash } from '../support/reference-merkle.ts';
import { MerkleLog } from '../support/rig/sigstore.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = path.join(ROOT, 'fixtures/vectors/merkle');

interface Vector {
  readonly desc: string;
  readonly leafHash: string;
  readonly index: string;
  readonly treeSize: string;
  readonly hashes: readonly string[];
  readonly root: string;
  readonly expect: string;
}

function outcome(vector: Vector): string {
  try {
    const root = rootFromInclusionProof(
      Buffer.from(vector.leafHash, 'hex'),
      BigInt(vector.index),
      BigInt(vector.treeSize),
      vector.hashes.map((hash) => Buffer.from(hash, 'hex')),
    );
    return hex(root) === vector.root ? 'root' : 'other-root';
  } catch (error) {
    if (error instanceof ProofError) return error.code;
    throw error;
  }
}

function codeOrRoot(run: () => string): string {
  try {
    return run();
  } catch (error) {
    if (error instanceof ProofError) return error.code;
    throw error;
  }
}

describe('inclusion proofs', () => {
  const files = readdirSync(FOLDER);
  test.each(files)('%s', (file) => {
    const vector = JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as Vector;
    expect(outcome(vector), vector.desc).toBe(vector.expect);
  });

  test('the vectors are those the script makes', () => {
    expect(files.length).toBeGreaterThan(30);
    const { status, stderr } = spawnSync(process.execPath, ['scripts/make-vectors.mjs', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
  });

  test('lead to the root of the recursion, for every leaf of every small tree', () => {
    for (let size = 1; size <= 18; size++) {
      const entries = Array.from({ length: size }, (_, i) => Buffer.from(`${size}/${i}`));
      const expected = hex(treeHash(entries));
      for (let i = 0; i < size; i++) {
        const root = rootFromInclusionProof(
          leafHash(entries[i]!),
          BigInt(i),
          BigInt(size),
          inclusionProof(i, entries),
        );
        expect(hex(root)).toBe(expected);
      }
    }
  });

  test('lead to the root of the recursion on both sides of every power of two, and for no other leaf', () => {
    for (let k = 1; k <= 8; k++) {
      for (const size of [2 ** k - 1, 2 ** k, 2 ** k + 1]) {
        const entries = Array.from({ length: size }, (_, i) => Buffer.from(`${size}/${i}`));
        const expected = hex(treeHash(entries));
        const half = 2 ** (k - 1);
        const indexes = [0, 1, half - 1, half, half + 1, size - 2, size - 1];
        for (const i of new Set(indexes.filter((index) => index >= 0 && index < size))) {
          const proof = inclusionProof(i, entries);
          const lead = (index: number, at = index) =>
            hex(rootFromInclusionProof(leafHash(entries[at]!), BigInt(index), BigInt(size), proof));
          expect(lead(i), `${i} of ${size}`).toBe(expected);
          // Another leaf, at its own place or at this one, is not in the tree by the same proof.
          const other = i === 0 ? size - 1 : i - 1;
          if (other === i) continue;
          expect(lead(i, other)).not.toBe(expected);
          expect(
            codeOrRoot(() => lead(other, i)),
            `${i} as ${other} of ${size}`,
          ).not.toBe(expected);
        }
      }
    }
  });

  test('several leaves of one random tree lead to one root', () => {
    const tree = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 140 });
    fc.assert(
      fc.property(tree, fc.array(fc.nat(), { minLength: 2, maxLength: 6 }), (entries, picks) => {
        const roots = picks.map((pick) => {
          const index = pick % entries.length;
          const proof = inclusionProof(index, entries);
          return hex(
            rootFromInclusionProof(leafHash(entries[index]!), BigInt(index), BigInt(entries.length), proof),
          );
        });
        expect(new Set(roots)).toEqual(new Set([hex(treeHash(entries))]));
      }),
      { seed: 20260116, numRuns: 60 },
    );
  });

  test('lead to the root of the recursion on random trees, and nowhere near it once a bit is flipped', () => {
    const tree = fc.array(fc.uint8Array({ maxLength: 12 }), { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(tree, fc.nat(), fc.nat(), fc.nat({ max: 255 }), (entries, at, which, bit) => {
        const index = at % entries.length;
        const proof = inclusionProof(index, entries).map((hash) => Uint8Array.from(hash));
        const expected = hex(treeHash(entries));
        const size = BigInt(entries.length);
        const run = () => hex(rootFromInclusionProof(leafHash(entries[index]!), BigInt(index), size, proof));
        expect(run()).toBe(expected);
        const hash = proof[which % proof.length]!;
        hash[bit >> 3] = hash[bit >> 3]! ^ (1 << (bit & 7));
        expect(run()).not.toBe(expected);
      }),
      { seed: 20260115, numRuns: 120 },
    );
  });

  test('hold in a log of 10^8 entries, and for sizes beyond 2^53', () => {
    const log = new MerkleLog(95_000_000);
    const body = Buffer.from('an entry');
    const index = log.append(body);
    for (let i = 0; i < 5; i++) log.append(Buffer.from(`later ${i}`));
    const root = rootFromInclusionProof(leafHash(body), BigInt(index), BigInt(log.size), log.proof(index));
    expect(hex(root)).toBe(hex(log.root()));
    // A perfect tree of 2^60: sixty siblings, and not one fewer.
    const hashes = Array.from({ length: 60 }, () => new Uint8Array(32));
    const [leaf, size] = [leafHash(body), 2n ** 60n];
    expect(rootFromInclusionProof(leaf, 0n, size, hashes)).toHaveLength(32);
    expect(() => rootFromInclusionProof(leaf, 0n, size, hashes.slice(1))).toThrow();
    expect(() => rootFromInclusionProof(leaf, 0n, size, [...hashes, hashes[0]!])).toThrow();
  });
});
