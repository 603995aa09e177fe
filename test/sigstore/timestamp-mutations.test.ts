import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CertificateAuthority } from '../../src/sigstore/types.ts';
import { forgeToken, makeTsa, SIGNATURE, verdictOf } from './forge-timestamp.ts';
import { flipBit } from './world.ts';

/** The reference's own timestamp verification, which it does not export: bundles would hide which rule decided. */
const fromVerify = createRequire(createRequire(import.meta.url).resolve('@sigstore/verify'));
const core = fromVerify('@sigstore/core') as {
  RFC3161Timestamp: { parse(der: Buffer): unknown };
  X509Certificate: { parse(der: Buffer): unknown };
};
const { verifyRFC3161Timestamp } = fromVerify('./timestamp/tsa.js') as {
  verifyRFC3161Timestamp(timestamp: unknown, data: Buffer, authorities: readonly unknown[]): void;
};

/** It throws a TypeError at malformed tokens, which refuses them as well. */
function referenceAccepts(token: Uint8Array, { chain, validFor }: CertificateAuthority): boolean {
  const certChain = chain.map(({ der }) => core.X509Certificate.parse(Buffer.from(der)));
  const period = { start: new Date(validFor.start), end: new Date(validFor.end ?? 8.64e15) };
  try {
    const timestamp = core.RFC3161Timestamp.parse(Buffer.from(token));
    verifyRFC3161Timestamp(timestamp, SIGNATURE, [{ certChain, validFor: period }]);
    return true;
  } catch {
    return false;
  }
}

const tsa = makeTsa();
const { authority } = tsa;
const plain = Buffer.from(forgeToken(tsa));
const withCertificate = Buffer.from(forgeToken(tsa, { certificates: [tsa.leaf.der] }));
/** PKIStatusInfo is SEQUENCE { INTEGER }, behind the four bytes that open the answer. */
const STATUS_BIT = (4 + 4) * 8;

describe('of a good token', () => {
  test('the reference thinks well', () => {
    for (const token of [plain, withCertificate]) expect(referenceAccepts(token, authority)).toBe(true);
  });

  // The answer around the token is not signed, and "granted" is one bit from "granted with modifications".
  test.each([
    ['without certificates', plain, authority],
    ['with its certificate', withCertificate, authority],
    ['by an issuer of the trust root', withCertificate, { ...authority, chain: [tsa.issuer, tsa.root] }],
  ])('%s no bit but one can be flipped', async (_, token, trusted) => {
    expect(await verdictOf(token, [trusted])).toBe('verified');
    const survived: number[] = [];
    for (let bit = 0; bit < token.length * 8; bit++)
      if ((await verdictOf(flipBit(token, bit), [trusted])) === 'verified') survived.push(bit);
    expect(survived).toEqual([STATUS_BIT]);
  });

  test('no byte can be dropped, doubled or exchanged, and no span copied elsewhere', async () => {
    const spot = fc.nat({ max: withCertificate.length - 1 });
    const change = fc.oneof(
      fc.record({ at: spot, remove: fc.integer({ min: 1, max: 12 }), insert: fc.constant(Buffer.alloc(0)) }),
      fc.record({
        at: spot,
        remove: fc.nat({ max: 4 }),
        insert: fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
      }),
      fc.record({
        at: spot,
        remove: fc.nat({ max: 40 }),
        insert: fc
          .tuple(spot, fc.integer({ min: 1, max: 80 }))
          .map(([from, length]) => withCertificate.subarray(from, from + length)),
      }),
    );
    await fc.assert(
      fc.asyncProperty(change, async ({ at, remove, insert }) => {
        const token = Buffer.concat([
          withCertificate.subarray(0, at),
          insert,
          withCertificate.subarray(at + remove),
        ]);
        const verdict = await verdictOf(token, [authority]);
        // Never more lenient: what is verified here is so there.
        if (verdict === 'verified') expect(referenceAccepts(token, authority)).toBe(true);
        // What is neither the same nor a status of the same meaning is not verified.
        const status = Buffer.from(token);
        if (status.length > 8 && status[8] === 1) status[8] = 0;
        expect(verdict === 'verified').toBe(status.equals(withCertificate));
      }),
      { numRuns: 1500, seed: 3161 },
    );
  });
});

test('any bytes at all come to a verdict', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      expect(await verdictOf(bytes, [authority])).toMatch(/^invalid (malformed|timestamp-refused)$/);
    }),
    { numRuns: 1000, seed: 3161 },
  );
});
