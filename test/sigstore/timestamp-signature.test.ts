import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeDer } from '../../src/core/der.ts';
import { planTimestamp } from '../../src/sigstore/timestamp.ts';
import { integer, newKey, octets, seq } from './forge.ts';
import {
  algorithm,
  attribute,
  digestOf,
  forgeToken,
  MESSAGE_DIGEST,
  makeTsa,
  NULL,
  SHA1,
  SHA256,
  SHA384,
  SHA512,
  SIGNATURE,
  type SignerParts,
  type TokenParts,
  type Tsa,
  verdictOf,
} from './forge-timestamp.ts';

const tsa = makeTsa();

const verdict = (parts: TokenParts = {}, of: Tsa = tsa, authorities = [of.authority]): Promise<string> =>
  verdictOf(forgeToken(of, parts), authorities);
const signer = (parts: SignerParts): TokenParts => ({ signer: parts });

describe('the signature', () => {
  const invalid = 'invalid timestamp-signature-invalid';
  const info = seq(integer(1));

  test('covers the attributes as a set', async () => {
    const asField = (covered: Uint8Array) => {
      const field = Buffer.from(covered);
      field[0] = 0xa0;
      return sign('sha256', field, tsa.key);
    };
    expect(await verdict(signer({ sign: asField }))).toBe(invalid);
  });

  test('is by the key of the certificate', async () => {
    const stranger = newKey();
    expect(await verdict(signer({ sign: (covered) => sign('sha256', covered, stranger) }))).toBe(invalid);
    expect(await verdict(signer({ sign: () => Buffer.alloc(0) }))).toBe(invalid);
  });

  test('covers the content through its digest', async () => {
    const digest = (bytes: Uint8Array) =>
      signer({
        attributes: (sound) => sound.set(MESSAGE_DIGEST, attribute(MESSAGE_DIGEST, octets(bytes))),
      });
    expect(await verdict(digest(digestOf(SHA256, info)))).toBe(invalid);
    expect(await verdict(digest(new Uint8Array()))).toBe(invalid);
  });

  const ec = (curve: string): KeyObject => newKey(curve);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ed25519 = generateKeyPairSync('ed25519').privateKey;
  const hashes = { [SHA256]: 'sha256', [SHA384]: 'sha384', [SHA512]: 'sha512' } as const;
  const pss = (salt: number) => (covered: Uint8Array) =>
    sign('sha256', covered, { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt });
  const pssAlgorithm = algorithm(
    '1.2.840.113549.1.1.10',
    seq(
      encodeDer(0xa0, algorithm(SHA256, NULL)),
      encodeDer(0xa1, algorithm('1.2.840.113549.1.1.8', algorithm(SHA256, NULL))),
      encodeDer(0xa2, integer(32)),
    ),
  );
  const ECDSA = '1.2.840.10045.4.3.';
  const RSA = '1.2.840.113549.1.1.';

  test.each<[string, KeyObject, SignerParts, string]>([
    [
      'P-256 with SHA-512',
      ec('P-256'),
      { digest: SHA512, signatureAlgorithm: algorithm(`${ECDSA}4`) },
      'verified',
    ],
    ['P-384 with SHA-256', ec('P-384'), {}, 'verified'],
    [
      'P-384 with SHA-384',
      ec('P-384'),
      { digest: SHA384, signatureAlgorithm: algorithm(`${ECDSA}3`) },
      'verified',
    ],
    [
      'P-521 with SHA-512',
      ec('P-521'),
      { digest: SHA512, signatureAlgorithm: algorithm(`${ECDSA}4`) },
      'verified',
    ],
    [
      'ECDSA with parameters',
      ec('P-256'),
      { signatureAlgorithm: algorithm(`${ECDSA}2`, NULL) },
      'invalid malformed',
    ],
    ['RSA that names no digest', rsa, { signatureAlgorithm: algorithm(`${RSA}1`, NULL) }, 'verified'],
    [
      'RSA that names none, without NULL',
      rsa,
      { digest: SHA512, signatureAlgorithm: algorithm(`${RSA}1`) },
      'verified',
    ],
    [
      'RSA that names none, with parameters',
      rsa,
      { signatureAlgorithm: algorithm(`${RSA}1`, integer(1)) },
      'invalid malformed',
    ],
    ['RSA with SHA-256', rsa, { signatureAlgorithm: algorithm(`${RSA}11`, NULL) }, 'verified'],
    [
      'RSA with SHA-384',
      rsa,
      { digest: SHA384, signatureAlgorithm: algorithm(`${RSA}12`, NULL) },
      'verified',
    ],
    [
      'RSA with SHA-1',
      rsa,
      { signatureAlgorithm: algorithm(`${RSA}5`, NULL) },
      'uncovered algorithm-unsupported',
    ],
    ['RSA-PSS', rsa, { signatureAlgorithm: pssAlgorithm, sign: pss(32) }, 'verified'],
    ['RSA-PSS with another salt', rsa, { signatureAlgorithm: pssAlgorithm, sign: pss(20) }, invalid],
    [
      'RSA-PSS of another digest',
      rsa,
      { digest: SHA384, signatureAlgorithm: pssAlgorithm, sign: pss(32) },
      'invalid malformed',
    ],
    ['RSA-PSS that is PKCS #1', rsa, { signatureAlgorithm: pssAlgorithm }, invalid],
    [
      'Ed25519',
      ed25519,
      { digest: SHA512, signatureAlgorithm: algorithm('1.3.101.112'), sign: (c) => sign(null, c, ed25519) },
      'verified',
    ],
    [
      'Ed25519 with SHA-256',
      ed25519,
      { signatureAlgorithm: algorithm('1.3.101.112'), sign: (c) => sign(null, c, ed25519) },
      'invalid malformed',
    ],
    ['a key of another kind', rsa, {}, invalid],
    ['two digests', ec('P-256'), { digest: SHA384 }, 'invalid malformed'],
    [
      'a digest with parameters',
      ec('P-256'),
      { digestAlgorithm: algorithm(SHA256, integer(1)) },
      'invalid malformed',
    ],
    [
      'no known algorithm',
      ec('P-256'),
      { signatureAlgorithm: algorithm('1.2.3') },
      'uncovered algorithm-unsupported',
    ],
  ])('by %s', async (_, key, parts, expected) => {
    const name = hashes[(parts.digest ?? SHA256) as keyof typeof hashes];
    const own = makeTsa({ key });
    const made = { sign: (covered: Uint8Array) => sign(name, covered, key), ...parts };
    if (expected === invalid && key === rsa && !parts.signatureAlgorithm) made.sign = () => SIGNATURE;
    expect(await verdict({ signer: made }, own)).toBe(expected);
  });

  test('with a digest of collisions counts for nothing', async () => {
    expect(await verdict(signer({ digest: SHA1 }))).toBe('uncovered algorithm-unsupported');
  });
});

test('an authority that is not sound fails the signature and nothing before', () => {
  const plan = planTimestamp(forgeToken(tsa, signer({ sign: () => SIGNATURE })), SIGNATURE, [tsa.authority]);
  expect('time' in plan && plan.signatures.map(({ failure }) => failure.code)).toEqual([
    'timestamp-certificate-untrusted',
    'timestamp-signature-invalid',
  ]);
});
