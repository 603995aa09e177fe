import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Chains, describeChains, trustJson, trustText } from '../../src/cli/trust-text.ts';
import type { TrustInspection } from '../../src/run.ts';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { VerificationKey } from '../../src/sigstore/types.ts';
import type { RegistryKeys, TrustOrigin } from '../../src/trust/types.ts';
import { Sigstore } from '../support/rig/sigstore.mjs';

const NOW = Date.UTC(2026, 10, 22, 12);
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key: VerificationKey = {
  key: createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })),
  spkiDer: publicKey.export({ format: 'der', type: 'spki' }),
  hash: 'sha256',
};
const validFor = { start: Date.UTC(2022, 3, 13), end: undefined };
const ended = { start: Date.UTC(2021, 2, 7), end: Date.UTC(2022, 11, 31) };
const keys: RegistryKeys = {
  origin: 'tuf',
  registry: 'https://registry.example/',
  keys: [{ keyid: 'SHA256:abc', usage: 'signatures', key, validFor: ended }],
};

function inspected(
  origin: Partial<TrustOrigin> = {},
  registries?: TrustInspection['registries'],
): TrustInspection {
  return {
    trust: {
      root: {
        certificateAuthorities: [
          { operator: 'o', uri: 'https://fulcio.example', chain: [], validFor },
          { operator: 'o', uri: 'https://old.fulcio.example', chain: [], validFor: ended },
        ],
        ctLogs: [],
        transparencyLogs: [
          { operator: 'o', logId: 'ab'.repeat(32), baseUrl: 'https://rekor.example', key, validFor },
        ],
        timestampAuthorities: [],
        digest: 'cd'.repeat(32),
      },
      origin: {
        kind: 'tuf',
        from: 'https://tuf.example',
        metadata: { root: 12, timestamp: 345 },
        asOf: NOW - 3 * 86_400_000,
        stale: undefined,
        ...origin,
      },
      registryKeys: async () => undefined,
    },
    registries: registries ?? [
      { url: 'https://registry.example/', keys },
      { url: 'https://mirror.example/', keys: undefined },
    ],
  };
}

const CHAINS: Chains = new Map();

describe('trustText', () => {
  test('the whole', () => {
    expect(trustText(inspected(), CHAINS, NOW)).toMatchInlineSnapshot(`
      "Trust root through TUF from https://tuf.example
        metadata: root 12, timestamp 345
        as of 2026-11-19, 3 days old
        sha256 cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd

      Certificate authorities
        https://fulcio.example  since 2022-04-13
        https://old.fulcio.example  2021-03-07 to 2022-12-31

      Certificate transparency logs
        none

      Transparency logs
        https://rekor.example  since 2022-04-13  abababababababab

      Timestamp authorities
        none

      Registry keys
        https://registry.example/  from the trust root
          SHA256:abc  signatures  2021-03-07 to 2022-12-31
        https://mirror.example/  no trusted keys are known
      "
    `);
  });

  test.each<[string, Partial<TrustOrigin>, RegExp]>([
    ['stale', { kind: 'cache', stale: 'HTTP 503' }, /^ {2}stale, could not be refreshed: HTTP 503$/m],
    [
      'a file',
      { kind: 'file', from: '/t.json', metadata: undefined },
      /^Trust root from the file \/t\.json$/m,
    ],
    ['no age', { asOf: undefined }, /^ {2}age unknown$/m],
    ['the future', { asOf: NOW + 86_400_000 }, /ahead of the clock here$/m],
    ['an impossible time', { asOf: 1e300 }, /as of an impossible date/],
    ['no timestamp', { metadata: { root: 1, timestamp: undefined } }, /^ {2}metadata: root 1$/m],
    ['terminal escapes', { from: 'https://\u001b[2J' }, /from https:\/\/\\u\{1b\}\[2J$/m],
  ])('%s', (_name, origin, expected) => {
    expect(trustText(inspected(origin), CHAINS, NOW)).toMatch(expected);
  });

  test('no registry', () => {
    expect(trustText(inspected({}, []), CHAINS, NOW)).toMatch(/Registry keys\n {2}no registry is in use\n$/);
  });
});

test('trustJson says the same', () => {
  const value = JSON.parse(trustJson(inspected(), CHAINS));
  expect(value.digest).toBe('cd'.repeat(32));
  expect(value.origin).toEqual({
    kind: 'tuf',
    from: 'https://tuf.example',
    metadata: { root: 12, timestamp: 345 },
    asOf: '2026-11-19T12:00:00.000Z',
    expires: null,
    stale: null,
  });
  expect(value.certificateAuthorities[1]).toEqual({
    chain: [],
    uri: 'https://old.fulcio.example',
    validFor: { start: '2021-03-07T00:00:00.000Z', end: '2022-12-31T00:00:00.000Z' },
  });
  expect(value.registries).toEqual([
    {
      url: 'https://registry.example/',
      origin: 'tuf',
      keys: [
        {
          keyid: 'SHA256:abc',
          usage: 'signatures',
          validFor: { start: '2021-03-07T00:00:00.000Z', end: '2022-12-31T00:00:00.000Z' },
        },
      ],
    },
    { url: 'https://mirror.example/', origin: null, keys: [] },
  ]);
});

test('the certificates of an authority are told apart', async () => {
  const rig = Sigstore.create();
  const root = parseTrustRoot(Buffer.from(JSON.stringify(rig.trustedRoot())));
  const base = inspected();
  const here: TrustInspection = { ...base, trust: { ...base.trust, root } };
  const chains = await describeChains(here);
  expect(trustText(here, chains, NOW)).toMatch(
    /O=rig\.test, CN=rig sigstore-intermediate {2}ECDSA P-384 {2}sha256:[0-9a-f]{16}\n {4}O=rig\.test, CN=rig sigstore {2}ECDSA/,
  );
  const [authority] = JSON.parse(trustJson(here, chains)).certificateAuthorities;
  expect(authority.chain).toHaveLength(2);
  expect(authority.chain[1].subject).toBe(authority.chain[1].issuer);
});
