/** One private Sigstore for a test file, and one sound bundle of each kind. */

import type { JsonValue } from '../../src/core/json.ts';
import { importKey } from '../../src/sigstore/keys.ts';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { ManagedKey, TrustRoot, VerifiedBundle } from '../../src/sigstore/types.ts';
import { type BundleContext, verifyBundle } from '../../src/sigstore/verify-bundle.ts';
import { codeOfAsync } from '../support/failing.ts';
import { type MessageBundle, ModernInstance } from '../support/rig/modern.mjs';
import {
  type Bundle,
  type GithubIdentity,
  githubIdentity,
  publishStatement,
  rng,
  Sigstore,
  slsaV1,
  slsaV02,
} from '../support/rig/sigstore.mjs';

/** 2026-01-15T12:00Z. Nothing here depends on the hour. */
export const NOW: number = Date.UTC(2026, 0, 15, 12);
export const HEX: string = '5a'.repeat(64);
export const REGISTRY = 'https://registry.example/';

export type BundleName = 'v0.1' | 'v0.2' | 'v0.3' | 'key v0.1' | 'key v0.2' | 'key v0.3';
export const BUNDLE_NAMES: readonly BundleName[] = [
  'v0.1',
  'v0.2',
  'v0.3',
  'key v0.1',
  'key v0.2',
  'key v0.3',
];

/** Bundles with an entry of Rekor v2 and a timestamp. */
export type ModernName = 'envelope' | 'file';
/** The file that the bundle `file` signs. */
export const FILE: Buffer = Buffer.from('the bytes of a release\n');

export interface World {
  readonly sigstore: Sigstore;
  readonly modern: ModernInstance;
  readonly identity: GithubIdentity;
  readonly trustRoot: TrustRoot;
  readonly keys: readonly ManagedKey[];
  readonly context: BundleContext;
  /** A fresh copy at every call: tests break it. */
  bundle(name: BundleName): Bundle;
  modernBundle(name: 'envelope'): Bundle;
  modernBundle(name: 'file'): MessageBundle;
}

export function makeWorld(seed: number = 1, options: { repo?: string; logBase?: number } = {}): World {
  const sigstore = Sigstore.create({
    now: NOW,
    ...(options.logBase === undefined ? {} : { logBase: options.logBase }),
  });
  const identity = githubIdentity(rng(seed), options.repo ?? 'acme/log');
  const made = new Map<BundleName, Bundle>();
  for (const name of BUNDLE_NAMES) {
    const version = name.slice(-4) as 'v0.1' | 'v0.2' | 'v0.3';
    const registry = sigstore.registryKey(NOW);
    made.set(
      name,
      name.startsWith('key')
        ? sigstore.attest({
            statement: publishStatement('@acme/log', '2.1.0', HEX, REGISTRY),
            signer: { registry },
            time: NOW + 6000,
            version,
          })
        : sigstore.attest({
            statement: (version === 'v0.1' ? slsaV02 : slsaV1)('@acme/log', '2.1.0', HEX, identity),
            signer: { cert: sigstore.leafCert(identity, NOW) },
            time: NOW + 3000,
            version,
          }),
    );
  }
  sigstore.seal();
  const modern = new ModernInstance(sigstore);
  const leaf = sigstore.leafCert(identity, NOW);
  const statement = slsaV1('@acme/log', '2.1.0', HEX, identity);
  const newer = {
    envelope: modern.attest({ statement, cert: leaf, time: NOW + 2000 }),
    file: modern.signFile({ content: FILE, cert: leaf, time: NOW + 2000 }),
  };
  modern.seal();
  const trustRoot = parseTrustRoot(Buffer.from(JSON.stringify(modern.trustedRoot())));
  const keys = sigstore.npmKeys.map(({ keyid, der, start, end }) => ({
    hint: keyid,
    key: importKey(der, 'key'),
    validFor: { start, end: end ?? undefined },
  }));
  return {
    sigstore,
    modern,
    identity,
    trustRoot,
    keys,
    context: { trustRoot, keys },
    bundle: (name) => structuredClone(made.get(name)!),
    // biome-ignore lint/suspicious/noExplicitAny: the two overloads are told apart by the name
    modernBundle: (name: ModernName): any => structuredClone(newer[name]),
  };
}

export function verify(bundle: unknown, context: BundleContext): Promise<VerifiedBundle> {
  // Through text, as it comes from outside: nothing that JSON does not know, such as undefined, gets by.
  return verifyBundle(JSON.parse(JSON.stringify(bundle ?? null)) as JsonValue, context);
}

export function verdict(bundle: unknown, context: BundleContext): Promise<string> {
  return codeOfAsync(() => verify(bundle, context));
}

export function flipBit(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = copy[bit >> 3]! ^ (1 << (bit & 7));
  return copy;
}

/** The same base64 with one bit of the bytes behind it flipped. */
export function flipBase64(text: string, bit: number = 0): string {
  return flipBit(Buffer.from(text, 'base64'), bit).toString('base64');
}
