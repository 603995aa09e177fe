// Checkpoints whose signatures are right or wrong, the log's own and those of witnesses.
import {
  body,
  COSIGNATURE,
  cosigned,
  ED25519,
  extended,
  keyId,
  LOG,
  line,
  lines,
  note,
  ORIGIN,
  read,
  signed,
  TEXT,
  TIME,
  TREE_HEAD,
  UNSIGNED,
  v1,
  v2,
  W1,
  W2,
} from './checkpoint-notes.mjs';
import { concat, flip, sha256, uint } from './encode.mjs';

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
