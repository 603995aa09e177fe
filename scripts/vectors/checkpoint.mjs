// One vector for each way a checkpoint (https://c2sp.org/tlog-checkpoint@v1.0.0) can be right or wrong. Input: the note, the
// key of the log and its id, and the verifier keys of the witnesses that are known. `value`: what the log has signed, and
// who has cosigned it. Expected codes are those of a reader that must find the log's own signature.
import {
  BAD,
  body,
  ECDSA,
  ED25519,
  extended,
  LOG,
  LOGS,
  line,
  lines,
  note,
  ORIGIN,
  others,
  ROOT,
  read,
  SIZE,
  signed,
  signedBody,
  TEXT,
  table,
  UNSIGNED,
} from './checkpoint-notes.mjs';
import { hex, sha256 } from './encode.mjs';
import './checkpoint-signatures.mjs';

export const { vectors } = table;

/** The log's signature under a good body, and the two together. */
const SIGNED = signed(TEXT);
const GOOD = `${TEXT}\n${SIGNED}`;

// ---- what is right
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
signedBody(
  'size-2^63-1',
  'of the largest tree that a bundle can speak of',
  body({ size: '9223372036854775807' }),
  read({ size: '9223372036854775807' }),
);
signedBody('extension-lines', 'with extension lines, which the signature covers', extended, read());
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
  `${others.repeat(15)}${others.split('\n', 1)[0]}\n${signed(TEXT)}`,
  read(),
);
lines('signatures-33', 'thirty-three signature lines', others.repeat(16) + signed(TEXT), 'limit-exceeded');

/** The same bytes to a lax reader: the lowest bit of the last letter is not used. */
function spoiled(base64) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const at = base64.length - 2;
  return `${base64.slice(0, at)}${letters[letters.indexOf(base64[at]) ^ 1]}=`;
}
