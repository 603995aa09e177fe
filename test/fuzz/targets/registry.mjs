/** What a registry answers, and what is kept of it. */
import { createHash } from 'node:crypto';
import { bundles, json, sigstore } from '../corpus.mjs';
import { product } from '../product.mjs';

const INTEGRITY = `sha512-${Buffer.alloc(64, 0x5a).toString('base64')}`;
const manifest = (version) => ({
  name: '@acme/log',
  version,
  repository: { type: 'git', url: 'git+https://github.com/acme/log.git', directory: 'packages/log' },
  scripts: { postinstall: 'node build.js' },
  dependencies: { a: '^1.0.0' },
  dist: {
    integrity: INTEGRITY,
    shasum: 'ab'.repeat(20),
    tarball: `https://registry.example/@acme/log/-/log-${version}.tgz`,
    signatures: [sigstore.registrySignature],
    attestations: {
      url: 'https://registry.example/-/npm/v1/attestations/x',
      provenance: { predicateType: 'https://slsa.dev/provenance/v1' },
    },
  },
});
const packument = {
  name: '@acme/log',
  'dist-tags': { latest: '2.1.0' },
  versions: { '2.0.0': manifest('2.0.0'), '2.1.0': manifest('2.1.0') },
  time: {
    created: '2025-01-01T00:00:00.000Z',
    '2.0.0': '2025-01-01T00:00:00.000Z',
    '2.1.0': '2026-01-15T12:00:00.000Z',
  },
  readme: '# log',
};
/** What the store makes of an entry it cannot read. */
const UNREADABLE = { status: 'absent', code: 'malformed' };
const NOW = Date.UTC(2026, 0, 15, 12);

export const registry = {
  async packument() {
    const { parsePackument, parseTimes } = await product('registry/packument');
    return {
      format: 'json',
      samples: [json(packument)],
      read(bytes, refused) {
        refused(() => parseTimes(bytes));
        parsePackument(bytes);
      },
    };
  },
  async manifest() {
    const { encodeManifest, parseManifest } = await product('registry/manifest');
    return {
      format: 'json',
      samples: [json(manifest('2.1.0'))],
      /** What is stored must be readable again. */
      read: (bytes) => parseManifest(encodeManifest(parseManifest(bytes))),
    };
  },
  async 'served-keys'() {
    const { parseServedKeys } = await product('registry/keys');
    const { servedKeys } = await product('trust/registry-keys');
    return {
      format: 'json',
      samples: [json(sigstore.keysEndpoint)],
      read: (bytes) => servedKeys(parseServedKeys(bytes), 'keys'),
    };
  },
  async 'registry-keys'() {
    const { parseKeysTarget } = await product('trust/registry-keys');
    return {
      format: 'json',
      samples: [json(sigstore.keysTarget)],
      read: (bytes) => parseKeysTarget(bytes, 'keys.json'),
    };
  },
  async 'registry-signature'() {
    const { checkRegistrySignature } = await product('evidence/registry-signature');
    const { manifestOf } = await product('registry/manifest');
    const { parseKeysTarget } = await product('trust/registry-keys');
    const { parseJson } = await product('core/json');
    const keys = parseKeysTarget(json(sigstore.keysTarget), 'keys.json');
    return {
      format: 'json',
      samples: [json(manifest('2.1.0'))],
      read(bytes) {
        const { signatures } = manifestOf(parseJson(bytes, 'manifest', 4_194_304));
        return checkRegistrySignature({
          name: '@acme/log',
          version: '2.1.0',
          sri: INTEGRITY,
          signatures,
          keys: { keys },
          signedTime: undefined,
          claimedTime: async () => ({ status: 'found', value: NOW }),
          now: NOW,
        }).then(({ check }) => check);
      },
    };
  },
  /** An entry with a digest that is right: beyond it everything is somebody else's word. */
  async 'store-entry'() {
    const { decodeEntry, encodeEntry } = await product('registry/entry');
    const key = { registry: 'https://registry.example/', name: '@acme/log', version: '2.1.0' };
    const part = (value) => ({ outcome: 'found', bytes: json(value), time: NOW, until: NOW + 1 });
    const parts = new Map([
      ['manifest', part(manifest('2.1.0'))],
      ['attestations', part({ attestations: [{ predicateType: 'x', bundle: bundles[0] }] })],
      ['time', { ...part(0), outcome: 'absent', bytes: Buffer.alloc(0) }],
    ]);
    return {
      format: 'text',
      samples: [Buffer.from(encodeEntry(key, parts)).subarray(65)],
      read(bytes) {
        const digest = createHash('sha256').update(bytes).digest('hex');
        return decodeEntry(Buffer.concat([Buffer.from(`${digest}\n`), bytes]), key) ?? UNREADABLE;
      },
    };
  },
};
