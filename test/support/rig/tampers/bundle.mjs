import { b64, ecKey, sha, spki } from '../der.mjs';
import { flip, leafOf, logEntryOf } from './context.mjs';

const HOUR = 3_600_000;

/** Attacks on the signing certificate: [id, sound, about, apply(context), needs?]. */
const CERTIFICATE = [
  [
    'cert-expired',
    'reject',
    'logged one hour after the certificate ended',
    (c) => c.forge({ certTime: c.time - HOUR - 1_000_000 }),
  ],
  [
    'cert-not-yet',
    'reject',
    'logged before the certificate began',
    (c) => c.forge({ certTime: c.time + 600_000 }),
  ],
  [
    'cert-untrusted-ca',
    'reject',
    'leaf issued by an unknown CA of the same name',
    (c) => c.forge({ certOptions: { ca: 'other' } }),
  ],
  ['cert-no-sct', 'reject', 'leaf without an SCT', (c) => c.forge({ certOptions: { sct: false } })],
  [
    'cert-bad-sct',
    'reject',
    'leaf with a broken SCT signature',
    (c) => c.forge({ certOptions: { sct: 'bad' } }),
  ],
  [
    'cert-other-leaf',
    'reject',
    "another bundle's leaf certificate",
    (c) =>
      c.attestations((_, __, provenance) => {
        leafOf(provenance).rawBytes = b64(c.sigstore.leafCert(c.workflow(), c.time - 4000).der);
      }),
  ],
  [
    'cert-bit-flip',
    'reject',
    'one bit inside the leaf (repository claim)',
    (c) =>
      c.attestations((_, __, provenance) => {
        const leaf = leafOf(provenance);
        const der = Buffer.from(leaf.rawBytes, 'base64');
        der[der.indexOf('github.com') + 12] ^= 1;
        leaf.rawBytes = b64(der);
      }),
  ],
];

/** Replaces the last signature of a checkpoint. */
const editCheckpoint = (entry, edit) => {
  const { checkpoint } = entry.inclusionProof;
  checkpoint.envelope = edit(checkpoint.envelope);
};

/** Attacks on the log entry. */
const LOG = [
  [
    'rekor-proof-hash',
    'reject',
    'one hash of the inclusion proof changed',
    (c) =>
      c.logEntry(({ inclusionProof: { hashes } }) => {
        hashes[2] = flip(hashes[2]);
      }),
  ],
  [
    'rekor-proof-short',
    'reject',
    'one hash of the inclusion proof dropped',
    (c) =>
      c.logEntry((e) => {
        e.inclusionProof.hashes.pop();
      }),
  ],
  [
    'rekor-proof-index',
    'reject',
    'inclusionProof.logIndex off by one',
    (c) =>
      c.logEntry(({ inclusionProof }) => {
        inclusionProof.logIndex = String(Number(inclusionProof.logIndex) - 1);
      }),
  ],
  [
    'rekor-proof-fields',
    'either',
    'inclusionProof.rootHash and treeSize disagree with the checkpoint',
    (c) =>
      c.logEntry(({ inclusionProof }) => {
        inclusionProof.rootHash = flip(inclusionProof.rootHash);
        inclusionProof.treeSize = '7';
      }),
  ],
  [
    'rekor-checkpoint-sig',
    'reject',
    'checkpoint signature broken',
    (c) =>
      c.logEntry((e) => editCheckpoint(e, (text) => text.replace(/ (\S+)\n$/, (_, x) => ` ${flip(x)}\n`))),
  ],
  [
    'rekor-checkpoint-forged',
    'reject',
    'checkpoint over a made-up root, signed by an attacker key with the right key hint',
    (c) =>
      c.logEntry((e) => {
        const { treeSize, rootHash } = e.inclusionProof;
        const root = Buffer.from(rootHash, 'base64');
        editCheckpoint(e, () => c.sigstore.checkpoint(Number(treeSize), root, ecKey()));
      }),
  ],
  [
    'rekor-checkpoint-other',
    'reject',
    "another entry's genuine checkpoint",
    (c) => {
      const other = structuredClone(logEntryOf(c.forge().publishBundle).inclusionProof.checkpoint);
      c.logEntry((e) => {
        e.inclusionProof.checkpoint = other;
      });
    },
  ],
  [
    'rekor-set-flip',
    'reject',
    'signed entry timestamp broken',
    (c) =>
      c.logEntry(({ inclusionPromise }) => {
        inclusionPromise.signedEntryTimestamp = flip(inclusionPromise.signedEntryTimestamp);
      }),
  ],
  [
    'rekor-time-changed',
    'reject',
    'integratedTime changed by one second',
    (c) =>
      c.logEntry((e) => {
        e.integratedTime = String(Number(e.integratedTime) + 1);
      }),
  ],
  [
    'rekor-index-changed',
    'reject',
    'global logIndex changed',
    (c) =>
      c.logEntry((e) => {
        e.logIndex = String(Number(e.logIndex) + 1);
      }),
  ],
  [
    'rekor-other-entry',
    'reject',
    "another bundle's genuine log entry",
    (c) => {
      const other = structuredClone(logEntryOf(c.forge().provenanceBundle));
      c.logEntry((_, bundle) => {
        bundle.verificationMaterial.tlogEntries = [other];
      });
    },
  ],
  [
    'rekor-none',
    'reject',
    'no log entry at all',
    (c) =>
      c.logEntry((_, bundle) => {
        bundle.verificationMaterial.tlogEntries = [];
      }),
  ],
  [
    'rekor-unknown-log',
    'reject',
    'entry of a log that is not in the trust root',
    (c) => {
      const { sigstore } = c;
      const real = { key: sigstore.keys.rekor, id: sigstore.rekorId };
      sigstore.keys.rekor = ecKey();
      sigstore.rekorId = sha('sha256', spki(sigstore.keys.rekor));
      try {
        c.forge();
      } finally {
        sigstore.keys.rekor = real.key;
        sigstore.rekorId = real.id;
      }
    },
  ],
  [
    'rekor-proof-only',
    'either',
    'v0.3 bundle with proof but without the signed entry timestamp (no trusted time left)',
    (c) =>
      c.logEntry((e) => {
        e.inclusionPromise = null;
      }),
  ],
  [
    'rekor-promise-only',
    'reject',
    'v0.3 bundle with the signed entry timestamp but without a proof',
    (c) =>
      c.logEntry((e) => {
        e.inclusionProof = null;
      }),
  ],
  [
    'rekor-promise-only-as-v01',
    'policy',
    'same, relabelled as a v0.1 bundle, where a promise is enough',
    (c) => c.forge({ provenance: { version: 'v0.1' } }),
  ],
  [
    'rekor-body-other-cert',
    'reject',
    'the log recorded a different certificate (same key, other identity) than the bundle shows',
    (c) => {
      const key = ecKey();
      const cert = (repo) => c.sigstore.leafCert(c.workflow(repo), c.time - 4000, { key });
      c.forge({ provenance: { signer: { cert: cert('innocent/decoy') } } });
      c.editForged((_, bundle) => {
        leafOf(bundle).rawBytes = b64(cert(c.victim.repo).der);
      });
    },
  ],
  [
    'fault-checkpoint-regex',
    'reject',
    'checkpoint signer name is a catastrophic regular expression',
    (c) =>
      c.logEntry((e) =>
        editCheckpoint(e, (text) => text.replace(/\u2014 \S+ /, '\u2014 (((([^#])+)+)+)+# ')),
      ),
  ],
];

export const BUNDLE = [...CERTIFICATE, ...LOG];
