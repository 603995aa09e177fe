import { b64 } from '../der.mjs';
import { sri } from '../publish.mjs';
import { DAY, evilKey, flip } from './context.mjs';

const otherVersion = (c, versions) => Object.values(versions).find((x) => x.version !== c.victim.version);

/** Attacks on registry signatures: [id, sound, about, apply(context), needs?]. */
export const SIGNATURE = [
  [
    'sig-bit-flip',
    'reject',
    'one bit of the registry signature',
    (c) =>
      c.dist((dist) => {
        dist.signatures[0].sig = flip(dist.signatures[0].sig);
      }),
  ],
  [
    'sig-of-other-version',
    'reject',
    'valid signature, but of another version',
    (c) =>
      c.dist((dist) => {
        dist.signatures = otherVersion(c, c.full.versions).dist.signatures;
      }),
  ],
  [
    'sig-removed',
    'reject',
    'dist.signatures deleted',
    (c) =>
      c.dist((dist) => {
        delete dist.signatures;
      }),
  ],
  [
    'sig-empty',
    'reject',
    'dist.signatures is []',
    (c) =>
      c.dist((dist) => {
        dist.signatures = [];
      }),
  ],
  [
    'sig-unknown-keyid',
    'reject',
    'signed by a key nobody published',
    (c) => {
      const evil = evilKey();
      c.dist((dist) => {
        dist.signatures = [c.signature(evil)];
      });
    },
  ],
  [
    'sig-forged-keyid',
    'reject',
    'signed by an attacker key under the real keyid',
    (c) => {
      const evil = evilKey(c.sigstore.registryKey(c.time).keyid);
      c.dist((dist) => {
        dist.signatures = [c.signature(evil)];
      });
    },
  ],
  [
    'sig-extra-unknown-key',
    'either',
    'valid signature + a second one by an unknown key (as during a key rotation)',
    (c) => {
      const evil = evilKey();
      c.dist((dist) => {
        dist.signatures.push(c.signature(evil));
      });
    },
  ],
  [
    'sig-extra-invalid',
    'reject',
    'valid signature + a second, invalid one by a known key',
    (c) =>
      c.dist((dist) => {
        const signature = c.signature(c.sigstore.npmKeys[1]);
        dist.signatures.push({ ...signature, sig: flip(signature.sig) });
      }),
  ],
  [
    'sig-expired-key',
    'reject',
    'published after the signing key expired',
    (c) => c.signedAt(c.sigstore.npmKeys[0], Date.now() - 10 * DAY),
    'rotated',
  ],
  [
    'sig-expired-key-backdated',
    'policy',
    'expired key, and the (unsigned) publish time set before its expiry',
    (c) => c.signedAt(c.sigstore.npmKeys[0], c.sigstore.conf.rotation - 100 * DAY),
    'rotated',
  ],
  [
    'sig-expired-key-no-time',
    'reject',
    'expired key, publish time missing from the packument',
    (c) => c.signedAt(c.sigstore.npmKeys[0], undefined),
    'rotated',
  ],
  [
    'sig-key-not-yet-valid',
    'reject',
    'published before validFor.start of the key',
    (c) => c.signedAt(c.sigstore.npmKeys[1], c.time),
    'unrotated',
  ],
  [
    'sig-wrong-key-usage',
    'reject',
    'key in TUF is for npm:attestations only',
    (c) => {
      const evil = evilKey();
      const keysTarget = c.sigstore.keysTarget();
      keysTarget.keys.push({
        keyId: evil.keyid,
        keyUsage: 'npm:attestations',
        publicKey: {
          rawBytes: b64(evil.der),
          keyDetails: 'PKIX_ECDSA_P256_SHA_256',
          validFor: { start: new Date(c.sigstore.conf.begin).toISOString() },
        },
      });
      c.server.setTuf({ keysTarget });
      c.dist((dist) => {
        dist.signatures = [c.signature(evil)];
      });
    },
  ],
  [
    'sig-integrity-changed',
    'reject',
    'dist.integrity replaced, signature kept',
    (c) =>
      c.dist((dist) => {
        dist.integrity = sri('evil');
      }),
  ],
  [
    'sig-integrity-removed',
    'reject',
    'dist.integrity deleted, shasum and signature kept',
    (c) =>
      c.dist((dist) => {
        delete dist.integrity;
      }),
  ],
  [
    'sig-no-integrity-at-all',
    'reject',
    'dist.integrity and dist.shasum deleted',
    (c) =>
      c.dist((dist) => {
        delete dist.integrity;
        delete dist.shasum;
      }),
  ],
  [
    'sig-manifest-of-other-version',
    'reject',
    'packument lists an older, validly signed manifest under this version',
    (c) =>
      c.packument((packument) => {
        packument.versions[c.victim.version] = otherVersion(c, packument.versions);
      }),
  ],
  [
    'sig-manifest-of-other-package',
    'reject',
    "packument lists another package's validly signed manifest under this version",
    (c) => {
      const manifest = c.parse(`manifest ${c.other.name}@${c.other.version}`);
      c.packument((packument) => {
        packument.versions[c.victim.version] = manifest;
      });
    },
  ],
  [
    'sig-manifest-of-other-package-unattested',
    'reject',
    'the same with an unattested manifest, so only the signature speaks',
    (c) => {
      const manifest = c.parse(`manifest ${c.other.name}@${c.other.version}`);
      delete manifest.dist.attestations;
      c.packument((packument) => {
        packument.versions[c.victim.version] = manifest;
      });
    },
  ],
];
