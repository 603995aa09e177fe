import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratch } from '../cli/command.ts';
import { hasData, missing, readJson } from '../real/data.ts';
import { inData, verifyBundle } from './cli.ts';

interface Case {
  readonly name: string;
  readonly expect: 'pass' | 'fail';
  /** Relative to `assets`. */
  readonly artifact: string;
  readonly identity: string;
  readonly issuer: string;
  readonly key: boolean;
  readonly trustedRoot: 'prod' | 'own';
}

const { cases } = hasData
  ? readJson<{ cases: readonly Case[] }>('conformance', 'cases.json')
  : { cases: [] as readonly Case[] };

const { folder, remove } = scratch();
let cwd = '';
beforeAll(async () => {
  cwd = await folder();
});
afterAll(remove);

/** The rule that refuses each case which must fail. */
const CODES: Readonly<Record<string, string>> = {
  'bundle-empty-certificate-chain_fail': 'malformed',
  'bundle-invalid-base64-signature_fail': 'malformed',
  'bundle-malformed-json_fail': 'malformed',
  // Its inclusion proof has no checkpoint.
  'bundle-with-root-cert_fail': 'malformed',
  'checkpoint-wrong-roothash_fail': 'tlog-proof-invalid',
  'dsse-invalid-sig_fail': 'tlog-entry-mismatch',
  'dsse-mismatch-sig_fail': 'tlog-entry-mismatch',
  'intoto-log-entry-mismatch_fail': 'malformed',
  'intoto-set-outside-signing-cert-validity_fail': 'certificate-time',
  'intoto-tsa-timestamp-outside-cert-validity_fail': 'certificate-time',
  'invalid-checkpoint-signature_fail': 'tlog-checkpoint-invalid',
  'invalid-ct-key_fail': 'sct-log-unknown',
  // The file is no key: its base64 has bits left over.
  'managed-key-wrong-key_fail': 'refused',
  'message-digest-mismatch_fail': 'tlog-entry-mismatch',
  'rekor2-checkpoint-missing-origin_fail': 'malformed',
  'rekor2-checkpoint-missing-root-hash_fail': 'malformed',
  'rekor2-checkpoint-missing-size_fail': 'malformed',
  'rekor2-dsse-invalid-sig_fail': 'tlog-entry-mismatch',
  'rekor2-dsse-mismatch-sig_fail': 'tlog-entry-mismatch',
  'rekor2-no-timestamp_fail': 'time-absent',
  'rekor2-timestamp-outside-trust-root-tsa-validity_fail': 'timestamp-authority-time',
  'rekor2-timestamp-outside-tsa-cert-validity_fail': 'timestamp-certificate-time',
  'rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail': 'timestamp-authority-unknown',
  'rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail': 'timestamp-authority-unknown',
  'set-invalid-signature_fail': 'tlog-promise-invalid',
  'signature-mismatch_fail': 'tlog-entry-mismatch',
  // The trust root is not taken: a log without a beginning would be trusted for all times.
  'trust-root-tlog-missing-validity-start_fail': 'refused',
  'wrong-hashedrekord-cert-and-sig_fail': 'tlog-entry-mismatch',
  'wrong-hashedrekord-entry_fail': 'tlog-entry-mismatch',
  'wrong-material_fail': 'artifact-digest-mismatch',
};

function argsOf(item: Case): readonly string[] {
  const file = (name: string): string => inData('conformance', 'assets', 'bundle-verify', item.name, name);
  return [
    ...[
      '--trust-root',
      item.trustedRoot === 'own' ? file('trusted_root.json') : inData('tuf/trusted-roots/prod.json'),
    ],
    ...(item.key ? ['--key', file('key.pub')] : ['--identity', item.identity, '--issuer', item.issuer]),
    file('bundle.sigstore.json'),
  ];
}

describe.skipIf(!hasData)(`the public conformance cases${missing}`, () => {
  test('are all there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(42);
    expect(Object.keys(CODES).sort()).toEqual(
      cases
        .filter((item) => item.expect === 'fail')
        .map(({ name }) => name)
        .sort(),
    );
  });

  test.concurrent.each(cases.map((item) => [item.name, item] as const))('%s', async (name, item) => {
    const artifact = inData('conformance', 'assets', item.artifact);
    expect(existsSync(artifact)).toBe(true);
    const digest = `sha256:${createHash('sha256').update(readFileSync(artifact)).digest('hex')}`;
    for (const given of [artifact, digest]) {
      const { exitCode, code } = await verifyBundle([...argsOf(item), given], cwd);
      expect(code).toBe(item.expect === 'pass' ? 'verified' : CODES[name]);
      expect(exitCode === 0).toBe(item.expect === 'pass');
    }
  });
});
