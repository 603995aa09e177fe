import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUNDLE_NAMES, type BundleName, makeWorld, verdict, verify } from '../sigstore/world.ts';
import { fieldsOf, flipField, withField } from './bundle-fields.ts';

const world = makeWorld(21);
const SEED = 20260115;

/**
 * What a sound bundle says that nothing covers, and why it may differ. Everything else must be refused when it changes.
 * - certificates above the leaf: a chain is looked for in the trust root, never in the bundle (v0.1 brings one along)
 */
const UNCOVERED = [/^verificationMaterial\.x509CertificateChain\.certificates\.[1-9]/];
const uncovered = (path: string) => UNCOVERED.some((pattern) => pattern.test(path));

describe.each(BUNDLE_NAMES)('a sound bundle %s', (name: BundleName) => {
  const sound = world.bundle(name);
  const fields = fieldsOf(sound);

  test('is refused with a bit flipped in any field that counts', async () => {
    const before = await verify(sound, world.context);
    // Every field at least once, then at random.
    const each = fields.map((_, at) => [at, 0] as const);
    const check = async (at: number, bit: number) => {
      const field = fields[at]!;
      const flipped = flipField(field, bit);
      if (flipped === undefined || flipped === field.value) return;
      const changed = withField(sound, field.path, flipped);
      // They must be certificates all the same.
      if (uncovered(field.path) && (await verdict(changed, world.context)) !== 'verified') return;
      if (uncovered(field.path)) expect(await verify(changed, world.context)).toEqual(before);
      else expect(await verdict(changed, world.context), `${field.path}, bit ${bit}`).not.toBe('verified');
    };
    for (const [at, bit] of each) await check(at, bit);
    await fc.assert(fc.asyncProperty(fc.nat({ max: fields.length - 1 }), fc.nat({ max: 1 << 16 }), check), {
      seed: SEED,
      numRuns: 150,
    });
  });

  test('is refused with a field left out, emptied or of another type, unless nothing depends on it', async () => {
    const before = await verify(sound, world.context);
    for (const { path, value } of fields) {
      for (const other of [undefined, null, '', 0, -1, true, [value], { value }]) {
        if (other === value) continue;
        const changed = withField(sound, path, other);
        const outcome = await verdict(changed, world.context);
        // An empty or missing key id says nothing, and contradicts nothing.
        if (outcome !== 'verified') continue;
        expect(uncovered(path) || path.endsWith('.keyid'), `${path}: ${JSON.stringify(other)}`).toBe(true);
        expect(await verify(changed, world.context)).toEqual(before);
      }
    }
  });
});

describe('two sound bundles', () => {
  const other = makeWorld(22, { repo: 'acme/other' });

  test('of one instance do not lend each other anything', async () => {
    // The same version, so that every field has its twin; another statement, so that none is equal by right.
    const { sigstore, identity } = world;
    for (const name of ['v0.3', 'v0.2', 'v0.1', 'key v0.2'] as const) {
      const a = world.bundle(name);
      const b = sigstore.attest({
        statement: {
          _type: 'https://in-toto.io/Statement/v1',
          subject: [],
          predicateType: 'x',
          predicate: {},
        },
        signer: name.startsWith('key')
          ? { registry: sigstore.npmKeys[1] }
          : { cert: sigstore.leafCert(identity, sigstore.conf.now + 500) },
        time: sigstore.conf.now + 9000,
        version: name.slice(-4) as 'v0.3',
      });
      sigstore.seal();
      expect(await verdict(b, world.context)).toBe('verified');
      const theirs = new Map(fieldsOf(b).map(({ path, value }) => [path, value]));
      for (const { path, value } of fieldsOf(a)) {
        const borrowed = theirs.get(path);
        if (borrowed === undefined || borrowed === value || uncovered(path)) continue;
        expect(await verdict(withField(a, path, borrowed), world.context), `${name} ${path}`).not.toBe(
          'verified',
        );
      }
    }
  });

  test('do not lend each other whole parts either', async () => {
    const parts = [
      'dsseEnvelope',
      'dsseEnvelope.signatures',
      'verificationMaterial',
      'verificationMaterial.tlogEntries',
      'verificationMaterial.tlogEntries.0.inclusionPromise',
      'verificationMaterial.tlogEntries.0.inclusionProof',
      'verificationMaterial.tlogEntries.0.logId',
    ];
    for (const name of BUNDLE_NAMES) {
      for (const from of BUNDLE_NAMES) {
        for (const source of [world, other]) {
          if (source === world && from === name) continue;
          for (const path of parts) {
            const at = (bundle: unknown) =>
              path
                .split('.')
                .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], bundle);
            const borrowed = at(source.bundle(from));
            if (borrowed === null || JSON.stringify(borrowed) === JSON.stringify(at(world.bundle(name))))
              continue;
            expect(
              await verdict(withField(world.bundle(name), path, borrowed), world.context),
              `${path} of ${from} in ${name}`,
            ).not.toBe('verified');
          }
        }
      }
    }
  });
});

test('whatever JSON comes in, the outcome is a verdict and never a crash', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (value) => {
      expect(await verdict(value, world.context)).not.toBe('verified');
    }),
    { seed: SEED, numRuns: 200 },
  );
  const paths = [
    'verificationMaterial',
    'verificationMaterial.tlogEntries.0',
    'dsseEnvelope',
    'verificationMaterial.certificate',
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 3 }), async (path, value) => {
      expect(await verdict(withField(world.bundle('v0.3'), path, value), world.context)).not.toBe('verified');
    }),
    { seed: SEED, numRuns: 200 },
  );
});
