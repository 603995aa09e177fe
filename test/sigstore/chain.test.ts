import { constants, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeDer } from '../../src/core/der.ts';
import { type Certificate, parseCertificate } from '../../src/sigstore/certificate.ts';
import {
  assertLeaf,
  chainFault,
  EKU_CODE_SIGNING,
  EKU_TIME_STAMPING,
  type Issuer,
  isSignedBy,
  issuersOf,
  within,
} from '../../src/sigstore/chain.ts';
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
  forge,
  keyUsage,
  LEAF_EXTENSIONS,
  leafOf,
  makeAuthority,
  nameOf,
  newKey,
  octets,
  oid,
  pssAlgorithm,
  SHA256,
  seq,
  spkiOf,
  subjectKey,
  TIME_STAMPING,
} from './forge.ts';
import { NOW } from './world.ts';

const TIME = NOW + 1000;
const RSA_SHA256 = '1.2.840.113549.1.1.11';
const sound = makeAuthority();
/** True if the leaf is signed by the authority's first certificate, and that one leads up to its anchor. */
const verifyPath = async (leaf: Certificate, authority: CertificateAuthority): Promise<boolean> =>
  authority.chain[0] !== undefined &&
  (await isSignedBy(leaf, authority.chain[0])) &&
  (await chainFault(authority, EKU_CODE_SIGNING)) === undefined;
const find = (
  leaf: Certificate = leafOf(sound),
  authorities: readonly CertificateAuthority[] = [sound.authority],
  times: readonly number[] = [TIME],
): readonly (readonly Issuer[])[] => {
  assertLeaf(leaf, times, EKU_CODE_SIGNING);
  return issuersOf(leaf, authorities, times);
};
const found = (...args: Parameters<typeof find>) =>
  find(...args).map((issuers) => issuers.map(({ authority }) => authority));
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
    expect(find(leaf)).toEqual([[{ authority: sound.authority, certificate: sound.intermediate }]]);
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

  test('must be judged at some time', () => {
    expect(codeOf(() => find(leafOf(sound), [sound.authority], []))).toBe('invalid time-absent');
  });

  const CA_RIGHT = [DIGITAL_SIGNATURE, extendedKeyUsage(CODE_SIGNING), constraints(true)];
  test.each<[string, string, readonly Uint8Array[], object]>([
    [
      'no key usage',
      'key-usage',
      [extendedKeyUsage(CODE_SIGNING)],
      { expected: 'digitalSignature', actual: 'none' },
    ],
    [
      'another key usage',
      'key-usage',
      [keyUsage(0x40, 6), extendedKeyUsage(CODE_SIGNING)],
      { expected: 'digitalSignature', actual: 'others' },
    ],
    [
      'no extended key usage',
      'extended-key-usage',
      [DIGITAL_SIGNATURE],
      { expected: CODE_SIGNING, actual: 'none' },
    ],
    [
      'another extended key usage',
      'extended-key-usage',
      [DIGITAL_SIGNATURE, extendedKeyUsage(TIME_STAMPING)],
      { expected: CODE_SIGNING, actual: [TIME_STAMPING] },
    ],
    [
      'an empty extended key usage',
      'extended-key-usage',
      [DIGITAL_SIGNATURE, extendedKeyUsage()],
      { expected: CODE_SIGNING, actual: 'none' },
    ],
    [
      'any extended key usage, which is not this one',
      'extended-key-usage',
      [DIGITAL_SIGNATURE, extendedKeyUsage('2.5.29.37.0')],
      { expected: CODE_SIGNING, actual: ['2.5.29.37.0'] },
    ],
    ['the right of an authority', 'is-authority', CA_RIGHT, { actual: 'cA' }],
    [
      'the key usage of an authority',
      'is-authority',
      [keyUsage(0x84, 2), extendedKeyUsage(CODE_SIGNING)],
      { actual: 'keyCertSign' },
    ],
  ])('is refused with %s', (_, code, extensions, args) => {
    expect(() => find(leafOf(sound, { extensions }))).toThrow(
      expect.objectContaining({ code: `certificate-${code}`, status: 'invalid', args }),
    );
  });

  test('may have more uses, and say that it is no authority', () => {
    const extensions = [keyUsage(0xa0, 5), extendedKeyUsage(TIME_STAMPING, CODE_SIGNING), constraints(false)];
    expect(leafCode({ extensions })).toBe('verified');
  });

  test('is refused with a critical extension nobody understands, not with one that is not critical', () => {
    const unknown = (critical: boolean) => extension('1.2.3.4', octets(seq()), critical);
    expect(leafCode({ extensions: [...LEAF_EXTENSIONS, unknown(false)] })).toBe('verified');
    expect(leafCode({ extensions: [...LEAF_EXTENSIONS, unknown(true)] })).toBe(
      'invalid certificate-extension',
    );
    // A precertificate is for the log alone (RFC 6962 section 3.1): its poison makes it no certificate.
    const poison = extension('1.3.6.1.4.1.11129.2.4.3', encodeDer(0x05), true);
    expect(leafCode({ extensions: [...LEAF_EXTENSIONS, poison] })).toBe('invalid certificate-extension');
    // Name constraints on a leaf mean nothing, and critical ones cannot be ignored.
    const nameConstraints = extension('2.5.29.30', seq(), true);
    expect(leafCode({ extensions: [...LEAF_EXTENSIONS, nameConstraints] })).toBe(
      'invalid certificate-extension',
    );
  });

  test.each<[string, CertificateParts]>([
    ['by another name', { issuer: nameOf('Intermediate') }],
    ['by no name', { issuer: seq() }],
    ['by the root by name, and by another key', { issuer: nameOf('root') }],
    [
      'by the right name and another key identifier',
      { extensions: [...LEAF_EXTENSIONS, authorityKey(Buffer.alloc(20))] },
    ],
  ])('issued %s is untrusted', (_, parts) => {
    expect(leafCode(parts)).toBe('invalid certificate-untrusted');
  });

  test('says who issued it, and who was trusted to', () => {
    const leaf = leafOf(sound, { issuer: nameOf('stranger') });
    expect(() => find(leaf, [sound.authority, sound.authority])).toThrow(
      expect.objectContaining({ args: { issuer: 'CN=stranger', expected: ['CN=intermediate'] } }),
    );
  });

  test('may be issued by any authority of the chain', () => {
    const leaf = leafOf({ ...sound, key: sound.rootKey }, { issuer: nameOf('root') });
    expect(find(leaf)).toEqual([[{ authority: sound.authority, certificate: sound.root }]]);
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
    expect(find(leaf, [rootOnly])).toEqual([[{ authority: rootOnly, certificate: authority.root }]]);
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
    [
      'whose intermediate has name constraints, critical or not',
      { intermediate: { extensions: [CERT_SIGN, constraints(true), extension('2.5.29.30', seq())] } },
    ],
    [
      'whose root is for time stamps only',
      { root: { extensions: [CERT_SIGN, constraints(true), extendedKeyUsage(TIME_STAMPING)] } },
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
    expect(at(TIME + 1, undefined)).toBe('invalid certificate-authority-time');
    expect(at(0, TIME - 1)).toBe('invalid certificate-authority-time');
    expect(at(0, TIME + 5, [TIME, TIME + 6])).toBe('invalid certificate-authority-time');
  });

  test('counts only while each of its certificates is valid', () => {
    for (const part of ['root', 'intermediate'] as const) {
      for (const period of [
        { notBefore: TIME + 1000, notAfter: TIME + 99_000 },
        { notBefore: NOW - 99_000, notAfter: NOW - 1000 },
      ]) {
        const authority = makeAuthority({ [part]: period });
        expect(() => find(leafOf(authority), [authority.authority])).toThrow(
          expect.objectContaining({
            code: 'certificate-authority-time',
            args: {
              authority: 'https://ca.example',
              time: new Date(TIME).toISOString(),
              starts: new Date(Math.max(period.notBefore, NOW - 1000 * 86_400_000)).toISOString(),
              expires: new Date(period.notAfter).toISOString(),
            },
          }),
        );
      }
    }
  });

  test('need not be in force below the certificate that issued the leaf', () => {
    const expired = makeAuthority({ intermediate: { notBefore: NOW - 99_000, notAfter: NOW - 1000 } });
    const leaf = leafOf({ ...expired, key: expired.rootKey }, { issuer: nameOf('root') });
    expect(codeOf(() => find(leaf, [expired.authority]))).toBe('verified');
  });

  test('may be listed once for each of its windows: each time finds its own', () => {
    const early = { ...sound.authority, validFor: { start: 0, end: TIME } };
    const late = { ...sound.authority, validFor: { start: TIME + 1, end: undefined } };
    expect(found(leafOf(sound), [early, late], [TIME, TIME + 1])).toEqual([[early], [late]]);
    expect(found(leafOf(sound), [sound.authority, late], [TIME, TIME + 1])).toEqual([
      [sound.authority],
      [sound.authority, late],
    ]);
  });

  test('is chosen among several of one name by key identifier, and otherwise by signature', async () => {
    const other = makeAuthority();
    const both = [other.authority, sound.authority];
    expect(found(leafOf(sound), both)).toEqual([[sound.authority]]);
    const unnamed = leafOf(sound, { extensions: LEAF_EXTENSIONS });
    expect(found(unnamed, both)).toEqual([both]);
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
    expect(find(leaf, [a.authority, b.authority])[0]).toHaveLength(2);
    expect(await verifyPath(leaf, a.authority)).toBe(true);
    expect(await verifyPath(leaf, b.authority)).toBe(false);
  });
});

describe('a chain of several intermediates', () => {
  /** Root first, each issued by the one before it. */
  const chainOf = (...parts: readonly CertificateParts[]) => {
    const made: { key: KeyObject; certificate: Certificate; name: Uint8Array }[] = [];
    for (const [index, part] of parts.entries()) {
      const key = newKey();
      const above = made[made.length - 1];
      const name = part.subject ?? nameOf(`level ${index}`);
      const certificate = parseCertificate(
        forge({
          notBefore: NOW - 99_000,
          notAfter: NOW + 99_000_000,
          issuer: above?.name ?? name,
          spki: spkiOf(key),
          extensions: [CERT_SIGN, constraints(true)],
          key: above?.key ?? key,
          ...part,
          subject: name,
        }),
      );
      made.push({ key, certificate, name });
    }
    const chain = made.map(({ certificate }) => certificate).reverse();
    const { key, name } = made[made.length - 1]!;
    const authority: CertificateAuthority = { ...sound.authority, chain };
    return { authority, leaf: leafOf({ ...sound, key }, { issuer: name, extensions: LEAF_EXTENSIONS }) };
  };
  const limit = (pathLength: number): CertificateParts => ({
    extensions: [CERT_SIGN, constraints(true, pathLength)],
  });

  test('leads up to its root', async () => {
    const { authority, leaf } = chainOf({}, {}, {}, {});
    expect(find(leaf, [authority])).toHaveLength(1);
    expect(await verifyPath(leaf, authority)).toBe(true);
  });

  test.each<[string, readonly CertificateParts[], boolean]>([
    ['just long enough limits', [limit(2), limit(1), limit(0)], true],
    ['a root that allows one below it, and two', [limit(1), limit(1), limit(0)], false],
    ['an intermediate that allows none below it', [limit(2), limit(0), limit(0)], false],
    ['a limit that does not narrow', [limit(2), limit(9), limit(0)], true],
    // RFC 5280 section 6.1.4 (l): the same authority with a new key is not one more.
    [
      'an authority that has issued itself a new key',
      [limit(1), { subject: nameOf('same'), ...limit(0) }, { subject: nameOf('same'), ...limit(0) }],
      true,
    ],
    ['two authorities of two names in their place', [limit(1), limit(0), limit(0)], false],
  ])('keeps path lengths: %s', async (_, parts, good) => {
    const { authority, leaf } = chainOf(...parts);
    expect(await verifyPath(leaf, authority)).toBe(good);
  });

  test.each<[string, readonly CertificateParts[], object]>([
    [
      'the usage in the middle',
      [{}, { extensions: [CERT_SIGN, constraints(true), extendedKeyUsage(TIME_STAMPING)] }, {}],
      { certificate: 'CN=level 1', why: 'it may not issue for this purpose' },
    ],
    [
      'a signature in the middle',
      [{}, { signature: encodeDer(0x03, Uint8Array.of(0, 1)) }, {}],
      { certificate: 'CN=level 1', why: 'its signature does not hold' },
    ],
    [
      'a name in the middle',
      [{}, { issuer: nameOf('other') }, {}],
      { certificate: 'CN=level 1', why: 'it was issued by another than the next in the chain' },
    ],
    [
      'the path length at the top',
      [limit(0), {}],
      { certificate: 'CN=level 0', why: 'it allows 0 authorities below it, but there are 1' },
    ],
    [
      'the right to sign at the bottom',
      [{}, { extensions: [DIGITAL_SIGNATURE, constraints(true)] }],
      { certificate: 'CN=level 1', why: 'it may not sign certificates' },
    ],
    [
      'a critical extension',
      [{ extensions: [CERT_SIGN, constraints(true), extension('2.5.29.36', seq(), true)] }],
      { certificate: 'CN=level 0', why: 'critical extension 2.5.29.36 is not understood' },
    ],
  ])('says what is wrong with %s', async (_, parts, fault) => {
    const { authority, leaf } = chainOf(...parts);
    expect(await chainFault(authority, EKU_CODE_SIGNING)).toEqual(fault);
    expect(await verifyPath(leaf, authority)).toBe(false);
  });

  test('is remembered for each usage by itself', async () => {
    const { authority } = chainOf(
      {},
      { extensions: [CERT_SIGN, constraints(true), extendedKeyUsage(CODE_SIGNING)] },
    );
    expect(await chainFault(authority, EKU_CODE_SIGNING)).toBeUndefined();
    expect(await chainFault(authority, EKU_TIME_STAMPING)).toMatchObject({ certificate: 'CN=level 1' });
    expect(await chainFault(authority, EKU_CODE_SIGNING)).toBeUndefined();
  });
});

describe('signatures of certificates', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const pssOnly = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const ed = { algorithm: seq(oid('1.3.101.112')), hash: null };
  const pss = (key: KeyObject, saltLength = 32): CertificateParts => ({
    algorithm: pssAlgorithm(SHA256, 32),
    key: { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
  });

  test.each<[string, KeyObject, CertificateParts, boolean]>([
    ['PSS by a plain RSA key', rsa, pss(rsa), true],
    ['PSS by a key for it alone', pssOnly, pss(pssOnly), true],
    ['PSS with other salt than stated', rsa, pss(rsa, 20), false],
    ['PKCS #1 v1.5 stated as PSS', rsa, { algorithm: pssAlgorithm(SHA256, 32), key: rsa }, false],
    ['PSS stated as PKCS #1 v1.5', rsa, { ...pss(rsa), algorithm: seq(oid(RSA_SHA256)) }, false],
    ['Ed25519', ed25519, ed, true],
    ['Ed25519 by another key', ed25519, { ...ed, key: generateKeyPairSync('ed25519').privateKey }, false],
  ])('%s', async (_, key, parts, good) => {
    const authority = makeAuthority({ key });
    expect(await verifyPath(leafOf(authority, parts), authority.authority)).toBe(good);
  });
});
