/**
 * Edits to JSON documents as written, not as parsed: members may stand twice, numbers may be too large, and texts may hold
 * other formats, which are taken apart and put together again.
 */
import { base64Bytes, mutateBase64 } from './base64.mjs';
import { mutateBytes } from './bytes.mjs';
import { der } from './der.mjs';
import { lines, mutateText, NUMBERS } from './text.mjs';

const KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  '0',
  ' ',
  'x'.repeat(300),
  '\ud800',
  'prototype',
];

const DOCUMENT_CHARS_MAX = 400_000;

export const json = {
  prepare: (bytes) => ({ bytes, root: fromValue(JSON.parse(bytes.toString('utf8'))) }),
  mutate: (random, sample, samples) => finish(random, toText(mutateTree(random, sample, samples)), samples),
};

/** The document after a chain of edits. */
export function mutateTree(random, sample, samples) {
  let { root } = sample;
  for (let left = random.few(8); left > 0; left--) root = edit(random, root, samples);
  return root;
}

export function fromValue(value) {
  if (typeof value === 'string') return { text: value, size: 1 };
  if (value === null || typeof value !== 'object') return { raw: String(value), size: 1 };
  if (Array.isArray(value)) return list(value.map(fromValue));
  return object(Object.entries(value).map(([key, item]) => [key, fromValue(item)]));
}

const raw = (text) => ({ raw: text, size: 1 });
const list = (items) => ({ items, size: items.reduce((sum, item) => sum + item.size, 1) });
const object = (members) => ({ members, size: members.reduce((sum, [, item]) => sum + item.size, 1) });

/** @returns undefined if the node is gone */
function edit(random, root, samples) {
  return editAt(random, root, random.int(root.size), samples);
}

function editAt(random, node, at, samples) {
  if (at === 0) return random.pick(REPLACEMENTS)(random, node, samples);
  const inner = node.members ? node.members.map(([, item]) => item) : node.items;
  let index = 0;
  for (let left = at - 1; left >= inner[index].size; index++) left -= inner[index].size;
  const left = at - 1 - inner.slice(0, index).reduce((sum, item) => sum + item.size, 0);
  if (left === 0 && random.chance(0.5)) {
    return node.members
      ? object(random.pick(MEMBER_EDITS)(random, node.members, index, samples))
      : list(random.pick(ITEM_EDITS)(random, node.items, index, samples));
  }
  const edited = editAt(random, inner[index], left, samples);
  return node.members
    ? object(node.members.with(index, [node.members[index][0], edited]))
    : list(node.items.with(index, edited));
}

/** One of the numbers, or as many as fit into a document that is large but not endless. */
const many = (random, node, numbers) =>
  Math.min(random.pick(numbers), Math.ceil(DOCUMENT_CHARS_MAX / (1 + toText(node).length)));

const ITEM_EDITS = [
  (_, items, index) => items.toSpliced(index, 1),
  (_, items, index) => items.toSpliced(index, 0, items[index]),
  (random, items, index) => swap(items, index, random.int(items.length)),
  (random, items, index, samples) => items.toSpliced(index, 0, anyNode(random, samples)),
  (random, items, index) =>
    random.chance(0.2)
      ? items.toSpliced(index, 0, ...Array(many(random, items[index], [12, 40, 1200])).fill(items[index]))
      : items,
  () => [],
];

const MEMBER_EDITS = [
  (_, members, index) => members.toSpliced(index, 1),
  // The same key twice: with the same value, with another, before and behind.
  (_, members, index) => members.toSpliced(index, 0, members[index]),
  (random, members, index, samples) => [...members, [members[index][0], anyNode(random, samples)]],
  (random, members, index, samples) => [[members[index][0], anyNode(random, samples)], ...members],
  (random, members, index) => {
    const other = random.int(members.length);
    return members
      .with(index, [members[index][0], members[other][1]])
      .with(other, [members[other][0], members[index][1]]);
  },
  (random, members, index) => members.with(index, [random.pick(KEYS), members[index][1]]),
  (random, members, index) => members.with(index, [mutateText(random, members[index][0]), members[index][1]]),
  (random, members, index, samples) =>
    members.toSpliced(index, 0, [random.pick(KEYS), anyNode(random, samples)]),
  (_, members) => members.toReversed(),
  // Many members of one kind: what compares each with each shows.
  (random, members, index) =>
    random.chance(0.1)
      ? [
          ...members,
          ...Array.from({ length: many(random, members[index][1], [20, 70, 3000]) }, (_, at) => [
            `${members[index][0]}${at}`,
            members[index][1],
          ]),
        ]
      : members,
  (_, members, index) => members.with(index, [members[index][0], raw('null')]),
  () => [],
];

const REPLACEMENTS = [
  ...Array.from({ length: 8 }, () => (random, node, samples) => changeLeaf(random, node, samples)),
  (_, node) => list([node]),
  (random, node) => object([[random.pick(KEYS), node]]),
  (random) =>
    raw(
      random.pick([...NUMBERS, 'null', 'true', 'false', '{}', '[]', '""', 'undefined', '{', ']', '"', "'x'"]),
    ),
  (random, _, samples) => anyNode(random, samples),
  (random, node) => {
    if (!random.chance(0.1)) return raw('null');
    const depth = random.pick([30, 63, 64, 65, 5000]);
    return raw(`${'['.repeat(depth)}${toText(node)}${']'.repeat(depth)}`);
  },
];

function changeLeaf(random, node, samples) {
  if (node.text === undefined) {
    if (node.raw !== undefined)
      return random.chance(0.5) ? raw(random.pick(NUMBERS)) : { text: node.raw, size: 1 };
    return node.members ? object(node.members.toReversed()) : list(node.items.toReversed());
  }
  return { text: changeText(random, node.text, samples), size: 1 };
}

/** A text that holds another format is changed within that format most of the time. */
function changeText(random, text, samples) {
  if (random.chance(0.3)) return mutateText(random, text);
  if (/\n\n\u2014 /.test(text)) return inside(lines, random, Buffer.from(text)).toString('utf8');
  const bytes = base64Bytes(text);
  if (bytes === undefined) return mutateText(random, text);
  if (random.chance(0.2)) return mutateBase64(random, text);
  if (bytes[0] === 0x30) return inside(der, random, bytes).toString('base64');
  if (bytes[0] === 0x7b && samples !== undefined) {
    try {
      return inside(json, random, bytes).toString('base64');
    } catch {
      // Not JSON after all, or no longer.
    }
  }
  return mutateBytes(random, bytes, [bytes]).toString('base64');
}

function inside(format, random, bytes) {
  const sample = format.prepare(bytes);
  return format.mutate(random, sample, [sample]);
}

function anyNode(random, samples) {
  let node = random.pick(samples).root;
  for (;;) {
    const inner = node.members ? node.members.map(([, item]) => item) : (node.items ?? []);
    if (inner.length === 0 || random.chance(0.2)) return node;
    node = random.pick(inner);
  }
}

function swap(items, a, b) {
  return items.with(a, items[b]).with(b, items[a]);
}

export function toText(node) {
  if (node.raw !== undefined) return node.raw;
  // JSON.stringify writes lone surrogates as escapes: well-formed bytes, ill-formed text.
  if (node.text !== undefined) return JSON.stringify(node.text);
  if (node.items) return `[${node.items.map(toText).join(',')}]`;
  return `{${node.members.map(([key, item]) => `${JSON.stringify(key)}:${toText(item)}`).join(',')}}`;
}

/** What can be wrong with a document as a whole. */
function finish(random, text, samples) {
  if (random.chance(0.85)) return Buffer.from(text);
  const bytes = Buffer.from(text);
  return random.pick([
    () => Buffer.from(`\ufeff${text}`),
    () => Buffer.from(`${text} `),
    () => Buffer.from(`${text}${text}`),
    () => Buffer.from(`${text}\0`),
    () => Buffer.from(text, 'utf16le'),
    // Every letter of a key as an escape: the same key, another spelling.
    () => Buffer.from(text.replace(/"([a-z]{2,40})":/i, (_, key) => `"${escaped(key)}":`)),
    () => Buffer.from(text.replace(/,/, ',\n\u00a0')),
    () => Buffer.from(text.replace(/\}$/, ',}')),
    () =>
      mutateBytes(
        random,
        bytes,
        samples.map((sample) => sample.bytes),
      ),
    () =>
      mutateBytes(
        random,
        bytes,
        samples.map((sample) => sample.bytes),
      ),
  ])();
}

function escaped(text) {
  return [...text].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}
