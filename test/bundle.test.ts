import { createHash, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type BundleOptions,
  type JudgeOptions,
  judgeBundle,
  judgeBundles,
  outcomeOfAll,
} from '../src/bundle.ts';
import { VerifyDepsError } from '../src/core/errors.ts';
import { verifyBundle } from '../src/index.ts';
import { parseTrustRoot } from '../src/sigstore/trust-root.ts';
import { makeWorld, NOW } from './sigstore/world.ts';
import { ModernInstance } from './support/rig/modern.mjs';
import { pem, spki } from './support/rig/sigstore.mjs';

const FILE = Buffer.from('#!/bin/sh\necho released\n');
const ISSUER = 'https://issuer.example';
const WHO = { email: 'releaser@acme.example', issuer: ISSUER };
const sha = (algorithm: string, bytes: Uint8Array): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const world = makeWorld(31);
const modern = new ModernInstance(world.sigstore);
const message = modern.signFile({ content: FILE, cert: world.sigstore.leafCert(WHO, NOW), time: NOW + 1000 });
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'released.sh', digest: { sha256: sha('sha256', FILE).slice(7) } }],
  predicateType: 'https://example.com/release',
  predicate: {},
};
const sign = (what: object | Buffer, payloadType?: string) =>
  modern.attest({
    statement: what as Record<string, unknown>,
    cert: world.sigstore.leafCert(WHO, NOW),
    time: NOW + 2000,
    ...(payloadType === undefined ? {} : { payloadType }),
  });
const attestation = sign(statement);
const letter = sign(Buffer.from('hello'), 'text/plain');
const odd = sign({ ...statement, _type: 'https://example.com/Statement/v9' });
const trustRoot = (() => {
  modern.seal();
  return parseTrustRoot(bytesOf(modern.trustedRoot()));
})();
const good: BundleOptions = { trustRoot, artifact: FILE, identity: WHO.email, issuer: ISSUER };

async function codes(bundle: unknown, options: JudgeOptions): Promise<readonly string[]> {
  const { failures, outcome, facts } = await judgeBundle(bytesOf(bundle), options);
  expect(outcome === 'verified').toBe(failures.length === 0);
  return [facts === undefined ? 'no facts' : 'facts', outcome, ...failures.map(({ code }) => code)];
}

function errorOf(run: () => unknown): VerifyDepsError {
  try {
    run();
  } catch (error) {
    if (error instanceof VerifyDepsError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('a file with its signature', () => {
  test.each<[string, Partial<JudgeOptions>, readonly string[]]>([
    ['as bytes', {}, ['facts', 'verified']],
    ['as a source', { artifact: () => [FILE.subarray(0, 5), FILE.subarray(5)] }, ['facts', 'verified']],
    ['as a digest', { artifact: sha('sha256', FILE) }, ['facts', 'verified']],
    ['pinned', { pinned: true }, ['facts', 'verified']],
    [
      'with a byte more',
      { artifact: Buffer.concat([FILE, Buffer.of(10)]) },
      ['no facts', 'failed', 'artifact-digest-mismatch'],
    ],
    [
      'as another digest',
      { artifact: sha('sha256', Buffer.of()) },
      ['no facts', 'failed', 'artifact-digest-mismatch'],
    ],
    [
      'as a digest that was not signed',
      { artifact: sha('sha512', FILE) },
      ['no facts', 'undecided', 'artifact-needed'],
    ],
  ])('%s', async (_name, options, expected) => {
    expect(await codes(message, { ...good, ...options })).toEqual(expected);
  });

  test('without the file is not decided', async () => {
    const { artifact, ...rest } = good;
    expect(artifact).toBeDefined();
    expect(await codes(message, rest)).toEqual(['no facts', 'undecided', 'artifact-needed']);
  });
});

describe('an attestation', () => {
  test.each<[string, object, Partial<JudgeOptions>, readonly string[]]>([
    ['about the file', attestation, {}, ['facts', 'verified']],
    ['about its digest', attestation, { artifact: sha('sha256', FILE) }, ['facts', 'verified']],
    [
      'about another file',
      attestation,
      { artifact: Buffer.of(1) },
      ['facts', 'failed', 'artifact-not-subject'],
    ],
    [
      'about a digest it does not name',
      attestation,
      { artifact: sha('sha512', FILE) },
      ['facts', 'failed', 'artifact-not-subject'],
    ],
    ['that is no statement', letter, {}, ['facts', 'failed', 'payload-type-mismatch']],
    ['of an unknown type', odd, {}, ['no facts', 'failed', 'statement-type-unknown']],
    [
      'about another file, by somebody else',
      attestation,
      { artifact: Buffer.of(1), identity: 'x' },
      ['facts', 'failed', 'artifact-not-subject', 'signer-identity-mismatch'],
    ],
  ])('%s', async (_name, bundle, options, expected) => {
    expect(await codes(bundle, { ...good, ...options })).toEqual(expected);
  });

  test('is verified without a file, and so is what is no statement', async () => {
    const { artifact: _, ...rest } = good;
    const check = await verifyBundle(bytesOf(attestation), rest);
    expect(check).toMatchObject({
      status: 'verified',
      value: { artifact: undefined, statement: { predicateType: 'https://example.com/release' } },
    });
    expect(await verifyBundle(bytesOf(letter), rest)).toMatchObject({
      status: 'verified',
      value: { artifact: undefined, statement: undefined, content: { payloadType: 'text/plain' } },
    });
  });
});

describe('who may sign', () => {
  const expectations: readonly [string, Partial<JudgeOptions>, readonly string[]][] = [
    ['another identity', { identity: 'releaser@acme.exampl' }, ['signer-identity-mismatch']],
    ['its name in capitals', { identity: 'Releaser@acme.example' }, ['signer-identity-mismatch']],
    ['its name and more', { identity: 'releaser@acme.example ' }, ['signer-identity-mismatch']],
    ['a pattern', { identity: '*' }, ['signer-identity-mismatch']],
    ['nobody by name', { identity: '' }, ['signer-identity-mismatch']],
    ['another issuer', { issuer: 'https://issuer.example/' }, ['signer-issuer-mismatch']],
    [
      'another of both',
      { identity: 'a', issuer: 'b' },
      ['signer-identity-mismatch', 'signer-issuer-mismatch'],
    ],
  ];
  test.each(expectations)('%s', async (_name, options, expected) => {
    for (const pinned of [true, false])
      expect(await codes(message, { ...good, ...options, pinned })).toEqual(['facts', 'failed', ...expected]);
  });

  test.each<[string, readonly ('identity' | 'issuer')[]]>([
    ['nothing said', []],
    ['the identity only', ['identity']],
    ['the issuer only', ['issuer']],
  ])('%s is pinned by nothing', async (_name, said) => {
    const options = { trustRoot, artifact: FILE, ...Object.fromEntries(said.map((key) => [key, good[key]])) };
    expect(await codes(message, options)).toEqual(['facts', 'verified']);
    expect(await codes(message, { ...options, pinned: true })).toEqual([
      'facts',
      'failed',
      'signer-unpinned',
    ]);
    const { failures } = await judgeBundle(bytesOf(message), { ...options, pinned: true });
    expect(failures[0]).toEqual({
      status: 'absent',
      code: 'signer-unpinned',
      args: { signer: WHO.email, issuer: ISSUER },
    });
  });
});

describe('keys', () => {
  const registry = world.sigstore.registryKey(NOW);
  const key = pem('PUBLIC KEY', registry.der);
  const signed = world.bundle('key v0.3');

  test('that were given verify whatever the bundle calls them', async () => {
    expect(await codes(signed, { trustRoot, key, pinned: true })).toEqual(['facts', 'verified']);
    signed.verificationMaterial.publicKey!.hint = 'another name';
    signed.dsseEnvelope.signatures[0]!.keyid = 'another name';
    expect(await codes(signed, { trustRoot, key, pinned: true })).toEqual(['facts', 'verified']);
  });

  test('that are trusted by their name say nothing about who may sign here', async () => {
    const bundle = world.bundle('key v0.3');
    const options = { trustRoot, keys: world.keys };
    expect(await codes(bundle, options)).toEqual(['facts', 'verified']);
    expect(await codes(bundle, { ...options, pinned: true })).toEqual(['facts', 'failed', 'signer-unpinned']);
    expect(await codes(bundle, { trustRoot })).toEqual(['no facts', 'failed', 'key-unknown']);
    for (const asked of [{ identity: 'x' }, { issuer: 'x' }])
      expect(await codes(bundle, { ...options, ...asked })).toEqual([
        'facts',
        'failed',
        'signer-kind-mismatch',
      ]);
  });

  test('of somebody else, and for a certificate, do not', async () => {
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const options = { trustRoot, key: pem('PUBLIC KEY', spki(stranger)) };
    expect((await codes(world.bundle('key v0.3'), options))[1]).toBe('failed');
    expect(await codes(attestation, options)).toEqual(['no facts', 'failed', 'signer-kind-mismatch']);
  });

  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  test.each([
    ['a private key', privateKey.export({ type: 'pkcs8', format: 'pem' }), /^key is a private key$/],
    ['an old private key', privateKey.export({ type: 'sec1', format: 'pem' }), /^key is a private key$/],
    [
      'an encrypted key',
      '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nYQ==\n-----END',
      /^key is a private key$/,
    ],
    ['a certificate', pem('CERTIFICATE', world.sigstore.rootCert), /^key is a certificate$/],
    ['nothing', '', /^key cannot be used: not a PEM public key$/],
    ['two keys', `${publicKey.export({ type: 'spki', format: 'pem' })}`.repeat(2), /^key cannot be used/],
    ['no DER', pem('PUBLIC KEY', Buffer.from('junk')), /^key cannot be used/],
    [
      'a kind of key that is not verified',
      generateKeyPairSync('x25519').publicKey.export({ type: 'spki', format: 'pem' }),
      /^key is of a kind that cannot be verified here: 1\.3\.101\.110$/,
    ],
  ])('that are %s are told apart', (_name, text, message) => {
    const error = errorOf(() => judgeBundle(bytesOf(attestation), { trustRoot, key: String(text) }));
    expect(error).toMatchObject({ code: 'key-unreadable', message: expect.stringMatching(message) });
    expect(error.hint).toBeTruthy();
  });
});

describe('digests as text', () => {
  test.each([
    '',
    'sha256',
    'sha256:',
    `sha256:${'a'.repeat(63)}`,
    `sha256:${'a'.repeat(65)}`,
    `sha256:${'g'.repeat(64)}`,
    `sha256:${'a'.repeat(64)}\n`,
    `sha1:${'a'.repeat(40)}`,
    `sha512:${'a'.repeat(64)}`,
    `SHA256:${'a'.repeat(64)}`,
    'a'.repeat(64),
    `__proto__:${'a'.repeat(64)}`,
  ])('%j is none', (text) => {
    expect(errorOf(() => judgeBundle(bytesOf(message), { trustRoot, artifact: text }))).toMatchObject({
      code: 'usage',
    });
  });

  test.each(['sha256', 'sha384', 'sha512'])('%s is one', async (algorithm) => {
    const { failures } = await judgeBundle(bytesOf(attestation), {
      trustRoot,
      artifact: sha(algorithm, FILE),
    });
    expect(failures.map(({ code }) => code)).toEqual(algorithm === 'sha256' ? [] : ['artifact-not-subject']);
  });
});

describe('a file of several bundles', () => {
  const lines = (...bundles: readonly unknown[]): Buffer =>
    Buffer.from(
      bundles.map((bundle) => (typeof bundle === 'string' ? bundle : JSON.stringify(bundle))).join('\n'),
    );
  const judge = async (bytes: Uint8Array) => {
    const judgements = await judgeBundles(bytes, { ...good, pinned: true });
    return [outcomeOfAll(judgements), ...judgements.map(({ failures }) => failures[0]?.code ?? 'verified')];
  };

  test.each<[string, Buffer, readonly string[]]>([
    ['one, pretty', Buffer.from(JSON.stringify(message, null, 2)), ['verified', 'verified']],
    ['one and a line feed', lines(message, ''), ['verified', 'verified']],
    ['two', lines(message, attestation), ['verified', 'verified', 'verified']],
    [
      'blank lines and carriage returns',
      lines('', message, '\r', `${JSON.stringify(attestation)} \r`, ''),
      ['verified', 'verified', 'verified'],
    ],
    [
      'one of them good',
      lines({}, letter, attestation),
      ['verified', 'malformed', 'payload-type-mismatch', 'verified'],
    ],
    ['none of them good', lines({}, letter), ['failed', 'malformed', 'payload-type-mismatch']],
    [
      'all beyond this version',
      lines({ mediaType: 'application/x' }, { mediaType: 'application/y' }),
      ['undecided', 'bundle-version-unknown', 'bundle-version-unknown'],
    ],
    [
      'not all beyond this version',
      lines({ mediaType: 'application/x' }, {}),
      ['failed', 'bundle-version-unknown', 'malformed'],
    ],
    ['a line that is none', lines(message, 'junk'), ['failed', 'malformed']],
    ['a list', Buffer.from(JSON.stringify([message])), ['failed', 'malformed']],
    ['nothing', Buffer.alloc(0), ['failed', 'malformed']],
    ['blanks', Buffer.from(' \n\r\n\t\n'), ['failed', 'malformed']],
    ['too many', lines(...Array(257).fill('{}')), ['failed', 'limit-exceeded']],
    ['no text', Buffer.from([0x7b, 0xff, 0x7d, 0x0a, 0x7b, 0x7d]), ['failed', 'malformed', 'malformed']],
  ])('%s', async (_name, bytes, expected) => {
    expect(await judge(bytes)).toEqual(expected);
  });

  test('reads the content once for the statements in it', async () => {
    let passes = 0;
    const artifact = () => {
      passes++;
      return [FILE];
    };
    await judgeBundles(lines(attestation, attestation, attestation), { ...good, artifact });
    expect(passes).toBe(1);
  });

  test('hands on what reading the content throws', async () => {
    const artifact = () => {
      throw new VerifyDepsError('artifact-unreadable', 'gone');
    };
    for (const bundle of [attestation, message])
      await expect(judgeBundle(bytesOf(bundle), { ...good, artifact })).rejects.toThrow('gone');
  });
});

describe('the public function', () => {
  let value: Awaited<ReturnType<typeof verifyBundle>>;
  beforeAll(async () => {
    value = await verifyBundle(bytesOf(message), good);
  });

  test('carries every established fact', () => {
    expect(value).toMatchObject({
      status: 'verified',
      value: {
        signer: { kind: 'certificate', subjectAlternativeName: WHO.email, claims: { issuer: ISSUER } },
        logEntries: [{ inclusion: 'proof' }],
        times: [{ source: 'timestamp-authority', time: NOW + 1000 }],
        artifact: { algorithm: 'sha256', digest: sha('sha256', FILE).slice(7) },
        statement: undefined,
      },
    });
  });

  test('says the first reason why not', async () => {
    expect(await verifyBundle(bytesOf(message), { ...good, identity: 'x' })).toEqual({
      status: 'invalid',
      code: 'signer-identity-mismatch',
      args: { expected: 'x', actual: WHO.email },
    });
    expect(await verifyBundle(Buffer.from('{'), good)).toMatchObject({
      status: 'invalid',
      code: 'malformed',
    });
  });

  test('demands what is asked for', async () => {
    expect(
      await verifyBundle(bytesOf(message), { ...good, thresholds: { transparencyLogs: 2 } }),
    ).toMatchObject({
      code: 'tlog-threshold',
    });
    await expect(
      verifyBundle(bytesOf(message), { ...good, thresholds: { transparencyLogs: 0 } }),
    ).rejects.toMatchObject({ code: 'usage' });
  });
});
