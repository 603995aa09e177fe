/**
 * Edits to the tree of a DER encoding. Lengths are encoded anew, so that an edit reaches the reader of the element and not
 * just the reader of lengths; some are encoded wrong on purpose.
 */
import { mutateBytes } from './bytes.mjs';
import { mutateText } from './text.mjs';

const TAGS = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1f, 0x30, 0x31, 0x80, 0x81,
  0x82, 0x86, 0xa0, 0xa1, 0xa3, 0xbf,
];
const INTEGERS = [
  '',
  '00',
  '01',
  '02',
  '7f',
  '80',
  'ff',
  '0000',
  '0080',
  '00ff',
  'ff7f',
  '7fffffff',
  '00ffffffff',
  '7fffffffffffffff',
  '008000000000000000',
];
const TIMES = [
  '260115120000Z',
  '20260115120000Z',
  '991231235959Z',
  '000101000000Z',
  '20260230000000Z',
  '20261301000000Z',
  '99991231235959Z',
  '20260115120000.5Z',
  '2601151200Z',
  '260115120000+0100',
  '00000000000000Z',
];

export const der = {
  prepare: (bytes) => ({ bytes, roots: readAll(bytes, 0) ?? [leaf(0x04, bytes)] }),
  mutate(random, sample, samples) {
    let roots = sample.roots;
    for (let left = random.few(8); left > 0; left--) roots = edit(random, roots, samples);
    const bytes = Buffer.concat(roots.map(encode));
    return random.chance(0.1)
      ? mutateBytes(
          random,
          bytes,
          samples.map((other) => other.bytes),
        )
      : bytes;
  },
};

const leaf = (tag, content) => ({
  tag,
  content,
  children: undefined,
  prefix: undefined,
  size: 1,
  length: undefined,
});
const branch = (tag, children, prefix) => ({
  tag,
  content: undefined,
  children,
  prefix,
  size: children.reduce((sum, child) => sum + child.size, 1),
  length: undefined,
});

/** Elements that fill the bytes, or undefined if they do not. */
function readAll(bytes, depth) {
  const list = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at];
    let length = bytes[at + 1];
    let body = at + 2;
    if (length === undefined || (tag & 0x1f) === 0x1f) return undefined;
    if (length & 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 3 || body + count > bytes.length) return undefined;
      length = bytes.readUIntBE(body, count);
      body += count;
    }
    if (body + length > bytes.length) return undefined;
    list.push(elementOf(tag, bytes.subarray(body, body + length), depth));
    at = body + length;
  }
  return list;
}

function elementOf(tag, content, depth) {
  if (depth > 30 || content.length === 0) return leaf(tag, content);
  const inside = tag & 0x20 ? readAll(content, depth + 1) : undefined;
  if (inside) return branch(tag, inside);
  // DER within strings of octets and bits: extensions, keys, signatures.
  const skip = tag === 0x03 && content[0] === 0 ? 1 : 0;
  if ((tag === 0x04 || skip === 1) && content[skip] === 0x30) {
    const wrapped = readAll(content.subarray(skip), depth + 1);
    if (wrapped?.length === 1) return branch(tag, wrapped, content.subarray(0, skip));
  }
  return leaf(tag, content);
}

function encode(element) {
  const { tag, content, children, prefix = Buffer.alloc(0), length } = element;
  const body = children ? Buffer.concat([prefix, ...children.map(encode)]) : content;
  return length ? length(tag, body) : Buffer.concat([head(tag, body.length), body]);
}

function head(tag, length) {
  if (length < 0x80) return Buffer.of(tag, length);
  const digits = Buffer.from(
    length.toString(16).padStart(Math.ceil(length.toString(16).length / 2) * 2, '0'),
    'hex',
  );
  return Buffer.concat([Buffer.of(tag, 0x80 | digits.length), digits]);
}

/** Lengths that are not the ones of X.690 section 10.1, or not true. */
const LENGTHS = [
  (tag, body) => Buffer.concat([Buffer.of(tag, 0x84), uint32(body.length), body]),
  (tag, body) => Buffer.concat([Buffer.of(tag, 0x81, body.length & 0xff), body]),
  (tag, body) => Buffer.concat([Buffer.of(tag, 0x82, 0, body.length & 0xff), body]),
  (tag, body) => Buffer.concat([Buffer.of(tag | 0x20, 0x80), body, Buffer.of(0, 0)]),
  (tag, body) => Buffer.concat([Buffer.of(tag, 0x80), body]),
  (tag, body) => Buffer.concat([Buffer.of(tag, 0x84, 0xff, 0xff, 0xff, 0xff), body]),
  (tag, body) => Buffer.concat([Buffer.of(tag, 0x88, 0, 0, 0, 0), uint32(body.length), body]),
  (tag, body) => Buffer.concat([head(tag, body.length + 1), body]),
  (tag, body) => Buffer.concat([head(tag, Math.max(0, body.length - 1)), body]),
  (tag, body) => Buffer.concat([Buffer.of(tag | 0x1f, 0x81, 0x01), head(0, body.length).subarray(1), body]),
];

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** One edit at one element, every element as likely as any other. */
function edit(random, list, samples) {
  const total = list.reduce((sum, element) => sum + element.size, 0);
  let at = random.int(total);
  const index = list.findIndex((element) => {
    if (at < element.size) return true;
    at -= element.size;
    return false;
  });
  const element = list[index];
  if (element === undefined) return [leaf(random.pick(TAGS), random.bytes(random.int(4)))];
  if (at === 0) return random.pick(EDITS)(random, list, index, samples);
  const children = edit(random, element.children, samples);
  return list.with(index, { ...branch(element.tag, children, element.prefix), length: element.length });
}

const change = (make) => (random, list, index, samples) =>
  list.with(index, make(random, list[index], samples));

const EDITS = [
  (_, list, index) => list.toSpliced(index, 1),
  (_, list, index) => list.toSpliced(index, 0, list[index]),
  (random, list, index) => {
    const other = random.int(list.length);
    return list.with(index, list[other]).with(other, list[index]);
  },
  (random, list, index, samples) => list.toSpliced(index, random.int(2), anyElement(random, samples)),
  change((random, element) => ({ ...element, tag: random.pick(TAGS) })),
  change((random, element) => ({ ...element, tag: element.tag ^ (1 << random.int(8)) })),
  change((random, element) => ({ ...element, length: random.pick(LENGTHS) })),
  change((_, element) => branch(0x30, [element])),
  change((_, element) => leaf(element.tag, Buffer.alloc(0))),
  change((random, element) => {
    let nested = encode(element);
    for (let depth = random.pick([10, 60, 70, 2000]); depth > 0; depth--)
      nested = Buffer.concat([head(0x30, nested.length), nested]);
    // Written as it is: nested again and again it would be too deep for this file.
    return { ...leaf(0x30, nested), length: () => nested };
  }),
  (_, list, index) => list.toSpliced(index, 1, ...(list[index].children ?? [])),
  (random, list, index) =>
    random.chance(0.1)
      ? list.toSpliced(index, 0, ...Array(random.pick([12, 40, 1000])).fill(list[index]))
      : list,
  change(changeContent),
  change(changeContent),
  change(changeContent),
];

/** By what the tag says it is. */
function changeContent(random, element) {
  const { tag, content } = element;
  if (content === undefined) return { ...element, children: element.children.toReversed() };
  if (tag === 0x01) return leaf(tag, Buffer.of(random.pick([0, 1, 0x7f, 0xff])));
  if (tag === 0x02 && random.chance(0.7)) return leaf(tag, Buffer.from(random.pick(INTEGERS), 'hex'));
  if ((tag === 0x17 || tag === 0x18) && random.chance(0.7)) return leaf(tag, Buffer.from(random.pick(TIMES)));
  if (tag === 0x0c || tag === 0x86 || tag === 0x13)
    return leaf(tag, Buffer.from(mutateText(random, content.toString('utf8'))));
  return leaf(tag, mutateBytes(random, content, [content]));
}

function anyElement(random, samples) {
  let element = random.pick(random.pick(samples).roots);
  while (element.children !== undefined && element.children.length > 0 && random.chance(0.7))
    element = random.pick(element.children);
  return element;
}
