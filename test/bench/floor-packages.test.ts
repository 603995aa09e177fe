import zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { floorTrust } from '../../scripts/floor.mjs';
import { floorPackage } from '../../scripts/floor-packages.mjs';
import { flipBase64 } from '../sigstore/world.ts';
import { makeRig } from '../support/rig/registry.mjs';

// As with the floor of a bundle: what it is said to verify is what it fails without.
const FORMATS = ['v0.1', 'v0.2', 'v0.3'] as const;
const rig = makeRig({
  catalogue: [
    ...FORMATS.map((attested) => ({
      name: `@acme/${attested.slice(1)}`,
      version: '1.0.0',
      days: 9,
      attested,
    })),
    { name: 'plain', version: '1.0.0', days: 9 },
  ],
});
const trust = floorTrust(
  rig.sigstore.trustedRoot(),
  rig.sigstore.npmKeys.map(({ keyid, der }) => [keyid, der]),
);
// biome-ignore lint/suspicious/noExplicitAny: documents are taken apart and broken
type Loose = any;
const documentOf = (key: string): Loose => {
  const found = rig.docs.get(key);
  return found && JSON.parse(zlib.gunzipSync(found.gz!).toString());
};
function evidence(name: string, change: (manifest: Loose, attestations: Loose) => void = () => {}) {
  const manifest = documentOf(`manifest ${name}@1.0.0`);
  const attestations = documentOf(`att ${name}@1.0.0`);
  const { integrity } = manifest.dist;
  change(manifest, attestations?.attestations);
  const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
  return {
    integrity,
    manifest: bytes(manifest),
    attestations: attestations && bytes(attestations),
  };
}

test.each([
  ['plain', 1],
  ['@acme/0.1', 7],
  ['@acme/0.2', 9],
  ['@acme/0.3', 9],
])('%s has %i signatures, all sound', async (name, signatures) => {
  await expect(floorPackage(trust, evidence(name))).resolves.toBe(signatures);
});

const broken: readonly [string, (manifest: Loose, attestations: Loose) => void][] = [
  ['signature', ({ dist }) => (dist.signatures[0].sig = flipBase64(dist.signatures[0].sig, 300))],
  ['version', (manifest) => (manifest.version = '1.0.1')],
  ['integrity', ({ dist }) => (dist.integrity = `sha512-${Buffer.alloc(64).toString('base64')}`)],
  ['subject', (_, list) => (list[1].bundle = documentOf('att @acme/0.2@1.0.0').attestations[1].bundle)],
  [
    'envelope signature',
    (_, [, { bundle }]) =>
      (bundle.dsseEnvelope.signatures[0].sig = flipBase64(bundle.dsseEnvelope.signatures[0].sig, 300)),
  ],
];
test.each(broken)('refuses another %s', async (_, change) => {
  await expect(floorPackage(trust, evidence('@acme/0.3', change))).rejects.toThrow();
});

test('refuses a bundle of v0.1 whose promise is another, or gone', async () => {
  const entryOf = (list: Loose) => list[1].bundle.verificationMaterial.tlogEntries[0];
  for (const change of [
    (entry: Loose) => (entry.inclusionPromise = null),
    (entry: Loose) => (entry.integratedTime = String(Number(entry.integratedTime) + 1)),
  ])
    await expect(
      floorPackage(
        trust,
        evidence('@acme/0.1', (_, list) => change(entryOf(list))),
      ),
    ).rejects.toThrow();
});

test('refuses a package that nobody signed', async () => {
  const unsigned = evidence('plain', ({ dist }) => (dist.signatures = []));
  await expect(floorPackage(trust, unsigned)).rejects.toThrow('nothing is signed');
});
