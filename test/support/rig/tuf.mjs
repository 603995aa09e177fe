import path from 'node:path';
import { canonical } from './canonical.mjs';
import { ecSign, pem, sha256, spki } from './der.mjs';

const DAY = 86_400_000;

/**
 * A TUF repository (spec 1.0, consistent snapshots): `files` maps paths to bytes, `anchor` is root version 1, which a client
 * must trust beforehand; the mirror has version 2 besides. Signed on the spot, so that expiry is relative to now.
 * @param options `keysTarget` and `trustedRoot` replace the contents of targets; `noKeys` leaves keys.json out; `expired`
 *   backdates the timestamp role
 */
export function tufRepository(
  sigstore,
  {
    registryHost,
    trustedRoot = sigstore.trustedRoot(),
    keysTarget = sigstore.keysTarget(),
    noKeys = false,
    expired = false,
  } = {},
) {
  const files = new Map();
  const day = (n) => new Date(Date.now() + n * DAY).toISOString().replace(/\.\d+Z$/, 'Z');
  const tk = (k) => {
    const key = {
      keytype: 'ecdsa',
      keyval: { public: pem('PUBLIC KEY', spki(k)) },
      scheme: 'ecdsa-sha2-nistp256',
    };
    return { id: sha256(canonical(key)).toString('hex'), key, priv: k };
  };
  const offline = Object.keys(sigstore.keys)
    .filter((k) => /^tuf\d+$/.test(k))
    .map((k) => tk(sigstore.keys[k]));
  const online = tk(sigstore.keys.tufOnline);
  const npm = tk(sigstore.keys.tufNpm);
  const sign = (signed, signers) =>
    Buffer.from(
      JSON.stringify(
        {
          signatures: signers.map((k) => ({
            keyid: k.id,
            sig: ecSign(k.priv, Buffer.from(canonical(signed))).toString('hex'),
          })),
          signed,
        },
        null,
        1,
      ),
    );
  const role = (ks, threshold) => ({ keyids: ks.map((k) => k.id), threshold });
  const root = (version) =>
    sign(
      {
        _type: 'root',
        spec_version: '1.0',
        version,
        expires: day(180),
        consistent_snapshot: true,
        keys: Object.fromEntries([...offline, online].map((k) => [k.id, k.key])),
        roles: {
          root: role(offline, sigstore.conf.tufThreshold),
          targets: role(offline, sigstore.conf.tufThreshold),
          snapshot: role([online], 1),
          timestamp: role([online], 1),
        },
      },
      offline,
    );
  const target = (p, buf) => {
    const h = sha256(buf).toString('hex');
    const { dir, base } = path.posix.parse(p);
    files.set(`targets/${dir ? `${dir}/` : ''}${h}.${base}`, buf);
    return { length: buf.length, hashes: { sha256: h } };
  };
  const keysPath = `${registryHost}/keys.json`;
  const trusted = target('trusted_root.json', Buffer.from(JSON.stringify(trustedRoot, null, 2)));
  const filler = Object.fromEntries(
    ['artifact.pub', 'ctfe.pub', 'fulcio.crt.pem', 'rekor.pub', 'signing_config.json'].map((n) => [
      n,
      target(n, Buffer.from(`${n} of ${sigstore.conf.domain}\n`)),
    ]),
  );
  const delegated = sign(
    {
      _type: 'targets',
      spec_version: '1.0',
      version: 1,
      expires: day(180),
      targets: noKeys
        ? {}
        : { [keysPath]: target(keysPath, Buffer.from(JSON.stringify(keysTarget, null, 4))) },
    },
    [npm],
  );
  const targets = sign(
    {
      _type: 'targets',
      spec_version: '1.0',
      version: 1,
      expires: day(3650),
      targets: { ...filler, 'trusted_root.json': trusted },
      delegations: {
        keys: { [npm.id]: npm.key },
        roles: [
          {
            name: 'npm-registry',
            keyids: [npm.id],
            threshold: 1,
            terminating: true,
            paths: [`${registryHost}/*`],
          },
        ],
      },
    },
    offline,
  );
  const snapshot = sign(
    {
      _type: 'snapshot',
      spec_version: '1.0',
      version: 1,
      expires: day(3650),
      meta: { 'targets.json': { version: 1 }, 'npm-registry.json': { version: 1 } },
    },
    [online],
  );
  const timestamp = sign(
    {
      _type: 'timestamp',
      spec_version: '1.0',
      version: 1,
      expires: day(expired ? -1 : 7),
      meta: { 'snapshot.json': { version: 1 } },
    },
    [online],
  );
  const anchor = root(1);
  files
    .set('1.root.json', anchor)
    .set('2.root.json', root(2))
    .set('1.targets.json', targets)
    .set('1.npm-registry.json', delegated)
    .set('1.snapshot.json', snapshot)
    .set('timestamp.json', timestamp);
  return { files, anchor };
}
