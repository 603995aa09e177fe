import { expect, test } from 'vitest';
import { parseIntegrity } from '../../src/tree/integrity.ts';

const good = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
const other = `sha512-${Buffer.alloc(64, 2).toString('base64')}`;
const sha1 = `sha1-${Buffer.alloc(20, 1).toString('base64')}`;
const sha256 = `sha256-${Buffer.alloc(32, 1).toString('base64')}`;

test.each([
  ['a canonical sha512', good, { kind: 'sha512', sri: good }],
  ['white space around it', ` ${good}\n`, { kind: 'sha512', sri: good }],
  ['options, which mean nothing', `${good}?x`, { kind: 'sha512', sri: good }],
  ['the same digest twice', `${good} ${good}`, { kind: 'sha512', sri: good }],
  ['weaker digests beside it', `${sha1} ${good} ${sha256}`, { kind: 'sha512', sri: good }],
  ['nothing', undefined, { kind: 'none' }],
  ['an empty text', ' ', { kind: 'none' }],
])('%s', (_name, text, expected) => {
  expect(parseIntegrity(text)).toEqual(expected);
});

test.each([
  ['sha1 only', sha1, 'sha1'],
  ['the stronger of two weak ones', `${sha1} ${sha256}`, 'sha256'],
  ['two different sha512: either bytes would be installed', `${good} ${other}`, 'ambiguous'],
  ['sha512 of 63 bytes', `sha512-${Buffer.alloc(63).toString('base64')}`, 'malformed'],
  ['sha512 of 65 bytes', `sha512-${Buffer.alloc(65).toString('base64')}`, 'malformed'],
  ['sha512 without padding', good.replace(/=+$/, ''), 'malformed'],
  ['sha512 with pad bits that are not zero', good.replace(/.==$/, 'R=='), 'malformed'],
  ['sha512 in base64url', `sha512-${'_'.repeat(86)}==`, 'malformed'],
  ['sha512 in hex', `sha512-${'ab'.repeat(64)}`, 'malformed'],
  ['a good sha512 beside a broken one', `${good} sha512-x`, 'ambiguous'],
  ['upper case, which package managers do not read', good.replace('sha512', 'SHA512'), 'malformed'],
  ['garbage beside it', `${good} garbage`, 'malformed'],
  ['an algorithm that might rank higher beside it', `sha3-abc ${good}`, 'malformed'],
  ['no digest', 'sha512-', 'malformed'],
  ['more text than any pin', `${good} `.repeat(100), 'malformed'],
])('never counts as sha512: %s', (_name, text, algorithm) => {
  expect(parseIntegrity(text)).toMatchObject({ kind: 'weak', algorithm });
});
