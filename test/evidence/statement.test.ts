import { describe, expect, test } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { assertPublish } from '../../src/evidence/publish.ts';
import { assertSubject, readStatement } from '../../src/evidence/statement.ts';
import { codeOf } from '../support/failing.ts';
import { KEY_SHA256 } from '../support/signer.ts';
import { bundleBy, githubSigner, type Loose, put, statementOf } from './samples.ts';

const PURL = 'pkg:npm/%40acme/log@2.1.0';
const HEX = 'ab'.repeat(64);
const document = (): Loose => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: PURL, digest: { sha512: HEX } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { a: 1 },
});
const bundle = (payload: unknown) =>
  bundleBy(githubSigner(), Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)));
const read = (payload: unknown) => codeOf(() => readStatement(bundle(payload)));

describe('statements', () => {
  test('are read', () => {
    expect(readStatement(bundle(document()))).toEqual({
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: { a: 1 },
      subjects: [{ name: PURL, sha512: HEX }],
    });
    expect(read(put(document(), '_type', 'https://in-toto.io/Statement/v0.1'))).toBe('verified');
    expect(readStatement(bundle(put(document(), 'predicate', undefined))).predicate).toEqual({});
    expect(readStatement(bundle(put(document(), 'subject.0.digest', { sha256: 'x' }))).subjects).toEqual([
      { name: PURL, sha512: undefined },
    ]);
  });

  test.each([
    ['text/plain'],
    ['application/vnd.in-toto+json; charset=utf-8'],
    ['application/vnd.in-toto+JSON'],
    [''],
  ])('of payload type %j are none', (payloadType) => {
    const of = {
      ...bundle(document()),
      content: { kind: 'dsse' as const, payloadType, payload: Buffer.from(JSON.stringify(document())) },
    };
    expect(codeOf(() => readStatement(of))).toBe('invalid payload-type-mismatch');
  });

  test('are not in a message signature', () => {
    const of = {
      ...bundle({}),
      content: { kind: 'message' as const, digestAlgorithm: 'sha256' as const, digest: Buffer.of(1) },
    };
    expect(codeOf(() => readStatement(of))).toBe('invalid payload-type-mismatch');
  });

  test.each(['https://in-toto.io/Statement/v2', 'https://in-toto.io/Statement/v1 ', '', '__proto__'])(
    'of type %j are unknown',
    (type) => {
      expect(read(put(document(), '_type', type))).toBe('invalid statement-type-unknown');
    },
  );

  test.each<[string, unknown]>([
    ['not JSON', 'x'],
    ['a list', []],
    ['a key twice', '{"_type":"a","_type":"a"}'],
    ['no type', put(document(), '_type', undefined)],
    ['no predicate type', put(document(), 'predicateType', undefined)],
    ['a predicate type that is a number', put(document(), 'predicateType', 1)],
    ['a predicate that is a list', put(document(), 'predicate', [])],
    ['no subject', put(document(), 'subject', undefined)],
    ['a subject that is no list', put(document(), 'subject', {})],
    ['a subject that is text', put(document(), 'subject', ['x'])],
    ['a subject without a name', put(document(), 'subject.0.name', undefined)],
    ['a digest that is text', put(document(), 'subject.0.digest', 'x')],
    ['a sha512 that is a number', put(document(), 'subject.0.digest.sha512', 1)],
  ])('with %s are refused', (_, payload) => {
    expect(read(payload)).toBe('invalid malformed');
  });

  test('are bounded', () => {
    const subjects = Array(limits.subjectsMax + 1).fill({ name: 'x', digest: {} });
    expect(read(put(document(), 'subject', subjects))).toBe('invalid limit-exceeded');
  });
});

describe('the subject', () => {
  const subject = (change: (document: Loose) => unknown) => {
    const of = document();
    change(of);
    return codeOf(() => assertSubject(readStatement(bundle(of)), PURL, HEX));
  };
  test('is this package and these bytes', () => expect(subject(() => {})).toBe('verified'));
  test('may be written in capitals, where it is hexadecimal', () => {
    expect(subject((d) => put(d, 'subject.0.digest.sha512', HEX.toUpperCase()))).toBe('verified');
  });
  test.each<[string, (document: Loose) => unknown, string]>([
    ['nothing', (d) => put(d, 'subject', []), 'subject-absent'],
    ['two', (d) => d.subject.push({ name: 'pkg:npm/evil@1.0.0', digest: { sha512: HEX } }), 'subject-extra'],
    ['the same twice', (d) => d.subject.push(d.subject[0]), 'subject-extra'],
    [
      'another package',
      (d) => put(d, 'subject.0.name', 'pkg:npm/%40acme/lag@2.1.0'),
      'subject-name-mismatch',
    ],
    [
      'another version',
      (d) => put(d, 'subject.0.name', 'pkg:npm/%40acme/log@2.1.1'),
      'subject-name-mismatch',
    ],
    [
      'an unescaped scope',
      (d) => put(d, 'subject.0.name', 'pkg:npm/@acme/log@2.1.0'),
      'subject-name-mismatch',
    ],
    ['qualifiers', (d) => put(d, 'subject.0.name', `${PURL}?a=b`), 'subject-name-mismatch'],
    ['other bytes', (d) => put(d, 'subject.0.digest.sha512', 'cd'.repeat(64)), 'subject-digest-mismatch'],
    ['a digest cut short', (d) => put(d, 'subject.0.digest.sha512', HEX.slice(2)), 'subject-digest-mismatch'],
    ['no sha512', (d) => put(d, 'subject.0.digest', { sha256: HEX }), 'subject-digest-mismatch'],
    ['an empty sha512', (d) => put(d, 'subject.0.digest.sha512', ''), 'subject-digest-mismatch'],
    [
      'a sha512 of base64',
      (d) => put(d, 'subject.0.digest.sha512', Buffer.from(HEX, 'hex').toString('base64')),
      'subject-digest-mismatch',
    ],
  ])('is refused with %s', (_, change, code) => {
    expect(subject(change)).toBe(`invalid ${code}`);
  });
});

describe('the publish attestation', () => {
  const expected = {
    name: '@acme/log',
    version: '2.1.0',
    registries: ['https://mirror.example/npm/', 'https://registry.example/'],
  };
  const key = { kind: 'key' as const, hint: 'SHA256:x', sha256: KEY_SHA256 };
  const publish = (predicate: Loose, signer: Parameters<typeof bundleBy>[0] = key) =>
    codeOf(() => assertPublish(bundleBy(signer), statementOf('t', predicate), expected));
  const sound = (change: object = {}) => ({
    name: '@acme/log',
    version: '2.1.0',
    registry: 'https://registry.example',
    ...change,
  });

  test('names package, version and registry', () => {
    expect(publish(sound())).toBe('verified');
    for (const registry of [
      'https://registry.example/',
      'https://REGISTRY.example',
      'https://mirror.example/npm',
    ])
      expect(publish(sound({ registry }))).toBe('verified');
  });

  test('is signed by the key of a registry, not with a certificate', () => {
    expect(publish(sound(), githubSigner())).toBe('invalid publish-signer-mismatch');
  });

  test.each<[string, object]>([
    ['another package', { name: '@acme/lag' }],
    ['no package', { name: undefined }],
    ['another version', { version: '2.1.1' }],
    ['a version that is a number', { version: 2 }],
    ['another registry', { registry: 'https://other.example' }],
    ['a registry that starts alike', { registry: 'https://registry.example.evil.example' }],
    ['a registry below', { registry: 'https://registry.example/below' }],
    ['the same host without TLS', { registry: 'http://registry.example' }],
    ['another port', { registry: 'https://registry.example:8443' }],
    ['no registry', { registry: undefined }],
    ['a registry that is none', { registry: 'registry' }],
  ])('with %s is refused', (_, change) => {
    expect(publish(sound(change))).toBe('invalid publish-claim-mismatch');
  });
});
