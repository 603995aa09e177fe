import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { assertArtifact, digestsOf } from '../../src/evidence/artifact.ts';
import type { InTotoStatement } from '../../src/evidence/in-toto.ts';
import { codeOf } from '../support/failing.ts';

const FILE = Buffer.from('the file');
const digest = (algorithm: string, bytes: Uint8Array = FILE): string =>
  createHash(algorithm).update(bytes).digest('hex');
const content = { kind: 'content', chunks: () => [FILE.subarray(0, 3), FILE.subarray(3)] } as const;
const [sha256, sha384, sha512] = ['sha256', 'sha384', 'sha512'].map((algorithm) => digest(algorithm)) as [
  string,
  string,
  string,
];
const other = digest('sha256', Buffer.from('another file'));

function about(...subjects: readonly Readonly<Record<string, string>>[]): InTotoStatement {
  return {
    type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://example.com/p',
    predicate: {},
    subjects: subjects.map((digests, index) => ({
      name: `f${index}`,
      digests: new Map(Object.entries(digests)),
    })),
  };
}

describe('digests', () => {
  test('of a content are all three, in one pass', async () => {
    let passes = 0;
    const source = {
      kind: 'content' as const,
      async *chunks() {
        passes++;
        yield* content.chunks();
      },
    };
    expect(Object.fromEntries(await digestsOf(source))).toEqual({ sha256, sha384, sha512 });
    expect(passes).toBe(1);
  });

  test('of an empty file are those of nothing', async () => {
    const empty = await digestsOf({ kind: 'content', chunks: () => [] });
    expect(empty.get('sha256')).toBe(digest('sha256', Buffer.alloc(0)));
  });

  test('of a digest is that one', async () => {
    const given = { kind: 'digest', algorithm: 'sha384', digest: Buffer.from(sha384, 'hex') } as const;
    expect([...(await digestsOf(given))]).toEqual([['sha384', sha384]]);
  });
});

describe('a file is a subject', () => {
  test.each([
    ['by sha256', about({ sha256 }), { algorithm: 'sha256', digest: sha256 }],
    ['by sha384', about({ sha384 }), { algorithm: 'sha384', digest: sha384 }],
    ['by sha512', about({ sha512 }), { algorithm: 'sha512', digest: sha512 }],
    ['by all', about({ sha512, sha256 }), { algorithm: 'sha256', digest: sha256 }],
    [
      'beside what is no digest of bytes',
      about({ gitCommit: 'ab', sha256 }),
      { algorithm: 'sha256', digest: sha256 },
    ],
    ['in capitals', about({ sha256: sha256.toUpperCase() }), { algorithm: 'sha256', digest: sha256 }],
    [
      'as the last of several',
      about({ sha256: other }, {}, { sha256 }),
      { algorithm: 'sha256', digest: sha256 },
    ],
  ])('%s', async (_name, statement, expected) => {
    expect(assertArtifact(statement, await digestsOf(content))).toEqual(expected);
  });

  test.each([
    ['no subject at all', about()],
    ['a subject without a digest', about({})],
    ['another file', about({ sha256: other })],
    ['one right and one wrong digest', about({ sha256, sha512: digest('sha512', Buffer.from('x')) })],
    ['one wrong and one right digest', about({ sha256: other, sha512 })],
    ['the right digest under another algorithm', about({ sha512: sha256 })],
    ['the right digest under an unknown algorithm', about({ md5: sha256 })],
    ['a digest cut short', about({ sha256: sha256.slice(0, 32) })],
    ['a digest with a blank', about({ sha256: ` ${sha256}` })],
    ['one digest in each of two subjects', about({ sha256, sha512: 'x' }, { sha256: other, sha512 })],
    ['a key of every object', about(JSON.parse(`{"__proto__":"${sha256}"}`))],
  ])('not if it names %s', async (_name, statement) => {
    const digests = await digestsOf(content);
    expect(codeOf(() => assertArtifact(statement, digests))).toBe('invalid artifact-not-subject');
  });

  test('by the digest that was given, whatever else it names', async () => {
    const given = await digestsOf({
      kind: 'digest',
      algorithm: 'sha256',
      digest: Buffer.from(sha256, 'hex'),
    });
    expect(assertArtifact(about({ sha256, sha512: 'unknown here' }), given)).toMatchObject({
      digest: sha256,
    });
    expect(codeOf(() => assertArtifact(about({ sha512 }), given))).toBe('invalid artifact-not-subject');
  });

  test('with both values told, and a bounded number of subjects', async () => {
    const many = about(...Array.from({ length: 50 }, () => ({ sha256: other })));
    const digests = await digestsOf(content);
    expect(() => assertArtifact(many, digests)).toThrow(
      expect.objectContaining({
        args: {
          actual: `sha256:${sha256}`,
          expected: [...Array.from({ length: 6 }, (_, i) => `f${i} sha256:${other}`), '44 more'],
        },
      }),
    );
  });
});
