import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { main, type Streams } from '../../src/cli/main.ts';
import { limits } from '../../src/core/limits.ts';
import { makeWorld, NOW } from '../sigstore/world.ts';
import { ModernInstance } from '../support/rig/modern.mjs';
import { pem } from '../support/rig/sigstore.mjs';

vi.mock('../../src/registry/client.ts', () => {
  throw new Error('a registry client was loaded');
});
vi.mock('../../src/tree/load.ts', () => {
  throw new Error('a lockfile reader was loaded');
});
vi.mock('../../src/run.ts', () => {
  throw new Error('the run was loaded');
});

const folder = mkdtempSync(path.join(tmpdir(), 'verify-deps-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILE = Buffer.from('#!/bin/sh\necho released\n');
const ISSUER = 'https://issuer.example';
const WHO = { email: 'releaser@acme.example', issuer: ISSUER };
/** What a certificate may hold: ASCII. */
const HOSTILE_NAME = "\u001b[2J\u001b[31m\n  signer  root@acme'; rm -rf ~ #";
const HOSTILE = "\u001b[2J\u001b[31m✔ verified\n  signer  root@acme\u202e'; rm -rf ~ #";
const DIGEST = `sha256:${createHash('sha256').update(FILE).digest('hex')}`;

const world = makeWorld(33);
const modern = new ModernInstance(world.sigstore);
const signFile = (email: string) =>
  modern.signFile({
    content: FILE,
    cert: world.sigstore.leafCert({ email, issuer: ISSUER }, NOW),
    time: NOW + 1000,
  });
const attest = (statement: object, email = WHO.email) =>
  modern.attest({
    statement: statement as Record<string, unknown>,
    cert: world.sigstore.leafCert({ email, issuer: ISSUER }, NOW),
    time: NOW + 2000,
  });
const statement = (name: string) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name, digest: { sha256: DIGEST.slice(7) } }],
  predicateType: `https://example.com/${name === 'a' ? 'release' : name}`,
  predicate: {},
});

const made = {
  message: signFile(WHO.email),
  quoted: signFile("o'neill $(id)@acme.example"),
  hostile: signFile(HOSTILE_NAME),
  attestation: attest(statement('a')),
  hostileStatement: attest(statement(HOSTILE), HOSTILE_NAME),
  provenance: world.bundle('v0.3'),
  keyed: world.bundle('key v0.3'),
};

const json = (name: string, value: unknown): void =>
  writeFileSync(path.join(folder, name), JSON.stringify(value));

beforeAll(() => {
  modern.seal();
  json('root.json', modern.trustedRoot());
  for (const [name, bundle] of Object.entries(made)) json(`${name}.json`, bundle);
  writeFileSync(path.join(folder, 'a'), FILE);
  writeFileSync(path.join(folder, 'other'), 'another file');
  writeFileSync(path.join(folder, 'odd name; $(id)'), FILE);
  writeFileSync(path.join(folder, DIGEST.replace(/.$/, '0')), FILE);
  writeFileSync(path.join(folder, 'key.pub'), pem('PUBLIC KEY', world.sigstore.registryKey(NOW).der));
  writeFileSync(path.join(folder, 'cert.pem'), pem('CERTIFICATE', world.sigstore.rootCert));
  writeFileSync(path.join(folder, 'large.pub'), Buffer.alloc(limits.keysBytesMax + 1));
  writeFileSync(
    path.join(folder, 'several.jsonl'),
    [made.quoted, {}, made.message].map((bundle) => JSON.stringify(bundle)).join('\n'),
  );
  mkdirSync(path.join(folder, 'sub'));
});

interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function call(
  argv: readonly string[],
  { stdin = '', columns, trust = true }: { stdin?: string | Buffer; columns?: number; trust?: boolean } = {},
): Promise<Called> {
  const texts = ['', ''];
  const [stdout, stderr] = [0, 1].map((index) =>
    Object.assign(
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          texts[index] += chunk.toString();
          done();
        },
      }),
      { columns },
    ),
  ) as unknown as [NodeJS.WriteStream, NodeJS.WriteStream];
  const streams: Streams = { stdin: Readable.from([stdin]), stdout, stderr };
  const root = trust ? ['--trust-root', 'root.json'] : [];
  const code = await main(['bundle', '-C', folder, ...root, '--no-color', ...argv], streams);
  return { code, out: texts[0]!, err: texts[1]! };
}

const PINNED = ['--identity', WHO.email, '--issuer', ISSUER];

describe('exit codes', () => {
  test.each<[string, readonly string[], number]>([
    ['a file', ['message.json', 'a', ...PINNED], 0],
    ['its digest', ['message.json', '--digest', DIGEST, ...PINNED], 0],
    ['its digest in place of the file', ['message.json', DIGEST, ...PINNED], 0],
    ['an attestation of it', ['attestation.json', 'a', ...PINNED], 0],
    ['an attestation by itself', ['attestation.json', ...PINNED], 0],
    ['a key', ['keyed.json', '--key', 'key.pub'], 0],
    ['several, one of them good', ['several.jsonl', 'a', ...PINNED], 0],
    ['another file', ['message.json', 'other', ...PINNED], 1],
    ['an attestation of another', ['attestation.json', 'other', ...PINNED], 1],
    ['another identity', ['message.json', 'a', '--identity', 'x', '--issuer', ISSUER], 1],
    ['another issuer', ['message.json', 'a', '--identity', WHO.email, '--issuer', 'x'], 1],
    ['nobody named', ['message.json', 'a'], 1],
    ['no issuer named', ['message.json', 'a', '--identity', WHO.email], 1],
    ['no key', ['keyed.json'], 1],
    ['a key for a certificate', ['message.json', 'a', '--key', 'key.pub'], 1],
    ['more logs than there are', ['message.json', 'a', ...PINNED, '--transparency-logs', '2'], 1],
    ['no bundle', ['a'], 1],
    ['no artifact', ['message.json', ...PINNED], 3],
  ])('%s', async (_name, argv, code) => {
    const called = await call(argv);
    expect(called).toMatchObject({ code, err: '' });
    expect(called.out).toMatch(/^[✔✖?] (?:verified|failed|undecided) {2}\S/);
  });

  test('a file of that name wins over a digest', async () => {
    expect((await call(['message.json', DIGEST.replace(/.$/, '0'), ...PINNED])).code).toBe(0);
  });

  test('from standard input', async () => {
    const stdin = JSON.stringify(made.message);
    expect(await call(['-', 'a', ...PINNED], { stdin })).toMatchObject({ code: 0, err: '' });
    expect(await call(['-', 'a', ...PINNED])).toMatchObject({ code: 1, err: '' });
  });

  test('-q says nothing if all is well, and what is wrong otherwise', async () => {
    expect(await call(['message.json', 'a', ...PINNED, '-q'])).toEqual({ code: 0, out: '', err: '' });
    expect((await call(['message.json', 'other', ...PINNED, '-q'])).out).toContain('made for another file');
  });
});

describe('what cannot be read ends with 2', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['no bundle', ['none.json'], /^verify-deps: bundle none\.json cannot be read: there is no such file\n/],
    ['a file as a folder', ['a/b'], /there is no such file/],
    ['a folder', ['sub'], /^verify-deps: bundle sub cannot be read: it is a folder\n/],
    ['a hostile name', ['\u001b[31m'], /^verify-deps: bundle \\u\{1b\}\[31m cannot be read/],
    [
      'no artifact',
      ['message.json', 'none'],
      /^verify-deps: artifact none cannot be read: there is no such file\n/,
    ],
    [
      'a folder as artifact',
      ['message.json', 'sub'],
      /artifact sub cannot be read: it is not a regular file\n/,
    ],
    ['a digest cut short', ['message.json', 'sha256:abcd'], /^verify-deps: sha256:abcd is not a digest\n/],
    [
      'a digest cut short as flag',
      ['message.json', '--digest', 'sha256:abcd'],
      /^verify-deps: sha256:abcd is not a digest\n/,
    ],
    ['a weak digest', ['message.json', `sha1:${'a'.repeat(40)}`], /is not a digest\n {2}write it as sha256:/],
    [
      'no key',
      ['keyed.json', '--key', 'none'],
      /^verify-deps: key \S+none cannot be read: there is no such file\n/,
    ],
    ['a certificate as key', ['keyed.json', '--key', 'cert.pem'], /cert\.pem is a certificate\n/],
    [
      'a large key',
      ['keyed.json', '--key', 'large.pub'],
      /large\.pub cannot be read: it has more than \d+ bytes\n/,
    ],
    ['a witness key', ['message.json', '--witness', 'x'], /^verify-deps: witness key x /],
    ['no trust root', ['message.json', '--trust-root', 'none'], /trust root file \S+none cannot be read/],
    ['another trust root', ['message.json', '--trust-root', 'message.json'], /cannot be used/],
  ])('%s', async (_name, argv, message) => {
    const called = await call(argv, { trust: !argv.includes('--trust-root') });
    expect(called).toMatchObject({ code: 2, out: '' });
    expect(called.err).toMatch(message);
    expect(called.err).toMatch(/^verify-deps: [^\n]+\n {2}[^\n]+\n$/);
  });
});

describe('the text', () => {
  test.each<[string, readonly string[], number | undefined]>([
    ['a file, verified', ['message.json', 'a', ...PINNED], undefined],
    [
      'a provenance, verified, wide',
      ['provenance.json', '--identity', world.identity.workflowUri, '--issuer', world.identity.issuer],
      120,
    ],
    ['a key, verified', ['keyed.json', '--key', 'key.pub'], undefined],
    ['nobody named', ['message.json', 'odd name; $(id)'], undefined],
    ['another identity', ['attestation.json', 'a', '--identity', 'x', '--issuer', ISSUER], undefined],
    ['another file', ['attestation.json', 'other', ...PINNED], undefined],
    ['several', ['several.jsonl', 'a', ...PINNED], undefined],
    ['several, none of them good', ['several.jsonl', 'a', '--identity', 'x', '--issuer', ISSUER], undefined],
    ['hostile names', ['hostileStatement.json', 'a'], undefined],
  ])('%s', async (_name, argv, columns) => {
    const { out } = await call(argv, columns === undefined ? {} : { columns });
    const stable = out
      .replaceAll(folder, '/tmp/folder')
      .replace(/\b[0-9a-f]{64}\b/g, (hex) => (hex === DIGEST.slice(7) ? hex : '<sha256>'))
      .replace(/serial\s+[0-9a-f]+/g, 'serial <serial>')
      .replace(/sha256:[0-9a-f]{12}…/g, 'sha256:<short>…')
      .replace(/SHA256:[\w+/]{43}/g, 'SHA256:<keyid>');
    expect(stable).toMatchSnapshot();
  });

  test('shows nothing that acts on a terminal', async () => {
    for (const file of ['hostile.json', 'hostileStatement.json'])
      for (const flags of [[], ['--json']]) {
        const { out } = await call([file, 'a', ...flags]);
        expect(out).toContain(flags.length === 0 ? '\\u{1b}[2J' : 'u{1b}[2J');
        expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
        expect(out.split('\n').filter((line) => /^\s*signer {2,}root/.test(line))).toEqual([]);
      }
  });

  test('offers no command that would hold what cannot be seen', async () => {
    const { out } = await call(['hostile.json', 'a']);
    expect(out).toContain('(no command is offered');
    expect(out).not.toContain("--identity '");
  });

  test('offers the command that would have succeeded, quoted, before a --', async () => {
    const { out } = await call(['quoted.json', '--', 'odd name; $(id)']);
    const line = out.split('\n').find((text) => text.startsWith('    verify-deps bundle'))!;
    expect(line).toContain(
      `--identity 'o'\\''neill $(id)@acme.example' --issuer ${ISSUER} -- 'odd name; $(id)'`,
    );
  });

  test('adds only what was missing', async () => {
    const { out } = await call(['message.json', 'a', '--identity', WHO.email]);
    const line = out.split('\n').find((text) => text.startsWith('    verify-deps bundle'))!;
    expect(line.match(/--identity/g)).toHaveLength(1);
    expect(line).toMatch(/releaser@acme\.example --issuer https:\/\/issuer\.example$/);
  });
});

describe('--json', () => {
  test('has every fact', async () => {
    const { out, code } = await call(['attestation.json', 'a', ...PINNED, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      tool: { name: 'verify-deps' },
      outcome: 'verified',
      trust: { kind: 'file' },
      bundles: [
        {
          outcome: 'verified',
          failures: [],
          facts: {
            signer: {
              kind: 'certificate',
              subjectAlternativeName: WHO.email,
              sanType: 'email',
              claims: { issuer: ISSUER },
              certificate: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), transparency: [{}] },
            },
            logEntries: [{ kind: 'hashedrekord 0.0.2', inclusion: 'proof', logIndex: expect.any(String) }],
            times: [{ source: 'timestamp-authority', time: '2026-01-15T12:00:02Z' }],
            uncoveredTimestamps: [],
            content: { kind: 'dsse', payloadType: 'application/vnd.in-toto+json' },
            artifact: { algorithm: 'sha256', digest: DIGEST.slice(7) },
            statement: { subjects: [{ name: 'a', digests: { sha256: DIGEST.slice(7) } }] },
          },
        },
      ],
    });
  });

  test('tells why not, by code', async () => {
    const { out, code } = await call(['several.jsonl', 'a', '--identity', 'x', '--json']);
    expect(code).toBe(1);
    const document = JSON.parse(out);
    expect(document.outcome).toBe('failed');
    expect(
      document.bundles.map((bundle: { failures: { code: string; status: string }[] }) => bundle.failures[0]),
    ).toMatchObject([
      {
        code: 'signer-identity-mismatch',
        status: 'invalid',
        args: { expected: 'x' },
        advice: expect.any(String),
      },
      { code: 'malformed', status: 'invalid' },
      { code: 'signer-identity-mismatch' },
    ]);
    expect(document.bundles[1]).not.toHaveProperty('facts');
  });
});
