/**
 * Random numbers of one case: the same for the same seed, parser and number, whatever ran before it.
 * The generator is sfc32 (128 bits of state), seeded by a 32-bit FNV-1a over the three and stirred.
 */
export function randomFor(seed, parser, number) {
  let a = fnv(`${seed}/${parser}`);
  let b = fnv(`${number}/${seed}`);
  let c = number >>> 0;
  let d = 1;
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    c |= 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return {
    /** A whole number from 0 to `below` - 1. */
    int: (below) => (below <= 1 ? 0 : next() % below),
    chance: (probability) => next() < probability * 4294967296,
    pick: (list) => list[next() % list.length],
    bytes(length) {
      const bytes = Buffer.allocUnsafe(length);
      for (let i = 0; i < length; i++) bytes[i] = next() >>> 13;
      return bytes;
    },
    /** 1, rarely more, at most `most`. */
    few(most) {
      let count = 1;
      while (count < most && next() % 3 === 0) count++;
      return count;
    },
  };
}

function fnv(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
