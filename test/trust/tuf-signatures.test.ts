import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readMetadata, signersOf } from '../../src/trust/tuf-metadata.ts';
import { countSignatures, type SignatureCount } from '../../src/trust/tuf-signatures.ts';
import { canonical } from '../support/rig/sigstore.mjs';

interface Pair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const ed25519: Pair = generateKeyPairSync('ed25519');
const p256: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384: Pair = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const rsa: Pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = ({ publicKey }: Pair): string => publicKey.export({ type: 'spki', format: 'pem' }).toString();
const tail = ({ publicKey }: Pair, bytes: number): string =>
  publicKey.export({ type: 'spki', format: 'der' }).subarray(-bytes).toString('hex');

/** Root metadata with one key, signed with it; what its root role is worth. */
function count(pair: Pair, keytype: string, scheme: string, text: string, edit = ''): SignatureCount {
  const role = { keyids: ['k'], threshold: 1 };
  const signed = {
    _type: 'root',
    spec_version: '1.0',
    version: 1,
    expires: '2030-01-01T00:00:00Z',
    consistent_snapshot: true,
    'x-"quoted"\\': ['ä\n', true, null, -1],
    keys: { k: { keytype, scheme, keyval: { public: text } } },
    roles: { root: role, targets: role, snapshot: role, timestamp: role },
  };
  const key =
    keytype === 'rsa' ? { key: pair.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING } : pair.privateKey;
  const message = Buffer.from(canonical(signed) + edit);
  const sig = sign(keytype === 'ed25519' ? null : 'sha256', message, key).toString('hex');
  const document = { signed, signatures: [{ keyid: 'k', sig }] };
  const metadata = readMetadata(Buffer.from(JSON.stringify(document)), 'root.json', 'root');
  return countSignatures(metadata, signersOf(metadata, 'root')!);
}

const usable: [keytype: string, scheme: string, pair: Pair, text: string][] = [
  ['ecdsa', 'ecdsa-sha2-nistp256', p256, pem(p256)],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp256', p256, tail(p256, 65)],
  ['ecdsa', 'ecdsa-sha2-nistp384', p384, pem(p384)],
  ['ed25519', 'ed25519', ed25519, pem(ed25519)],
  ['ed25519', 'ed25519', ed25519, tail(ed25519, 32)],
  ['rsa', 'rsassa-pss-sha256', rsa, pem(rsa)],
];

describe('countSignatures', () => {
  it.each(usable)('%s %s', (keytype, scheme, pair, text) => {
    expect(count(pair, keytype, scheme, text)).toEqual({ good: 1, wrong: 0, foreign: 0, unusable: [] });
    expect(count(pair, keytype, scheme, text, ' ')).toEqual({ good: 0, wrong: 1, foreign: 0, unusable: [] });
  });

  it.each([
    ['rsa', 'rsassa-pkcs1v15-sha256', rsa, pem(rsa)],
    ['sphincs', 'sphincs-shake-128s', p256, pem(p256)],
    ['ecdsa', 'ecdsa-sha2-nistp256', p256, ''],
    ['ecdsa', 'ecdsa-sha2-nistp256', p256, 'no key'],
    ['ecdsa', 'ecdsa-sha2-nistp256', p256, tail(p256, 64)],
    ['ecdsa', 'ecdsa-sha2-nistp256', p256, '00'.repeat(65)],
    ['ed25519', 'ed25519', ed25519, tail(ed25519, 31)],
    ['ecdsa', 'ecdsa-sha2-nistp256', p256, '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
    ['__proto__', 'constructor', p256, pem(p256)],
  ] as const)('%s %s is not usable: %#', (keytype, scheme, pair, text) => {
    expect(count(pair, keytype, scheme, text)).toMatchObject({
      good: 0,
      wrong: 0,
      unusable: [`${keytype} ${scheme}`],
    });
  });

  it('of what has no canonical form holds nothing', () => {
    const role = { keyids: ['k'], threshold: 1 };
    const signed = {
      _type: 'root',
      spec_version: '1.0',
      version: 1,
      expires: '2030-01-01T00:00:00Z',
      half: [{ number: 0.5 }],
      keys: { k: { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: pem(p256) } } },
      roles: { root: role, targets: role, snapshot: role, timestamp: role },
    };
    const sig = sign('sha256', Buffer.from(JSON.stringify(signed)), p256.privateKey).toString('hex');
    for (const text of [sig, 'zz', sig.slice(1), `${sig}00`]) {
      const document = { signed, signatures: [{ keyid: 'k', sig: text }] };
      const metadata = readMetadata(Buffer.from(JSON.stringify(document)), 'root.json', 'root');
      expect(countSignatures(metadata, signersOf(metadata, 'root')!)).toMatchObject({ good: 0, wrong: 1 });
    }
  });
});
