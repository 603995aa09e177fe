/** Lists of certificate timestamps (RFC 6962 sections 3.2 and 3.3) as a log, two of them or a stranger would sign them. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Random, spki } from '../support/rig/sigstore.mjs';
import type { Instance } from './base.ts';
import { encodeTree, parseTree } from './der-tree.ts';
import { sha256 } from './relog.ts';

interface Options {
  readonly key?: KeyObject;
  readonly time?: bigint;
  readonly version?: number;
  readonly hash?: 'sha256' | 'sha384';
  readonly extensions?: Buffer;
  readonly breakIt?: boolean;
}
/** One timestamp over the precertificate. */
type Stamp = (options?: Options) => Buffer;

const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255);
const vector = (bytes: Uint8Array): Buffer => Buffer.concat([u16(bytes.length), bytes]);
const listOf = (...stamps: readonly Buffer[]): Buffer => vector(Buffer.concat(stamps.map(vector)));
const stranger: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const lists: readonly ((stamp: Stamp, random: Random) => [string, Buffer])[] = [
  (stamp) => ['of an unknown log beside a good one', listOf(stamp(), stamp({ key: stranger }))],
  (stamp) => ['of an unknown log before a good one', listOf(stamp({ key: stranger }), stamp())],
  (stamp) => ['of an unknown log alone', listOf(stamp({ key: stranger }))],
  (stamp) => ['a bad one beside a good one', listOf(stamp(), stamp({ breakIt: true }))],
  (stamp) => ['two of one log', listOf(stamp(), stamp({ time: 1768478500000n }))],
  (stamp) => {
    const one = stamp();
    return ['the same twice', listOf(one, one)];
  },
  (stamp) => ['before the log was in force', listOf(stamp({ time: 1000n }))],
  (stamp) => ['far beyond', listOf(stamp({ time: 1n << 62n }))],
  (stamp) => ['of version 2', listOf(stamp({ version: 1 }))],
  (stamp) => ['with SHA-384', listOf(stamp({ hash: 'sha384' }))],
  (stamp) => ['with extensions', listOf(stamp({ extensions: Buffer.of(1, 2, 3) }))],
  (stamp, random) => ['trailing bytes', Buffer.concat([listOf(stamp()), Buffer.alloc(random.int(1, 3))])],
  (stamp) => ['trailing bytes inside', listOf(Buffer.concat([stamp(), Buffer.of(0)]))],
  () => ['an empty list', listOf()],
  (stamp) => ['an empty one beside', listOf(stamp(), Buffer.alloc(0))],
  (stamp) => ['cut short', listOf(stamp()).subarray(0, -1)],
];

/** The list as it was, but for the signature. */
export function soundList(precertificate: Buffer, old: Buffer, instance: Instance): Buffer {
  return listOf(stampOver(precertificate, old, instance)());
}

export function oddList(
  precertificate: Buffer,
  old: Buffer,
  instance: Instance,
  random: Random,
): [string, Buffer] {
  return random.pick(lists)(stampOver(precertificate, old, instance), random);
}

function stampOver(precertificate: Buffer, old: Buffer, { world: { sigstore } }: Instance): Stamp {
  return ({
    key = sigstore.keys.ct!,
    time,
    version = 0,
    hash = 'sha256',
    extensions = Buffer.alloc(0),
    breakIt,
  } = {}) => {
    const moment = Buffer.from(old.subarray(4 + 33, 4 + 41));
    if (time !== undefined) moment.writeBigUInt64BE(time);
    const { length } = precertificate;
    const signed = Buffer.concat([
      Buffer.of(version, 0),
      moment,
      Buffer.of(0, 1),
      sha256(issuerKey(sigstore.interCert)),
      Buffer.of(length >> 16, (length >> 8) & 255, length & 255),
      precertificate,
      vector(extensions),
    ]);
    const signature = sign(hash, signed, key);
    if (breakIt) signature[signature.length - 1]! ^= 1;
    const algorithm = Buffer.of(hash === 'sha256' ? 4 : 5, 3);
    return Buffer.concat([
      Buffer.of(version),
      sha256(spki(key)),
      moment,
      vector(extensions),
      algorithm,
      vector(signature),
    ]);
  };
}

/** subjectPublicKeyInfo, the seventh part of a certificate of version 3. */
function issuerKey(der: Buffer): Buffer {
  return encodeTree(parseTree(der)!.children![0]!.children![6]!);
}
