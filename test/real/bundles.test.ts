import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Check } from '../../src/core/check.ts';
import { ProofError } from '../../src/core/errors.ts';
import { verifyBundle } from '../../src/index.ts';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { VerifiedBundle } from '../../src/sigstore/types.ts';
import { dataFolder, hasData, missing, readBytes, readJson } from './data.ts';

interface Item {
  readonly id: string;
  readonly path: string;
  readonly kind: string;
  readonly what: string;
  readonly checked: { readonly verdict?: string; readonly root?: string; readonly san?: string } | null;
}

function bundles(): readonly Item[] {
  const { items } = readJson<{ items: readonly Item[] }>('INDEX.json');
  const hasRoot = ({ checked }: Item): boolean =>
    checked?.root !== undefined && existsSync(path.join(dataFolder, checked.root));
  return items.filter((item) => item.kind === 'sigstore-bundle' && hasRoot(item));
}

async function verdict(item: Item): Promise<Check<VerifiedBundle>> {
  return verifyBundle(readBytes(item.path), { trustRoot: parseTrustRoot(readBytes(item.checked!.root!)) });
}

/** Trust roots without a version in their media type are refused: nothing says how to read them. */
function hasReadableRoot({ checked }: Item): boolean {
  try {
    parseTrustRoot(readBytes(checked!.root!));
    return true;
  } catch (error) {
    if (error instanceof ProofError && error.code === 'format-unsupported') return false;
    throw error;
  }
}

/** Refused here: a log entry and a certificate or a known key are demanded of every bundle. */
const STRICTER = {
  'automata/actions-attest-build-provenance-attestation-13581567.sigstore': 'tlog-absent',
  'carabiner-signer/github-release.sigstore': 'tlog-absent',
  'contextlock/nono-trust': 'tlog-absent',
  'sigstore-rust/fixtures-bundle_v3_jdx_communique': 'tlog-absent',
  'sigstore-go/public-key-validity.sigstore': 'key-unknown',
};

describe.skipIf(!hasData)(`bundles of other clients${missing}`, () => {
  test('what a reference client accepts is verified, with the same signer, or told to be beyond this version', async () => {
    const accepted = bundles().filter((item) => item.checked!.verdict === 'pass' && hasReadableRoot(item));
    expect(accepted.length).toBeGreaterThan(20);
    let verified = 0;
    const refused: [string, string][] = [];
    for (const item of accepted) {
      const check = await verdict(item);
      if (check.status === 'verified') {
        verified++;
        const { signer } = check.value;
        if (item.checked?.san && signer.kind === 'certificate') {
          expect(signer.subjectAlternativeName, item.id).toBe(item.checked.san);
        }
      } else if (check.status !== 'uncovered') {
        refused.push([item.id.slice('bundles/'.length), check.code]);
      }
    }
    expect(Object.fromEntries(refused)).toEqual(STRICTER);
    expect(verified).toBeGreaterThan(20);
  });

  test('each of them with one bit of its signature changed is not verified', async () => {
    for (const item of bundles().filter(hasReadableRoot)) {
      const bundle = JSON.parse(readBytes(item.path).toString('utf8'));
      const holder = bundle.dsseEnvelope?.signatures?.[0] ?? bundle.messageSignature;
      const key = holder === undefined ? '' : 'sig' in holder ? 'sig' : 'signature';
      if (typeof holder?.[key] !== 'string') continue;
      const bytes = Buffer.from(holder[key], 'base64');
      bytes[bytes.length - 1]! ^= 1;
      holder[key] = bytes.toString('base64');
      const root = parseTrustRoot(readBytes(item.checked!.root!));
      const check = await verifyBundle(Buffer.from(JSON.stringify(bundle)), { trustRoot: root });
      expect(check.status, item.id).not.toBe('verified');
    }
  });
});
