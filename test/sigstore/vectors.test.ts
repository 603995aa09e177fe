import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { hex } from '../../src/core/bytes.ts';
import {
  bitsOf,
  booleanOf,
  children,
  content,
  type Der,
  integerOf,
  oidOf,
  parseDer,
  timeOf,
} from '../../src/core/der.ts';
import { ProofError } from '../../src/core/errors.ts';
import { parseCertificate, precertificateTbs } from '../../src/sigstore/certificate.ts';
import { parseCheckpoint, signatureOfLog } from '../../src/sigstore/checkpoint.ts';
import { preAuthEncoding } from '../../src/sigstore/dsse.ts';
import { importKey } from '../../src/sigstore/keys.ts';
import { verifyScts } from '../../src/sigstore/sct.ts';
import { verifySignature } from '../../src/sigstore/signature.ts';
import type { LogAuthority } from '../../src/sigstore/types.ts';
import { cosignedBy, parseVerifierKey } from '../../src/sigstore/witness.ts';

// Files that scripts/make-vectors.mjs has made with code of its own; test/sigstore/merkle.test.ts holds that they are current.
const FOLDER = fileURLToPath(new URL('../../fixtures/vectors', import.meta.url));

interface Expected {
  readonly name: string;
  readonly why: string;
  /** `accept`, or the code it is refused with. */
  readonly expect: string;
  readonly value?: unknown;
}

function suite<Vector>(format: string, atLeast: number, read: (vector: Vector) => unknown): void {
  describe(`vectors of ${format}`, () => {
    const files = readdirSync(path.join(FOLDER, format));
    test('are there', () => expect(files.length).toBeGreaterThanOrEqual(atLeast));
    test.each(files)('%s', async (file) => {
      const vector = JSON.parse(readFileSync(path.join(FOLDER, format, file), 'utf8')) as Vector & Expected;
      expect(file).toBe(`${vector.name}.json`);
      const expected =
        vector.expect === 'accept' ? { expect: 'accept', value: vector.value } : { expect: vector.expect };
      expect(await outcome(() => read(vector)), vector.why).toEqual(expected);
    });
  });
}

async function outcome(read: () => unknown): Promise<unknown> {
  try {
    return { expect: 'accept', value: await read() };
  } catch (error) {
    if (error instanceof ProofError) return { expect: error.code };
    throw error;
  }
}

const bytes = (text: string) => Buffer.from(text, 'hex');

// ---- DER

interface DerVector {
  readonly as: 'element' | 'oid' | 'integer' | 'bits' | 'boolean' | 'time';
  readonly input: string;
}
type Tree = readonly [tag: string, content: string | readonly Tree[]];

const CONSTRUCTED = 0x20;
function tree(element: Der): Tree {
  const tag = element.tag.toString(16).padStart(2, '0');
  return [tag, element.tag & CONSTRUCTED ? children(element, 'vector').map(tree) : hex(content(element))];
}
const READERS: Readonly<Record<DerVector['as'], (element: Der) => unknown>> = {
  element: tree,
  oid: (element) => oidOf(element, 'vector'),
  integer: (element) => hex(integerOf(element, 'vector')),
  bits: (element) => hex(bitsOf(element, 'vector')),
  boolean: (element) => booleanOf(element, 'vector'),
  time: (element) => timeOf(element, 'vector'),
};
suite<DerVector>('der', 100, ({ as, input }) => READERS[as](parseDer(bytes(input), 'vector')));

// ---- signed certificate timestamps

interface SctVector {
  readonly certificate: string;
  readonly issuerSpki: string;
  readonly logs: readonly { id: string; spki: string; operator: string; start: number; end?: number }[];
  readonly demanded: number;
}

suite<SctVector>('sct', 70, async ({ certificate, issuerSpki, logs, demanded }) => {
  const leaf = parseCertificate(bytes(certificate));
  const known = logs.map(
    ({ id, spki, operator, start, end }): LogAuthority => ({
      logId: id,
      operator,
      baseUrl: 'https://ct.example',
      key: importKey(bytes(spki), 'log'),
      validFor: { start, end },
    }),
  );
  const held = await verifyScts(leaf, bytes(issuerSpki), known, demanded);
  return {
    scts: held.map(({ logId, time }) => ({ logId, time })),
    precertificate: hex(precertificateTbs(leaf)!.tbs),
  };
});

// ---- checkpoints

interface CheckpointVector {
  readonly note: string;
  readonly log: { readonly id: string; readonly spki: string };
  /** Verifier keys. */
  readonly witnesses: readonly string[];
}

suite<CheckpointVector>('checkpoint', 100, async ({ note, log, witnesses }) => {
  const checkpoint = parseCheckpoint(note);
  const signature = signatureOfLog(checkpoint, log.id);
  const key = importKey(bytes(log.spki), 'log');
  if (!signature || !(await verifySignature(key, checkpoint.signed, signature.signature)))
    throw new ProofError('tlog-checkpoint-invalid');
  const cosigners: string[] = [];
  for (const witness of witnesses.map(parseVerifierKey)) {
    const cosigned = await cosignedBy(checkpoint, witness);
    if (cosigned === 'invalid') throw new ProofError('tlog-witness-invalid');
    if (cosigned === 'verified') cosigners.push(witness.name);
  }
  return {
    origin: checkpoint.origin,
    treeSize: String(checkpoint.treeSize),
    rootHash: hex(checkpoint.rootHash),
    cosigners,
  };
});

// ---- pre-authentication encodings

interface PaeVector {
  readonly payloadType: string;
  readonly payload: string;
}

suite<PaeVector>('pae', 20, ({ payloadType, payload }) => hex(preAuthEncoding(payloadType, bytes(payload))));

test('no two of the encodings are the same', () => {
  const folder = path.join(FOLDER, 'pae');
  const values = readdirSync(folder).map(
    (file) => (JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Expected).value,
  );
  expect(new Set(values).size).toBe(values.length);
});
