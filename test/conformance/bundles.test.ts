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

const items: readonly Item[] = hasData
  ? readJson<{ items: readonly Item[] }>('INDEX.json').items.filter(({ kind }) =>
      ['sigstore-bundle', 'slsa-bundle'].includes(kind),
    )
  : [];

const { folder, remove } = scratch();
let cwd = '';
beforeAll(async () => {
  cwd = await folder();
});
afterAll(remove);

/** Code of each bundle that its source, or else the reference client, says must be refused. */
const REFUSED: Readonly<Record<string, string>> = {};

/** Refused here though its source or the reference client accepts it: code and reason. */
const STRICTER: Readonly<Record<string, readonly [code: string, reason: string]>> = {};

function isAccepted({ expect: source, checked }: Item): boolean {
  const verdict = source?.verdict ?? 'unknown';
  if (/^pass\b(?!-)/.test(verdict)) return true;
  if (verdict === 'fail') return false;
  return checked?.verdict === 'pass';
}

function argsOf(item: Item): readonly string[] {
  const { root, mode = '', san, issuer } = item.checked ?? {};
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
      if (['sha256', 'sha512'].includes(algorithm)) return ['--digest', `${algorithm}:${digest}`];
    }
  } catch {
    // Broken on purpose.
  }
  return [];
}

describe.skipIf(!hasData)(`bundles of other clients${missing}`, () => {
  test('are all there', () => {
    expect(items.length).toBeGreaterThanOrEqual(126);
  });

  test.concurrent.each(items.map((item) => [item.id, item] as const))('%s', async (id, item) => {
    const { exitCode, code } = await verifyBundle(argsOf(item), cwd);
    const [stricter] = STRICTER[item.path] ?? [];
    if (isAccepted(item) && stricter === undefined) expect(code).toBe('verified');
    else expect(code, id).toBe(stricter ?? REFUSED[item.path]);
    expect(exitCode === 0).toBe(code === 'verified');
  });
});
