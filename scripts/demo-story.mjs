// Who plays in scripts/demo.mjs, and what is done to whom.

/** Twelve invented packages; `attested` names the format of their bundles, `days` their age. */
export const CATALOGUE = [
  { name: '@acme/http-client', version: '3.2.1', days: 30, attested: 'v0.3', needs: ['@acme/retry'] },
  { name: '@acme/retry', version: '2.0.4', days: 90, attested: 'v0.3' },
  { name: '@acme/router', version: '1.8.3', days: 45, attested: 'v0.3' },
  { name: '@acme/logger', version: '4.1.0', days: 60, attested: 'v0.2', needs: ['ansi-palette'] },
  { name: '@globex/csv-reader', version: '2.6.0', days: 75, attested: 'v0.3' },
  { name: '@globex/date-tools', version: '0.9.4', days: 1200, attested: 'v0.1' },
  { name: '@globex/job-queue', version: '5.3.2', days: 20, attested: 'v0.3' },
  { name: '@globex/template', version: '3.0.1', days: 120, attested: 'v0.2' },
  {
    name: 'session-vault',
    version: '1.4.7',
    days: 15,
    attested: 'v0.3',
    repo: 'session-vault/session-vault',
  },
  { name: 'ansi-palette', version: '1.1.0', days: 400 },
  { name: 'tiny-debounce', version: '2.2.5', days: 210 },
  { name: '@acme/test-kit', version: '6.0.0', days: 10, attested: 'v0.3', dev: true },
];

/** Each attack (`test/support/rig/tamper.mjs`), its victim, and the finding that must stop it. */
export const ATTACKS = [
  {
    tamper: 'lock-resolved-elsewhere',
    victim: '@acme/router',
    code: 'integrity-mismatch',
    story: 'a pull request swaps its lockfile entry for another tarball, digest and all',
  },
  {
    tamper: 'att-foreign-repo',
    victim: '@acme/logger',
    code: 'repository-mismatch',
    story: 'published with a stolen token: valid provenance, from another repository',
  },
  {
    tamper: 'att-cert-vs-predicate',
    victim: '@globex/csv-reader',
    code: 'claim-mismatch',
    story: 'the same, but the provenance claims the right repository',
  },
  {
    tamper: 'rekor-checkpoint-forged',
    victim: '@globex/job-queue',
    code: 'tlog-checkpoint-invalid',
    story: 'never logged: the checkpoint of the transparency log is forged',
  },
  {
    tamper: 'att-404',
    victim: '@globex/template',
    code: 'attestations-withheld',
    story: 'the registry announces attestations and then withholds them',
  },
  {
    tamper: 'att-removed',
    victim: 'session-vault',
    code: 'provenance-lost',
    story: 'its attestations vanish without a trace; only the report remembers them',
  },
  {
    tamper: 'sig-bit-flip',
    victim: 'tiny-debounce',
    code: 'signature-invalid',
    story: "one bit of the registry's signature is changed",
  },
  {
    tamper: 'sig-removed',
    victim: 'ansi-palette',
    code: 'signature-absent',
    story: "the registry's signature is gone",
  },
];

export const EXPLAINED = { sound: '@acme/http-client', attacked: '@acme/logger' };
