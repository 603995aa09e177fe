// One vector for each way embedded certificate timestamps can be right or wrong. Input: the certificate, its issuer's key, the
// logs that are known, and how many operators of logs must have seen it. `value`: the timestamps that hold, and the
// precertificate as the logs saw it.
import {
  certificate,
  ctLog,
  EXTENSIONS,
  extension,
  issuer,
  otherLog,
  POISON,
  precertificate,
  sct,
  sctListBytes,
  signedEntry,
  TIME,
  tbs,
} from './certificate.mjs';
import { concat, flip, p256, sha256, uint } from './encode.mjs';
import { good, held, INVALID, leaf, list, listExtension, logOf, one, PARTS, table } from './sct-leaf.mjs';
import './sct-forms.mjs';

export const { vectors } = table;

// ---- what is right
one('good', 'one timestamp of a log that is known', good(), [held(ctLog)]);
leaf('good-two-logs', 'of two logs', sctListBytes(good(), good(otherLog)), [held(ctLog), held(otherLog)]);
leaf(
  'unknown-log-beside',
  'of a log nobody knows, and one that is known',
  sctListBytes(good(otherLog), good()),
  [held(ctLog)],
  {
    logs: [logOf(ctLog)],
  },
);
leaf(
  'unknown-log-bad-beside',
  'a bad one of a log nobody knows says nothing either way',
  sctListBytes(good(otherLog, { signature: flip(otherLog.sign('x'), -1) }), good()),
  [held(ctLog)],
  { logs: [logOf(ctLog)] },
);
one(
  'sct-extensions',
  'with extensions of its own, which the signature covers',
  good(ctLog, { extensions: [1, 2, 3] }),
  [held(ctLog)],
);
one('log-first-moment', 'at the first moment of the log', good(), [held(ctLog)], {
  logs: [logOf(ctLog, { start: TIME })],
});
one('log-last-moment', 'at the last moment of the log', good(), [held(ctLog)], {
  logs: [logOf(ctLog, { end: TIME })],
});
one('log-two-periods', 'in the second period of a log', good(), [held(ctLog)], {
  logs: [logOf(ctLog, { end: TIME - 1 }), logOf(ctLog, { start: TIME })],
});

// ---- the precertificate: the same bytes without the list, with every length around it anew
const placed = (name, why, extensions) => leaf(name, why, undefined, [held(ctLog)], { extensions });
placed('list-first', 'the list stands first', [list, ...EXTENSIONS]);
placed('list-between', 'the list stands between others', [
  ...EXTENSIONS.slice(0, 2),
  list,
  ...EXTENSIONS.slice(2),
]);
const few = EXTENSIONS.slice(0, 1);
leaf(
  'lengths-shrink',
  'without the list, lengths fit into fewer bytes',
  sctListBytes(sct(ctLog, precertificate(tbs(few)))),
  [held(ctLog)],
  {
    extensions: [...few, listExtension(sctListBytes(sct(ctLog, precertificate(tbs(few)))))],
    precertificate: tbs(few),
  },
);
const many = [...EXTENSIONS, extension('1.3.6.1.4.1.57264.1.99', Buffer.alloc(1_000, 0x61))];
leaf('lengths-long', 'an extension of a thousand bytes stays as it is', undefined, [held(ctLog)], {
  extensions: [...many, listExtension(sctListBytes(sct(ctLog, precertificate(tbs(many)))))],
  precertificate: tbs(many),
});
const unknown = [...EXTENSIONS, extension('1.2.3.4.5', [0x05, 0x00], true)];
leaf('unknown-extension', 'an extension nobody knows is part of it', undefined, [held(ctLog)], {
  extensions: [...unknown, listExtension(sctListBytes(sct(ctLog, precertificate(tbs(unknown)))))],
  precertificate: tbs(unknown),
});

// ---- signatures over something else
const over = (name, why, signed) => one(name, why, good(ctLog, { signed }), INVALID);
one(
  'flipped-signature',
  'one bit of the signature flipped',
  good(ctLog, { signature: flip(ctLog.sign(signedEntry({ parts: PARTS })), -1) }),
  INVALID,
);
one(
  'signature-padded',
  'a zero in front of an integer of the signature',
  good(ctLog, { signature: padded(ctLog.sign(signedEntry({ parts: PARTS }))) }),
  INVALID,
);
one(
  'signature-trailing',
  'a byte behind the signature, inside its length',
  good(ctLog, { signature: concat(ctLog.sign(signedEntry({ parts: PARTS })), [0]) }),
  INVALID,
);
one('signature-empty', 'a signature of no bytes', good(ctLog, { signature: Buffer.alloc(0) }), INVALID);
one('flipped-time', 'the time a millisecond later than signed', flip(good(), 40), INVALID);
one(
  'flipped-extensions',
  'extensions other than signed',
  good(ctLog, { extensions: [1], signed: signedEntry({ parts: PARTS, extensions: [2] }) }),
  INVALID,
);
one(
  'dropped-extensions',
  'extensions that were signed are gone',
  good(ctLog, { signed: signedEntry({ parts: PARTS, extensions: [1] }) }),
  INVALID,
);
one('other-log-id', "one log's signature under the other's id", good(ctLog, { id: otherLog.id }), INVALID);
over(
  'over-final-tbs',
  'the signature covers the certificate as it is, list included',
  signedEntry({ parts: precertificate(tbs([...EXTENSIONS, listExtension(sctListBytes(good()))])) }),
);
over(
  'over-final-certificate',
  'the signature covers a final certificate (entry type 0)',
  signedEntry({ type: 0, parts: [concat(uint(certificate(EXTENSIONS).length, 3), certificate(EXTENSIONS))] }),
);
over(
  'over-entry-type-0',
  'the entry type of a certificate with the parts of a precertificate',
  signedEntry({ type: 0, parts: PARTS }),
);
over(
  'over-poison',
  'the signature covers a precertificate with its poison still inside',
  signedEntry({ parts: precertificate(tbs([...EXTENSIONS, extension(POISON, [0x05, 0x00], true)])) }),
);
over(
  'over-other-order',
  'the extensions of the precertificate in another order',
  signedEntry({ parts: precertificate(tbs([...EXTENSIONS].reverse())) }),
);
over(
  'over-fewer-extensions',
  'an extension that the precertificate did not have',
  signedEntry({ parts: precertificate(tbs(EXTENSIONS.slice(1))) }),
);
over('over-no-issuer', 'no issuer key hash', signedEntry({ parts: PARTS.slice(1) }));
over(
  'over-other-issuer',
  'the key hash of another issuer',
  signedEntry({ parts: precertificate(tbs(EXTENSIONS), p256('another issuer').spki) }),
);
over(
  'over-issuer-bits',
  'the hash of the key bits instead of the key information',
  signedEntry({ parts: [sha256(issuer.spki.subarray(-65)), PARTS[1]] }),
);
over(
  'over-certificate-version',
  'the structure of another version',
  signedEntry({ version: 1, parts: PARTS }),
);
over('over-tree-head', 'the signature type of a tree head', signedEntry({ signatureType: 1, parts: PARTS }));
leaf(
  'second-bad',
  'a good one does not make up for a bad one of a known log',
  sctListBytes(good(), flip(good(otherLog), -1)),
  INVALID,
);
leaf('first-bad', 'nor does one behind it', sctListBytes(flip(good(otherLog), -1), good()), INVALID);

// ---- logs and times
const UNKNOWN = 'sct-log-unknown';
one('log-unknown', 'of a log nobody knows', good(p256('a third log')), UNKNOWN);
one('no-logs', 'no log is known', good(), UNKNOWN, { logs: [] });
one('log-before', 'from before the log was in force', good(), 'sct-log-time', {
  logs: [logOf(ctLog, { start: TIME + 1 })],
});
one('log-after', 'from after the log was in force', good(), 'sct-log-time', {
  logs: [logOf(ctLog, { end: TIME - 1 })],
});
one('log-between', 'from between the two periods of a log', good(), 'sct-log-time', {
  logs: [logOf(ctLog, { end: TIME - 1 }), logOf(ctLog, { start: TIME + 1 })],
});
const two = sctListBytes(good(), good(otherLog));
const operators = (first, second) => ({
  logs: [logOf(ctLog, { operator: first }), logOf(otherLog, { operator: second })],
  demanded: 2,
});
leaf(
  'threshold',
  'two operators where two are demanded',
  two,
  [held(ctLog), held(otherLog)],
  operators('one', 'two'),
);
leaf(
  'threshold-one-operator',
  'two logs of one operator do not stand for two',
  two,
  'sct-threshold',
  operators('one', 'one'),
);
leaf(
  'threshold-one-log',
  'one log twice does not stand for two',
  sctListBytes(good(), good()),
  'sct-threshold',
  operators('one', 'two'),
);
leaf('absent', 'a certificate without the list', undefined, 'sct-absent', { extensions: EXTENSIONS });

/** The first integer of an ECDSA signature with one more zero in front. */
function padded(signature) {
  const size = signature[3];
  return concat(
    [0x30, signature[1] + 1, 0x02, size + 1, 0],
    signature.subarray(4, 4 + size),
    signature.subarray(4 + size),
  );
}
