import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeDer } from '../../src/core/der.ts';
import { EKU_CODE_SIGNING, issuersOf, verifyPath, within } from '../../src/sigstore/chain.ts';
import type { CertificateAuthority } from '../../src/sigstore/types.ts';
import { codeOf } from '../support/failing.ts';
import {
  authorityKey,
  CERT_SIGN,
  type CertificateParts,
  CODE_SIGNING,
  constraints,
  DIGITAL_SIGNATURE,
  ECDSA_SHA384,
  extendedKeyUsage,
  extension,
  keyUsage,
  LEAF_EXTENSIONS,
  leafOf,
  makeAuthority,
  nameOf,
  newKey,
  octets,
  oid,
  seq,
  spkiOf,
  subjectKey,
  TIME_STAMPING,
} from './forge.ts';
import { NOW } from './world.ts';

const TIME = NOW + 1000;
const sound = makeAuthority();
const find = (
  leaf = leafOf(sound),
  authorities: readonly CertificateAuthority[] = [sound.authority],
  times: readonly number[] = [TIME],
) => issuersOf(leaf, authorities, times, EKU_CODE_SIGNING);
const leafCode = (parts: CertificateParts) => codeOf(() => find(leafOf(sound, parts)));

test('a window includes both ends', () => {
  expect([9, 10, 20, 21].map((time) => within(time, { start: 10, end: 20 }))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(within(Number.MAX_SAFE_INTEGER, { start: 10, end: undefined })).toBe(true);
});

describe('the leaf', () => {
  test('of a sound authority is found and verified', async () => {
    const leaf = leafOf(sound);
    expect(find(leaf)).toEqual([sound.authority]);
    expect(await verifyPath(leaf, sound.authority)).toBe(true);
  });

  test.each([
    ['the first moment', NOW, 'verified'],
    ['the last moment', NOW + 600_000, 'verified'],
    ['a second early', NOW - 1000, 'invalid certificate-time'],
    ['a millisecond late', NOW + 600_001, 'invalid certificate-time'],
  ])('is good at its own times: %s', (_, time, code) => {
    expect(codeOf(() => find(leafOf(sound), [sound.authority], [time]))).toBe(code);
  });

  test('must be good at every trusted time, not at one of them', () => {
    expect(codeOf(() => find(leafOf(sound), [sound.authority], [TIME, NOW + 700_000]))).toBe(
      'invalid certificate-time',
    );
  });

  test.each<[string, readonly Uint8Array[]]>([
    ['no key usage', [extendedKeyUsage(CODE_SIGNING)]],
    ['another key usage', [keyUsage(0x40, 6), extendedKeyUsage(CODE_SIGNING)]],
    ['no extended key usage', [DIGITAL_SIGNATURE]],
    ['another extended key usage', [DIGITAL_SIGNATURE, extendedKeyUsage(TIME_STAMPING)]],
    ['any extended key usage, which is not this one', [DIGITAL_SIGNATURE, extendedKeyUsage('2.5.29.37.0')]],
    ['the right of an authority', [DIGITAL_SIGNATURE, extendedKeyUsage(CODE_SIGNING), constraints(true)]],
  ])('is refused with %s', (_, extensions) => {
    expect(leafCode({ extensions })).toBe('invalid certificate-usage');
  });

  test('is refused with a critical extension nobody understands, not with one that is not critical', () => {
    const unknown = (critical: boolean) => extension('1.2.3.4', octets(seq()), critical);
    expect(leafCode({ extensions: [...LEAF_EXTENSIONS, unknown(false)] })).toBe('verified');
    expect(leafCode({ extensions: [...LEAF_EXTENSIONS, unknown(true)] })).toBe(
      'invalid certificate-extension',
    );
    // Name constraints on a leaf mean nothing, and critical ones cannot be ignored.
    const nameConstraints = extension('2.5.29.30', seq(), true);
    expect(leafCode({ extensions: [...LEAF_EXTENSIONS, nameConstraints] })).toBe(
      'invalid certificate-extension',
    );
  });

  test.each<[string, CertificateParts]>([
    ['by another name', { issuer: nameOf('Intermediate') }],
    ['by no name', { issuer: seq() }],
    ['by the root, which is not first in the chain', { issuer: nameOf('root') }],
    [
      'by the right name and another key identifier',
      { extensions: [...LEAF_EXTENSIONS, authorityKey(Buffer.alloc(20))] },
    ],
  ])('issued %s is untrusted', (_, parts) => {
    expect(leafCode(parts)).toBe('invalid certificate-untrusted');
  });

  test('without a key identifier is matched by name alone, and by its signature', async () => {
    const leaf = leafOf(sound, { extensions: LEAF_EXTENSIONS });
    expect(find(leaf)).toHaveLength(1);
    expect(await verifyPath(leaf, sound.authority)).toBe(true);
  });

  test('of a stranger who uses the same name is not signed by the authority', async () => {
    const stranger = makeAuthority();
    const leaf = leafOf(stranger, { extensions: LEAF_EXTENSIONS });
    expect(find(leaf)).toHaveLength(1);
    expect(await verifyPath(leaf, sound.authority)).toBe(false);
  });

  test.each<[string, CertificateParts]>([
    ['a broken signature', { signature: encodeDer(0x03, Uint8Array.of(0, 1, 2, 3)) }],
    ['another hash than it names', { algorithm: ECDSA_SHA384, hash: 'sha256' }],
    ['an algorithm of another family', { algorithm: seq(oid('1.3.101.112')) }],
    ['the root as its signer', { key: sound.rootKey }],
  ])('with %s is refused', async (_, parts) => {
    expect(await verifyPath(leafOf(sound, parts), sound.authority)).toBe(false);
  });
});

describe('the authority', () => {
  const usable = async (
    authority: ReturnType<typeof makeAuthority>,
    chain = authority.authority.chain,
  ): Promise<boolean> => verifyPath(leafOf(authority), { ...authority.authority, chain });

  test('may consist of a root alone', async () => {
    const authority = makeAuthority();
    const leaf = leafOf(
      { ...authority, key: authority.rootKey },
      { issuer: nameOf('root'), extensions: LEAF_EXTENSIONS },
    );
    const rootOnly = { ...authority.authority, chain: [authority.root] };
    expect(issuersOf(leaf, [rootOnly], [TIME], EKU_CODE_SIGNING)).toHaveLength(1);
    expect(await verifyPath(leaf, rootOnly)).toBe(true);
  });

  test('may be anchored in a certificate that is not self-signed: the trust root says so', async () => {
    const authority = makeAuthority();
    expect(await usable(authority, [authority.intermediate])).toBe(true);
  });

  test.each(['P-384', 'P-521'])('may have keys on %s', async (curve) => {
    const authority = makeAuthority({ key: newKey(curve) });
    expect(await usable(authority)).toBe(true);
  });

  test('may have an RSA key', async () => {
    const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const authority = makeAuthority({ key });
    const leaf = leafOf(authority, {
      algorithm: seq(oid('1.2.840.113549.1.1.12'), encodeDer(0x05)),
      hash: 'sha384',
    });
    expect(await verifyPath(leaf, authority.authority)).toBe(true);
  });

  test.each<[string, { root?: CertificateParts; intermediate?: CertificateParts }]>([
    ['whose intermediate is no authority', { intermediate: { extensions: [CERT_SIGN, constraints(false)] } }],
    ['whose intermediate has no basic constraints', { intermediate: { extensions: [CERT_SIGN] } }],
    [
      'whose intermediate may not sign certificates',
      { intermediate: { extensions: [DIGITAL_SIGNATURE, constraints(true)] } },
    ],
    ['whose intermediate has no key usage', { intermediate: { extensions: [constraints(true)] } }],
    [
      'whose intermediate is for time stamps only',
      { intermediate: { extensions: [CERT_SIGN, constraints(true), extendedKeyUsage(TIME_STAMPING)] } },
    ],
    [
      'whose intermediate has a critical extension nobody understands',
      { intermediate: { extensions: [CERT_SIGN, constraints(true), extension('2.5.29.30', seq(), true)] } },
    ],
    ['whose root is no authority', { root: { extensions: [CERT_SIGN] } }],
    ['whose root allows no authority below it', { root: { extensions: [CERT_SIGN, constraints(true, 0)] } }],
    [
      'whose root has a broken signature of its own',
      { root: { signature: encodeDer(0x03, Uint8Array.of(0, 1)) } },
    ],
    [
      'whose intermediate names another issuer',
      { intermediate: { extensions: [CERT_SIGN, constraints(true)], issuer: nameOf('other') } },
    ],
    [
      'whose intermediate names another key of the root',
      { intermediate: { extensions: [CERT_SIGN, constraints(true), authorityKey(Buffer.alloc(20))] } },
    ],
    [
      'whose intermediate the root did not sign',
      { intermediate: { signature: encodeDer(0x03, Uint8Array.of(0, 1)) } },
    ],
  ])('is refused %s', async (_, overrides) => {
    expect(await usable(makeAuthority(overrides))).toBe(false);
  });

  test('is accepted where the intermediate has just the rights it needs', async () => {
    expect(
      await usable(makeAuthority({ intermediate: { extensions: [CERT_SIGN, constraints(true)] } })),
    ).toBe(true);
    expect(
      await usable(
        makeAuthority({
          intermediate: { extensions: [CERT_SIGN, constraints(true), extendedKeyUsage('2.5.29.37.0')] },
        }),
      ),
    ).toBe(true);
    expect(await usable(makeAuthority({ root: { extensions: [CERT_SIGN, constraints(true, 1)] } }))).toBe(
      true,
    );
  });

  test('is refused with its certificates in another order, repeated, or none', async () => {
    const authority = makeAuthority();
    const { root, intermediate } = authority;
    expect(await usable(authority, [root, intermediate])).toBe(false);
    expect(await usable(authority, [intermediate, intermediate, root])).toBe(false);
    expect(await usable(authority, [])).toBe(false);
    expect(codeOf(() => find(leafOf(sound), [{ ...sound.authority, chain: [] }]))).toBe(
      'invalid certificate-untrusted',
    );
  });

  test('counts only while the trust root says so, at every trusted time', () => {
    const at = (start: number, end: number | undefined, times: readonly number[] = [TIME]) =>
      codeOf(() => find(leafOf(sound), [{ ...sound.authority, validFor: { start, end } }], times));
    expect(at(TIME, TIME)).toBe('verified');
    expect(at(TIME + 1, undefined)).toBe('invalid certificate-untrusted');
    expect(at(0, TIME - 1)).toBe('invalid certificate-untrusted');
    expect(at(0, TIME + 5, [TIME, TIME + 6])).toBe('invalid certificate-untrusted');
  });

  test('counts only while each of its certificates is valid', () => {
    for (const part of ['root', 'intermediate'] as const) {
      for (const period of [
        { notBefore: TIME + 1000, notAfter: TIME + 99_000 },
        { notBefore: NOW - 99_000, notAfter: NOW - 1000 },
      ]) {
        const authority = makeAuthority({ [part]: period });
        const leaf = leafOf(authority);
        expect(codeOf(() => find(leaf, [authority.authority]))).toBe('invalid certificate-untrusted');
      }
    }
  });

  test('is chosen among several of one name by key identifier, and otherwise by signature', async () => {
    const other = makeAuthority();
    const both = [other.authority, sound.authority];
    expect(find(leafOf(sound), both)).toEqual([sound.authority]);
    const unnamed = leafOf(sound, { extensions: LEAF_EXTENSIONS });
    expect(find(unnamed, both)).toEqual(both);
    const results = await Promise.all(both.map((authority) => verifyPath(unnamed, authority)));
    expect(results).toEqual([false, true]);
  });

  test('may share name and key identifier with another key: then the signature decides', async () => {
    const id = Buffer.alloc(20, 7);
    const extensions = [CERT_SIGN, constraints(true), subjectKey(id)];
    const [a, b] = [
      makeAuthority({ intermediate: { extensions } }),
      makeAuthority({ intermediate: { extensions } }),
    ];
    const leaf = leafOf(a, { extensions: [...LEAF_EXTENSIONS, authorityKey(id)], spki: spkiOf(newKey()) });
    expect(find(leaf, [a.authority, b.authority])).toHaveLength(2);
    expect(await verifyPath(leaf, a.authority)).toBe(true);
    expect(await verifyPath(leaf, b.authority)).toBe(false);
  });
});
