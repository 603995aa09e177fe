/** What a registry answers, and what is kept of it. */
import { createHash } from 'node:crypto';
import { json, sigstore } from '../corpus.mjs';
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
/** What the store makes of a pack it cannot read. */
const UNREADABLE = { status: 'absent', code: 'malformed' };
const NOW = Date.UTC(2026, 0, 15, 12);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

export const registry = {
  async packument() {
    const { parsePackument } = await product('registry/packument');
    const { createTimesReader } = await product('registry/times');
    return {
      format: 'json',
      samples: [json(packument)],
      read(bytes, refused) {
        refused(() => {
          const reader = createTimesReader();
          reader.write(bytes);
          reader.times();
        });
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
  /** An answer off the wire. How it comes in pieces must not matter. */
  async 'http-answer'() {
    const { ResponseReader } = await product('registry/http1');
    const { TransportError } = await product('registry/transport');
    const readAll = (pieces) => {
      const seen = { head: undefined, body: '', ended: false, refused: '' };
      const reader = new ResponseReader({
        onHead(head) {
          seen.head = head;
        },
        onBody(chunk) {
          seen.body += chunk.toString('latin1');
        },
        onEnd() {
          seen.ended = true;
        },
      });
      try {
        for (const piece of pieces) reader.read(piece);
        reader.closed();
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        seen.refused = error.reason;
      }
      return seen;
    };
    const sample = (...lines) => Buffer.from(lines.join('\r\n'));
    return {
      format: 'text',
      samples: [
        sample('HTTP/1.1 200 OK', 'content-length: 5', 'Keep-Alive: timeout=5', '', 'hello'),
        sample('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '5;a=b', 'hello', '0', 'x: y', '', ''),
        sample('HTTP/1.1 103 Hints', 'link: <a>', '', 'HTTP/1.0 302 Found', 'location: /b', '', 'body'),
      ],
      read(bytes) {
        const whole = readAll([Buffer.from(bytes)]);
        const bytewise = readAll(Array.from(bytes, (byte) => Buffer.of(byte)));
        if (JSON.stringify(whole) !== JSON.stringify(bytewise)) throw new Error('read differently in pieces');
        return whole.refused === '' ? whole : { status: 'unreachable', code: 'registry-response-invalid' };
      },
    };
  },
  /** The table of a pack whose name is right: beyond it everything is somebody else's word. */
  async 'store-entry'() {
    const { decodeTable, encodeTable, endBytes, findRow, readRow } = await product('registry/pack');
    const rows = Array.from({ length: 8 }, (_, i) => ({
      question: sha256(`question ${i}`),
      digest: sha256(`body ${i}`),
      offset: i * 2000,
      length: 2000,
      time: NOW,
      absent: i % 3 === 0,
      short: i % 2 === 0,
    }));
    return {
      format: 'bytes',
      samples: [rows, rows.slice(0, 1), []].map((some) => encodeTable(some).table.rows),
      read(bytes) {
        // What is no end of a pack at all gets one, so that more than that is looked at.
        const count = Math.floor(bytes.length / 80);
        const tail = encodeTable([]).table.rows;
        tail.writeUInt32BE(count);
        const end =
          endBytes(bytes) === bytes.length ? bytes : Buffer.concat([bytes.subarray(0, count * 80), tail]);
        const table = decodeTable(end, `${sha256(end).toString('hex')}.pack`);
        if (table === undefined) return UNREADABLE;
        for (let row = 0; row < Math.min(table.count, 100); row++)
          findRow(table, readRow(table, row).question);
        return table.count;
      },
    };
  },
};
