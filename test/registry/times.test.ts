import { describe, expect, test } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { createTimesReader, type Times } from '../../src/registry/times.ts';

const DATE = '2024-01-02T03:04:05.006Z';
const MS = Date.UTC(2024, 0, 2, 3, 4, 5, 6);

function timesOf(pieces: readonly Uint8Array[]): Times {
  const reader = createTimesReader();
  for (const piece of pieces) if (!reader.write(piece)) break;
  return reader.times();
}
const times = (text: string | Buffer): Times => timesOf([Buffer.from(text)]);

const found: readonly [string, string][] = [
  ['before the versions', `{"time":{"1.0.0":"${DATE}"},"versions":{"1.0.0":{}}}`],
  [
    'behind them',
    `{"versions":{"1.0.0":{"time":{"1.0.0":"no"},"a":[{"time":1}]}},"time":{"1.0.0":"${DATE}"}}`,
  ],
  ['with white space', `{ "a" : 1 ,\n"time" :\t{ "1.0.0" : "${DATE}" } }\n`],
  [
    'beside strings that look like it',
    `{"readme":"\\"time\\":{\\\\","time2":1,"tim":2,"x":"time","time":{"1.0.0":"${DATE}"}}`,
  ],
  ['behind a name with escapes', `{"\\u0074ime":{"1.0.0":"no"},"time":{"1.0.0":"${DATE}"}}`],
  ['with others beside it', `{"time":{"created":"${DATE}","1.0.0":"${DATE}","2.0.0":"yesterday","3.0.0":7}}`],
  ['behind numbers and words', `{"a":null,"b":-1.5e3,"c":true,"time":{"1.0.0":"${DATE}"},"d":0}`],
  ['in UTF-8', `{"né":"é","time":{"1.0.0":"${DATE}","é":"é"}}`],
];

describe('times', () => {
  test.each(found)('are found %s, wherever the document is cut', (_, text) => {
    const whole = Buffer.from(text);
    const expected = new Map([['1.0.0', MS]]);
    expect(timesOf([whole])).toEqual(expected);
    for (let at = 1; at < whole.length; at++) {
      expect(timesOf([whole.subarray(0, at), whole.subarray(at)])).toEqual(expected);
    }
    expect(timesOf([...whole].map((byte) => Buffer.of(byte)))).toEqual(expected);
  });

  test.each(found)('are found %s as a parser of the whole finds them', (_, text) => {
    const { time } = JSON.parse(text) as { time: Record<string, string> };
    expect(times(text).get('1.0.0')).toBe(Date.parse(time['1.0.0']!));
  });

  test.each<[string, string]>([
    ['there is none', '{"versions":{"time":{"1.0.0":"2024-01-01T00:00:00Z"}}}'],
    ['it is null', '{"time":null,"time":{"1.0.0":"2024-01-01T00:00:00Z"}}'],
    ['it is a list', '{"time":["2024-01-01T00:00:00Z"]}'],
    ['it is a text', '{"time":"{\\"1.0.0\\":\\"2024-01-01T00:00:00Z\\"}"}'],
    ['it stands behind the document', '{} {"time":{"1.0.0":"2024-01-01T00:00:00Z"}}'],
    ['the document is empty', '{}'],
  ])('are none where %s', (_, text) => {
    expect(times(text)).toEqual(new Map());
    expect(timesOf([...Buffer.from(text)].map((byte) => Buffer.of(byte)))).toEqual(new Map());
  });

  test.each<[string, string | Buffer, string]>([
    ['nothing', '', 'not a JSON object'],
    ['a page', '<!doctype html>', 'not a JSON object'],
    ['a list', '[{"time":{}}]', 'not a JSON object'],
    ['a byte order mark', '\ufeff{"time":{}}', 'not a JSON object'],
    ['half a document', '{"versions":{"1.0.0":{', 'not JSON'],
    ['half a string', '{"a":"b', 'not JSON'],
    ['half the times', '{"time":{"1.0.0":"2024', 'not JSON'],
    ['times without an end', '{"time":{}', 'not JSON'],
    ['brackets that do not match', '{"time":{"1.0.0":["2024-01-01T00:00:00Z"}},"a":1}', 'not JSON'],
    [
      'one time twice',
      `{"time":{"1.0.0":"${DATE}","1.0.0":"${DATE}"},"a":1}`,
      'the same key twice in one object',
    ],
    [
      'times that are not UTF-8',
      Buffer.from('7b2274696d65223a7b2261223a22ff227d2c2278223a317d', 'hex'),
      'not UTF-8',
    ],
  ])('are not told from %s', (_, text, why) => {
    expect(() => times(text)).toThrow(expect.objectContaining({ args: expect.objectContaining({ why }) }));
  });

  test('end the reading: the first member counts, however much of the rest came along', () => {
    const reader = createTimesReader();
    const text = `{"time":{"1.0.0":"${DATE}"},"time":{"1.0.0":"2020-01-01T00:00:00Z"},"x":[[[`;
    expect(reader.write(Buffer.from(text))).toBe(false);
    expect(reader.write(Buffer.from('}}}]]]'))).toBe(false);
    expect(reader.times()).toEqual(new Map([['1.0.0', MS]]));
  });

  test('do not share memory with what they were read from', () => {
    const reader = createTimesReader();
    const first = Buffer.from(`{"time":{"1.0.0":"${DATE}"`);
    reader.write(first);
    first.fill(0);
    expect(reader.write(Buffer.from('},"a":1}'))).toBe(false);
    expect(reader.times()).toEqual(new Map([['1.0.0', MS]]));
  });

  test('of a document nested too deep, or of too many, are a limit', () => {
    expect(() => times('{"a":'.repeat(limits.jsonDepthMax + 1))).toThrow(
      expect.objectContaining({ code: 'limit-exceeded' }),
    );
    const reader = createTimesReader();
    reader.write(Buffer.from('{"time":{"1.0.0":"'));
    const more = Buffer.alloc(1_048_576, 0x61);
    let pieces = 0;
    while (reader.write(more)) expect(++pieces).toBeLessThan(16);
    expect(() => reader.times()).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
  });
});
