/** Words for Sigstore bundles: envelope, keys, certificates, logs, times. */
import type { WordTable } from './types.ts';

const REPORT = 'do not install it, and report it to the maintainers and the registry';
const BROKEN = 'do not install it; the bundle was put together from pieces that do not belong together';
const REFRESH = 'refresh the trust root; for a private Sigstore instance give its trusted root';
const TIME = 'do not install it; a leaked key could have made this signature at another time';

export const bundleWords: WordTable = {
  'bundle-version-unknown': {
    say: 'the bundle is of a version this tool does not know[: {actual|version}]',
    advice: 'update verify-deps',
  },
  'envelope-signature-count': {
    say: 'the envelope carries[ {actual|count} signatures,] not exactly one signature',
    advice: BROKEN,
  },
  'envelope-signature-invalid': {
    say: 'the signature over the envelope does not hold',
    advice: 'do not install it; the statement was changed after it was signed',
  },
  'key-unknown': {
    say: 'it is signed with a key[ ({keyid|hint})] that is not trusted here',
    advice: REFRESH,
  },
  'key-hint-mismatch': {
    say: 'the envelope names another key than the bundle[: expected {expected|hint} but got {actual|keyid}]',
    advice: BROKEN,
  },
  'key-expired': {
    say: 'it is signed with a key[ ({keyid|hint})] that[, with its expiry on {expires},] had expired at the time of signing[ ({time})]',
    advice: TIME,
  },
  'key-not-yet-valid': {
    say: 'it is signed with a key[ ({keyid|hint})] that[, in force from {starts},] was not yet in force at the time of signing[ ({time})]',
    advice: TIME,
  },
  'certificate-untrusted': {
    say: 'the signing certificate was not issued by a trusted authority[ but by {issuer}]',
    advice: REFRESH,
  },
  'certificate-time': {
    say: 'the signing certificate was not valid[ at {time},][ but from {notBefore} to {notAfter},] at the trusted time of signing',
    advice: TIME,
  },
  'certificate-usage': { say: 'the signing certificate is not meant for signing code', advice: REPORT },
  'certificate-extension': {
    say: 'the signing certificate carries a critical extension nobody here understands[: {actual|oid|extension|field|what}]',
    advice: 'update verify-deps; a critical extension may limit what the certificate is good for',
  },
  'sct-absent': {
    say: 'the certificate carries no proof that a certificate transparency log has seen it',
    advice: REPORT,
  },
  'sct-invalid': {
    say: 'the proof of certificate transparency[ by log {logId}] does not hold',
    advice: REPORT,
  },
  'sct-log-unknown': {
    say: 'the certificate was logged by no trusted certificate transparency log[ but by {logId}]',
    advice: REFRESH,
  },
  'tlog-absent': { say: 'the bundle carries no entry of a transparency log', advice: REPORT },
  'tlog-log-unknown': {
    say: 'the entry is of a transparency log[ ({logId})] that is not trusted here',
    advice: REFRESH,
  },
  'tlog-entry-mismatch': {
    say: 'the log entry is about another envelope, certificate or key than the bundle[ ({field|what})][: expected {expected} but got {actual}]',
    advice: BROKEN,
  },
  'tlog-promise-invalid': {
    say: 'the signed entry timestamp of the log[ {logId}] does not hold',
    advice: REPORT,
  },
  'tlog-proof-absent': {
    say: 'the log entry carries no inclusion proof',
    advice:
      'ask the registry for a current bundle; the entry has nothing that can be checked against the log',
  },
  'tlog-proof-invalid': {
    say: 'the inclusion proof does not lead to the root the log has signed[: expected {expected} but got {actual}]',
    advice: REPORT,
  },
  'tlog-checkpoint-invalid': {
    say: 'the checkpoint is not signed by the log[ {logId}]',
    advice: REPORT,
  },
  'tlog-proof-missing': {
    say: 'the log has only promised to include the entry[ {logIndex}]; there is no proof that it did',
    advice:
      'accept promises in the policy (`inclusionProof`) for packages from before 2024, or move to a newer version',
  },
  'tlog-entry-repeated': { say: 'the same log entry[ {logIndex}] is listed twice', advice: BROKEN },
  'time-absent': {
    say: 'nothing trustworthy says when the bundle was signed',
    advice: 'ask the signer for a bundle with a log entry or a timestamp',
  },
};
