/** Evidence files: how they are packed, their first line, and the lines of their blocks. */
import { json, sigstore } from '../corpus.mjs';
import { product } from '../product.mjs';

const KEY = { registry: 'https://registry.example/', name: '@acme/log', version: '2.1.0' };
const SIZE_MAX = 1_000_000;
const base64 = (text) => Buffer.from(text).toString('base64');

const tuf = {
  tuf: 'https://mirror.example',
  roots: { 1: base64('{"signed":{}}'), 2: base64('{"signed":{}}') },
  metadata: { 'timestamp.json': base64('{}'), 'snapshot.json': base64('{}') },
  targets: { 'trusted_root.json': base64('{}') },
};
const policy = { policy: `sha256-${'ab'.repeat(32)}`, content: base64('version: 1\n') };
const lines = (...values) => Buffer.concat(values.flatMap((value) => [json(value), Buffer.from('\n')]));
const pem = `${`-----BEGIN X-----\n${'QUJDREVGR0hJSktM'.repeat(4)}\n`.repeat(2)}-----END X-----\n`;
const bodies = () => [
  { nested: base64(JSON.stringify({ verifier: base64('-----BEGIN X-----\nnothing of interest here\n') })) },
  { verifier: base64(pem), lines: base64(pem.slice(18)) },
  { sha512: 'ab'.repeat(64), signature: sigstore.registrySignature.sig },
];

/** What JSON cannot hold is not for a writer; it must not come out of it as something else either. */
const isPackable = (bytes) => bytes.every((byte) => byte >= 9);

export const portable = {
  async 'evidence-pack'() {
    const { pack, unpack } = await product('portable/pack');
    return {
      format: 'bytes',
      samples: bodies().map((body) => Buffer.from(pack(json(body)))),
      read(bytes) {
        const text = unpack(bytes, SIZE_MAX);
        if (isPackable(text) && Buffer.compare(unpack(pack(text), text.length), text) !== 0)
          throw new Error('it does not come back as it was');
        return text.length;
      },
    };
  },
  async 'evidence-text'() {
    const { pack, unpack } = await product('portable/pack');
    return {
      format: 'json',
      samples: bodies().map(json),
      read(bytes) {
        const text = Buffer.from(bytes).map((byte) => (byte < 9 ? 0x20 : byte));
        if (Buffer.compare(unpack(pack(text), text.length), text) !== 0)
          throw new Error('it does not come back as it was');
        return text.length;
      },
    };
  },
  async 'evidence-head'() {
    const { decodeHead, digestOf, encodeHead } = await product('portable/head');
    const block = { first: '', bytes: 10, packed: 9, stored: 0, sha256: 'ab'.repeat(32) };
    const blocks = [block, { ...block, first: '["a"]' }];
    const head = { oldest: 0, newest: 86_400_000, packages: 1, attested: 1 };
    const sample = (list) => Buffer.from(encodeHead({ ...head, digest: digestOf(list), blocks: list }));
    return { format: 'json', samples: [sample(blocks), sample([block])], read: decodeHead };
  },
  async 'evidence-block'() {
    const { decodeBlock, encodeBlock, indexPackages, keyOf, packageLines } = await product('portable/block');
    const { decodeShared } = await product('portable/shared-lines');
    const first = keyOf(KEY);
    const parts = new Map([
      ['manifest', json({ name: KEY.name, version: KEY.version })],
      ['attestations', json({ attestations: [] })],
    ]);
    const packages = Buffer.concat([
      packageLines(KEY, parts),
      packageLines({ ...KEY, version: '3.0.0' }, new Map([['time', Buffer.from('1700000000000')]])),
    ]);
    return {
      format: 'text',
      samples: [packages, lines(tuf, policy)],
      // With the right digests, so that edits are read.
      read(bytes) {
        const { head, stored } = encodeBlock(
          first,
          Buffer.from(bytes).map((byte) => (byte < 9 ? 0x20 : byte)),
        );
        const content = decodeBlock(head, stored);
        const isShared = content.subarray(0, 6).toString() === '{"tuf"';
        return isShared ? decodeShared(content) : indexPackages(content, head, undefined);
      },
    };
  },
};
