/** Bundles of other clients and services, read in place: see test/real/data.ts. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ProofError } from '../../src/core/errors.ts';
import { importKey, publicKeyFromPem } from '../../src/sigstore/keys.ts';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { ManagedKey } from '../../src/sigstore/types.ts';
import { dataFolder, hasData, readBytes, readJson } from '../real/data.ts';
import type { Base } from './base.ts';
import { type Loose, valueAt } from './slots.ts';

interface Item {
  readonly path: string;
  readonly kind: string;
  readonly artifact?: string;
  readonly checked: { readonly root?: string; readonly mode?: string } | null;
}

const KINDS = new Set([
  'sigstore-bundle',
  'slsa-bundle',
  'npm-attestation-response',
  'npm-attestation-partial',
  'npm-attestation-tampered',
  'slsa-verifier-unit',
  'slsa-verifier-npm',
  'conformance-case',
]);
const PROD = 'tuf/trusted-roots/prod.json';

/** Every bundle that INDEX.json names, with the trust root it names; empty where there is no data. */
export function realBases(): readonly Base[] {
  if (!hasData) return [];
  const keys = npmKeys();
  const { items } = readJson<{ items: readonly Item[] }>('INDEX.json');
  return items
    .filter(({ kind }) => KINDS.has(kind))
    .flatMap((item) => (item.kind === 'conformance-case' ? conformanceCase(item) : filesOf(item, keys)))
    .filter(({ trustRoot }) => isReadable(trustRoot));
}

function filesOf(item: Item, keys: readonly ManagedKey[]): Base[] {
  const root = item.checked?.root ?? PROD;
  const file = item.path.endsWith('/') ? `${item.path}attestations.json` : item.path;
  if (!existsSync(path.join(dataFolder, root)) || !existsSync(path.join(dataFolder, file))) return [];
  const artifact =
    item.artifact && existsSync(path.join(dataFolder, item.artifact)) ? readBytes(item.artifact) : undefined;
  return bundlesIn(readBytes(file).toString('utf8')).map((text, at) => ({
    name: `${file} ${at}`,
    text,
    trustRoot: readBytes(root).toString('utf8'),
    keys,
    ...(artifact ? { artifact } : {}),
    ...(item.checked?.mode?.startsWith('no-tlog') ? { withoutLogs: true } : {}),
  }));
}

/** A bundle, a line each, or the body of the registry's attestations endpoint. */
function bundlesIn(text: string): readonly string[] {
  const documents = parsed(text) ?? text.split('\n').flatMap((line) => parsed(line) ?? []);
  return documents.flatMap((document) => {
    const list: Loose = Array.isArray(document?.attestations)
      ? document.attestations
      : [{ bundle: document }];
    return list.flatMap(({ bundle }: Loose) =>
      bundle?.verificationMaterial ? [JSON.stringify(bundle)] : [],
    );
  });
}

function parsed(text: string): Loose[] | undefined {
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

function conformanceCase(item: Item): Base[] {
  const read = (name: string): Buffer | undefined =>
    existsSync(path.join(dataFolder, item.path, name)) ? readBytes(item.path, name) : undefined;
  const [text] = bundlesIn((read('bundle.sigstore.json') ?? Buffer.alloc(0)).toString('utf8'));
  if (text === undefined) return [];
  const pem = read('key.pub')?.toString('utf8');
  const hint: Loose = valueAt(JSON.parse(text), 'verificationMaterial.publicKey.hint');
  try {
    const key = pem === undefined ? undefined : publicKeyFromPem(pem, 'key');
    return [
      {
        name: item.path,
        text,
        trustRoot: (read('trusted_root.json') ?? readBytes(PROD)).toString('utf8'),
        keys: key ? [{ hint: hint ?? '', key, validFor: { start: 0, end: undefined } }] : [],
        artifact: read('artifact') ?? readBytes('conformance/assets/bundle-verify/a.txt'),
      },
    ];
  } catch (error) {
    if (error instanceof ProofError) return [];
    throw error;
  }
}

function npmKeys(): readonly ManagedKey[] {
  const { keys }: Loose = readJson('npm-real', 'keys-tuf.json');
  return keys
    .filter(({ keyUsage }: Loose) => keyUsage === 'npm:attestations')
    .map(({ keyId, publicKey: { rawBytes, validFor } }: Loose) => ({
      hint: keyId,
      key: importKey(Buffer.from(rawBytes, 'base64'), 'key'),
      validFor: { start: Date.parse(validFor.start), end: validFor.end && Date.parse(validFor.end) },
    }));
}

/** Trust roots that are refused here have their own tests; there is nothing to hold against the reference. */
function isReadable(trustRoot: string): boolean {
  try {
    parseTrustRoot(Buffer.from(trustRoot));
    return true;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
}
