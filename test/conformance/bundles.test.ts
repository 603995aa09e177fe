import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratch } from '../cli/command.ts';
import { hasData, missing, readBytes, readJson } from '../real/data.ts';
import { inData, verifyBundle } from './cli.ts';

interface Item {
  readonly id: string;
  readonly path: string;
  readonly kind: string;
  readonly artifact?: string;
  readonly expect: { readonly verdict: string } | null;
  readonly checked: {
    readonly verdict: string;
    readonly root?: string;
    readonly mode?: string;
    readonly san?: string;
    readonly issuer?: string;
  } | null;
}

/** By id; of two entries for one file the second is `id#2`. */
const items: ReadonlyMap<string, Item> = new Map();
if (hasData) {
  for (const item of readJson<{ items: readonly Item[] }>('INDEX.json').items) {
    if (!['sigstore-bundle', 'slsa-bundle'].includes(item.kind)) continue;
    (items as Map<string, Item>).set(items.has(item.id) ? `${item.id}#2` : item.id, item);
  }
}

const { folder, remove } = scratch();
let cwd = '';
beforeAll(async () => {
  cwd = await folder();
});
afterAll(remove);

/** Code of each bundle that its source, or else the reference client, says must be refused. */
const REFUSED: Readonly<Record<string, string>> = {
  'bundles/chainloop/bundle_invalid': 'tlog-absent',
  'bundles/chainloop/bundle_valid_nomaterial': 'malformed',
  'bundles/chainloop/bundle_with_bad_timestamp': 'malformed',
  'bundles/chainloop/bundle_with_publickey': 'key-unknown',
  'bundles/gh-cli/github_provenance_demo-0.0.12-py3-none-any-bundle-missing-verification-material':
    'malformed',
  'bundles/gh-cli/sigstoreBundle-invalid-signature': 'tlog-entry-mismatch',
  'bundles/rcaelers/corrupted': 'malformed',
  'bundles/sigstore-go-history/bundle-github-staging-sigstorejs1.3.0': 'tlog-absent',
  'bundles/sigstore-go-history/tsa': 'tlog-absent',
  'bundles/sigstore-java/bundle-no-digest': 'malformed',
  'bundles/sigstore-java/bundle-with-wrong-tlog-entry': 'tlog-entry-mismatch',
  'bundles/sigstore-java/bundle.dsse.bad-signature': 'tlog-entry-mismatch',
  'bundles/sigstore-java/bundle.dsse.rekor-v2.bad-entry-type': 'format-unsupported',
  'bundles/sigstore-java/bundle.v3.no.inclusion': 'tlog-proof-absent',
  'bundles/sigstore-js-fixtures/client-invalid-v1-messageSignature-invalidExpiredCert': 'certificate-time',
  'bundles/sigstore-python/bundle_invalid_version.txt': 'bundle-version-unknown',
  'bundles/sigstore-python/bundle_no_checkpoint.txt': 'malformed',
  'bundles/sigstore-python/bundle_no_log_entry.txt': 'tlog-absent',
  'bundles/sigstore-python/bundle_v3_no_signed_time.txt.sigstore': 'time-absent',
  'bundles/sigstore-python/tsa-bundle.many_timestamp': 'limit-exceeded',
  'bundles/sigstore-python/tsa-bundle.txt.late_timestamp': 'tlog-log-unknown',
  'bundles/sigstore-rust/test_data-cosign_v3_missing_fields': 'malformed',
};

const NO_KEY = 'the key that signed it is not among the data';
const NO_ROOT = 'the trust root of that test is not among the data';
const RETIRED =
  'dsse 0.0.2 was given up before any log took it: Rekor v2 logs envelopes as hashedrekord 0.0.2';

/** Not verified here although its source or the reference client accepts it: code and reason. */
const STRICTER: Readonly<Record<string, readonly [code: string, reason: string]>> = {
  'bundles/contextlock/nono-trust': ['tlog-absent', 'at its path lies the other bundle of that name (#2)'],
  'bundles/sigstore-go/public-key-validity.sigstore': ['key-unknown', NO_KEY],
  'bundles/sigstore-js-fixtures/client-valid-v1-dsse-withPublicKey': ['key-unknown', NO_KEY],
  'bundles/sigstore-js-fixtures/verify-V1-MESSAGE_SIGNATURE-WITH_PUBLIC_KEY': ['key-unknown', NO_KEY],
  'bundles/sigstore-js-fixtures/verify-V3-DSSE-WITH_SIGNING_CERT-TLOG_DSSEV002': [
    'format-unsupported',
    RETIRED,
  ],
  'bundles/sigstore-js-fixtures/verify-V3-MESSAGE_SIGNATURE-WITH_SIGNING_CERT': [
    'timestamp-authority-unknown',
    NO_ROOT,
  ],
};

interface Signed {
  readonly root?: string;
  readonly san?: string;
  readonly issuer?: string;
}

/** What the index leaves open, because the reference client could not verify it or nobody noted it. */
const SIGNED: Readonly<Record<string, Signed>> = {
  'bundles/sigstore-go/othername.sigstore': {
    root: 'tuf/trusted-roots/sigstore-go-scaffolding.json',
    san: 'foo!oidc.local',
    issuer: 'http://oidc.local:8080',
  },
  'bundles/sigstore-java/bundle.dsse.rekor-v2': {
    san: 'untrusted-sa@sigstore-conformance.iam.gserviceaccount.com',
    issuer: 'https://accounts.google.com',
  },
};
const ACTIONS = 'https://token.actions.githubusercontent.com';

function isAccepted({ expect: source, checked }: Item): boolean {
  const verdict = source?.verdict ?? 'unknown';
  if (/^pass\b(?!-)/.test(verdict)) return true;
  if (verdict === 'fail') return false;
  return checked?.verdict === 'pass';
}

function argsOf(id: string, item: Item): readonly string[] {
  const { mode = '' } = item.checked ?? {};
  const noted: Signed = { ...item.checked, ...(item.kind === 'slsa-bundle' ? { issuer: ACTIONS } : {}) };
  const { root, san, issuer } = { ...noted, ...SIGNED[id] };
  const trust = root !== undefined && existsSync(inData(root)) ? root : 'tuf/trusted-roots/prod.json';
  return [
    inData(item.path),
    ...['--trust-root', inData(trust)],
    ...(san === undefined ? [] : ['--identity', san]),
    ...(issuer === undefined ? [] : ['--issuer', issuer]),
    ...(mode.startsWith('no-tlog')
      ? ['--insecure-without-transparency-log', '--insecure-without-certificate-transparency']
      : []),
    ...artifactOf(item),
  ];
}

/** The file where there is one, else the digest that the bundle itself names: it says nothing about any file then. */
function artifactOf(item: Item): readonly string[] {
  if (item.artifact !== undefined && existsSync(inData(item.artifact))) return [inData(item.artifact)];
  try {
    const bundle = JSON.parse(readBytes(item.path).toString('utf8'));
    const message = bundle.messageSignature?.messageDigest;
    if (message !== undefined) {
      const algorithm = { SHA2_256: 'sha256', SHA2_384: 'sha384', SHA2_512: 'sha512' }[
        String(message.algorithm)
      ];
      return ['--digest', `${algorithm}:${Buffer.from(message.digest, 'base64').toString('hex')}`];
    }
    const statement = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8'));
    for (const [algorithm, digest] of Object.entries(statement.subject[0].digest)) {
      const form = { sha256: /^[0-9a-f]{64}$/, sha512: /^[0-9a-f]{128}$/ }[algorithm];
      if (form?.test(String(digest))) return ['--digest', `${algorithm}:${digest}`];
    }
  } catch {
    // Broken on purpose.
  }
  return [];
}

describe.skipIf(!hasData)(`bundles of other clients${missing}`, () => {
  test('are all there', () => {
    expect(items.size).toBeGreaterThanOrEqual(126);
    const refused = [...items].filter(([id, item]) => !isAccepted(item) || id in STRICTER).map(([id]) => id);
    expect(Object.keys({ ...REFUSED, ...STRICTER }).sort()).toEqual(refused.sort());
  });

  test.concurrent.each([...items])('%s', async (id, item) => {
    const { exitCode, code } = await verifyBundle(argsOf(id, item), cwd);
    expect(code).toBe(STRICTER[id]?.[0] ?? REFUSED[id] ?? 'verified');
    expect(exitCode === 0).toBe(code === 'verified');
  });
});
