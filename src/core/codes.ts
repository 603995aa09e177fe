/**
 * Every fact and finding by its code: kebab-case, unique, never renamed (reports and exemptions quote them). The value
 * is the one-line description; sentences with both values are made in `report/words.ts`, advice stands in
 * `docs/findings.md`, and a test holds the three together.
 */
export const codes = {
  // form of the input
  malformed: 'a value does not have the form its format demands',
  'limit-exceeded': 'an input is larger, deeper or longer than the tool accepts',
  'format-unsupported': 'well formed, but newer or rarer than this version of the tool can judge',
  'algorithm-unsupported': 'signed with an algorithm this version of the tool does not verify',

  // lockfile integrity
  'integrity-missing': 'the lockfile pins no digest, so any bytes would be installed',
  'integrity-weak': 'the lockfile pins a digest that signatures do not cover (sha1 or older)',
  'integrity-mismatch': 'the lockfile pins other bytes than the registry has for this version',
  'integrity-withheld': 'the registry names no sha512 integrity for this version',
  'tarball-mismatch': 'the tarball the registry sent does not have the digest the lockfile pins',
  'version-absent': 'the registry does not have this version (any more)',
  'manifest-mismatch': 'the registry answered with the manifest of another package or version',
  'resolved-mismatch': 'the lockfile takes the tarball from the place of another package or version',
  'resolved-elsewhere': 'the lockfile takes the tarball from a host other than the configured registry',

  // registry signature
  'signature-absent': 'the registry serves no signature for this version',
  'signature-invalid': 'a registry signature does not hold for these bytes',
  'signature-key-unknown': 'signed by a key that is not among the trusted keys of the registry',
  'signature-key-expired': 'signed by a key that had expired when the package was published',
  'signature-key-not-yet-valid': 'signed by a key that was not yet in force when the package was published',
  'signature-key-usage': 'signed by a key that is trusted for something else only',
  'signature-time-unknown': 'signed by an expired key, and nothing says when the package was published',
  'signature-time-unsigned':
    'signed by an expired key; only the unsigned word of the registry says it was in time',
  'registry-keys-unknown': 'no trusted signing keys are known for this registry',

  // attestations as a list
  'attestations-absent': 'the registry has no attestations for this version',
  'attestations-withheld': 'the registry announces attestations but does not hand them over',
  'provenance-absent': 'there is no provenance: nothing says who built these bytes from which source',
  'provenance-withheld': 'the registry announces provenance but its attestations contain none',
  'publish-absent': 'there is no publish attestation: the registry does not confirm that it took these bytes',
  'predicate-type-mismatch': 'an attestation is listed under another predicate type than the signed one',

  // statement
  'payload-type-mismatch': 'the signed payload is not an in-toto statement',
  'statement-type-unknown': 'the signed statement is of an unknown type',
  'subject-absent': 'the statement is about no subject',
  'subject-extra': 'the statement is about more than one subject',
  'subject-name-mismatch': 'the statement is about another package or version',
  'subject-digest-mismatch': 'the statement is about other bytes',
  'publish-claim-mismatch': 'the publish attestation names another package, version or registry',
  'publish-signer-mismatch': 'the publish attestation is not signed by the registry',
  'provenance-signer-mismatch': 'the provenance is not signed by a build of a known CI service',
  'claim-mismatch': 'the provenance claims something else than its signing certificate says',
  'claim-absent': 'the provenance or its certificate leaves out a claim that must be there',

  // bundle
  'bundle-version-unknown': 'the bundle is of a version this tool does not know',
  'envelope-signature-count': 'the envelope does not carry exactly one signature',
  'envelope-signature-invalid': 'the signature over the envelope does not hold',
  'key-unknown': 'signed with a key that is not trusted here',
  'key-hint-mismatch': 'the envelope names another key than the bundle',
  'key-expired': 'signed with a key that had expired at the time of signing',
  'key-not-yet-valid': 'signed with a key that was not yet in force at the time of signing',
  'certificate-untrusted': 'the signing certificate was not issued by a trusted authority',
  'certificate-signature-invalid': 'the signing certificate is not signed by the authority it names',
  'certificate-authority-time':
    'the authority of the signing certificate was not in force at the trusted time',
  'certificate-identity': 'the signing certificate does not name exactly one identity',
  'certificate-time': 'the signing certificate was not valid at the trusted time of signing',
  'certificate-key-usage': 'the signing certificate is not meant for digital signatures',
  'certificate-extended-key-usage': 'the signing certificate is not meant for signing code',
  'certificate-is-authority':
    'the signing certificate is that of an authority, which must not sign anything else',
  'authority-chain-invalid': 'the certificates of an authority of the trust root do not lead up to its root',
  'certificate-extension': 'the signing certificate carries a critical extension nobody here understands',
  'sct-absent': 'the certificate carries no proof that a certificate transparency log has seen it',
  'sct-invalid': 'the proof of certificate transparency does not hold',
  'sct-log-unknown': 'the certificate was logged by no trusted certificate transparency log',
  'sct-log-time': 'the certificate transparency log was not in force when it saw the certificate',
  'sct-threshold': 'fewer certificate transparency logs have seen the certificate than are demanded',
  'tlog-absent': 'the bundle carries no entry of a transparency log',
  'tlog-log-unknown': 'the entry is of a transparency log that is not trusted here',
  'tlog-log-time': 'the transparency log was not in force at that time',
  'tlog-entry-mismatch': 'the log entry is about another envelope, certificate or key than the bundle',
  'tlog-promise-invalid': 'the signed entry timestamp of the log does not hold',
  'tlog-proof-absent': 'the log entry carries no inclusion proof',
  'tlog-proof-invalid': 'the inclusion proof does not lead to the root the log has signed',
  'tlog-checkpoint-invalid': 'the checkpoint is not signed by the log',
  'tlog-proof-missing': 'the log has only promised to include the entry; there is no proof that it did',
  'tlog-entry-repeated': 'the same log entry is listed twice',
  'tlog-threshold': 'fewer transparency logs carry the entry than are demanded',
  'tlog-witness-invalid': 'the cosignature of a known witness under the checkpoint does not hold',
  'tlog-witness-threshold': 'fewer known witnesses have cosigned the checkpoint than are demanded',
  'time-absent': 'nothing trustworthy says when the bundle was signed',
  'time-threshold': 'fewer sources say when the bundle was signed than are demanded',
  'timestamp-refused': 'the timestamp is an answer by which the authority refused to give one',
  'timestamp-repeated': 'the same timestamp is listed twice',
  'timestamp-imprint-mismatch': 'the timestamp is about another signature',
  'timestamp-authority-unknown': 'the timestamp is by an authority that is not trusted here',
  'timestamp-authority-time': 'the timestamp authority was not in force at the time it states',
  'timestamp-certificate-untrusted': 'the certificate of the timestamp was not issued by a trusted authority',
  'timestamp-certificate-time': 'the certificate of the timestamp was not valid at the time it states',
  'timestamp-certificate-usage': 'the certificate of the timestamp is not meant for timestamps alone',
  'timestamp-certificate-mismatch':
    'the timestamp names another signing certificate than the one that made it',
  'timestamp-signature-invalid': 'the signature of the timestamp does not hold',
  'timestamp-threshold': 'fewer timestamp authorities say when the bundle was signed than are demanded',

  // artifact and signer of a bundle by itself
  'artifact-needed': 'the signature covers a file, which was not given in a form that can be verified',
  'artifact-digest-mismatch': 'the bundle was made for another file',
  'artifact-not-subject': 'the signed statement is not about this file',
  'message-signature-invalid': 'the signature over the file does not hold',
  'signer-kind-mismatch': 'signed by another kind of signer than was asked for',
  'signer-identity-mismatch': 'signed by another identity than was asked for',
  'signer-issuer-mismatch': 'the identity of the signer was confirmed by another issuer than was asked for',
  'signer-unpinned': 'it is signed, but nobody has said who may sign it',

  // judgement
  'repository-mismatch': 'built from another repository than the package declares',
  'repository-undeclared': 'the package declares no repository to compare the provenance with',
  'identity-mismatch': 'built by another identity than a rule of the policy demands',
  'provenance-lost': 'an earlier version on this release line had provenance, this one has none',
  'repository-changed': 'built from another repository than the earlier version on this release line',
  'source-unverifiable': 'does not come from a registry, so nobody signed for its bytes',
  'source-not-allowed': 'the policy does not allow this kind of source here',
  'bundled-inside': 'shipped inside another package and covered only by the proof of that one',
  'exemption-used': 'accepted by an exemption',
  'exemption-expired': 'an exemption has expired',
  'exemption-unused': 'an exemption matched nothing',
  'nothing-verified': 'not one package could be verified',

  // registry and trust root as a whole
  'registry-unreachable': 'the registry could not be asked',
  'registry-refused': 'the registry refused access',
  'registry-response-invalid': 'the registry answered with something that is not what was asked for',
  'registry-without-evidence': 'the registry serves neither signatures nor attestations for any package',
  'trust-root-stale': 'the trust root could not be refreshed; an older one was used',
} as const;

/** Code of a fact or finding about a package, a registry or the run. */
export type Code = keyof typeof codes;

/** Why the job itself could not be done, with the exit code it leads to (design section 6). */
export const errorCodes = {
  usage: 2,
  'lockfile-absent': 2,
  'lockfile-unreadable': 2,
  'lockfile-unsupported': 2,
  'lockfile-malformed': 2,
  'workspace-unknown': 2,
  'package-unknown': 2,
  'policy-unreadable': 2,
  'policy-malformed': 2,
  'policy-unknown-key': 2,
  'policy-conflict': 2,
  'policy-extends': 2,
  'npmrc-malformed': 2,
  'report-unwritable': 2,
  'report-unreadable': 2,
  'bundle-unreadable': 2,
  'artifact-unreadable': 2,
  'key-unreadable': 2,
  'trust-root-unreadable': 2,
  'trust-root-invalid': 3,
  'trust-root-unreachable': 3,
} as const;

export type ErrorCode = keyof typeof errorCodes;
