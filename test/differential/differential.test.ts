import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { gaps } from './gaps.ts';
import { generatedBases } from './generated.ts';
import { allowances } from './lenient.ts';
import { ourVerdict } from './ours.ts';
import { referenceVerdict } from './reference.ts';
import { runShare } from './run.ts';
import type { Loose } from './slots.ts';
import { reasonFor, reasons } from './stricter.ts';

const bases = generatedBases(32);

test('some hundreds of mutations: never more lenient, and stricter for known reasons only', async () => {
  const counts = await runShare(0, 1, 300, false);
  expect(counts.failures).toEqual([]);
  expect(counts.sound).toBeGreaterThan(20);
  expect(counts.mutations).toBe(300);
  expect(counts.sameAccept).toBeGreaterThan(counts.sound);
  expect(Object.keys(counts.stricter).length).toBeGreaterThan(5);
});

/** Each once by name, whatever the seeds bring. */
const entry = (bundle: Loose): Loose => bundle.verificationMaterial.tlogEntries[0];
const proof = (bundle: Loose): Loose => entry(bundle).inclusionProof;
test.each<[string, string, (bundle: Loose) => unknown]>([
  [
    'tlog-proof-invalid',
    'v0.3',
    (b) => Object.assign(proof(b), { rootHash: Buffer.alloc(32).toString('base64') }),
  ],
  ['tlog-proof-invalid', 'v0.3', (b) => Object.assign(proof(b), { treeSize: '1' })],
  ['key-hint-mismatch', 'key v0.3', (b) => Object.assign(b.dsseEnvelope.signatures[0], { keyid: 'other' })],
  ['key-hint-mismatch', 'v0.3', (b) => Object.assign(b.dsseEnvelope.signatures[0], { keyid: 'other' })],
  [
    'malformed: not canonical base64',
    'v0.3',
    (b) => Object.assign(b.dsseEnvelope, { payload: `${b.dsseEnvelope.payload}\n` }),
  ],
  ['bundle-version-unknown', 'v0.3', (b) => Object.assign(b, { mediaType: `${b.mediaType}; x=y` })],
  [
    'bundle-version-unknown',
    'v0.3',
    (b) => Object.assign(b, { mediaType: 'application/vnd.dev.sigstore.bundle.v0.9+json' }),
  ],
  [
    'malformed: not a whole number',
    'v0.3',
    (b) => Object.assign(proof(b), { logIndex: `0${proof(b).logIndex}` }),
  ],
  ['malformed: not a name of this format', 'v0.3', (b) => Object.assign(b, { media_type: 'x' })],
  ['tlog-log-unknown', 'Rekor v2 file 0', (b) => Object.assign(entry(b).logId, { keyId: 'AAAA' })],
  [
    'malformed: not exactly one certificate, chain or public key',
    'v0.2',
    ({ verificationMaterial: material }) => {
      material.certificate = material.x509CertificateChain.certificates[0];
    },
  ],
])('stricter on purpose: %s', async (refused, name, change) => {
  const base = bases.find((candidate) => candidate.name === `generated ${name}`)!;
  const bundle = JSON.parse(base.text);
  change(bundle);
  const text = JSON.stringify(bundle);
  expect(referenceVerdict(base, text)).toHaveProperty('verified');
  expect(await ourVerdict(base, text)).toEqual({ refused });
});

test('a refusal that no row explains is not taken for strictness', () => {
  expect(reasonFor('envelope-signature-invalid', { kind: 'json white space', detail: '' })).toBeUndefined();
  expect(reasonFor('certificate-key-usage', { kind: 'json white space', detail: '' })).toBeUndefined();
  expect(reasonFor('malformed: not canonical base64', { kind: 'base64 unpadded', detail: '' })).toBeDefined();
});

test('docs/verification.md lists every difference as the tables here do', () => {
  const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'verification.md'), 'utf8');
  for (const { what, why } of [...reasons, ...gaps, ...allowances])
    expect(page).toContain(`| ${what} | ${why} |\n`);
});
