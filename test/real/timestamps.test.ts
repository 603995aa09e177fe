import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../src/sigstore/certificate.ts';
import { planTimestamp } from '../../src/sigstore/timestamp.ts';
import { parseTimestamp } from '../../src/sigstore/timestamp-token.ts';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { CertificateAuthority } from '../../src/sigstore/types.ts';
import { verdictOf } from '../sigstore/forge-timestamp.ts';
import { codeOf } from '../support/failing.ts';
import { dataFolder, hasData, missing, readBytes, readJson } from './data.ts';

interface BundleJson {
  readonly verificationMaterial: {
    readonly timestampVerificationData?: {
      readonly rfc3161Timestamps?: readonly { readonly signedTimestamp: string }[];
    };
  };
  readonly messageSignature?: { readonly signature: string };
  readonly dsseEnvelope?: { readonly signatures: readonly { readonly sig: string }[] };
}

interface Stamped {
  readonly signature: Buffer;
  readonly tokens: readonly Buffer[];
}

function stamped(file: string): Stamped {
  const bundle = readJson<BundleJson>(file);
  const text = bundle.messageSignature?.signature ?? bundle.dsseEnvelope?.signatures[0]?.sig ?? '';
  const list = bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
  return {
    signature: Buffer.from(text, 'base64'),
    tokens: list.map(({ signedTimestamp }) => Buffer.from(signedTimestamp, 'base64')),
  };
}

const rootsRead = new Map<string, readonly CertificateAuthority[]>();
function authorities(file: string): readonly CertificateAuthority[] {
  let list = rootsRead.get(file);
  if (!list) {
    list = parseTrustRoot(readBytes(file)).timestampAuthorities;
    rootsRead.set(file, list);
  }
  return list;
}
const named = (name: string): string => `tuf/trusted-roots/${name}.json`;

async function verdicts(file: string, root: string): Promise<readonly string[]> {
  const { signature, tokens } = stamped(file);
  return Promise.all(tokens.map((token) => verdictOf(token, authorities(root), signature)));
}

const GITHUB = [
  'automata/actions-attest-build-provenance-attestation-13581567.sigstore.json',
  'carabiner-signer/github-release.sigstore.json',
  'sigstore-rust/fixtures-bundle_v3_jdx_communique.json',
  ...['08ca7ca8ce.2', '1224e4c801.1', '1224e4c801.2', '20c4018e6d.2', '40b99997a3.1', '40b99997a3.2'].map(
    (name) => `slsa-source-notes/${name}.json`,
  ),
  ...['5d574db066.1', 'a98635766b.1', 'bbe032f969.2'].map((name) => `slsa-source-notes/${name}.json`),
];
const PUBLIC = [
  'carabiner-signer/cosign-3.0.5-1.aarch64.rpm.sigstore.json',
  'sigstore-java/bundle.dsse.rekor-v2.sigstore',
  'sigstore-js-fixtures/verify-V3-DSSE-WITH_SIGNING_CERT-TLOG_DSSEV002.json',
];
const STAGING = [
  'sigstore-java/bundle-with-timestamp.sigstore',
  'sigstore-java/bundle.dsse.rekor-v2.bad-entry-type.sigstore',
  'sigstore-python/tsa-bundle.txt.late_timestamp.sigstore',
  'sigstore-rust/sct-multi-intermediate-staging_bundle.sigstore.json',
];
const UNKNOWN = 'uncovered timestamp-authority-unknown';

describe.runIf(hasData)(`timestamps of real authorities${missing}`, () => {
  test.each(GITHUB)('GitHub: %s', async (file) => {
    const bundle = `bundles/${file}`;
    expect(await verdicts(bundle, named('github'))).toEqual(['verified']);
    expect(await verdicts(bundle, named('prod-plus-github-tsa'))).toEqual(['verified']);
    expect(await verdicts(bundle, named('prod'))).toEqual([UNKNOWN]);
    expect(await verdicts(bundle, named('staging'))).toEqual([UNKNOWN]);
  });

  test('GitHub: the newest certificate is not in a trust root of before', async () => {
    const edited = named('sigstore-rust-github-edited');
    expect(await verdicts('bundles/slsa-source-notes/40b99997a3.1.json', edited)).toEqual([UNKNOWN]);
    expect(await verdicts('bundles/slsa-source-notes/a98635766b.1.json', edited)).toEqual(['verified']);
  });

  test.each([
    ...PUBLIC.map((file) => [file, 'prod', 'staging']),
    ...STAGING.map((file) => [file, 'staging', 'prod']),
  ] as const)('Sigstore: %s is by %s', async (file, own, other) => {
    expect(await verdicts(`bundles/${file}`, named(own))).toEqual(['verified']);
    expect(await verdicts(`bundles/${file}`, named(other))).toEqual([UNKNOWN]);
  });

  test.each([
    ['bundles/sigstore-go/public-key-validity.sigstore.json', 'sigstore-go-public-key-validity', 'verified'],
    ['bundles/contextlock/nono-trust.json', 'nono', 'verified'],
    // Another authority of the same name and serial number.
    [
      'bundles/contextlock/nono-trust.json',
      'contextlock-synthetic',
      'invalid timestamp-certificate-mismatch',
    ],
    ['bundles/chainloop/bundle_with_bad_timestamp.json', 'prod', 'invalid malformed'],
    // Of 2023: SignedData of version 1, which RFC 5652 section 5.1 does not allow with this content.
    ['bundles/sigstore-go-history/tsa.json', 'windlass', 'invalid malformed'],
    [
      'bundles/sigstore-go-history/bundle-github-staging-sigstorejs1.3.0.json',
      'windlass',
      'invalid malformed',
    ],
  ])('%s by %s', async (file, root, expected) => {
    expect(await verdicts(file, named(root))).toEqual([expected]);
  });

  test('33 timestamps of something else', async () => {
    const all = await verdicts('bundles/sigstore-python/tsa-bundle.many_timestamp.sigstore', named('prod'));
    expect(all).toHaveLength(33);
    expect(new Set(all)).toEqual(new Set(['invalid timestamp-imprint-mismatch']));
  });
});

const CASES = 'conformance/assets/bundle-verify';
describe.runIf(hasData)(`timestamps of the conformance cases${missing}`, () => {
  test.each([
    ['rekor2-timestamp-with-embedded-cert', 'verified'],
    ['rekor2-timestamp-without-embedded-cert', 'verified'],
    ['rekor2-timestamp-with-expired-cert-chain', 'verified'],
    ['trust-root-tsa-validity-end-inclusive', 'verified'],
    ['intoto-with-custom-trust-root', 'verified'],
    // The token holds; it is the signing certificate that was not valid then.
    ['intoto-tsa-timestamp-outside-cert-validity_fail', 'verified'],
    ['rekor2-timestamp-outside-trust-root-tsa-validity_fail', 'invalid timestamp-authority-time'],
    ['rekor2-timestamp-outside-tsa-cert-validity_fail', 'invalid timestamp-certificate-time'],
    ['rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail', UNKNOWN],
    ['rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail', UNKNOWN],
  ])('%s: %s', async (name, expected) => {
    const file = `${CASES}/${name}/bundle.sigstore.json`;
    expect(await verdicts(file, `${CASES}/${name}/trusted_root.json`)).toEqual([expected]);
  });

  // RSA, SHA-512, the certificate named by SHA-1, the signature algorithm without a digest.
  test('an authority outside of Sigstore, were it trusted', async () => {
    const file = `${CASES}/rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail/bundle.sigstore.json`;
    const { signature, tokens } = stamped(file);
    const [token] = tokens as [Buffer];
    const chain = parseTimestamp(token).signed.certificates.map((der) => parseCertificate(der));
    const authority = { operator: 'o', uri: 'u', chain, validFor: { start: 0, end: undefined } };
    const bare = stamped(file.replace('-with-', '-without-'));
    for (const [bytes, about, list] of [
      [token, signature, chain],
      [token, signature, chain.slice(1)],
      [bare.tokens[0]!, bare.signature, chain],
    ] as const) {
      const plan = planTimestamp(bytes, about, [{ ...authority, chain: list }]);
      if ('uncovered' in plan) throw new Error(plan.uncovered.code);
      const [path, own] = plan.signatures;
      expect(await own?.verify()).toBe(true);
      expect(await path?.verify()).toBe(true);
    }
  });
});

const SAMPLES = 'bundles/sigstore-java-samples/timestamp-response';
describe.runIf(hasData)(`answers as files${missing}`, () => {
  const files = hasData ? readdirSync(path.join(dataFolder, SAMPLES, 'valid')) : [];

  test('are well formed', () => {
    expect(files).toHaveLength(5);
    for (const file of files)
      expect(
        codeOf(() => parseTimestamp(readBytes(SAMPLES, 'valid', file))),
        file,
      ).toBe('verified');
    expect(
      codeOf(() => parseTimestamp(readBytes(SAMPLES, 'invalid/sigstore_tsa_response_invalid.tsr'))),
    ).toBe('invalid malformed');
  });

  test('are verified where it is known what they are about', async () => {
    const about = Buffer.from('test\n');
    for (const file of files) {
      const expected = file.startsWith('sigstage') ? 'verified' : 'invalid timestamp-imprint-mismatch';
      const token = readBytes(SAMPLES, 'valid', file);
      expect(await verdictOf(token, authorities(named('staging')), about), file).toBe(expected);
    }
  });
});
