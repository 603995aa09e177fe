import { bundleFromJSON, type SerializedBundle } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUNDLE_NAMES, type BundleName, makeWorld, verdict } from '../sigstore/world.ts';
import { type Bundle, rng } from '../support/rig/sigstore.mjs';
import { fieldsOf, flipField, withField } from './bundle-fields.ts';

const world = makeWorld(31);
const other = makeWorld(32);

// biome-ignore lint/suspicious/noExplicitAny: bundles are taken apart and broken
type Loose = any;
const entry = (bundle: Loose): Loose => bundle.verificationMaterial.tlogEntries[0];
const proof = (bundle: Loose): Loose => entry(bundle).inclusionProof;

const verifier = new Verifier(
  toTrustMaterial(TrustedRoot.fromJSON(world.sigstore.trustedRoot()), (hint: string) => {
    const key = world.keys.find((candidate) => candidate.hint === hint);
    if (!key) throw new Error('key not found');
    const { start, end } = key.validFor;
    return {
      publicKey: key.key.key,
      validFor: (date: Date) => date.getTime() >= start && (end === undefined || date.getTime() <= end),
    };
  }),
);

/** The verdict of the reference implementation; whatever it throws counts as a refusal. */
function reference(bundle: unknown): 'verified' | 'refused' {
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(JSON.stringify(bundle)) as SerializedBundle)));
    return 'verified';
  } catch {
    return 'refused';
  }
}

async function compare(bundle: unknown): Promise<'same' | 'stricter' | 'more lenient'> {
  const ours = (await verdict(bundle, world.context)) === 'verified';
  const theirs = reference(bundle) === 'verified';
  return ours === theirs ? 'same' : ours ? 'more lenient' : 'stricter';
}

/** Certificates above the leaf: the reference looks at their form, ours at nothing of them. Neither uses them. */
const aboveLeaf = (path: string) => /x509CertificateChain\.certificates\.[1-9]/.test(path);

const edited = (name: BundleName, change: (bundle: Loose) => unknown): Bundle => {
  const bundle: Loose = world.bundle(name);
  change(bundle);
  return bundle;
};

describe('against @sigstore/verify', () => {
  test.each(BUNDLE_NAMES)('the sound bundle %s is verified by both', async (name) => {
    expect(reference(world.bundle(name))).toBe('verified');
    expect(await compare(world.bundle(name))).toBe('same');
  });

  test('seeded mutations: never more lenient', async () => {
    const all = BUNDLE_NAMES.flatMap((name) =>
      fieldsOf(world.bundle(name))
        .filter(({ path }) => !aboveLeaf(path))
        .map((field) => ({ name, field })),
    );
    const values: readonly unknown[] = ['', null, '0', 'AAAA', -1, [], {}];
    const mutation = fc.record({
      at: fc.nat({ max: all.length - 1 }),
      how: fc.constantFrom('flip', 'value', 'twin'),
      bit: fc.nat({ max: 1 << 16 }),
      value: fc.constantFrom(...values),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ at, how, bit, value }) => {
        const { name, field } = all[at]!;
        const twin = fieldsOf(other.bundle(name)).find(({ path }) => path === field.path)?.value;
        const changed = how === 'flip' ? flipField(field, bit) : how === 'value' ? value : twin;
        const bundle = withField(world.bundle(name), field.path, changed);
        expect(await compare(bundle), `${how} ${name} ${field.path}`).not.toBe('more lenient');
      }),
      { seed: 20260115, numRuns: 400 },
    );
  });

  test('parts dropped, doubled and reordered: never more lenient', async () => {
    const random = rng(7);
    for (const name of BUNDLE_NAMES) {
      const holders: Loose[] = [];
      const collect = (value: Loose, path: string): void => {
        if (value === null || typeof value !== 'object') return;
        for (const key of Object.keys(value)) {
          holders.push(path === '' ? key : `${path}.${key}`);
          collect(value[key], path === '' ? key : `${path}.${key}`);
        }
      };
      collect(world.bundle(name), '');
      for (const path of holders) {
        if (aboveLeaf(path)) continue;
        const dropped = withField(world.bundle(name), path, undefined);
        expect(await compare(dropped), `${name} without ${path}`).not.toBe('more lenient');
        const target = holders[random.int(0, holders.length - 1)]!;
        const at = (p: string) => p.split('.').reduce<Loose>((value, key) => value[key], world.bundle(name));
        const moved = withField(world.bundle(name), path, at(target));
        expect(await compare(moved), `${name}: ${target} as ${path}`).not.toBe('more lenient');
      }
    }
  });

  /** Kept in step with the table in docs/verification.md. */
  test.each<[string, BundleName, (bundle: Loose) => unknown]>([
    [
      'another root hash beside the checkpoint',
      'v0.3',
      (b) => Object.assign(proof(b), { rootHash: Buffer.alloc(32).toString('base64') }),
    ],
    ['another tree size beside the checkpoint', 'v0.3', (b) => Object.assign(proof(b), { treeSize: '1' })],
    [
      'an envelope key id that contradicts the hint',
      'key v0.3',
      (b) => Object.assign(b.dsseEnvelope.signatures[0], { keyid: 'other' }),
    ],
    [
      'an envelope key id beside a certificate',
      'v0.3',
      (b) => Object.assign(b.dsseEnvelope.signatures[0], { keyid: 'other' }),
    ],
    [
      'base64 with white space',
      'v0.3',
      (b) => Object.assign(b.dsseEnvelope, { payload: `${b.dsseEnvelope.payload}\n` }),
    ],
    [
      'a media type that is not exactly known',
      'v0.3',
      (b) => Object.assign(b, { mediaType: `${b.mediaType}; x=y` }),
    ],
    [
      'a version of the future',
      'v0.3',
      (b) => Object.assign(b, { mediaType: 'application/vnd.dev.sigstore.bundle.v0.9+json' }),
    ],
  ])('stricter, on purpose: %s', async (_, name, change) => {
    expect(await compare(edited(name, change))).toBe('stricter');
  });

  test('stricter, on purpose: an entry whose verifier is another', async () => {
    // The log vouches for a signature by another certificate than the one in the bundle.
    const { sigstore, identity } = world;
    const bundle: Loose = sigstore.attest({
      statement: { a: 1 },
      signer: { cert: sigstore.leafCert(identity, sigstore.conf.now) },
      time: sigstore.conf.now + 1000,
    });
    const body = JSON.parse(Buffer.from(entry(bundle).canonicalizedBody, 'base64').toString());
    body.spec.signatures[0].verifier = Buffer.from(
      `-----BEGIN CERTIFICATE-----\n${sigstore.interCert.toString('base64')}\n-----END CERTIFICATE-----\n`,
    ).toString('base64');
    bundle.verificationMaterial.tlogEntries = [
      sigstore.logEntry(Buffer.from(JSON.stringify(body)), sigstore.conf.now + 1000, {
        kind: 'dsse',
        version: '0.0.1',
      }),
    ];
    sigstore.seal();
    expect(await compare(bundle)).toBe('stricter');
    expect(await verdict(bundle, world.context)).toBe('invalid tlog-entry-mismatch');
  });

  test('the one place where ours accepts more: a time stamp by a stranger beside the time of the log', async () => {
    // GitHub puts stamps of its own authority beside public log entries; the public trust root does not know that one.
    const stamp = (token: (signature: Uint8Array) => Uint8Array) =>
      edited('v0.3', (b) => {
        const signature = Buffer.from(b.dsseEnvelope.signatures[0].sig, 'base64');
        const signedTimestamp = Buffer.from(token(signature)).toString('base64');
        b.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: [{ signedTimestamp }] };
      });
    const time = world.sigstore.conf.now + 3000;
    expect(await compare(stamp((signature) => other.modern.timestamp(signature, time)))).toBe('more lenient');
    // Not if it is about something else, or no time stamp at all.
    expect(await compare(stamp(() => other.modern.timestamp(Buffer.of(1), time)))).toBe('same');
    expect(await compare(stamp(() => Buffer.of(1, 2, 3)))).toBe('same');
  });
});
