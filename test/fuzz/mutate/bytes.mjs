/** Changes that know nothing of what the bytes mean. Every function returns a new buffer. */
const EDGES = [0, 1, 2, 0x0a, 0x20, 0x22, 0x30, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xc0, 0xed, 0xfe, 0xff];
const LONG = 200_000;

export function mutateBytes(random, bytes, others) {
  let result = bytes;
  for (let left = random.few(6); left > 0; left--) result = random.pick(CHANGES)(random, result, others);
  return result;
}

/** Nothing of a sample in it. */
export function randomBytes(random) {
  const length = random.int(random.chance(0.01) ? 4096 : 64);
  if (random.chance(0.5)) return random.bytes(length);
  // Of few values: what looks like structure comes about more often.
  const alphabet = random.pick([EDGES, [...Buffer.from('{}[]",:\\u0 \n')], [...Buffer.from('AZaz09+/=-_')]]);
  return Buffer.from(Array.from({ length }, () => random.pick(alphabet)));
}

const CHANGES = [
  (random, bytes) => {
    if (bytes.length === 0) return random.bytes(1);
    const copy = Buffer.from(bytes);
    copy[random.int(copy.length)] ^= 1 << random.int(8);
    return copy;
  },
  (random, bytes) => {
    if (bytes.length === 0) return Buffer.of(random.pick(EDGES));
    const copy = Buffer.from(bytes);
    copy[random.int(copy.length)] = random.pick(EDGES);
    return copy;
  },
  // A range removed, doubled, put elsewhere, or taken from another sample.
  (random, bytes) => {
    const [from, to] = range(random, bytes);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (random, bytes) => {
    const [from, to] = range(random, bytes);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (random, bytes) => {
    const [from, to] = range(random, bytes);
    return insert(bytes, random.int(bytes.length + 1), bytes.subarray(from, to));
  },
  (random, bytes, others) => {
    const other = random.pick(others);
    const [from, to] = range(random, other);
    return insert(bytes, random.int(bytes.length + 1), other.subarray(from, to));
  },
  (random, bytes, others) => {
    const other = random.pick(others);
    return Buffer.concat([
      bytes.subarray(0, random.int(bytes.length + 1)),
      other.subarray(random.int(other.length + 1)),
    ]);
  },
  (random, bytes) => insert(bytes, random.int(bytes.length + 1), random.bytes(1 + random.int(8))),
  (random, bytes) => bytes.subarray(0, random.int(bytes.length + 1)),
  (random, bytes) => Buffer.concat([bytes, random.bytes(1 + random.int(4))]),
  // The same bytes many times over: what takes quadratic time shows.
  (random, bytes) => {
    if (!random.chance(0.02)) return bytes;
    const [from, to] = range(random, bytes);
    const piece = bytes.subarray(from, Math.min(to, from + 16));
    return insert(bytes, random.int(bytes.length + 1), Buffer.alloc(LONG, piece.length > 0 ? piece : ' '));
  },
];

/** Mostly short. */
function range(random, bytes) {
  const from = random.int(bytes.length + 1);
  const most = random.chance(0.8) ? 16 : bytes.length;
  return [from, Math.min(bytes.length, from + random.int(most + 1))];
}

function insert(bytes, at, piece) {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}
