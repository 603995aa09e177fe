// Timestamps and lists of them whose form is wrong.
import { ctLog, EXTENSIONS, extension, SCT_LIST, sctListBytes } from './certificate.mjs';
import { concat, octets, sequence, uint } from './encode.mjs';
import { BAD, good, INVALID, leaf, list, one } from './sct-leaf.mjs';

// ---- the form of one
one('version-2', 'of a version nobody knows', good(ctLog, { version: 1 }), 'format-unsupported');
one('cut', 'one byte short', good().subarray(0, -1), BAD);
one('cut-head', 'cut before its signature', good().subarray(0, 43), BAD);
one('cut-id', 'cut in the log id', good().subarray(0, 20), BAD);
one('empty', 'of no bytes', Buffer.alloc(0), BAD);
one('trailing', 'a byte behind its signature', good(ctLog, { behind: [0] }), BAD);
one('extensions-too-long', 'extensions that reach past its end', withLength(good(), 41, 0xffff), BAD);
one('signature-too-long', 'a signature that reaches past its end', withLength(good(), 45, 0xffff), BAD);
one('signature-too-short', 'a signature shorter than what is there', withLength(good(), 45, 8), BAD);
one(
  'time-beyond',
  'a time beyond every calendar',
  concat(good().subarray(0, 33), Buffer.alloc(8, 0xff), good().subarray(41)),
  BAD,
);
for (const [name, why, options] of [
  ['hash-none', 'no hash', { hash: 0 }],
  ['hash-md5', 'MD5', { hash: 1 }],
  ['hash-sha1', 'SHA-1', { hash: 2 }],
  ['hash-unknown', 'a hash nobody knows', { hash: 9 }],
  ['algorithm-anonymous', 'no signature', { algorithm: 0 }],
  ['algorithm-dsa', 'DSA', { algorithm: 2 }],
])
  one(name, `${why}, as the algorithm it states`, good(ctLog, options), 'algorithm-unsupported');
one(
  'hash-other',
  'SHA-384 as the algorithm it states, SHA-256 as what was done',
  good(ctLog, { hash: 5 }),
  INVALID,
);

one(
  'algorithm-rsa',
  'RSA as the algorithm it states, of a log whose key is another',
  good(ctLog, { algorithm: 1 }),
  INVALID,
);

// ---- the form of the list
leaf('list-cut', 'a list one byte short', sctListBytes(good()).subarray(0, -1), BAD);
leaf('list-trailing', 'a byte behind the list', concat(sctListBytes(good()), [0]), BAD);
leaf(
  'list-half-length',
  'half a length behind the last one',
  concat(uint(good().length + 3, 2), uint(good().length, 2), good(), [0]),
  BAD,
);
leaf(
  'list-item-too-long',
  'one that reaches past the list',
  withLength(sctListBytes(good()), 2, good().length + 1),
  BAD,
);
leaf(
  'list-length-short',
  'a length of the list below what is there',
  withLength(sctListBytes(good()), 0, good().length + 1),
  BAD,
);
leaf(
  'list-length-zero',
  'a length of the list of zero, with one behind it',
  withLength(sctListBytes(good()), 0, 0),
  BAD,
);
leaf('list-no-bytes', 'an octet string without a list', Buffer.alloc(0), BAD);
const odd = (name, why, extensions) =>
  leaf(name, why, undefined, BAD, { extensions: [...EXTENSIONS, ...extensions] });
odd('list-bare', 'a list that is in no octet string', [extension(SCT_LIST, sctListBytes(good()))]);
odd('list-sequence', 'a list in a sequence', [extension(SCT_LIST, sequence(sctListBytes(good())))]);
odd('list-octets-trailing', 'a byte behind the octet string', [
  extension(SCT_LIST, concat(octets(sctListBytes(good())), [0])),
]);
odd('list-octets-non-minimal', 'an octet string whose length takes a byte too many', [
  extension(SCT_LIST, concat([0x04, 0x82, 0], octets(sctListBytes(good())).subarray(2))),
]);
odd('list-twice', 'two lists', [list, list]);
leaf(
  'too-many',
  'seventeen timestamps',
  sctListBytes(...Array.from({ length: 17 }, () => good())),
  'limit-exceeded',
);

function withLength(bytes, at, length) {
  return concat(bytes.subarray(0, at), uint(length, 2), bytes.subarray(at + 2));
}
