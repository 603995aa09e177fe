import { b64 } from '../der.mjs';
import { sri } from '../publish.mjs';
import { evilKey } from './context.mjs';

/** Attacks on the trust root: [id, sound, about, apply(context), needs?]. */
const TRUST = [
  [
    'tuf-timestamp-expired',
    'reject',
    'TUF timestamp role expired (frozen mirror)',
    (c) => c.server.setTuf({ expired: true }),
  ],
  [
    'tuf-unreachable',
    'either',
    'TUF mirror answers 503',
    (c) => {
      for (const file of ['timestamp.json', '2.root.json', '3.root.json']) {
        c.override(`tuf ${file}`, { status: 503, body: Buffer.from('') });
      }
    },
  ],
  [
    'tuf-keys-swapped',
    'reject',
    "keys.json target replaced by the attacker's (hash differs)",
    (c) => {
      const evil = evilKey();
      const keys = c.sigstore.keysTarget();
      for (const { publicKey } of keys.keys) publicKey.rawBytes = b64(evil.der);
      for (const file of c.server.tuf.files.keys()) {
        if (file.endsWith('.keys.json')) c.override(`tuf ${file}`, { json: keys });
      }
    },
  ],
  [
    'tuf-trusted-root-swapped',
    'reject',
    'trusted_root.json target replaced (hash differs)',
    (c) => {
      for (const [file, bytes] of c.server.tuf.files) {
        if (file.endsWith('.trusted_root.json')) {
          c.override(`tuf ${file}`, { body: Buffer.concat([bytes, Buffer.from(' ')]) });
        }
      }
    },
  ],
  [
    'tuf-targets-sig',
    'reject',
    'targets metadata edited after signing',
    (c) => {
      const targets = JSON.parse(c.server.tuf.files.get('1.targets.json'));
      targets.signed.targets['trusted_root.json'].length += 1;
      c.override('tuf 1.targets.json', { json: targets });
    },
  ],
  [
    'tuf-one-signature',
    'reject',
    'targets metadata with 1 of the 3 required signatures',
    (c) => {
      const targets = JSON.parse(c.server.tuf.files.get('1.targets.json'));
      targets.signatures = targets.signatures.slice(0, 1);
      c.override('tuf 1.targets.json', { json: targets });
    },
  ],
  [
    'tuf-no-keys-target',
    'policy',
    'registry not in TUF: keys come from the registry itself (every proxy and private registry)',
    (c) => c.server.setTuf({ noKeys: true }),
  ],
  [
    'tuf-no-keys-evil-registry',
    'policy',
    "same, and the registry serves the attacker's key and signatures",
    (c) => {
      c.server.setTuf({ noKeys: true });
      const evil = evilKey();
      const keys = c.sigstore.keysEndpoint();
      keys.keys.push({ ...keys.keys[1], expires: null, keyid: evil.keyid, key: b64(evil.der) });
      c.override('keys', { json: keys });
      c.dist((dist) => {
        dist.integrity = sri('evil');
        dist.signatures = [c.signature(evil, `${c.id}:${dist.integrity}`)];
        delete dist.attestations;
      });
    },
  ],
];

/** A service that fails, by accident or on purpose. */
const FAULT = [
  [
    'fault-503-once',
    'accept',
    'manifest and packument answer 503 once',
    (c) => {
      for (const key of [`full ${c.victim.name}`, `manifest ${c.id}`]) {
        let asked = 0;
        c.override(key, {
          get status() {
            return asked++ === 0 ? 503 : 200;
          },
          json: c.parse(key),
        });
      }
    },
  ],
  [
    'fault-version-unpublished',
    'reject',
    'version gone from the packument',
    (c) =>
      c.packument((packument) => {
        delete packument.versions[c.victim.version];
      }),
  ],
  [
    'fault-packument-404',
    'reject',
    'package gone',
    (c) => {
      for (const key of [`full ${c.victim.name}`, `corgi ${c.victim.name}`, `manifest ${c.id}`]) {
        c.override(key, { status: 404, json: { error: 'Not found' } });
      }
    },
  ],
  [
    'fault-att-reset',
    'reject',
    'attestations connection is reset every time',
    (c) => c.override(`att ${c.id}`, { drop: 'reset', json: {} }),
  ],
  [
    'fault-att-truncated',
    'reject',
    'attestations body cut in half',
    (c) => c.override(`att ${c.id}`, { drop: 'truncate', json: c.parse(`att ${c.id}`) }),
  ],
  [
    'fault-att-not-json',
    'reject',
    'attestations body is HTML',
    (c) => c.override(`att ${c.id}`, { body: Buffer.from('<html>'), ct: 'text/html' }),
  ],
];

export const SERVICE = [...TRUST, ...FAULT];
