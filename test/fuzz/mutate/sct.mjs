/** Lists of signed certificate timestamps (RFC 6962 section 3.3), taken apart and put together again. */
import { mutateBytes } from './bytes.mjs';

export const sct = {
  prepare: (bytes) => ({ bytes, items: itemsOf(bytes) }),
  mutate(random, sample, samples) {
    let { items } = sample;
    for (let left = random.few(5); left > 0; left--) items = random.pick(EDITS)(random, items);
    const list = vector(random, Buffer.concat(items.map((item) => vector(random, written(random, item)))));
    return random.chance(0.15)
      ? mutateBytes(
          random,
          list,
          samples.map(({ bytes }) => bytes),
        )
      : list;
  },
};

function itemsOf(bytes) {
  const items = [];
  for (let at = 2; at < bytes.length; ) {
    const end = at + 2 + bytes.readUInt16BE(at);
    const item = bytes.subarray(at + 2, end);
    const extensions = 43 + item.readUInt16BE(41);
    items.push({
      head: item.subarray(0, 33),
      time: item.subarray(33, 41),
      extensions: item.subarray(43, extensions),
      algorithm: item.subarray(extensions, extensions + 2),
      signature: item.subarray(extensions + 4),
    });
    at = end;
  }
  return items;
}

const field = (name, change) => (random, items) => {
  const at = random.int(items.length);
  return items[at] === undefined
    ? items
    : items.with(at, { ...items[at], [name]: change(random, items[at][name]) });
};
const TIMES = [
  '0000000000000000',
  '001eb208c2dc0000',
  '001eb208c2dc0001',
  '7fffffffffffffff',
  'ffffffffffffffff',
];

const EDITS = [
  (random, items) => items.toSpliced(random.int(items.length), 1),
  (random, items) => items.toSpliced(0, 0, items[random.int(items.length)] ?? { ...EMPTY }),
  (random, items) =>
    random.chance(0.3) ? Array(random.pick([15, 16, 17, 40])).fill(items[0] ?? { ...EMPTY }) : items,
  field('head', (random, head) => mutateBytes(random, head, [head])),
  field('time', (random) => Buffer.from(random.pick(TIMES), 'hex')),
  field('extensions', (random) => random.bytes(random.int(40))),
  field('algorithm', (random) => Buffer.of(random.int(8), random.int(8))),
  field('signature', (random, signature) => mutateBytes(random, signature, [signature])),
];
const EMPTY = {
  head: Buffer.alloc(33),
  time: Buffer.alloc(8),
  extensions: Buffer.alloc(0),
  algorithm: Buffer.of(4, 3),
  signature: Buffer.alloc(8),
};

const written = (random, { head, time, extensions, algorithm, signature }) =>
  Buffer.concat([head, time, vector(random, extensions), algorithm, vector(random, signature)]);

/** A length of two bytes, seldom a wrong one. */
function vector(random, bytes) {
  const length = Buffer.alloc(2);
  length.writeUInt16BE((bytes.length + (random.chance(0.03) ? random.pick([1, 65535, 256]) : 0)) & 0xffff);
  return Buffer.concat([length, bytes]);
}
