import { sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import { checkRegistrySignature, type SignatureInput } from '../../src/evidence/registry-signature.ts';
import { importKey } from '../../src/sigstore/keys.ts';
import type { RegistryKey } from '../../src/trust/types.ts';
import { newKey, spkiOf } from '../sigstore/forge.ts';
import { REGISTRY } from '../sigstore/world.ts';
import { SRI } from '../support/nodes.ts';

const NOW = Date.UTC(2026, 0, 15);
const DAY = 86_400_000;
const ROTATION = NOW - 300 * DAY;
const [oldPrivate, newPrivate] = [newKey(), newKey()];
const keyOf = (
  keyid: string,
  pair: ReturnType<typeof newKey>,
  validFor: RegistryKey['validFor'],
  usage: RegistryKey['usage'] = 'signatures',
): RegistryKey => ({
  keyid,
  usage,
  key: importKey(spkiOf(pair), 'key'),
  validFor,
});
const OLD = keyOf('old', oldPrivate, { start: 0, end: ROTATION });
const NEW = keyOf('new', newPrivate, { start: ROTATION - 16 * DAY, end: undefined });
const message = (text = `@acme/log@2.1.0:${SRI}`) => Buffer.from(text);
const signature = (keyid: string, pair: ReturnType<typeof newKey>, text?: string) => ({
  keyid,
  sig: sign('sha256', message(text), pair).toString('base64'),
});
const GOOD = signature('new', newPrivate);
const EXPIRED = signature('old', oldPrivate);
const BAD = signature('new', newPrivate, `@acme/log@2.1.0:${SRI.replace('W', 'X')}`);

async function check(rest: Partial<SignatureInput>) {
  const { check, notes } = await checkRegistrySignature({
    name: '@acme/log',
    version: '2.1.0',
    sri: SRI,
    signatures: [GOOD],
    keys: { origin: 'tuf', registry: REGISTRY, keys: [OLD, NEW] },
    signedTime: undefined,
    claimedTime: () => Promise.reject(new Error('nobody should have asked')),
    now: NOW,
    ...rest,
  });
  const outcome = check.status === 'verified' ? 'verified' : `${check.status} ${check.code}`;
  return {
    outcome,
    fact: check.status === 'verified' ? check.value : undefined,
    notes: notes.map(({ code }) => code),
  };
}
const found = (time: number) => () => Promise.resolve({ status: 'found' as const, value: time });

describe('a registry signature', () => {
  test('that holds by a key in force is verified, and nobody asks for the time', async () => {
    expect(await check({})).toEqual({
      outcome: 'verified',
      fact: { keyid: 'new', keyOrigin: 'tuf', publishTime: undefined },
      notes: [],
    });
  });

  test.each<[string, Partial<SignatureInput>, string]>([
    ['none', { signatures: [] }, 'absent signature-absent'],
    ['one over other bytes', { signatures: [BAD] }, 'invalid signature-invalid'],
    ['one over another name', { name: '@acme/lag' }, 'invalid signature-invalid'],
    ['one over another version', { version: '2.1.1' }, 'invalid signature-invalid'],
    [
      'one where name and version run together otherwise',
      { name: '@acme/log@2', version: '1.0' },
      'invalid signature-invalid',
    ],
    [
      'one by another key under this id',
      { signatures: [{ ...EXPIRED, keyid: 'new' }] },
      'invalid signature-invalid',
    ],
    ['an empty one', { signatures: [{ keyid: 'new', sig: '' }] }, 'invalid signature-invalid'],
    ['one that is not base64', { signatures: [{ keyid: 'new', sig: `${GOOD.sig}\n` }] }, 'invalid malformed'],
    [
      'one by an unknown key',
      { signatures: [{ ...GOOD, keyid: 'other' }] },
      'uncovered signature-key-unknown',
    ],
    [
      'one, and no keys',
      { keys: { origin: 'tuf', registry: REGISTRY, keys: [] } },
      'uncovered signature-key-unknown',
    ],
    [
      'one by a key for something else',
      { keys: { origin: 'tuf', registry: REGISTRY, keys: [{ ...NEW, usage: 'attestations' }] } },
      'invalid signature-key-usage',
    ],
    [
      'one by a key for both',
      { keys: { origin: 'tuf', registry: REGISTRY, keys: [{ ...NEW, usage: 'attestations' }, NEW] } },
      'verified',
    ],
    ['a good and a bad one', { signatures: [GOOD, BAD] }, 'invalid signature-invalid'],
    ['a bad and a good one', { signatures: [BAD, GOOD] }, 'invalid signature-invalid'],
    ['a good one and a broken one', { signatures: [GOOD, { keyid: 'old', sig: '!' }] }, 'invalid malformed'],
  ])('%s', async (_, input, outcome) => {
    expect((await check(input)).outcome).toBe(outcome);
  });

  test('by unknown keys is reported beside a good one', async () => {
    const unknown = { ...GOOD, keyid: 'other' };
    for (const signatures of [
      [GOOD, unknown],
      [unknown, GOOD],
    ])
      expect(await check({ signatures })).toMatchObject({
        outcome: 'verified',
        notes: ['signature-key-unknown'],
      });
    const keys = {
      origin: 'tuf' as const,
      registry: REGISTRY,
      keys: [NEW, { ...OLD, usage: 'attestations' as const }],
    };
    expect(await check({ signatures: [GOOD, EXPIRED], keys })).toMatchObject({
      outcome: 'verified',
      notes: ['signature-key-usage'],
    });
    expect(await check({ signatures: [BAD, unknown] })).toMatchObject({
      outcome: 'invalid signature-invalid',
      notes: ['signature-key-unknown'],
    });
  });

  test('says where its key is from', async () => {
    expect(
      (await check({ keys: { origin: 'policy', registry: REGISTRY, keys: [NEW] } })).fact?.keyOrigin,
    ).toBe('policy');
  });
});

describe('a key that has expired since', () => {
  const signatures = [EXPIRED];
  test.each<[string, Partial<SignatureInput>, string]>([
    ['signed time before', { signedTime: ROTATION - DAY }, 'verified'],
    ['signed time at the very end', { signedTime: ROTATION }, 'verified'],
    ['signed time after', { signedTime: ROTATION + 1 }, 'invalid signature-key-expired'],
    ['claimed time before', { claimedTime: found(ROTATION - DAY) }, 'verified'],
    ['claimed time after', { claimedTime: found(ROTATION + DAY) }, 'invalid signature-key-expired'],
    [
      'no time',
      { claimedTime: () => Promise.resolve(unproven('absent', 'version-absent')) },
      'uncovered signature-time-unknown',
    ],
    [
      'nobody to ask',
      { claimedTime: () => Promise.resolve(unproven('unreachable', 'registry-unreachable')) },
      'unreachable registry-unreachable',
    ],
    [
      'signed time after, whatever is claimed',
      { signedTime: ROTATION + 1, claimedTime: found(0) },
      'invalid signature-key-expired',
    ],
    ['not yet expired', { now: ROTATION - DAY }, 'verified'],
    ['expired this moment', { now: ROTATION, claimedTime: found(0) }, 'verified'],
  ])('%s', async (_, input, outcome) => {
    expect((await check({ signatures, ...input })).outcome).toBe(outcome);
  });

  test('says whose word the time is', async () => {
    expect((await check({ signatures, signedTime: 5 })).fact?.publishTime).toEqual({ time: 5, signed: true });
    expect((await check({ signatures, claimedTime: found(5) })).fact?.publishTime).toEqual({
      time: 5,
      signed: false,
    });
  });

  test('does not spoil the signature of its successor, in either order, and nobody asks for the time', async () => {
    for (const both of [
      [EXPIRED, GOOD],
      [GOOD, EXPIRED],
    ]) {
      expect(await check({ signatures: both })).toMatchObject({
        outcome: 'verified',
        fact: { keyid: 'new' },
      });
      expect(await check({ signatures: both, signedTime: ROTATION + DAY })).toMatchObject({
        outcome: 'verified',
        fact: { keyid: 'new' },
      });
      // Published before the successor was in force, and signed again since: the old one was in force then.
      expect(await check({ signatures: both, signedTime: ROTATION - 99 * DAY })).toMatchObject({
        outcome: 'verified',
        fact: { keyid: 'old' },
      });
    }
  });

  test('is still bad if it is bad', async () => {
    const forged = signature('old', newKey());
    expect((await check({ signatures: [GOOD, forged] })).outcome).toBe('invalid signature-invalid');
  });
});

test('a key that was not yet in force when the log took the attestation', async () => {
  const { start } = NEW.validFor;
  expect((await check({ signedTime: start })).outcome).toBe('verified');
  expect((await check({ signedTime: start - 1 })).outcome).toBe('invalid signature-key-not-yet-valid');
});
