import { expect, test } from 'vitest';
import { floorTrust, floorVerify } from '../../scripts/floor.mjs';
import { type BundleName, flipBase64, makeWorld, NOW } from '../sigstore/world.ts';
import { ModernInstance } from '../support/rig/modern.mjs';

// A yardstick that left a check out would make the bar too high for nothing, or too low: it accepts what is sound, and each
// signature and hash it is said to verify is one it fails without.
const world = makeWorld(41);
const trust = floorTrust(
  world.sigstore.trustedRoot(),
  world.sigstore.npmKeys.map(({ keyid, der }) => [keyid, der]),
);
// biome-ignore lint/suspicious/noExplicitAny: bundles are taken apart and broken
type Loose = any;
const entry = (bundle: Loose): Loose => bundle.verificationMaterial.tlogEntries[0];
const run = (bundle: unknown) => floorVerify(trust, Buffer.from(JSON.stringify(bundle)));
const MEASURED: readonly BundleName[] = ['v0.2', 'v0.3', 'key v0.2', 'key v0.3'];

test.each(MEASURED)('the floor accepts the sound bundle %s', async (name) => {
  await expect(run(world.bundle(name))).resolves.toBeUndefined();
});

const flips: readonly [string, (bundle: Loose) => void][] = [
  ['payload', (b) => (b.dsseEnvelope.payload = flipBase64(b.dsseEnvelope.payload, 9))],
  ['payload type', (b) => (b.dsseEnvelope.payloadType += 'x')],
  [
    'envelope signature',
    (b) => (b.dsseEnvelope.signatures[0].sig = flipBase64(b.dsseEnvelope.signatures[0].sig, 300)),
  ],
  ['log entry body', (b) => (entry(b).canonicalizedBody = flipBase64(entry(b).canonicalizedBody, 100))],
  ['integrated time', (b) => (entry(b).integratedTime = String(Number(entry(b).integratedTime) + 1))],
  [
    'promise',
    (b) =>
      (entry(b).inclusionPromise.signedEntryTimestamp = flipBase64(
        entry(b).inclusionPromise.signedEntryTimestamp,
        300,
      )),
  ],
  [
    'proof hash',
    (b) => (entry(b).inclusionProof.hashes[1] = flipBase64(entry(b).inclusionProof.hashes[1], 5)),
  ],
  ['proof index', (b) => (entry(b).inclusionProof.logIndex = '0')],
  [
    'checkpoint',
    (b) =>
      (entry(b).inclusionProof.checkpoint.envelope = entry(b).inclusionProof.checkpoint.envelope.replace(
        ' - ',
        ' + ',
      )),
  ],
];
test.each(flips)('the floor refuses another %s', async (_, change) => {
  const bundle = world.bundle('v0.3');
  change(bundle);
  await expect(run(bundle)).rejects.toThrow();
});

const modern = new ModernInstance(world.sigstore);
const modernTrust = floorTrust(modern.trustedRoot(), []);
function modernBundle(): Loose {
  const cert = world.sigstore.leafCert(world.identity, NOW);
  const bundle = modern.attest({ statement: {}, cert, time: NOW + 3000 });
  modern.seal();
  return bundle;
}
const runModern = (bundle: unknown) => floorVerify(modernTrust, Buffer.from(JSON.stringify(bundle)));
const token = (bundle: Loose): Loose =>
  bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps[0];

test('the floor accepts a sound bundle of Rekor v2', async () => {
  await expect(runModern(modernBundle())).resolves.toBeUndefined();
});

const modernFlips: readonly [string, (bundle: Loose) => void][] = [
  ['payload', (b) => (b.dsseEnvelope.payload = Buffer.from('{"a":1}').toString('base64'))],
  ['token', (b) => (token(b).signedTimestamp = token(modernBundle()).signedTimestamp)],
  [
    'token signature',
    (b) => {
      const der = Buffer.from(token(b).signedTimestamp, 'base64');
      token(b).signedTimestamp = flipBase64(token(b).signedTimestamp, der.length * 8 - 9);
    },
  ],
  [
    'checkpoint',
    (b) => {
      const { checkpoint } = entry(b).inclusionProof;
      checkpoint.envelope = checkpoint.envelope.replace('log2026', 'log2027');
    },
  ],
  ['body', (b) => (entry(b).canonicalizedBody = entry(modernBundle()).canonicalizedBody)],
];
test.each(modernFlips)('the floor refuses another %s in Rekor v2', async (_, change) => {
  const bundle = modernBundle();
  change(bundle);
  await expect(runModern(bundle)).rejects.toThrow();
});

test.each([
  ['by another authority', { ca: 'other' }],
  ['with a bad timestamp of the certificate log', { sct: 'bad' }],
  ['that had expired', { ttl: 1000 }],
] as const)('the floor refuses a certificate %s', async (_, options) => {
  const cert = world.sigstore.leafCert(world.identity, NOW, options);
  const bundle = world.sigstore.attest({
    statement: {},
    signer: { cert },
    time: Date.UTC(2026, 0, 15, 12, 0, 3),
  });
  world.sigstore.seal();
  await expect(run(bundle)).rejects.toThrow();
});
