import { describe, expect, test } from 'vitest';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { parseCheckpoint } from '../../src/sigstore/checkpoint.ts';
import { cosignedBy, parseVerifierKey } from '../../src/sigstore/witness.ts';
import { flipBase64, makeWorld } from './world.ts';

const { modern } = makeWorld();
const other = makeWorld(2).modern;
const key = modern.witnessKey();
const witness = parseVerifierKey(key);
const root = Buffer.alloc(32, 7);
const text = modern.checkpoint(12, root);
const lines = text.split('\n');
/** The checkpoint with another last signature line. */
const withLine = (line: string) => parseCheckpoint([...lines.slice(0, -2), line, ''].join('\n'));
const [dash, name, encoded] = lines.at(-2)!.split(' ') as [string, string, string];

describe('a cosignature', () => {
  test('holds for the checkpoint and the time it states', async () => {
    expect(await cosignedBy(parseCheckpoint(text), witness)).toBe('verified');
  });

  test('of nobody known is not there', async () => {
    const stranger = parseVerifierKey(other.witnessKey());
    expect(await cosignedBy(parseCheckpoint(text), stranger)).toBe('absent');
    expect(await cosignedBy(parseCheckpoint(text), { ...witness, name: 'other.example' })).toBe('absent');
  });

  test('under another key of the same name is not there', async () => {
    expect(await cosignedBy(withLine(`${dash} ${name} ${flipBase64(encoded, 3)}`), witness)).toBe('absent');
  });

  test.each([
    ['another time', flipBase64(encoded, 8 * 4 + 63 - 7)],
    ['another signature', flipBase64(encoded, 8 * 12 + 5)],
    ['a signature cut short', Buffer.from(encoded, 'base64').subarray(0, -1).toString('base64')],
    ['bytes behind it', Buffer.concat([Buffer.from(encoded, 'base64'), Buffer.of(0)]).toString('base64')],
  ])('with %s is invalid', async (_, line) => {
    expect(await cosignedBy(withLine(`${dash} ${name} ${line}`), witness)).toBe('invalid');
  });

  test('is about this checkpoint only', async () => {
    const moved = parseCheckpoint(text.replace('\n12\n', '\n13\n'));
    expect(await cosignedBy(moved, witness)).toBe('invalid');
  });
});

describe('a verifier key', () => {
  test('names the witness', () => {
    expect(witness.name).toBe('witness.rig.test');
    expect(witness.key.hash).toBeNull();
  });

  const [who, hash, base64] = key.split('+') as [string, string, string];
  const raw = Buffer.from(key.slice(who.length + hash.length + 2), 'base64');
  const written = (bytes: Uint8Array) => `${who}+${hash}+${Buffer.from(bytes).toString('base64')}`;
  test.each([
    ['nothing', ''],
    ['no name', `+${hash}+${base64}`],
    ['a name with a blank', `a b+${hash}+${base64}`],
    ['another hash', key.replace(hash, '00000000')],
    ['another name', `x${key}`],
    ['another key', written(Buffer.concat([raw.subarray(0, 1), Buffer.alloc(32)]))],
    ['a key cut short', written(raw.subarray(0, -1))],
    ['a key of another type', written(Buffer.concat([Buffer.of(2), raw.subarray(1)]))],
    ['something behind it', `${key}+x`],
    ['no base64', `${who}+${hash}+AAA=A`],
    ['pad bits', `${who}+${hash}+AB==`],
  ])('with %s is refused', (_, broken) => {
    let thrown: unknown;
    try {
      parseVerifierKey(broken);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(VerifyDepsError);
    expect((thrown as VerifyDepsError).code).toBe('key-unreadable');
  });
});
