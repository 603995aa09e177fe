// One vector for each way a checkpoint (https://c2sp.org/tlog-checkpoint@v1.0.0) can be right or wrong. Input: the note, the
// key of the log and its id, and the verifier keys of the witnesses that are known. `value`: what the log has signed, and
// who has cosigned it. Expected codes are those of a reader that must find the log's own signature.
import { concat, ed25519, flip, hex, p256, sha256, uint } from './encode.mjs';
import { vectorTable } from './table.mjs';

const { vectors, add } = vectorTable();

export { vectors };

const BAD = 'malformed';
const UNSIGNED = 'tlog-checkpoint-invalid';
const ORIGIN = 'log.example/2026';
const SIZE = '20852163';
const ROOT = sha256('root').toString('base64');
const TIME = 1_768_478_400;
const [ED25519, ECDSA, COSIGNATURE, TREE_HEAD] = [0x01, 0x02, 0x04, 0x05];

/** Key ids as the note specification recommends them; of ECDSA keys, and in Rekor v1, the digest of the key information. */
const keyId = (name, type, raw) => sha256(`${name}\n`, Buffer.of(type), raw);
const v2 = ed25519('log');
const v1 = p256('log');
const LOGS = {
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
const [W1, W2] = ['witness.example/w1', 'witness.example/w2'].map(witness);
const verifierKey = ({ name, raw, id }) =>
  `${name}+${hex(id.subarray(0, 4))}+${concat([COSIGNATURE], raw).toString('base64')}`;

const body = ({ origin = ORIGIN, size = SIZE, root = ROOT, more = '' } = {}) =>
  `${origin}\n${size}\n${root}\n${more}`;
const line = (name, id, signature) =>
  `\u2014 ${name} ${concat(id.subarray(0, 4), signature).toString('base64')}\n`;
const signed = (text, log = LOGS[ED25519]) => line(log.name, log.id, log.sign(Buffer.from(text)));
function cosigned(text, { name, id, sign }, time = TIME) {
  const message = Buffer.from(`cosignature/v1\ntime ${time}\n${text}`);
  return line(name, id, concat(uint(time, 8), sign(message)));
}

function note(name, why, text, outcome, { log = LOGS[ED25519], witnesses = [] } = {}) {
  const input = {
    note: text,
    log: { id: hex(log.id), spki: hex(log.spki) },
    witnesses: witnesses.map(verifierKey),
  };
  add(name, why, input, typeof outcome === 'string' ? outcome : { value: outcome });
}
const read = ({ origin = ORIGIN, size = SIZE, root = ROOT, cosigners = [] } = {}) => ({
  origin,
  treeSize: size,
  rootHash: Buffer.from(root, 'base64').toString('hex'),
  cosigners,
});
/** A note whose body is wrong, and signed as it is. */
const signedBody = (name, why, text, outcome) => note(name, why, `${text}\n${signed(text)}`, outcome);

// ---- what is right
const TEXT = body();
const GOOD = `${TEXT}\n${signed(TEXT)}`;
note('good-ed25519', 'signed with Ed25519 (type 1)', GOOD, read());
note(
  'good-ecdsa',
  'signed with ECDSA (type 2), whose key id is the digest of the key information',
  `${TEXT}\n${signed(TEXT, LOGS[ECDSA])}`,
  read(),
  { log: LOGS[ECDSA] },
);
const SHARD = `${ORIGIN} - 2605736670972794746`;
const shard = body({ origin: SHARD });
note(
  'good-shard',
  'the origin of Rekor v1: the name and the id of a shard',
  `${shard}\n${signed(shard, LOGS[ECDSA])}`,
  read({ origin: SHARD }),
  { log: LOGS[ECDSA] },
);
signedBody('size-0', 'of an empty tree', body({ size: '0' }), read({ size: '0' }));
signedBody(
  'size-2^53',
  'of a tree whose size no number of JavaScript holds',
  body({ size: '9007199254740993' }),
  read({ size: '9007199254740993' }),
);
const extended = body({ more: 'Timestamp: 1768478400\nanything \u00e4\n' });
signedBody('extension-lines', 'with extension lines, which the signature covers', extended, read());
const others =
  line('other.example', sha256('other'), Buffer.alloc(64, 1)) +
  line('other.example', sha256('a third'), Buffer.alloc(7, 1));
note(
  'several-signatures',
  "the log's signature between those of others",
  `${TEXT}\n${others}${signed(TEXT)}${others}`,
  read(),
);
note(
  'same-name-other-key',
  "a signature under the log's name by a key nobody knows",
  `${TEXT}\n${line(ORIGIN, sha256('other'), Buffer.alloc(64, 1))}${signed(TEXT)}`,
  read(),
);
note(
  'same-key-id-other-name',
  "a signature under the log's key id and another name",
  `${TEXT}\n${line('other.example', LOGS[ED25519].id, Buffer.alloc(64, 1))}${signed(TEXT)}`,
  read(),
);
note(
  'two-logs',
  'signed by both keys of a log that changes them',
  `${TEXT}\n${signed(TEXT, LOGS[ECDSA])}${signed(TEXT)}`,
  read(),
);

// ---- witnesses (https://c2sp.org/tlog-cosignature@v1.0.0)
const witnessed = (name, why, lines, outcome, witnesses = [W1]) =>
  note(name, why, `${TEXT}\n${signed(TEXT)}${lines}`, outcome, { witnesses });
const by = (...witnesses) => read({ cosigners: witnesses.map((each) => each.name) });
const BAD_WITNESS = 'tlog-witness-invalid';
witnessed('cosigned', 'cosigned by a witness (type 4)', cosigned(TEXT, W1), by(W1));
witnessed(
  'cosigned-twice',
  'cosigned by two witnesses',
  cosigned(TEXT, W1) + cosigned(TEXT, W2),
  by(W1, W2),
  [W1, W2],
);
witnessed('cosigned-by-stranger', 'cosigned by a witness nobody knows', cosigned(TEXT, W2), by());
witnessed('cosigned-unasked', 'cosigned where no witness is known', cosigned(TEXT, W1), by(), []);
witnessed('cosigned-not', 'not cosigned', '', by());
note(
  'cosigned-extended',
  'a cosignature covers the extension lines',
  `${extended}\n${signed(extended)}${cosigned(extended, W1)}`,
  by(W1),
  { witnesses: [W1] },
);
note(
  'cosigned-not-extended',
  'a cosignature without the extension lines',
  `${extended}\n${signed(extended)}${cosigned(TEXT, W1)}`,
  BAD_WITNESS,
  { witnesses: [W1] },
);
const cosignature = (message, time = TIME) =>
  line(W1.name, W1.id, concat(uint(time, 8), W1.sign(Buffer.from(message))));
witnessed(
  'cosigned-other-time',
  'a cosignature under another time',
  cosignature(`cosignature/v1\ntime ${TIME + 1}\n${TEXT}`),
  BAD_WITNESS,
);
witnessed(
  'cosigned-no-head',
  'a cosignature of the note alone, without its own first lines',
  cosignature(TEXT),
  BAD_WITNESS,
);
witnessed(
  'cosigned-version-2',
  'a cosignature of another version',
  cosignature(`cosignature/v2\ntime ${TIME}\n${TEXT}`),
  BAD_WITNESS,
);
witnessed(
  'cosigned-time-padded',
  'a cosignature over a time with a leading zero',
  cosignature(`cosignature/v1\ntime 0${TIME}\n${TEXT}`),
  BAD_WITNESS,
);
witnessed(
  'cosigned-time-2^63',
  'a cosignature of a time beyond 2^63 - 1, which is not allowed',
  cosigned(TEXT, W1, 2n ** 63n),
  BAD_WITNESS,
);
witnessed(
  'cosigned-no-time',
  'a cosignature without its time',
  line(W1.name, W1.id, W1.sign(Buffer.from(TEXT))),
  BAD_WITNESS,
);
witnessed(
  'cosigned-time-alone',
  'a time without a cosignature',
  line(W1.name, W1.id, uint(TIME, 8)),
  BAD_WITNESS,
);
witnessed(
  'cosigned-long',
  'a byte behind the cosignature',
  line(
    W1.name,
    W1.id,
    concat(uint(TIME, 8), W1.sign(Buffer.from(`cosignature/v1\ntime ${TIME}\n${TEXT}`)), [0]),
  ),
  BAD_WITNESS,
);
witnessed(
  'cosigned-flipped',
  'one bit of a cosignature flipped',
  line(
    W1.name,
    W1.id,
    concat(uint(TIME, 8), flip(W1.sign(Buffer.from(`cosignature/v1\ntime ${TIME}\n${TEXT}`)), -1)),
  ),
  BAD_WITNESS,
);
witnessed(
  'cosigned-as-note',
  'a plain signature by the key of a witness (type 1) is no cosignature',
  line(W1.name, keyId(W1.name, ED25519, W1.raw), W1.sign(Buffer.from(TEXT))),
  by(),
);
witnessed(
  'cosigned-other-name',
  "one witness's cosignature under the name of the other",
  line(W2.name, W1.id, concat(uint(TIME, 8), W1.sign(Buffer.from(`cosignature/v1\ntime ${TIME}\n${TEXT}`)))),
  by(),
  [W1, W2],
);
note(
  'cosigned-alone',
  "a witness's cosignature does not stand for the log's signature",
  `${TEXT}\n${cosigned(TEXT, W1)}`,
  UNSIGNED,
  { witnesses: [W1] },
);

// ---- signatures of the log that do not hold
const lines = (name, why, signature, outcome = UNSIGNED) => note(name, why, `${TEXT}\n${signature}`, outcome);
const LOG = LOGS[ED25519];
const SIGNATURE = LOG.sign(Buffer.from(TEXT));
lines('wrong-key-id', 'another key id', line(ORIGIN, flip(LOG.id, 3), SIGNATURE));
lines(
  'key-id-of-key',
  'the digest of the key information as the key id of an Ed25519 key',
  line(ORIGIN, sha256(LOG.spki), SIGNATURE),
);
lines(
  'key-id-type-4',
  'the key id of a cosignature',
  line(ORIGIN, keyId(ORIGIN, COSIGNATURE, v2.raw), SIGNATURE),
);
lines(
  'key-id-type-5',
  'the key id of a tree head signature',
  line(ORIGIN, keyId(ORIGIN, TREE_HEAD, v2.raw), SIGNATURE),
);
lines('wrong-name', 'another name', line('other.example', LOG.id, SIGNATURE));
lines('name-prefix', 'a name that the origin starts with', line('log.example', LOG.id, SIGNATURE));
lines('name-longer', 'a name that starts with the origin', line(`${ORIGIN}7`, LOG.id, SIGNATURE));
lines('name-upper', 'the name in capitals', line(ORIGIN.toUpperCase(), LOG.id, SIGNATURE));
lines('name-pattern', 'a name that would match as a regular expression', line('.*', LOG.id, SIGNATURE));
lines('flipped-signature', 'one bit of the signature flipped', line(ORIGIN, LOG.id, flip(SIGNATURE, 9)));
lines('cut-signature', 'a signature one byte short', line(ORIGIN, LOG.id, SIGNATURE.subarray(0, -1)));
lines('long-signature', 'a byte behind the signature', line(ORIGIN, LOG.id, concat(SIGNATURE, [0])));
lines(
  'ecdsa-under-ed25519',
  'an ECDSA signature under the id of an Ed25519 key',
  line(ORIGIN, LOG.id, v1.sign(Buffer.from(TEXT))),
);
lines(
  'first-of-two-bad',
  'two signatures by the log, the first of which does not hold',
  line(ORIGIN, LOG.id, flip(SIGNATURE, 9)) + signed(TEXT),
);
const changed = (name, why, text) => note(name, why, `${text}\n${signed(TEXT)}`, UNSIGNED);
changed('changed-origin', 'another origin than signed', body({ origin: `${ORIGIN} - 1` }));
changed('changed-size', 'another size than signed', body({ size: '20852164' }));
changed('changed-root', 'another root than signed', body({ root: sha256('other').toString('base64') }));
changed('added-extension', 'an extension line that was not signed', body({ more: 'added\n' }));
note(
  'dropped-extension',
  'an extension line that was signed is gone',
  `${TEXT}\n${signed(extended)}`,
  UNSIGNED,
);
lines(
  'over-blank-line',
  'the signature covers the blank line too',
  line(ORIGIN, LOG.id, LOG.sign(Buffer.from(`${TEXT}\n`))),
);
lines(
  'over-no-newline',
  'the signature does not cover the last line end',
  line(ORIGIN, LOG.id, LOG.sign(Buffer.from(TEXT.slice(0, -1)))),
);

// ---- the form of the body
signedBody('no-origin', 'no origin', `${SIZE}\n${ROOT}\n`, BAD);
signedBody('empty-origin', 'an empty line for the origin', body({ origin: '' }), BAD);
signedBody('no-size', 'no size', `${ORIGIN}\n${ROOT}\n`, BAD);
signedBody('no-root', 'no root', `${ORIGIN}\n${SIZE}\n`, BAD);
signedBody('empty-root', 'an empty line for the root', body({ root: '' }), BAD);
for (const [name, why, size] of [
  ['size-leading-zero', 'a leading zero', `0${SIZE}`],
  ['size-00', 'two zeros', '00'],
  ['size-plus', 'a plus sign', `+${SIZE}`],
  ['size-negative', 'a minus sign', `-${SIZE}`],
  ['size-hex', 'hexadecimal digits', '0x13e2ec3'],
  ['size-exponent', 'an exponent', '2e7'],
  ['size-fraction', 'a fraction', `${SIZE}.0`],
  ['size-blank-before', 'a blank in front', ` ${SIZE}`],
  ['size-blank-behind', 'a blank behind', `${SIZE} `],
  ['size-separator', 'separators', '20_852_163'],
  ['size-other-digits', 'digits of another script', '\u0662\u0660'],
  ['size-2^64', '2^64', '18446744073709551616'],
  ['size-2^63', '2^63, one more than fits into what protobuf has for it', '9223372036854775808'],
])
  signedBody(name, `a size with ${why}`.replace('with 2', 'of 2'), body({ size }), BAD);
for (const [name, why, root] of [
  ['root-short', 'a root of 31 bytes', Buffer.alloc(31, 1).toString('base64')],
  ['root-long', 'a root of 33 bytes', Buffer.alloc(33, 1).toString('base64')],
  ['root-hex', 'a root in hexadecimal', hex(sha256('root'))],
  ['root-unpadded', 'a root without its padding', ROOT.replace('=', '')],
  ['root-url', 'a root in the alphabet for addresses', Buffer.alloc(32, 0xff).toString('base64url')],
  ['root-unused-bits', 'a root whose last letter carries bits that count for nothing', spoiled(ROOT)],
  ['root-blank', 'a blank inside the root', `${ROOT.slice(0, 8)} ${ROOT.slice(8)}`],
  ['root-blank-behind', 'a blank behind the root', `${ROOT} `],
])
  signedBody(name, why, body({ root }), BAD);
signedBody(
  'empty-extension-line',
  'an empty line among the extension lines',
  body({ more: 'a\n\nb\n' }),
  BAD,
);
signedBody('control-character', 'a tab in an extension line', body({ more: 'a\tb\n' }), BAD);
signedBody('control-nul', 'a NUL in an extension line', body({ more: 'a\0b\n' }), BAD);
signedBody('control-escape', 'a terminal escape in the origin', body({ origin: `${ORIGIN}\u001b[2J` }), BAD);
note(
  'not-utf8',
  'half a surrogate pair, which has no UTF-8',
  `${body({ more: 'a\ud800\n' })}\n${signed(body({ more: 'a\ufffd\n' }))}`,
  BAD,
);

// ---- the form of the note
note('empty', 'no note at all', '', BAD);
note('body-alone', 'a body and nothing else', TEXT, BAD);
note('no-blank-line', 'no blank line', `${TEXT}${signed(TEXT)}`, BAD);
note('two-blank-lines', 'two blank lines', `${TEXT}\n\n${signed(TEXT)}`, BAD);
note('no-signature', 'no signature line', `${TEXT}\n`, BAD);
note('no-last-newline', 'no line end behind the last signature', GOOD.slice(0, -1), BAD);
note('blank-line-behind', 'a blank line behind the signatures', `${GOOD}\n`, BAD);
note('text-behind', 'text behind the signatures', `${GOOD}more\n`, BAD);
note('crlf', 'the line ends of another system', GOOD.replaceAll('\n', '\r\n'), BAD);
note(
  'crlf-signed',
  'the same, and signed that way',
  `${TEXT.replaceAll('\n', '\r\n')}\n${signed(TEXT.replaceAll('\n', '\r\n'))}`,
  BAD,
);
note('byte-order-mark', 'a byte order mark in front: another origin', `\ufeff${GOOD}`, UNSIGNED);
for (const [name, why, text] of [
  ['dash-hyphen', 'a hyphen for the dash', signed(TEXT).replace('\u2014', '-')],
  ['dash-en', 'an en dash for the em dash', signed(TEXT).replace('\u2014', '\u2013')],
  ['dash-missing', 'no dash', signed(TEXT).slice(2)],
  ['dash-space-missing', 'no space behind the dash', signed(TEXT).replace('\u2014 ', '\u2014')],
  ['name-missing', 'no name', signed(TEXT).replace(ORIGIN, '')],
  ['name-plus', 'a plus in a name', line('a+b', sha256('other'), Buffer.alloc(64)) + signed(TEXT)],
  ['name-space', 'a space in a name', line('a b', sha256('other'), Buffer.alloc(64)) + signed(TEXT)],
  [
    'name-unicode-space',
    'a space of another width in a name',
    line('a\u2003b', sha256('other'), Buffer.alloc(64)) + signed(TEXT),
  ],
  ['signature-missing', 'no signature behind the name', `\u2014 ${ORIGIN}\n`],
  ['signature-not-base64', 'a signature that is not base64', `\u2014 ${ORIGIN} ****\n`],
  ['signature-unpadded', 'a signature without its padding', signed(TEXT).replace('=', '')],
  ['signature-key-id-alone', 'a key id and no signature', line(ORIGIN, LOG.id, Buffer.alloc(0))],
  ['signature-short', 'three bytes', `\u2014 ${ORIGIN} AAAA\n`],
  [
    'signature-two-spaces',
    'two spaces before the signature',
    signed(TEXT).replace(`${ORIGIN} `, `${ORIGIN}  `),
  ],
  ['signature-more', 'a third word behind the signature', signed(TEXT).replace('\n', ' x\n')],
  ['one-bad-line', 'one line among good ones that is none', `${signed(TEXT)}x\n${others}`],
])
  lines(name, why, text, BAD);
lines(
  'signatures-32',
  'thirty-two signature lines',
  others.repeat(15) + others.split('\n', 1)[0] + '\n' + signed(TEXT),
  read(),
);
lines('signatures-33', 'thirty-three signature lines', others.repeat(16) + signed(TEXT), 'limit-exceeded');

/** The same bytes to a lax reader: the lowest bit of the last letter is not used. */
function spoiled(base64) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const at = base64.length - 2;
  return `${base64.slice(0, at)}${letters[letters.indexOf(base64[at]) ^ 1]}=`;
}
