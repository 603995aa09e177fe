import type { Mutation } from './mutation.ts';

/**
 * What ours refuses although the reference verifies it. A stricter verdict that no row explains fails the comparison, and
 * every row stands in docs/verification.md as it stands here.
 */
export interface Reason {
  readonly what: string;
  readonly why: string;
  /** Our refusal (the code, for `malformed` with the rule that is broken) and the mutation: its kind, then where it was. */
  readonly when: readonly (readonly [refusal: RegExp, mutation: RegExp])[];
}

const ANY = /./;
const LOGGED = /^logged: /;
const ISSUED = /^issued: /;
const STAMPED = /^stamped: /;
const NOTE = /^note( signed)?: /;
/** Changes to fields that no signature covers. */
const PLAIN = /^(?!logged: |issued: |stamped: |promised: |note)/;

export const reasons: readonly Reason[] = [
  {
    what: 'base64 with white space, in the url alphabet, unpadded, with pad bits, with anything else in it or behind it',
    why: 'two texts for the same bytes',
    when: [[/^malformed: not canonical base64$/, ANY]],
  },
  {
    what: 'whole numbers in any spelling but decimal without leading zeros, negative ones, and those beyond 64 bits',
    why: 'readers differ on what they mean, and what is signed is the number',
    when: [
      [/^malformed: not a whole number$/, PLAIN],
      [/^malformed: not a whole number$/, /^promised: time a fraction/],
    ],
  },
  {
    what: 'JSON with a key twice, however it is escaped, in the bundle and in the log entry',
    why: 'parsers differ on which one counts, and a signature covers both',
    when: [[/^malformed: the same key twice in one object$/, /json key twice/]],
  },
  {
    what: "names in snake case, and names of JavaScript's own",
    why: 'other readers of protobuf JSON take `raw_bytes` for `rawBytes`, and would be shown something else',
    when: [[/^malformed: not a name of this format$/, PLAIN]],
  },
  {
    what: 'a text, number, list or object where the format has another type',
    why: 'the reference makes a text of whatever it finds',
    when: [
      [/^malformed: (?:not an? (?:string|object|list|array)|missing)$/, PLAIN],
      [/^malformed: (?:not an? (?:string|object|list|array)|missing)$/, LOGGED],
    ],
  },
  {
    what: 'a media type that only starts like a known one, and versions above 0.3',
    why: 'a newer format may mean something else by the same fields',
    when: [[/^bundle-version-unknown$/, PLAIN]],
  },
  {
    what: 'certificate beside chain or key, envelope beside message signature',
    why: 'another reader would take the other',
    when: [
      [
        /^malformed: not exactly one (?:certificate, chain or public key|envelope or message signature)$/,
        PLAIN,
      ],
      [/^malformed: not exactly one certificate or public key$/, LOGGED],
    ],
  },
  {
    what: 'more entries, signatures, certificates or hashes than any real bundle has',
    why: 'every count has a limit',
    when: [[/^limit-exceeded$/, ANY]],
  },
  {
    what: 'an envelope `keyid` that contradicts the signer',
    why: 'another reader would pick another key',
    when: [[/^key-hint-mismatch$/, PLAIN]],
  },
  {
    what: 'root hash, tree size or index beside the checkpoint that differ from it',
    why: 'nobody but an editor of the bundle makes them differ',
    when: [
      [/^tlog-proof-invalid$/, PLAIN],
      [/^tlog-proof-invalid$/, NOTE],
    ],
  },
  {
    what: 'an entry that names another log than the one that signed its checkpoint',
    why: 'without a promise the reference never looks at the log that an entry names',
    when: [[/^tlog-log-unknown$/, PLAIN]],
  },
  {
    what: 'a log entry whose verifier is another certificate or key, or not the only one',
    why: "the log then vouches for somebody else's signature",
    when: [
      [/^tlog-entry-mismatch$/, LOGGED],
      [/^tlog-entry-mismatch$/, PLAIN],
      [/^malformed: verifier is not PEM$/, LOGGED],
    ],
  },
  {
    what: 'a checkpoint that is not a signed note in its one form: lines missing, empty or behind the end, control characters, sizes in another spelling',
    why: 'two readers must not see two checkpoints',
    when: [
      [/^malformed: /, NOTE],
      [/^malformed: /, /^(?!logged: ).*checkpoint/],
    ],
  },
  {
    what: 'a checkpoint of another origin or signed under another name than the log has, or whose first line by this log is bad',
    why: 'one key may sign for several logs, and the reference takes the name in the line for a pattern',
    when: [
      [/^tlog-checkpoint-invalid$/, NOTE],
      [/^tlog-checkpoint-invalid$/, PLAIN],
    ],
  },
  {
    what: 'the same log entry or timestamp twice',
    why: 'thresholds count authorities, not lines',
    when: [[/^(?:tlog-entry|timestamp)-repeated$/, ANY]],
  },
  {
    what: 'a leaf without the key usage or the code signing usage, a leaf that is an authority, critical extensions that are not understood',
    why: 'RFC 5280 sections 4.2, 4.2.1.3, 4.2.1.9 and 4.2.1.12',
    when: [[/^certificate-(?:usage|key-usage|extended-key-usage|is-authority|extension)$/, ISSUED]],
  },
  {
    what: 'no name or several in the certificate, names of unknown kinds, empty ones, and issuers that contradict each other',
    why: 'whom a policy pins would depend on which one is read',
    when: [
      [/^certificate-identity$/, ISSUED],
      [
        /^malformed: (?:empty or too long|not UTF-8|not exactly one subject alternative name|two issuers|not ASCII|subject alternative name of an unknown kind)$/,
        ISSUED,
      ],
    ],
  },
  {
    what: 'a certificate of another version than 3, with an extension twice, a serial number that is negative or over 20 bytes, or a signature algorithm inside that differs from the one outside',
    why: 'RFC 5280 sections 4.1.1.2, 4.1.2.1, 4.1.2.2 and 4.2',
    when: [
      [
        /^malformed: (?:not of version 3|extension [0-9.]+ twice|negative serial number|serial number of more than 20 bytes|two signature algorithms|malformed (?:extension|basic constraints|key usage))$/,
        ISSUED,
      ],
    ],
  },
  {
    what: 'certificates, names and claims in DER that is not DER, or with bytes behind it',
    why: 'two readings of one certificate',
    when: [
      [/^malformed: /, ISSUED],
      [/^malformed: /, /^(?!logged: |issued: ).*certificate\.rawBytes/],
    ],
  },
  {
    what: 'timestamps in DER that is not DER, with bytes behind it, fields twice, unknown or missing, times in another form',
    why: 'RFC 3161 section 2.4 and RFC 5652 section 5 allow one form',
    when: [
      [/^malformed: /, STAMPED],
      [/^malformed: /, /^(?!logged: ).*signedTimestamp/],
    ],
  },
  {
    what: 'certificates above the leaf that are not well formed',
    why: 'nobody uses them, and whoever shows them to somebody else must be able to read them',
    when: [
      [/^(?:malformed: |algorithm-unsupported$)/, /^(?!logged: ).*x509CertificateChain/],
      // In the text of the bundle as a whole.
      [/^malformed: (?!not a)/, /^bit of text ,/],
    ],
  },
  {
    what: 'a timestamp that names another signing certificate than the one that made it, or none, or brings along one that may not sign it',
    why: 'RFC 5816: the reference looks neither at the attribute nor at the certificates in a token',
    when: [
      [/^timestamp-certificate-/, STAMPED],
      [/^timestamp-certificate-/, /signedTimestamp|^bit of text ,/],
    ],
  },
  {
    what: 'a timestamp response whose status says that it was refused, and timestamps with extensions, revocation lists or algorithms that are not understood',
    why: 'RFC 3161 section 2.4.2: there is then no token, and what is critical must be understood; the reference looks at neither',
    when: [
      [/^(?:timestamp-refused|format-unsupported|algorithm-unsupported)$/, STAMPED],
      [
        /^(?:timestamp-refused|format-unsupported|algorithm-unsupported)$/,
        /^(?!logged: ).*signedTimestamp|^bit of text ,/,
      ],
    ],
  },
  {
    what: 'certificate timestamps of another version than that of RFC 6962, or in lists with anything else in them',
    why: 'another version is another structure',
    when: [[/^(?:format-unsupported|malformed: .*)$/, /^issued: certificate timestamps/]],
  },
  {
    what: 'RSA keys under 2048 bits, and curves other than P-256, P-384 and P-521',
    why: 'uncovered: no Sigstore instance uses them',
    when: [[/^algorithm-unsupported$/, /^as it came/]],
  },
  {
    what: 'the retired `dsse` 0.0.2 of Rekor v2, and kinds of entries without a specification',
    why: 'uncovered: no log writes them',
    when: [[/^format-unsupported$/, /^(?:as it came|logged: )/]],
  },
];

/** Undefined where nothing here explains the difference. */
export function reasonFor(
  refused: string,
  { kind, detail }: Pick<Mutation, 'kind' | 'detail'>,
): Reason | undefined {
  const mutation = `${kind} ${detail}`;
  return reasons.find(({ when }) =>
    when.some(([refusal, change]) => refusal.test(refused) && change.test(mutation)),
  );
}
