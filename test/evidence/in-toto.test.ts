import { describe, expect, test } from 'vitest';
import { isInToto, readInToto } from '../../src/evidence/in-toto.ts';
import { codeOf } from '../support/failing.ts';

const content = (payload: unknown, payloadType = 'application/vnd.in-toto+json') => ({
  content: { kind: 'dsse' as const, payloadType, payload: Buffer.from(JSON.stringify(payload)) },
});
const document = (subject: unknown, rest: object = {}) => ({
  _type: 'https://in-toto.io/Statement/v1',
  predicateType: 'https://example.com/p',
  subject,
  ...rest,
});

describe('in-toto statements', () => {
  test('of any predicate are read with every digest', () => {
    const bundle = content(
      document([{ name: 'a', digest: { sha256: 'aa', gitCommit: 'bb' } }, { digest: {} }]),
    );
    expect(isInToto(bundle)).toBe(true);
    expect(readInToto(bundle)).toEqual({
      type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://example.com/p',
      predicate: {},
      subjects: [
        {
          name: 'a',
          digests: new Map([
            ['sha256', 'aa'],
            ['gitCommit', 'bb'],
          ]),
        },
        { name: undefined, digests: new Map() },
      ],
    });
  });

  test('with keys that objects have by themselves keep them as keys', () => {
    const payload =
      '{"_type":"https://in-toto.io/Statement/v1","predicateType":"p","subject":[{"digest":{"__proto__":"x"}}]}';
    const [subject] = readInToto({
      content: { kind: 'dsse', payloadType: 'application/vnd.in-toto+json', payload: Buffer.from(payload) },
    }).subjects;
    expect([...subject!.digests]).toEqual([['__proto__', 'x']]);
  });

  test.each([
    ['another payload', content(document([]), 'text/plain'), 'invalid payload-type-mismatch'],
    ['another statement', content(document([], { _type: 'x' })), 'invalid statement-type-unknown'],
    ['a name that is a number', content(document([{ name: 1, digest: {} }])), 'invalid malformed'],
    ['a digest that is a number', content(document([{ digest: { sha256: 1 } }])), 'invalid malformed'],
    ['digests in a list', content(document([{ digest: ['aa'] }])), 'invalid malformed'],
    ['subjects in an object', content(document({ name: 'a' })), 'invalid malformed'],
    ['subjects without end', content(document(Array(1025).fill({}))), 'invalid limit-exceeded'],
  ])('are not %s', (_name, bundle, code) => {
    expect(codeOf(() => readInToto(bundle))).toBe(code);
  });
});
