/** Texts that stand for almost the same bytes, or for the same bytes in another spelling. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export const base64 = {
  prepare: (bytes) => ({ bytes, text: bytes.toString('latin1') }),
  mutate(random, { text }) {
    let result = text;
    for (let left = random.few(4); left > 0; left--) result = mutateBase64(random, result);
    return Buffer.from(result);
  },
};

export function mutateBase64(random, text) {
  return random.pick(CHANGES)(random, text);
}

const CHANGES = [
  (_, text) => text.replace(/=+$/, ''),
  (_, text) => `${text}=`,
  (random, text) => `${text}${'='.repeat(1 + random.int(4))}`,
  (_, text) => text.replaceAll('+', '-').replaceAll('/', '_'),
  (random, text) =>
    at(random, text, random.pick(['\n', '\r\n', ' ', '\t', '\0', '=', '-', '_', '\u00e9', '\ud800'])),
  (random, text) => text.slice(0, Math.max(0, text.length - 1 - random.int(3))),
  (random, text) => text.slice(random.int(4)),
  (random, text) => at(random, text, random.pick(ALPHABET)),
  // Unused bits set: the last sign before the padding stands for bits that do not count.
  (random, text) =>
    text.replace(/.(?=={1,2}$)/, (sign) => ALPHABET[(ALPHABET.indexOf(sign) + 1 + random.int(15)) % 64]),
  (_, text) => Buffer.from(text).toString('base64'),
  (_, text) => Buffer.from(text, 'base64').toString('hex'),
  (_, text) => `${text}${text}`,
];

function at(random, text, piece) {
  const place = random.int(text.length + 1);
  return text.slice(0, place) + piece + text.slice(place);
}

/** The bytes behind a text that is base64 through and through, and long enough not to be a word. */
export function base64Bytes(text) {
  if (text.length < 16 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, 'base64');
}
