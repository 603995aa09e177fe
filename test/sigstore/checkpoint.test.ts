import { describe, expect, test } from 'vitest';
import { parseCheckpoint, signatureOfLog } from '../../src/sigstore/checkpoint.ts';
import { codeOf } from '../support/failing.ts';

const ROOT_HASH = Buffer.alloc(32, 3).toString('base64');
const LOG_ID = `01020304${'00'.repeat(28)}`;
const signature = (hint = [1, 2, 3, 4], bytes = 64) =>
  Buffer.from([...hint, ...new Uint8Array(bytes).fill(9)]).toString('base64');
const line = (name = 'log.example', encoded = signature()) => `\u2014 ${name} ${encoded}\n`;
const note = (parts: { origin?: string; size?: string; root?: string; more?: string; lines?: string } = {}) =>
  `${parts.origin ?? 'log.example - 42'}\n${parts.size ?? '7'}\n${parts.root ?? ROOT_HASH}\n${parts.more ?? ''}\n${parts.lines ?? line()}`;

describe('checkpoints', () => {
  test('are read, with what the signature covers', () => {
    const checkpoint = parseCheckpoint(note({ more: 'Timestamp: 1\nother: x\n' }));
    expect(checkpoint).toMatchObject({ origin: 'log.example - 42', treeSize: 7n });
    expect(Buffer.from(checkpoint.rootHash).equals(Buffer.alloc(32, 3))).toBe(true);
    expect(Buffer.from(checkpoint.signed).toString()).toBe(
      `log.example - 42\n7\n${ROOT_HASH}\nTimestamp: 1\nother: x\n`,
    );
    expect(checkpoint.signatures).toHaveLength(1);
    expect(checkpoint.signatures[0]).toMatchObject({ name: 'log.example' });
    expect([...checkpoint.signatures[0]!.keyHint]).toEqual([1, 2, 3, 4]);
    expect(checkpoint.signatures[0]!.signature).toHaveLength(64);
  });

  test('may be of an empty tree, or one beyond 2^53', () => {
    expect(parseCheckpoint(note({ size: '0' })).treeSize).toBe(0n);
    expect(parseCheckpoint(note({ size: '9007199254740993' })).treeSize).toBe(9007199254740993n);
  });

  test.each([
    ['nothing', ''],
    ['no blank line', note().replace('\n\n', '\n')],
    ['no signature', note({ lines: '' })],
    ['no line end at the end', note().trimEnd()],
    ['another character for the last line end', `${note().slice(0, -1)}x`],
    ['no origin', note({ origin: '' })],
    ['no size', note({ size: '' })],
    ['no root', note({ root: '' })],
    ['two lines only', `log.example\n7\n\n${line()}`],
    ['a size with a sign', note({ size: '+7' })],
    ['a negative size', note({ size: '-7' })],
    ['a size with a leading zero', note({ size: '07' })],
    ['a hexadecimal size', note({ size: '0x7' })],
    ['a size with a blank', note({ size: '7 ' })],
    ['a size of twenty digits', note({ size: '9'.repeat(20) })],
    ['line ends of another system', note().replaceAll('\n', '\r\n')],
    ['a root that is not base64', note({ root: '*' })],
    ['a root of 31 bytes', note({ root: Buffer.alloc(31).toString('base64') })],
    ['a root of 33 bytes', note({ root: Buffer.alloc(33).toString('base64') })],
    ['a signature line with a hyphen', note({ lines: line().replace('\u2014', '-') })],
    ['a signature line without a name', note({ lines: `\u2014  ${signature()}\n` })],
    ['a signature line without a signature', note({ lines: '\u2014 log.example\n' })],
    ['a signature line with more behind it', note({ lines: line('log.example', `${signature()} x`) })],
    ['a signature that is not base64', note({ lines: line('log.example', 'AAAA!') })],
    ['a signature of a key hint alone', note({ lines: line('log.example', signature([1, 2, 3, 4], 0)) })],
    ['a blank line behind the signatures', `${note()}\n`],
    ['one bad signature line among good ones', note({ lines: `${line()}x\n${line()}` })],
  ])('are refused with %s', (_, text) => {
    expect(codeOf(() => parseCheckpoint(text))).toBe('invalid malformed');
  });

  test('are bounded', () => {
    expect(codeOf(() => parseCheckpoint(note({ lines: line().repeat(32) })))).toBe('verified');
    expect(codeOf(() => parseCheckpoint(note({ lines: line().repeat(33) })))).toBe('invalid limit-exceeded');
    expect(codeOf(() => parseCheckpoint(note({ more: 'x'.repeat(70_000) })))).toBe('invalid limit-exceeded');
  });
});

describe('the signature of the log', () => {
  const find = (text: string) => signatureOfLog(parseCheckpoint(text), LOG_ID);

  test('is found by key hint and name, wherever it stands', () => {
    expect(find(note())).toMatchObject({ name: 'log.example' });
    expect(find(note({ origin: 'log.example' }))).toBeDefined();
    const several = line('witness.example', signature([9, 9, 9, 9])) + line() + line('other.example');
    expect(find(note({ lines: several }))).toMatchObject({ name: 'log.example' });
  });

  test.each([
    ['of another key', note({ lines: line('log.example', signature([1, 2, 3, 5])) })],
    ['under another name', note({ lines: line('log.exampl') })],
    ['under a longer name', note({ lines: line('log.example2') })],
    ['under a name in other case', note({ lines: line('LOG.example') })],
    ['under a name that only starts alike', note({ origin: 'log.example-evil - 42' })],
    ['under a pattern that would match', note({ lines: line('.*') })],
    ['under a pattern that would take for ever', note({ lines: line(`(a*)*${'a'.repeat(3000)}$`) })],
    ['under a pattern that cannot be compiled', note({ lines: line('(((') })],
  ])('is not one %s', (_, text) => {
    expect(find(text)).toBeUndefined();
  });
});
