// A log, two witnesses, and the notes they sign: what the vectors of checkpoints are made of.
import { concat, ed25519, hex, p256, sha256, uint } from './encode.mjs';
import { vectorTable } from './table.mjs';

/** All vectors of checkpoints; `note` and its like add one. */
export const table = vectorTable();

export const BAD = 'malformed';
export const UNSIGNED = 'tlog-checkpoint-invalid';
export const ORIGIN = 'log.example/2026';
export const SIZE = '20852163';
export const ROOT = sha256('root').toString('base64');
export const TIME = 1_768_478_400;
export const [ED25519, ECDSA, COSIGNATURE, TREE_HEAD] = [0x01, 0x02, 0x04, 0x05];

/** Key ids as the note specification recommends them; of ECDSA keys, and in Rekor v1, the digest of the key information. */
export const keyId = (name, type, raw) => sha256(`${name}\n`, Buffer.of(type), raw);
export const v2 = ed25519('log');
export const v1 = p256('log');
export const LOGS = {
  [ED25519]: { name: ORIGIN, id: keyId(ORIGIN, ED25519, v2.raw), ...pick(v2) },
  [ECDSA]: { name: ORIGIN, id: v1.id, ...pick(v1) },
};
function pick({ spki, sign }) {
  return { spki, sign };
}
const witness = (name) => {
  const key = ed25519(name);
  return { name, raw: key.raw, sign: key.sign, id: keyId(name, COSIGNATURE, key.raw) };
};
export const [W1, W2] = ['witness.example/w1', 'witness.example/w2'].map(witness);
const verifierKey = ({ name, raw, id }) =>
  `${name}+${hex(id.subarray(0, 4))}+${concat([COSIGNATURE], raw).toString('base64')}`;

export const body = ({ origin = ORIGIN, size = SIZE, root = ROOT, more = '' } = {}) =>
  `${origin}\n${size}\n${root}\n${more}`;
export const line = (name, id, signature) =>
  `\u2014 ${name} ${concat(id.subarray(0, 4), signature).toString('base64')}\n`;
export const signed = (text, log = LOGS[ED25519]) => line(log.name, log.id, log.sign(Buffer.from(text)));
export function cosigned(text, { name, id, sign }, time = TIME) {
  const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
  return line(name, id, concat(uint(time, 8), sign(message)));
}

export function note(name, why, text, outcome, { log = LOGS[ED25519], witnesses = [] } = {}) {
  const input = {
    note: text,
    log: { id: hex(log.id), spki: hex(log.spki) },
    witnesses: witnesses.map(verifierKey),
  };
  table.add(name, why, input, typeof outcome === 'string' ? outcome : { value: outcome });
}
export const read = ({ origin = ORIGIN, size = SIZE, root = ROOT, cosigners = [] } = {}) => ({
  origin,
  treeSize: size,
  rootHash: Buffer.from(root, 'base64').toString('hex'),
  cosigners,
});
/** A note whose body is wrong, and signed as it is. */
export const signedBody = (name, why, text, outcome) => note(name, why, `${text}\n${signed(text)}`, outcome);

export const LOG = LOGS[ED25519];
export const TEXT = body();
/** The same with extension lines. */
export const extended = body({ more: 'Timestamp: 1768478400\nanything \u00e4\n' });
/** Signature lines of parties that nobody knows. */
export const others =
  line('other.example', sha256('other'), Buffer.alloc(64, 1)) +
  line('other.example', sha256('a third'), Buffer.alloc(7, 1));
/** A good body with these signature lines. */
export const lines = (name, why, signature, outcome = UNSIGNED) =>
  note(name, why, `${TEXT}\n${signature}`, outcome);
