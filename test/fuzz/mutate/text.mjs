/** Changes to texts made of lines, and to texts as such. */
import { mutateBase64 } from './base64.mjs';

const LONG = 100_000;
const ODD = [
  '\0',
  '\u00a0',
  '\u2028',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\udfff',
  '\u001b[31m',
  '\r',
  '\t',
  '\\',
  '"',
  "'",
  '`',
  '%',
  '%2e',
  '..',
  '../',
  '/',
  '//',
  ':',
  '@',
  '#',
  '*',
  '?',
  '&a',
  '*a',
  '<<: *a',
  '!!js/function',
  '!!binary',
  '- ',
  '---',
  '...',
  '|',
  '>',
  '{',
  '}',
  '[',
  ']',
  ',',
  '$',
  `$\{HOME}`,
  '=',
  '~',
  'null',
  'true',
  'NaN',
  '\u2014 ',
  '\u{1f600}',
  '\u0130',
  '__proto__',
  'constructor',
  'toString',
];
export const NUMBERS = [
  '0',
  '-0',
  '-1',
  '1',
  '00',
  '01',
  '+1',
  '1.5',
  '1e3',
  '1e400',
  '-1e400',
  '1e-400',
  '0x10',
  '127',
  '128',
  '255',
  '256',
  '65536',
  '2147483647',
  '2147483648',
  '4294967296',
  '8640000000000',
  '8640000000001',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '9223372036854775807',
  '9223372036854775808',
  '18446744073709551616',
  `1${'0'.repeat(400)}`,
  'Infinity',
  'NaN',
];

export const lines = {
  prepare: (bytes) => bytes.toString('utf8').split('\n'),
  mutate(random, sample, samples) {
    let list = [...sample];
    for (let left = random.few(8); left > 0; left--) list = random.pick(LINE_CHANGES)(random, list, samples);
    return Buffer.from(list.join(random.chance(0.02) ? '\r\n' : '\n'));
  },
};

const LINE_CHANGES = [
  (random, list) => list.toSpliced(random.int(list.length), 1),
  (random, list) => list.toSpliced(random.int(list.length + 1), 0, list[random.int(list.length)] ?? ''),
  (random, list) => {
    const [a, b] = [random.int(list.length), random.int(list.length)];
    return list.with(a, list[b] ?? '').with(b, list[a] ?? '');
  },
  // Two lines glued, one line broken.
  (random, list) => {
    const at = random.int(list.length - 1);
    return list.toSpliced(at, 2, `${list[at] ?? ''}${random.pick(['', ' '])}${list[at + 1] ?? ''}`);
  },
  (random, list) => {
    const at = random.int(list.length);
    const line = list[at] ?? '';
    const place = random.int(line.length + 1);
    return list.toSpliced(at, 1, line.slice(0, place), line.slice(place));
  },
  (random, list) => list.toSpliced(random.int(list.length + 1), 0, ''),
  (random, list, samples) =>
    list.toSpliced(random.int(list.length + 1), random.int(2), random.pick(random.pick(samples)) ?? ''),
  // Indentation.
  (random, list) => {
    const at = random.int(list.length);
    const line = list[at] ?? '';
    return list.with(
      at,
      random.pick([`  ${line}`, ` ${line}`, `\t${line}`, line.replace(/^ {1,2}/, ''), line.trimStart()]),
    );
  },
  ...Array.from({ length: 6 }, () => (random, list) => {
    const at = random.int(list.length);
    return list.with(at, mutateText(random, list[at] ?? ''));
  }),
  (random, list) => {
    if (!random.chance(0.05)) return list;
    const at = random.int(list.length);
    return list.toSpliced(at, 0, ...Array(random.pick([20, 40, 2000])).fill(list[at] ?? ''));
  },
].map((change) => (random, list, samples) => change(random, list.length > 0 ? list : [''], samples));

export function mutateText(random, text) {
  return random.pick(TEXT_CHANGES)(random, text);
}

const TEXT_CHANGES = [
  () => '',
  (random, text) => insert(random, text, random.pick(ODD)),
  (random, text) => insert(random, text, random.pick(ODD)),
  (random, text) => text.slice(0, random.int(text.length + 1)),
  (random, text) => text.slice(random.int(text.length + 1)),
  (random, text) => {
    const at = random.int(text.length);
    return (
      text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << random.int(8))) + text.slice(at + 1)
    );
  },
  (random, text) => {
    const at = random.int(text.length);
    const end = at + random.int(8);
    return text.slice(0, end) + text.slice(at);
  },
  (random, text) => text.replace(/\d+/, () => random.pick(NUMBERS)),
  (random, text) => text.replaceAll(/\d+/g, (digits) => (random.chance(0.5) ? digits : random.pick(NUMBERS))),
  (_, text) => (text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase()),
  (_, text) => ` ${text}`,
  (_, text) => `${text} `,
  (random) => random.pick(ODD),
  (random) => random.pick(NUMBERS),
  mutateBase64,
  (random, text) => {
    if (!random.chance(0.04)) return `${text}${text}`;
    const at = random.int(text.length);
    const piece = text.slice(at, at + 1 + random.int(3)) || random.pick(ODD);
    return insert(random, text, piece.repeat(random.pick([300, 3000, LONG])));
  },
];

function insert(random, text, piece) {
  const at = random.int(text.length + 1);
  return text.slice(0, at) + piece + text.slice(at);
}
