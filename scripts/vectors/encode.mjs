// What the vectors are made with: DER, keys and signatures of its own, and nothing of the product's, so that both would have
// to make the same mistake. Keys come from a label, signatures from key and data: a second run makes the same bytes.
import crypto from 'node:crypto';

export const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), crypto.createHash('sha256')).digest();
export const hex = (bytes) => Buffer.from(bytes).toString('hex');
export const unhex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
export const concat = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));
/** Big endian, in that many bytes. */
export function uint(value, bytes) {
  return unhex(
    BigInt(value)
      .toString(16)
      .padStart(bytes * 2, '0'),
  );
}
/** One bit of one byte flipped; a negative index counts from the end. */
export function flip(bytes, at, bit = 0) {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at] ^= 1 << bit;
  return copy;
}

// ---- DER (X.690)

export function tlv(tag, ...parts) {
  const body = concat(...parts);
  if (body.length < 0x80) return concat([tag, body.length], body);
  const length = uint(body.length, body.length < 0x100 ? 1 : 2);
  return concat([tag, 0x80 | length.length], length, body);
}
export const sequence = (...parts) => tlv(0x30, ...parts);
export const set = (...parts) => tlv(0x31, ...parts);
export const octets = (...parts) => tlv(0x04, ...parts);
export const integer = (...bytes) => tlv(0x02, bytes);
export const bits = (bytes, unused = 0) => tlv(0x03, [unused], bytes);
export const utf8 = (text) => tlv(0x0c, Buffer.from(text));
export function oid(dotted) {
  const [top, second, ...arcs] = dotted.split('.').map(Number);
  const base128 = (value) => {
    const bytes = [value % 128];
    for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) {
      bytes.unshift((rest % 128) + 128);
    }
    return bytes;
  };
  return tlv(0x06, [top * 40 + second, ...arcs].flatMap(base128));
}

// ---- keys and signatures

const P256 = {
  curve: 'prime256v1',
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
};

/** A P-256 key whose private scalar is the hash of a label. */
export function p256(label) {
  const secret = sha256(label);
  const ecdh = crypto.createECDH(P256.curve);
  ecdh.setPrivateKey(secret);
  const point = ecdh.getPublicKey();
  const spki = sequence(sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bits(point));
  return { spki, id: sha256(spki), sign: (data) => signP256(secret, sha256(data)) };
}

/** An Ed25519 key whose seed is the hash of a label. */
export function ed25519(label) {
  const key = crypto.createPrivateKey({
    key: sequence(integer(0), sequence(oid('1.3.101.112')), octets(octets(sha256(label)))),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = crypto.createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { spki, raw: spki.subarray(-32), sign: (data) => crypto.sign(null, data, key) };
}

/** ECDSA with the nonce of RFC 6979 section 3.2: the same signature every time. */
function signP256(secret, digest) {
  const { curve, n } = P256;
  const number = (bytes) => BigInt(`0x${hex(bytes)}`);
  const z = number(digest);
  const d = number(secret);
  for (const k of nonces(secret, uint(z % n, 32))) {
    const ecdh = crypto.createECDH(curve);
    ecdh.setPrivateKey(k);
    const r = number(ecdh.getPublicKey().subarray(1, 33)) % n;
    const s = (power(number(k), n - 2n, n) * (z + r * d)) % n;
    if (r !== 0n && s !== 0n) return sequence(unsigned(r), unsigned(s));
  }
  throw new Error('no nonce');
}
function* nonces(secret, digest) {
  const hmac = (key, ...parts) =>
    parts.reduce((mac, part) => mac.update(part), crypto.createHmac('sha256', key)).digest();
  let v = Buffer.alloc(32, 1);
  let key = Buffer.alloc(32, 0);
  for (const round of [0, 1]) {
    key = hmac(key, v, Buffer.of(round), secret, digest);
    v = hmac(key, v);
  }
  for (;;) {
    v = hmac(key, v);
    if (BigInt(`0x${hex(v)}`) > 0n && BigInt(`0x${hex(v)}`) < P256.n) yield v;
    key = hmac(key, v, Buffer.of(0));
    v = hmac(key, v);
  }
}
function power(base, exponent, modulus) {
  let result = 1n;
  for (let e = exponent, b = base % modulus; e > 0n; e >>= 1n, b = (b * b) % modulus) {
    if (e & 1n) result = (result * b) % modulus;
  }
  return result;
}
function unsigned(value) {
  const bytes = uint(value, Math.ceil(value.toString(16).length / 2));
  return bytes[0] & 0x80 ? tlv(0x02, [0], bytes) : tlv(0x02, bytes);
}
