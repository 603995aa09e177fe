/**
 * The TUF client over a mirror in memory. Signatures are made when the mirror is asked, with keys that everybody can
 * compute, so that edited metadata is read beyond its signature; metadata that brings its own signatures is served as it is.
 */
import { createECDH, createPrivateKey } from 'node:crypto';
import { canonical } from '../../support/rig/canonical.mjs';
import { ecSign, pem, sha256, spki } from '../../support/rig/der.mjs';
import { json } from '../corpus.mjs';
import { product } from '../product.mjs';

const NOW = Date.UTC(2026, 0, 15, 12);
const MIRROR = 'https://tuf.rig.test';
const KEYS = 'registry.example/keys.json';
const TARGETS = { 'trusted_root.json': Buffer.from('{"root":1}'), [KEYS]: Buffer.from('{"keys":[]}') };

const [first, second, online, delegate] = ['first', 'second', 'online', 'delegate'].map((label) => {
  const d = sha256(label);
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const key = createPrivateKey({
    key: { kty: 'EC', crv: 'P-256', d: d.toString('base64url'), x, y },
    format: 'jwk',
  });
  const described = {
    keytype: 'ecdsa',
    keyval: { public: pem('PUBLIC KEY', spki(key)) },
    scheme: 'ecdsa-sha2-nistp256',
  };
  return { key, described, id: sha256(canonical(described)).toString('hex') };
});

const SIGNERS = { root: [first, second], targets: [first, second], snapshot: [online], timestamp: [online] };
const signersOf = (file) => SIGNERS[/^(?:\d+\.)?([a-z]+)\.json$/.exec(file)?.[1]] ?? [delegate];

function sample() {
  const signed = (type, rest) => ({
    _type: type,
    spec_version: '1.0',
    version: 1,
    expires: '2026-12-01T00:00:00Z',
    ...rest,
  });
  const keys = (...list) => Object.fromEntries(list.map(({ id, described }) => [id, described]));
  const role = (threshold, ...list) => ({ keyids: list.map(({ id }) => id), threshold });
  const described = (name) => ({
    length: TARGETS[name].length,
    hashes: { sha256: sha256(TARGETS[name]).toString('hex') },
  });
  const root = (version) => ({
    ...signed('root', { consistent_snapshot: true, keys: keys(first, second, online) }),
    version,
    roles: {
      root: role(2, first, second),
      targets: role(2, first, second),
      snapshot: role(1, online),
      timestamp: role(1, online),
    },
  });
  const delegated = {
    name: 'registry-keys',
    ...role(1, delegate),
    terminating: true,
    paths: ['*/keys.json'],
  };
  return {
    '1.root.json': root(1),
    '2.root.json': root(2),
    'timestamp.json': signed('timestamp', { meta: { 'snapshot.json': { version: 1 } } }),
    '1.snapshot.json': signed('snapshot', {
      meta: { 'targets.json': { version: 1 }, 'registry-keys.json': { version: 1 } },
    }),
    '1.targets.json': signed('targets', {
      targets: { 'trusted_root.json': described('trusted_root.json') },
      delegations: { keys: keys(delegate), roles: [delegated] },
    }),
    '1.registry-keys.json': signed('targets', { targets: { [KEYS]: described(KEYS) } }),
  };
}

/** Metadata as a mirror serves it. A text is the signed part in base64, however it is spelled. */
function served(file, value) {
  if (value !== null && typeof value === 'object' && 'signatures' in value && 'signed' in value)
    return json(value);
  const text =
    typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : JSON.stringify(value);
  let covered;
  try {
    covered = Buffer.from(canonical(JSON.parse(text)));
  } catch {
    return Buffer.from(text);
  }
  const signatures = signersOf(file).map(({ id, key }) => ({
    keyid: id,
    sig: ecSign(key, covered).toString('hex'),
  }));
  return Buffer.from(`{"signatures":${JSON.stringify(signatures)},"signed":${text}}`);
}

const missing = (url) => Object.assign(new Error(`no ${url}`), { statusCode: 404 });

export const tuf = {
  async tuf() {
    const { openTuf } = await product('trust/tuf');
    const { '1.root.json': anchored, ...rest } = sample();
    const anchor = served('1.root.json', anchored);
    const spelled = Object.entries(rest).map(([file, value]) => [file, json(value).toString('base64')]);
    const unsigned = Object.entries(rest).map(([file, signed]) => [
      file,
      { signatures: [{ keyid: first.id, sig: '3006020101020101' }], signed },
    ]);
    return {
      format: 'json',
      samples: [
        json(rest),
        json(rest),
        json(Object.fromEntries(spelled)),
        json(Object.fromEntries(unsigned)),
      ],
      sound: 3,
      async read(bytes) {
        const files = filesOf(bytes);
        const download = async (url) => {
          const file = url.slice(MIRROR.length + 1);
          const name = Object.keys(TARGETS).find(
            (target) => file.startsWith('targets/') && file.endsWith(target.split('/').at(-1)),
          );
          if (name !== undefined) return TARGETS[name];
          if (!files.has(file)) throw missing(file);
          return served(file, files.get(file));
        };
        const wanted = { name: KEYS, bytesMax: 1000 };
        // A folder that cannot exist: what is downloaded is kept nowhere.
        const options = {
          mirror: MIRROR,
          anchor,
          seed: undefined,
          cacheDir: '/dev/null/none',
          offline: false,
        };
        const targets = await openTuf({ ...options, download, clock: () => NOW, wanted: [wanted] });
        await targets.target(wanted);
      },
    };
  },
  async 'tuf-metadata'() {
    const metadata = await product('trust/tuf-metadata');
    const { TufRefusal } = await product('trust/tuf-refusal');
    const { countSignatures } = await product('trust/tuf-signatures');
    const files = Object.entries(sample());
    const type = (file) => (/registry-keys/.test(file) ? 'targets' : /([a-z]+)\.json$/.exec(file)[1]);
    const types = ['root', 'timestamp', 'snapshot', 'targets'];
    const readAs = (bytes, as) => {
      const read = metadata.readMetadata(bytes, `${as}.json`, as);
      for (const name of metadata.claimedNames(read)) metadata.claimOf(read, name);
      for (const role of [...types, ...metadata.delegatedRoles(read)]) {
        const signers = metadata.signersOf(read, role);
        if (signers) countSignatures(read, signers);
      }
    };
    return {
      format: 'json',
      samples: files.map(([file, value]) =>
        json({ signatures: [{ keyid: first.id, sig: '' }], signed: { ...value, _type: type(file) } }),
      ),
      read(bytes, refused) {
        for (const as of types)
          refused(() => {
            try {
              readAs(bytes, as);
            } catch (error) {
              if (error instanceof TufRefusal) return { status: 'invalid', code: 'malformed' };
              throw error;
            }
          }, 'any');
      },
    };
  },
  async 'tuf-state'() {
    const { decodeState } = await product('trust/tuf-state');
    const base64 = (value) => json(value).toString('base64');
    const { '1.root.json': root, ...rest } = sample();
    const metadata = Object.fromEntries(
      Object.entries(rest).map(([file, value]) => [file.replace(/^\d+\./, ''), base64(value)]),
    );
    delete metadata['root.json'];
    const state = {
      format: 1,
      fetched: NOW,
      roots: { 1: base64(root) },
      metadata,
      targets: { [KEYS]: base64({ keys: [] }) },
    };
    return { format: 'json', samples: [json(state)], read: decodeState };
  },
};

/** Whatever is no list of files is served as the first one that is asked for. */
function filesOf(bytes) {
  try {
    const value = JSON.parse(bytes.toString('utf8'));
    if (value !== null && typeof value === 'object') return new Map(Object.entries(value));
  } catch {
    // Not JSON: below.
  }
  return new Map([['timestamp.json', bytes.toString('base64')]]);
}
