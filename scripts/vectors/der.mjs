// One vector for each rule of the Distinguished Encoding Rules (ITU-T X.690) that a reader of BER would let pass.
// `as` says what the bytes are read as: `element` (one element with everything in it: [tag, content] or [tag, [elements]]),
// `oid`, `integer` (its content), `bits`, `boolean` or `time` (milliseconds since 1970).
import { concat, hex, oid, sequence, tlv, unhex } from './encode.mjs';
import { vectorTable } from './table.mjs';

const { vectors, add } = vectorTable();

export { vectors };

const BAD = 'malformed';
const zeros = (count) => Buffer.alloc(count);
const text = (tag, value) => tlv(tag, Buffer.from(value, 'latin1'));
const element = (name, why, input, outcome) =>
  add(name, why, { as: 'element', input: hex(input) }, outcome === BAD ? BAD : { value: outcome });

// ---- what is right
element('null', 'an element without content', unhex('0500'), ['05', '']);
element('empty-sequence', 'a sequence without elements', unhex('3000'), ['30', []]);
element('sequence', 'two elements in a sequence', unhex('30 06 020105 0401ff'), [
  '30',
  [
    ['02', '05'],
    ['04', 'ff'],
  ],
]);
element('nested', 'four levels', unhex('30 06 31 04 a0 02 0500'), ['30', [['31', [['a0', [['05', '']]]]]]]);
element('length-127', 'the longest short form', concat([0x04, 0x7f], zeros(127)), ['04', hex(zeros(127))]);
element('length-128', 'the shortest long form', concat([0x04, 0x81, 0x80], zeros(128)), [
  '04',
  hex(zeros(128)),
]);
element('length-255', 'the longest length of one byte', concat([0x04, 0x81, 0xff], zeros(255)), [
  '04',
  hex(zeros(255)),
]);
element('length-256', 'the shortest length of two', concat([0x04, 0x82, 1, 0], zeros(256)), [
  '04',
  hex(zeros(256)),
]);
element('tag-30', 'the highest tag of one byte', unhex('9e 01 00'), ['9e', '00']);

// ---- lengths
element('empty', 'no bytes at all', unhex(''), BAD);
element('tag-alone', 'a tag without a length', unhex('30'), BAD);
element('indefinite', 'an indefinite length, as BER has it', unhex('30 80 0500 0000'), BAD);
element('indefinite-inside', 'an indefinite length one level down', unhex('30 06 30 80 0500 0000'), BAD);
element('long-form-short', 'the long form where the short one would do', unhex('04 81 01 ff'), BAD);
element(
  'long-form-127',
  'the long form for the longest short length',
  concat([0x04, 0x81, 0x7f], zeros(127)),
  BAD,
);
element('long-form-zero', 'the long form for nothing', unhex('04 81 00'), BAD);
element('length-padded', 'a length with a leading zero', concat([0x04, 0x82, 0, 0x80], zeros(128)), BAD);
element(
  'length-padded-inside',
  'the same one level down',
  sequence(concat([0x04, 0x82, 0, 0x80], zeros(128))),
  BAD,
);
element('length-cut', 'a length of two bytes, one of them there', unhex('04 82 01'), BAD);
element('length-5', 'a length of five bytes', unhex('04 85 0000000001 ff'), BAD);
element('length-huge', 'a length beyond all memory', unhex('04 84 ffffffff 00'), BAD);
element('length-8-overflow', 'a length that is 1 in 32 bits', unhex('04 88 0000000100000001 ff'), BAD);
element(
  'length-reserved',
  'the first byte of a length that is reserved',
  concat([0x04, 0xff], zeros(127)),
  BAD,
);

// ---- ends
element('truncated', 'content one byte short', unhex('04 02 01'), BAD);
element('trailing', 'a byte behind the end', unhex('04 01 01 00'), BAD);
element('trailing-element', 'an element behind the end', unhex('0500 0500'), BAD);
element('trailing-inside', 'a byte behind the last element of a sequence', unhex('30 04 020105 00'), BAD);
element('past-container', 'an element that reaches past its sequence', unhex('30 03 04 02 01'), BAD);
element(
  'past-container-sibling',
  'an element that reaches into the one behind its sequence',
  unhex('30 06 30 02 0402 0500'),
  BAD,
);
element('end-of-contents', 'end-of-contents where no length was indefinite', unhex('30 02 0000'), [
  '30',
  [['00', '']],
]);

// ---- tags
element('high-tag', 'a tag of two bytes', unhex('1f 1f 00'), BAD);
element('high-tag-long', 'a tag of three bytes', unhex('1f 81 00 00'), BAD);
element('high-tag-padded', 'a tag of two bytes for one that fits into one', unhex('bf 03 02 0500'), BAD);
element(
  'high-tag-as-length',
  'a tag of two bytes that could be read as a tag and a length',
  unhex('1f 01 00'),
  BAD,
);
element('high-tag-inside', 'a tag of two bytes one level down', unhex('30 03 9f 1f 00'), BAD);

// ---- object identifiers (section 8.19)
const objectId = (name, why, content, outcome) =>
  add(name, why, { as: 'oid', input: hex(tlv(0x06, content)) }, outcome === BAD ? BAD : { value: outcome });
for (const dotted of [
  '1.3.6.1.4.1.57264.1.8',
  '1.2.840.10045.4.3.2',
  '0.0',
  '0.39',
  '1.39.127.128.16383.16384',
  '2.5.29.17',
]) {
  add(`oid-${dotted}`, 'an object identifier', { as: 'oid', input: hex(oid(dotted)) }, { value: dotted });
}
objectId('oid-2.999', 'a second arc above 39, which the first arc 2 alone may have', [0x88, 0x37], '2.999');
objectId('oid-2.47', 'the last value of the first byte', [0x7f], '2.47');
objectId('oid-empty', 'no arcs', [], BAD);
objectId('oid-padded', 'an arc with a leading zero', [0x2a, 0x80, 0x48], BAD);
objectId('oid-padded-first', 'the first arc with a leading zero', [0x80, 0x2a], BAD);
objectId('oid-padded-twice', 'an arc with two of them', [0x2a, 0x80, 0x80, 0x48], BAD);
objectId('oid-padded-last', 'the last arc with a leading zero', [0x2b, 0x06, 0x80, 0x01], BAD);
objectId('oid-cut', 'an arc that goes on behind the end', [0x2a, 0x86], BAD);
objectId('oid-cut-first', 'the first arc goes on behind the end', [0x88], BAD);
objectId(
  'oid-arc-2^53',
  'an arc that no number of JavaScript holds',
  [0x2a, 0x90, ...Array(6).fill(0x80), 0x00],
  BAD,
);
objectId('oid-arc-2^64', 'an arc that is 1 in 64 bits', [0x2a, 0x82, ...Array(8).fill(0x80), 0x01], BAD);
objectId('oid-long', 'more bytes than anything has', Array(200).fill(0x01), BAD);
add('oid-relative', 'a relative object identifier', { as: 'oid', input: '0d020603' }, BAD);
add('oid-constructed', 'an object identifier in pieces', { as: 'oid', input: '260406022a03' }, BAD);

// ---- integers (section 8.3) and bit strings of whole bytes (section 8.6)
const content = (as, tag) => (name, why, bytes, outcome) =>
  add(name, why, { as, input: hex(tlv(tag, bytes)) }, outcome === BAD ? BAD : { value: outcome });
const integer = content('integer', 0x02);
integer('integer-0', 'zero', [0], '00');
integer('integer-127', 'the largest of one byte', [0x7f], '7f');
integer('integer-128', 'the smallest that needs a zero in front', [0, 0x80], '0080');
integer('integer-negative', 'a negative one', [0xff], 'ff');
integer('integer-negative-128', 'the smallest of one byte', [0x80], '80');
integer('integer-empty', 'no bytes', [], BAD);
integer('integer-padded', 'a zero in front that nothing needs', [0, 0x7f], BAD);
integer('integer-padded-zero', 'two zeros', [0, 0], BAD);
integer('integer-padded-negative', 'all ones in front that nothing needs', [0xff, 0x80], BAD);
add('integer-constructed', 'an integer in pieces', { as: 'integer', input: '2203020105' }, BAD);
add('integer-enumerated', 'the bytes of one under another tag', { as: 'integer', input: '0a0105' }, BAD);
const bitString = content('bits', 0x03);
bitString('bits', 'two bytes', [0, 0xab, 0xcd], 'abcd');
bitString('bits-none', 'no bits', [0], '');
bitString('bits-empty', 'not even the number of unused bits', [], BAD);
bitString('bits-unused', 'a number of bits that is no number of bytes', [4, 0xa0], BAD);
bitString('bits-unused-8', 'eight unused bits', [8, 0xa0], BAD);
add('bits-constructed', 'a bit string in pieces, as BER has it', { as: 'bits', input: '2304030200ab' }, BAD);

// ---- booleans (section 11.1)
const boolean = (name, why, input, outcome) =>
  add(name, why, { as: 'boolean', input }, outcome === BAD ? BAD : { value: outcome });
boolean('boolean-true', 'true', '0101ff', true);
boolean('boolean-false', 'false', '010100', false);
boolean('boolean-01', 'true as BER may write it', '010101', BAD);
boolean('boolean-7f', 'another value that is not zero', '01017f', BAD);
boolean('boolean-fe', 'one bit short of true', '0101fe', BAD);
boolean('boolean-empty', 'no value', '0100', BAD);
boolean('boolean-two-bytes', 'two values', '0102ffff', BAD);
boolean('boolean-other-tag', 'the bytes of true under the tag of an integer', '0201ff', BAD);
boolean('boolean-context-tag', 'the bytes of true under a context tag', '8101ff', BAD);

// ---- times (RFC 5280 section 4.1.2.5)
const UTC = 0x17;
const GENERALIZED = 0x18;
const time = (name, why, tag, value, outcome) =>
  add(name, why, { as: 'time', input: hex(text(tag, value)) }, outcome === BAD ? BAD : { value: outcome });
time('utc', 'a UTCTime', UTC, '260115120000Z', Date.UTC(2026, 0, 15, 12));
time(
  'utc-49',
  'the last year of this century that a UTCTime can name',
  UTC,
  '491231235959Z',
  Date.UTC(2049, 11, 31, 23, 59, 59),
);
time('utc-50', 'the year 1950', UTC, '500101000000Z', Date.UTC(1950, 0, 1));
time('utc-epoch', 'zero', UTC, '700101000000Z', 0);
time('utc-leap-day', 'a leap day', UTC, '240229000000Z', Date.UTC(2024, 1, 29));
time('generalized', 'a GeneralizedTime', GENERALIZED, '20500101000000Z', Date.UTC(2050, 0, 1));
time(
  'generalized-9999',
  'no expiry date, in the words of RFC 5280',
  GENERALIZED,
  '99991231235959Z',
  Date.UTC(9999, 11, 31, 23, 59, 59),
);
time('utc-no-seconds', 'a UTCTime without seconds, as BER has it', UTC, '2601151200Z', BAD);
time('utc-no-zone', 'no zone', UTC, '260115120000', BAD);
time('utc-zone-lower', 'a zone in lower case', UTC, '260115120000z', BAD);
time('utc-offset', 'an offset instead of Z', UTC, '260115120000+0000', BAD);
time('utc-four-digits', 'a GeneralizedTime under the tag of a UTCTime', UTC, '20260115120000Z', BAD);
time(
  'generalized-two-digits',
  'a UTCTime under the tag of a GeneralizedTime',
  GENERALIZED,
  '260115120000Z',
  BAD,
);
time('generalized-fraction', 'fractions of a second', GENERALIZED, '20500101000000.5Z', BAD);
time('generalized-fraction-zero', 'a fraction of nothing', GENERALIZED, '20500101000000.0Z', BAD);
time('generalized-hour-only', 'hours only', GENERALIZED, '2050010100Z', BAD);
time('generalized-offset', 'an offset instead of Z', GENERALIZED, '20500101000000-0500', BAD);
time('time-month-13', 'the thirteenth month', UTC, '261315120000Z', BAD);
time('time-month-0', 'month zero', UTC, '260015120000Z', BAD);
time('time-day-0', 'day zero', UTC, '260100120000Z', BAD);
time('time-day-31', 'the thirty-first of April', UTC, '260431120000Z', BAD);
time('time-no-leap-day', 'a leap day in a year without one', UTC, '250229000000Z', BAD);
time('time-no-leap-century', 'a leap day in 2100', GENERALIZED, '21000229000000Z', BAD);
time('time-hour-24', 'midnight as hour 24', UTC, '260115240000Z', BAD);
time('time-minute-60', 'minute 60', UTC, '260115126000Z', BAD);
time('time-leap-second', 'a leap second', UTC, '161231235960Z', BAD);
time('time-blank', 'a blank for a zero', UTC, '26 115120000Z', BAD);
time('time-sign', 'a sign for a zero', UTC, '26+115120000Z', BAD);
time('time-nul', 'a NUL behind it', UTC, '260115120000Z\0', BAD);
time('time-newline', 'a line end behind it', UTC, '260115120000Z\n', BAD);
time('time-other-digits', 'a digit of another script, cut to bytes', UTC, '2601151200\xb2\xb2Z', BAD);
time('time-empty', 'nothing', UTC, '', BAD);
time('time-printable', 'the text of a time under the tag of a text', 0x13, '260115120000Z', BAD);
add(
  'time-constructed',
  'a time in pieces',
  { as: 'time', input: hex(tlv(0x37, text(UTC, '260115120000Z'))) },
  BAD,
);
