import { expect, test } from 'vitest';
import type { Gate } from '../../../src/gate.ts';
import { trustAge, trustTrouble, withTrustAge } from '../../../src/hooks/service/trust-age.ts';
import { watchUpstream } from '../../../src/hooks/service/upstream.ts';
import type { Trust, TrustOrigin } from '../../../src/trust/types.ts';

const NOW = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;

function trust(origin: Partial<TrustOrigin>, expires?: number): Trust {
  return {
    origin: {
      kind: 'tuf',
      from: 'https://tuf.example/',
      metadata: undefined,
      asOf: NOW,
      stale: undefined,
      ...origin,
    },
    expires,
  } as Trust;
}

test.each<[string, Trust, RegExp | undefined]>([
  ['fresh', trust({}, NOW + DAY), undefined],
  ['a week old to the millisecond', trust({ asOf: NOW - 7 * DAY }, NOW + DAY), undefined],
  ['older than a week', trust({ asOf: NOW - 7 * DAY - 1 }, NOW + DAY), /last refreshed at 2026-11-14T23:59/],
  ['expired', trust({ kind: 'cache', stale: 'offline' }, NOW), /expired at 2026-11-22T00:00/],
  ['about to expire', trust({ kind: 'cache', stale: 'offline' }, NOW + 1), undefined],
  ['of unknown age', trust({ asOf: undefined }), /how old/],
  ['shipped long ago', trust({ kind: 'shipped', asOf: NOW - 90 * DAY }, NOW + DAY), /last refreshed/],
  ['pinned by the operator', trust({ kind: 'file', asOf: undefined }), undefined],
])('a trust root that is %s', (_, given, expected) => {
  const trouble = trustTrouble(given, NOW, 7 * DAY);
  if (expected === undefined) expect(trouble).toBeUndefined();
  else expect(trouble).toMatch(expected);
});

test('its age', () => {
  expect(trustAge(trust({ asOf: NOW - DAY }), NOW)).toBe(DAY);
  expect(trustAge(trust({ asOf: NOW + DAY }), NOW)).toBe(0);
  expect(trustAge(trust({ asOf: undefined }), NOW)).toBeUndefined();
});

test('a gate judges nothing once its trust root is too old', async () => {
  let now = NOW;
  const verdict = { outcome: 'passed' };
  const gate = withTrustAge(
    {
      trust: trust({}, NOW + DAY),
      stats: { requests: 1 },
      judge: async () => verdict,
    } as unknown as Gate,
    () => now,
    7 * DAY,
  );
  const offer = { name: 'a', version: '1.0.0', integrity: undefined };
  expect(await gate.judge(offer)).toBe(verdict);
  expect(gate.stats.requests).toBe(1);
  now += DAY;
  await expect(gate.judge(offer)).rejects.toMatchObject({
    code: 'trust-root-unreachable',
    hint: expect.stringContaining('refreshed by itself'),
  });
});

test('a registry has answered lately, or it has not', () => {
  let now = NOW;
  const watch = watchUpstream(() => now);
  expect(watch.isQuiet).toBe(true);
  expect(watch.trouble).toBe('the registry has not answered yet');
  watch.answered();
  expect(watch.isQuiet).toBe(false);
  expect(watch.trouble).toBeUndefined();
  watch.failed('status 503');
  now += 100_000;
  expect(watch.isQuiet).toBe(true);
  expect(watch.trouble).toBeUndefined();
  now += 100_000;
  expect(watch.trouble).toBe('the registry has not answered for three minutes: status 503');
  watch.answered();
  expect(watch.trouble).toBeUndefined();
});
