/** Other spellings of a JSON text, most of which mean the same to a lenient reader. */
import type { Random } from '../support/rig/sigstore.mjs';
import type { SlotMutator } from './mutation.ts';
import type { Loose } from './slots.ts';

/** Writes JSON; `members` may put other text in place of an object's members. */
function print(value: Loose, members: (object: Loose) => string[] | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item) => print(item, members)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const own = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${print(item, members)}`);
  return `{${(members(value) ?? own).join(',')}}`;
}

const plain = (value: Loose): string => JSON.stringify(value);

function objectsOf(value: Loose): Loose[] {
  if (value === null || typeof value !== 'object') return [];
  const below = Object.values(value).flatMap(objectsOf);
  return Array.isArray(value) ? below : [value, ...below];
}

/** Replaces the members of one object. */
type Members = (entries: [string, Loose][], random: Random) => [string, string[]] | undefined;

const write = ([key, value]: readonly [string, Loose]): string => `${JSON.stringify(key)}:${plain(value)}`;
const escaped = (text: string, random: Random): string => {
  const at = random.int(0, Math.max(0, text.length - 1));
  const code = (text.charCodeAt(at) || 0).toString(16).padStart(4, '0');
  const quote = (part: string): string => JSON.stringify(part).slice(1, -1);
  return `"${quote(text.slice(0, at))}\\u${random.pick([code, code.toUpperCase()])}${quote(text.slice(at + 1))}"`;
};
const snake = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const FOREIGN: readonly Loose[] = [null, '', 0, 1, 'AAAA', true, false, [], {}, [null], { a: 1 }];

const onMembers: readonly Members[] = [
  (entries) => (entries.length < 2 ? undefined : ['keys in another order', entries.toReversed().map(write)]),
  (entries, random) => {
    const [key, value] = random.pick(entries);
    return ['key twice', [...entries.map(write), write([key, value])]];
  },
  (entries, random) => {
    const entry = random.pick(entries);
    return ['key twice, first one foreign', [write([entry[0], random.pick(FOREIGN)]), ...entries.map(write)]];
  },
  (entries, random) => {
    const entry = random.pick(entries);
    return ['key twice, last one foreign', [...entries.map(write), write([entry[0], random.pick(FOREIGN)])]];
  },
  (entries, random) => {
    const [key, value] = random.pick(entries);
    if (key === '') return undefined;
    return [
      'key twice, one escaped',
      [
        `${escaped(key, random)}:${plain(random.pick(FOREIGN))}`,
        ...entries.map(write),
        write([key, value]),
      ].slice(0, -1),
    ];
  },
  (entries, random) => {
    const at = random.int(0, entries.length - 1);
    const [key] = entries[at]!;
    if (key === '') return undefined;
    return [
      'key escaped',
      entries.map((entry, i) => (i === at ? `${escaped(key, random)}:${plain(entry[1])}` : write(entry))),
    ];
  },
  (entries, random) => {
    const at = entries.findIndex(([, value]) => typeof value === 'string' && value !== '');
    if (at < 0) return undefined;
    return [
      'text escaped',
      entries.map((entry, i) =>
        i === at ? `${JSON.stringify(entry[0])}:${escaped(entry[1], random)}` : write(entry),
      ),
    ];
  },
  (entries, random) => {
    const named = entries.filter(([key]) => snake(key) !== key);
    if (named.length === 0) return undefined;
    const [key] = random.pick(named);
    return [
      'name in snake case',
      entries.map(([own, value]) => write([own === key ? snake(own) : own, value])),
    ];
  },
  (entries, random) => {
    const named = entries.filter(([key]) => snake(key) !== key);
    if (named.length === 0) return undefined;
    const [key, value] = random.pick(named);
    return [
      'snake case beside',
      [...entries.map(write), write([snake(key), random.pick([value, random.pick(FOREIGN)])])],
    ];
  },
  (entries, random) => [
    'unknown member',
    [
      ...entries.map(write),
      write([random.pick(['unknown', 'x', '', '$case', 'content']), random.pick(FOREIGN)]),
    ],
  ],
  (entries, random) => [
    'member of the prototype',
    [`"${random.pick(['__proto__', 'constructor', 'toString'])}":{"a":1}`, ...entries.map(write)],
  ],
  (entries, random) => {
    const numeric = entries.filter(([, value]) => typeof value === 'string' && /^\d{1,15}$/.test(value));
    if (numeric.length === 0) return undefined;
    const [key, text] = random.pick(numeric);
    const number = random.pick([text, `${text}.0`, `${text}e0`, `${text}0e-1`]).replace(/^0+(?=\d)/, '');
    return [
      'text as a number',
      entries.map((entry) => (entry[0] === key ? `${JSON.stringify(key)}:${number}` : write(entry))),
    ];
  },
  (entries, random) => {
    const numeric = entries.filter(([, value]) => typeof value === 'number');
    if (numeric.length === 0) return undefined;
    const [key] = random.pick(numeric);
    return [
      'number as a text',
      entries.map(([own, value]) => write([own, own === key ? String(value) : value])),
    ];
  },
];

type Whole = (text: string, random: Random) => [string, string];
const onText: readonly Whole[] = [
  (text) => ['white space', JSON.stringify(JSON.parse(text), undefined, 1)],
  (text, random) => ['white space', `${random.pick(['\n', ' ', '\t', '\r\n'])}${text}\n`],
  (text) => ['byte order mark', `\ufeff${text}`],
  (text, random) => ['trailing text', text + random.pick(['{}', ',', '\u0000', 'null', '//'])],
  (text, random) => ['foreign white space', random.pick(['\u00a0', '\u000b', '\u2028']) + text],
  (text) => ['in a list', `[${text}]`],
  (text) => ['as a text', JSON.stringify(text)],
  (text) => ['trailing comma', text.replace(/\}$/, ',}')],
  (text) => ['comment', text.replace('{', '{/**/')],
  (text) => ['single quotes', text.replace(/"([^"\\]*)"/, "'$1'")],
  (text) => ['slashes escaped', text.replaceAll('/', '\\/')],
];

export const rewrite: SlotMutator = (slot, random) => {
  if (slot.kind !== 'json') return undefined;
  const text = slot.bytes.toString('utf8');
  const put = (how: string, other: string) => ({
    kind: `json ${how}`,
    detail: slot.label,
    text: slot.write(Buffer.from(other)),
  });
  if (random.int(0, 4) === 0) return put(...random.pick(onText)(text, random));
  const document: Loose = JSON.parse(text);
  const object = random.pick(objectsOf(document).filter((candidate) => Object.keys(candidate).length > 0));
  const [how, members] = random.pick(onMembers)(Object.entries(object), random) ?? [];
  if (how === undefined) return undefined;
  return put(
    how,
    print(document, (candidate) => (candidate === object ? members : undefined)),
  );
};
