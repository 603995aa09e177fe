import type { KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ProofError } from '../../src/core/errors.ts';
import type { ServedKey } from '../../src/registry/types.ts';
import { importKey } from '../../src/sigstore/keys.ts';
import { fingerprints, parseKeysTarget, pinnedKeys, servedKeys } from '../../src/trust/registry-keys.ts';
import type { PinnedKey } from '../../src/trust/types.ts';
import { ecKey, pem, spki } from '../support/rig/sigstore.mjs';

const key = ecKey();
const other = ecKey();
const P384 = ecKey('P-384');
const base64 = (one: KeyObject): string => spki(one).toString('base64');
const [openSsh, ofDer] = fingerprints(importKey(spki(key), 'key'), 'key') as [string, string];
const KEY = {
  rawBytes: base64(key),
  keyDetails: 'PKIX_ECDSA_P256_SHA_256',
  validFor: { start: '2022-12-01T00:00:00.000Z' },
};
const ENTRY = { keyId: openSsh, keyUsage: 'npm:signatures', publicKey: KEY };

function target(...keys: unknown[]): Uint8Array {
  return Buffer.from(JSON.stringify({ keys }));
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return error.code;
  }
  return 'no error';
}

describe('fingerprints', () => {
  it('is the one the public registry uses for its key of 2025', () => {
    const spkiDer = Buffer.from(
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEY6Ya7W++7aUPzvMTrezH6Ycx3c+HOKYCcNGybJZSCJq/fd7Qa8uuAKtdIkUQtQiEKERhAmE5lMMJhP8OkDOa2g==',
      'base64',
    );
    expect(fingerprints(importKey(spkiDer, 'key'), 'key')).toContain(
      'SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U',
    );
  });
});

describe('parseKeysTarget', () => {
  it('reads keys with their use and period', () => {
    const ended = { ...KEY, validFor: { start: '1999-01-01T00:00:00Z', end: '2025-01-29T00:00:00+01:00' } };
    const keys = parseKeysTarget(
      target(ENTRY, { ...ENTRY, keyUsage: 'npm:attestations', publicKey: ended }),
      'keys.json',
    );
    expect(keys.map(({ keyid, usage, validFor }) => ({ keyid, usage, validFor }))).toEqual([
      { keyid: openSsh, usage: 'signatures', validFor: { start: Date.UTC(2022, 11), end: undefined } },
      {
        keyid: openSsh,
        usage: 'attestations',
        validFor: { start: Date.UTC(1999, 0), end: Date.UTC(2025, 0, 28, 23) },
      },
    ]);
    expect(Buffer.from(keys[0]!.key.spkiDer).equals(spki(key))).toBe(true);
  });

  it.each([
    ['an unknown use', { ...ENTRY, keyUsage: 'npm:something' }],
    ['an unknown use, of another form', { keyUsage: 'npm:something' }],
    [
      'an unknown algorithm',
      { ...ENTRY, publicKey: { ...KEY, keyDetails: 'PKIX_ED25519', rawBytes: 'AA==' } },
    ],
    ['no algorithm that is known', { ...ENTRY, publicKey: { ...KEY, keyDetails: '__proto__' } }],
  ])('leaves out %s', (_name, entry) => {
    expect(parseKeysTarget(target(entry, ENTRY), 'keys.json')).toHaveLength(1);
  });

  it.each([
    ['digest of the DER', ofDer],
    ['label', 'release-key-1'],
  ])('takes a key id that is a %s', (_name, keyId) => {
    expect(parseKeysTarget(target({ ...ENTRY, keyId }), 'keys.json')[0]?.keyid).toBe(keyId);
  });

  const withKey = (change: object) => ({ ...ENTRY, publicKey: { ...KEY, ...change } });
  it.each([
    ['key id of another key', { ...ENTRY, keyId: fingerprints(importKey(spki(other), 'key'), 'key')[0] }],
    ['key id with padding', { ...ENTRY, keyId: `${openSsh}=` }],
    ['empty key id', { ...ENTRY, keyId: '' }],
    ['endless key id', { ...ENTRY, keyId: 'x'.repeat(1000) }],
    ['no key id', { ...ENTRY, keyId: undefined }],
    ['no use', { ...ENTRY, keyUsage: undefined }],
    ['no key', { ...ENTRY, publicKey: undefined }],
    ['no algorithm', withKey({ keyDetails: undefined })],
    ['key of another curve', { ...ENTRY, keyId: 'x', publicKey: { ...KEY, rawBytes: base64(P384) } }],
    ['base64 without padding', withKey({ rawBytes: KEY.rawBytes.replace(/=+$/, '') })],
    ['base64 with white space', withKey({ rawBytes: `${KEY.rawBytes}\n` })],
    [
      'bytes behind the key',
      withKey({ rawBytes: Buffer.concat([spki(key), Buffer.of(0)]).toString('base64') }),
    ],
    ['no period', withKey({ validFor: undefined })],
    ['no start', withKey({ validFor: { end: '2030-01-01T00:00:00Z' } })],
    ['start that is null', withKey({ validFor: { start: null } })],
    ['start that is a number', withKey({ validFor: { start: 0 } })],
    ['start that is a day of no calendar', withKey({ validFor: { start: '2025-02-30T00:00:00Z' } })],
    ['start without zone', withKey({ validFor: { start: '2025-02-01T00:00:00' } })],
    ['start in words', withKey({ validFor: { start: '1 Feb 2025' } })],
    [
      'end before start',
      withKey({ validFor: { start: '2025-01-01T00:00:00Z', end: '2024-01-01T00:00:00Z' } }),
    ],
    ['end that is no time', withKey({ validFor: { ...KEY.validFor, end: '' } })],
  ])('refuses %s', (_name, entry) => {
    expect(codeOf(() => parseKeysTarget(target(entry), 'keys.json'))).toBe('malformed');
  });

  it.each([
    [
      'one name and use for two keys',
      [
        { ...ENTRY, keyId: 'x' },
        { ...withKey({ rawBytes: base64(other) }), keyId: 'x' },
      ],
    ],
    ['the same entry twice', [ENTRY, ENTRY]],
  ])('refuses %s', (_name, entries) => {
    expect(codeOf(() => parseKeysTarget(target(...entries), 'keys.json'))).toBe('malformed');
  });

  it.each([
    ['not JSON', '{'],
    ['no list', '{"keys":{}}'],
    ['a list', '[]'],
    ['null', 'null'],
    ['the list twice', '{"keys":[],"keys":[]}'],
    ['entries that are none', '{"keys":[null]}'],
  ])('refuses %s', (_name, text) => {
    expect(codeOf(() => parseKeysTarget(Buffer.from(text), 'keys.json'))).toBe('malformed');
  });

  it('refuses too much', () => {
    expect(codeOf(() => parseKeysTarget(target(...Array(65).fill({})), 'keys.json'))).toBe('limit-exceeded');
    expect(codeOf(() => parseKeysTarget(Buffer.alloc(300_000, ' '), 'keys.json'))).toBe('limit-exceeded');
  });
});

describe('servedKeys', () => {
  const served: ServedKey = {
    keyid: openSsh,
    keytype: 'ecdsa-sha2-nistp256',
    scheme: 'ecdsa-sha2-nistp256',
    key: base64(key),
    expires: '2025-01-29T00:00:00.000Z',
  };

  it('gives each key both uses, up to its end', () => {
    expect(servedKeys([served], 'keys').map(({ usage, validFor }) => ({ usage, validFor }))).toEqual([
      { usage: 'signatures', validFor: { start: 0, end: Date.UTC(2025, 0, 29) } },
      { usage: 'attestations', validFor: { start: 0, end: Date.UTC(2025, 0, 29) } },
    ]);
    expect(servedKeys([{ ...served, expires: undefined }], 'keys')[0]?.validFor.end).toBeUndefined();
  });

  it('leaves out other algorithms', () => {
    expect(
      servedKeys(
        [
          { ...served, scheme: 'rsa' },
          { ...served, keytype: 'rsa' },
        ],
        'keys',
      ),
    ).toEqual([]);
  });

  it.each([
    ['another key', [{ ...served, key: base64(other) }]],
    ['no base64', [{ ...served, key: '!' }]],
    ['no time', [{ ...served, expires: 'soon' }]],
    ['a key twice', [served, served]],
  ])('refuses %s', (_name, keys) => {
    expect(codeOf(() => servedKeys(keys, 'keys'))).toBe('malformed');
  });

  it('refuses too many', () => {
    expect(codeOf(() => servedKeys(Array(65).fill(served), 'keys'))).toBe('limit-exceeded');
  });
});

describe('pinnedKeys', () => {
  const pinned: PinnedKey = {
    keyid: openSsh,
    key: base64(key),
    usage: ['signatures'],
    validFrom: undefined,
    validUntil: undefined,
  };

  it.each([
    ['base64', base64(key)],
    ['base64 from a text file', `${base64(key)}\n`],
    ['PEM', pem('PUBLIC KEY', spki(key))],
  ])('reads %s', (_name, text) => {
    const [found] = pinnedKeys([{ ...pinned, key: text }], 'registry');
    expect(Buffer.from(found!.key.spkiDer).equals(spki(key))).toBe(true);
    expect(found!.validFor).toEqual({ start: 0, end: undefined });
  });

  it('knows days and times, and both uses', () => {
    const keys = pinnedKeys(
      [
        {
          ...pinned,
          usage: ['signatures', 'attestations'],
          validFrom: '2025-01-01',
          validUntil: '2025-12-31',
        },
        { ...pinned, keyid: 'x', validFrom: '2025-01-01T12:00:00Z', validUntil: '2025-01-01T13:00:00Z' },
      ],
      'registry',
    );
    expect(keys.map(({ usage }) => usage)).toEqual(['signatures', 'attestations', 'signatures']);
    expect(keys[0]?.validFor).toEqual({ start: Date.UTC(2025, 0), end: Date.UTC(2026, 0) - 1 });
    expect(keys[2]?.validFor).toEqual({ start: Date.UTC(2025, 0, 1, 12), end: Date.UTC(2025, 0, 1, 13) });
  });

  it.each([
    ['no keys', []],
    ['the key of another key id', [{ ...pinned, key: base64(other) }]],
    ['the PEM of another key id', [{ ...pinned, key: pem('PUBLIC KEY', spki(other)) }]],
    ['a key of another curve', [{ ...pinned, keyid: 'x', key: base64(P384) }]],
    ['a PEM of another curve', [{ ...pinned, keyid: 'x', key: pem('PUBLIC KEY', spki(P384)) }]],
    ['a certificate', [{ ...pinned, key: pem('CERTIFICATE', spki(key)) }]],
    ['no use', [{ ...pinned, usage: [] }]],
    ['one use twice', [{ ...pinned, usage: ['signatures', 'signatures'] as const }]],
    ['a key twice', [pinned, pinned]],
    ['a start that is no day', [{ ...pinned, validFrom: '2025-02-30' }]],
    ['an end that is no time', [{ ...pinned, validUntil: 'never' }]],
    ['an end before its start', [{ ...pinned, validFrom: '2025-02-02', validUntil: '2025-02-01' }]],
  ])('refuses %s', (_name, keys) => {
    expect(codeOf(() => pinnedKeys(keys, 'registry'))).toBe('malformed');
  });
});
