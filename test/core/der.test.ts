import { describe, expect, test } from 'vitest';
import { hex } from '../../src/core/bytes.ts';
import {
  bitsOf,
  booleanOf,
  children,
  content,
  encodeDer,
  encoded,
  expectTag,
  integerOf,
  oidOf,
  parseDer,
  timeOf,
  unsignedOf,
} from '../../src/core/der.ts';
import { codeOf } from '../support/failing.ts';

const bytes = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const parse = (text: string) => parseDer(bytes(text), 'x');

describe('elements', () => {
  test('a sequence with its children, as offsets', () => {
    const list = parse('30 06 020105 0401 ff');
    expect(list).toMatchObject({ tag: 0x30, start: 0, body: 2, end: 8 });
    expect(children(list, 'x').map(({ tag }) => tag)).toEqual([2, 4]);
    expect(children(list, 'x').map((child) => hex(content(child)))).toEqual(['05', 'ff']);
    expect(children(list, 'x').map((child) => hex(encoded(child)))).toEqual(['020105', '0401ff']);
    expect(children(parse('3000'), 'x')).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['content cut short', '04 02 01'],
    ['a byte behind the end', '04 01 01 00'],
    ['a second element', '0500 0500'],
    ['an indefinite length', '30 80 0500 0000'],
    ['a length in more bytes than needed (short form would do)', '04 81 01 ff'],
    ['a length of 127 in the long form', `04 81 7f ${'00'.repeat(127)}`],
    ['a length with a leading zero', `04 82 0080 ${'00'.repeat(128)}`],
    ['a length of zero bytes in the long form', '04 81 00'],
    ['a length cut short', '04 82 01'],
    ['a length of five bytes', '04 85 0100000000'],
    ['a length beyond all memory', '04 84 ffffffff 00'],
    ['the reserved length', '04 ff 00'],
    ['a tag of more than one byte', '1f 81 00 00'],
    ['a high tag number in a context tag', 'bf 1f 00'],
    ['a high tag number that could be read as a length', '1f 01 00'],
    ['a constructed one', 'bf 00'],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parse(text))).toBe('invalid malformed');
  });

  test.each([
    ['that reaches past its container', '30 03 04 02 01'],
    ['of which only the tag fits', '30 01 04'],
    ['whose length reaches past it', '30 02 04 81'],
    ['with an indefinite length inside', '30 02 30 80'],
  ])('refuses a child %s', (_, text) => {
    expect(codeOf(() => children(parse(text), 'x'))).toBe('invalid malformed');
  });

  test('a child may not borrow bytes from behind its container', () => {
    const outer = parse('30 07 30 03 04 02 01 05 00');
    expect(codeOf(() => children(children(outer, 'x')[0]!, 'x'))).toBe('invalid malformed');
  });

  test.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])('encodes %i bytes as it reads them', (length) => {
    const element = parseDer(encodeDer(0x04, new Uint8Array(length)), 'x');
    expect(element.end - element.body).toBe(length);
  });

  test('a tag counts whole, class and constructed bit included', () => {
    expect(codeOf(() => expectTag(parse('3000'), 0x30, 'x'))).toBe('verified');
    expect(codeOf(() => expectTag(parse('3000'), 0x10, 'x'))).toBe('invalid malformed');
    expect(codeOf(() => expectTag(undefined, 0x30, 'x'))).toBe('invalid malformed');
  });
});

describe('object identifiers', () => {
  test.each([
    ['06 03 2a8648', '1.2.840'],
    ['06 09 2b06010401 83bf3001', '1.3.6.1.4.1.57264.1'],
    ['06 01 00', '0.0'],
    ['06 01 27', '0.39'],
    ['06 01 28', '1.0'],
    ['06 01 4f', '1.39'],
    ['06 01 50', '2.0'],
    ['06 02 8837', '2.999'],
    ['06 03 550403', '2.5.4.3'],
  ])('%s is %s', (text, oid) => {
    expect(oidOf(parse(text), 'x')).toBe(oid);
  });

  test.each([
    ['empty', '06 00'],
    ['cut in the middle of an arc', '06 02 2a86'],
    ['with a padded first arc', '06 02 802a'],
    ['with a padded later arc', '06 03 2a8001'],
    ['of another tag', '04 01 2a'],
    ['with an arc beyond 2^53', `06 0a 2a ${'ff'.repeat(8)} 7f`],
    ['too long', `06 41 ${'01'.repeat(65)}`],
  ])('refuses one that is %s', (_, text) => {
    expect(codeOf(() => oidOf(parse(text), 'x'))).toBe('invalid malformed');
  });
});

describe('booleans', () => {
  test('are 00 or ff', () => {
    expect(booleanOf(parse('0101ff'), 'x')).toBe(true);
    expect(booleanOf(parse('010100'), 'x')).toBe(false);
  });
  test.each(['010101', '01017f', '0100', '0102ffff', '0201ff'])('refuses %s', (text) => {
    expect(codeOf(() => booleanOf(parse(text), 'x'))).toBe('invalid malformed');
  });
});

describe('integers', () => {
  test.each([
    ['02 01 00', '00', 0],
    ['02 01 7f', '7f', 127],
    ['02 02 0080', '0080', 128],
    ['02 04 7fffffff', '7fffffff', 0x7fffffff],
  ])('%s is %s', (text, digits, value) => {
    expect(hex(integerOf(parse(text), 'x'))).toBe(digits);
    expect(unsignedOf(parse(text), 'x')).toBe(value);
  });

  test.each([
    ['a negative one', '02 01 ff'],
    ['the smallest negative one of two bytes', '02 02 ff7f'],
    ['one of five bytes', '02 05 0080000000'],
  ])('%s is an integer, and not an unsigned one of 31 bits', (_, text) => {
    expect(codeOf(() => integerOf(parse(text), 'x'))).toBe('verified');
    expect(codeOf(() => unsignedOf(parse(text), 'x'))).toBe('invalid malformed');
  });

  test.each([
    ['an empty one', '02 00'],
    ['a padded zero', '02 02 0000'],
    ['a padded positive one', '02 02 007f'],
    ['a padded negative one', '02 02 ff80'],
    ['another tag', '0a 01 00'],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => integerOf(parse(text), 'x'))).toBe('invalid malformed');
  });
});

describe('bit strings of whole bytes', () => {
  test('are the bytes behind the count of unused bits', () => {
    expect(hex(bitsOf(parse('03 03 00 0102'), 'x'))).toBe('0102');
    expect(hex(bitsOf(parse('03 01 00'), 'x'))).toBe('');
  });
  test.each(['03 00', '03 02 01 02', '04 02 00 01'])('refuses %s', (text) => {
    expect(codeOf(() => bitsOf(parse(text), 'x'))).toBe('invalid malformed');
  });
  test('refuses what is not there', () => {
    expect(codeOf(() => bitsOf(undefined, 'x'))).toBe('invalid malformed');
  });
});

describe('times', () => {
  const time = (tag: number, text: string) => timeOf(parseDer(encodeDer(tag, Buffer.from(text)), 'x'), 'x');

  test.each([
    [0x17, '491231235959Z', '2049-12-31T23:59:59.000Z'],
    [0x17, '500101000000Z', '1950-01-01T00:00:00.000Z'],
    [0x17, '000229000000Z', '2000-02-29T00:00:00.000Z'],
    [0x17, '240229120000Z', '2024-02-29T12:00:00.000Z'],
    [0x18, '20500101000000Z', '2050-01-01T00:00:00.000Z'],
    [0x18, '99991231235959Z', '9999-12-31T23:59:59.000Z'],
  ])('tag %i, %s', (tag, text, iso) => {
    expect(new Date(time(tag, text)).toISOString()).toBe(iso);
  });

  test.each([
    ['29 February of a common year', 0x17, '230229000000Z'],
    ['29 February 1900', 0x18, '19000229000000Z'],
    ['30 February', 0x17, '240230000000Z'],
    ['31 April', 0x18, '20240431000000Z'],
    ['month 0', 0x17, '240001000000Z'],
    ['month 13', 0x17, '241301000000Z'],
    ['day 0', 0x17, '240100000000Z'],
    ['hour 24', 0x17, '240101240000Z'],
    ['minute 60', 0x17, '240101006000Z'],
    ['a leap second', 0x17, '161231235960Z'],
    ['no seconds', 0x17, '2401010000Z'],
    ['an offset', 0x17, '240101000000+0000'],
    ['local time', 0x18, '20240101000000'],
    ['a fraction', 0x18, '20240101000000.5Z'],
    ['a lower-case z', 0x18, '20240101000000z'],
    ['a four-digit year in the short form', 0x17, '20240101000000Z'],
    ['a two-digit year in the long form', 0x18, '240101000000Z'],
    ['a year of the first century', 0x18, '00500101000000Z'],
    ['other digits', 0x18, '２０240101000000Z'],
    ['a line break at the end', 0x18, '20240101000000Z\n'],
    ['another tag', 0x16, '240101000000Z'],
  ])('refuses %s', (_, tag, text) => {
    expect(codeOf(() => time(tag, text))).toBe('invalid malformed');
  });
});
