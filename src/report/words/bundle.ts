/** Words for Sigstore bundles: envelope, keys, certificates, logs, times. */
import type { WordTable } from './types.ts';

const REPORT = 'do not install it, and report it to the maintainers and the registry';
const BROKEN = 'do not install it; the bundle was put together from pieces that do not belong together';
const REFRESH = 'refresh the trust root; for a private Sigstore instance give its trusted root';
const UNLOGGED = 'do not use it, unless it is from a private instance that keeps no such log: then say so';
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
    say: 'the signing certificate was not issued by a trusted authority[ but by {issuer}][; trusted are: {expected}]',
    advice: REFRESH,
  },
  'certificate-signature-invalid': {
    say: 'the signing certificate is not signed by the authority it names[: {issuer}]',
    advice: 'do not install it; somebody made a certificate in the name of a trusted authority',
  },
  'certificate-authority-time': {
    say: 'the authority of the signing certificate[ ({authority})][, in force from {starts}][ until {expires},] was not in force at the trusted time[ ({time})]',
    advice: REFRESH,
  },
  'authority-chain-invalid': {
    say: 'the certificates of an authority of the trust root[ ({authority})] do not lead up to its root[ because of {certificate}][: {why}]',
    advice: 'refresh the trust root; for a private Sigstore instance have its trusted root corrected',
  },
  'certificate-identity': {
    say: 'the signing certificate does not name exactly one identity[ but {count}][ ({field})][: expected {expected} but got {actual}]',
    advice: REPORT,
  },
  'certificate-time': {
    say: 'the signing certificate was not valid[ at {time},][ but from {notBefore} to {notAfter},] at the trusted time of signing',
    advice: TIME,
  },
  'certificate-key-usage': {
    say: 'the signing certificate is not meant for digital signatures[: expected {expected} but got {actual}]',
    advice: REPORT,
  },
  'certificate-extended-key-usage': {
    say: 'the signing certificate is not meant for signing code[: expected {expected} but got {actual}]',
    advice: REPORT,
  },
  'certificate-is-authority': {
    say: 'the signing certificate is that of an authority[ ({actual})], which must not sign anything else',
    advice: REPORT,
  },
  'certificate-extension': {
    say: 'the signing certificate carries a critical extension nobody here understands[: {actual|oid|extension|field|what}]',
    advice: 'update verify-deps; a critical extension may limit what the certificate is good for',
  },
  'sct-absent': {
    say: 'the certificate carries no proof that a certificate transparency log has seen it',
    advice: UNLOGGED,
  },
  'sct-invalid': {
    say: 'the proof of certificate transparency[ by log {logId}] does not hold',
    advice: REPORT,
  },
  'sct-log-unknown': {
    say: 'the certificate was logged by no trusted certificate transparency log[ but by {logId}]',
    advice: REFRESH,
  },
  'sct-log-time': {
    say: 'the certificate transparency log[ {logId}][, in force from {starts}][ until {expires},] was not in force when it saw the certificate[ ({time})]',
    advice: REFRESH,
  },
  'sct-threshold': {
    say: 'fewer certificate transparency logs have seen the certificate than are demanded[: expected {expected} but got {actual}]',
    advice: 'demand fewer in the options, or ask the signer for a certificate that more logs have seen',
  },
  'tlog-absent': { say: 'the bundle carries no entry of a transparency log', advice: UNLOGGED },
  'tlog-log-unknown': {
    say: 'the entry is of a transparency log[ ({logId})] that is not trusted here',
    advice: REFRESH,
  },
  'tlog-log-time': {
    say: 'the transparency log[ {logId}] was not in force at that time[ ({time})]',
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
  'tlog-threshold': {
    say: 'fewer transparency logs carry the entry than are demanded[: expected {expected} but got {actual}]',
    advice: 'demand fewer, or ask the signer to log it there as well',
  },
  'tlog-witness-invalid': {
    say: 'the cosignature of witness[ {signer}] under the checkpoint does not hold',
    advice: 'do not use it; this is not the tree that the witness has seen',
  },
  'tlog-witness-threshold': {
    say: 'fewer known witnesses have cosigned the checkpoint than are demanded[: expected {expected} but got {actual}]',
    advice: 'demand fewer, or ask for a bundle with a newer checkpoint',
  },
  'time-threshold': {
    say: 'fewer sources say when it was signed than are demanded[: expected {expected} but got {actual}]',
    advice: 'demand fewer, or ask the signer for further timestamps',
  },
  'timestamp-threshold': {
    say: 'fewer timestamp authorities say when it was signed than are demanded[: expected {expected} but got {actual}]',
    advice: 'demand fewer, or ask the signer for further timestamps',
  },
  'timestamp-repeated': { say: 'the same timestamp is listed twice', advice: BROKEN },
  'time-absent': {
    say: 'nothing trustworthy says when the bundle was signed',
    advice: 'ask the signer for a bundle with a log entry or a timestamp',
  },
  'timestamp-refused': {
    say: 'the timestamp is an answer by which the authority refused to give one[ ({status})]',
    advice:
      'ask the signer for a bundle with a real timestamp; nobody has confirmed when this one was signed',
  },
  'timestamp-imprint-mismatch': {
    say: 'the timestamp is about another signature[: {algorithm} of what was stamped is {expected}, of this signature {actual}]',
    advice: BROKEN,
  },
  'timestamp-authority-unknown': {
    say: 'the timestamp[ of {time}] is by an authority[ ({authority|issuer|keyid})] that is not trusted here',
    advice: REFRESH,
  },
  'timestamp-authority-time': {
    say: 'the timestamp authority[ {authority}][, trusted from {starts},] was not in force at the time it states[ ({time})]',
    advice: REFRESH,
  },
  'timestamp-certificate-untrusted': {
    say: 'the certificate of the timestamp was not issued by a trusted authority[ but by {issuer}]',
    advice: TIME,
  },
  'timestamp-certificate-time': {
    say: 'the certificate of the timestamp[ ({certificate})] was not valid[ at {time},][ but from {notBefore} to {notAfter},] at the time it states',
    advice: TIME,
  },
  'timestamp-certificate-usage': {
    say: 'the certificate of the timestamp is not meant for timestamps alone[: expected {expected} but got {actual}]',
    advice:
      'ask the timestamp authority for a certificate as RFC 3161 demands; other signatures of this key pass for times',
  },
  'timestamp-certificate-mismatch': {
    say: 'the timestamp names another signing certificate than the one that made it[ ({field})][: expected {expected} but got {actual}]',
    advice: TIME,
  },
  'timestamp-signature-invalid': {
    say: 'the signature of the timestamp does not hold[ ({field})][: expected {expected} but got {actual}]',
    advice: TIME,
  },
};
