import { describe, expect, test } from 'vitest';
import { type Check, unproven, verified } from '../../src/core/check.ts';
import type { Evidence, PublishTime, VerifiedAttestation } from '../../src/evidence/types.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { asksReleaseTime } from '../../src/policy/release-age.ts';
import {
  attested,
  bundle,
  evidence,
  foreign,
  judged,
  NO_BASELINE,
  NOW,
  node,
  policyOf,
  presetOf,
  provenance,
  REGISTRY,
  subject,
} from './support.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const policy = await policyOf('version: 1\nrequire: { releaseAge: error }\nminimum: { releaseAge: 3d }\n');
const YOUNG = 'failed, error release-too-young';

/** A proof whose signature was dated these many milliseconds ago. */
function dated(...ago: readonly number[]): VerifiedAttestation {
  const times = ago.map((ms) => ({
    source: 'transparency-log' as const,
    time: NOW - ms,
    authority: 'https://log.example',
    operator: 'log.example',
  }));
  return { ...bundle(), times };
}
const publish = (...ago: readonly number[]) => ({ publish: verified(dated(...ago)) });
function built(...ago: readonly number[]): Pick<Evidence, 'provenance'> {
  const check = provenance();
  return check.status === 'verified'
    ? { provenance: verified({ ...check.value, bundle: dated(...ago) }) }
    : { provenance: check };
}
const claimed = (ago: number) => ({ claimedTime: verified(NOW - ago) });
const signatureDated = (publishTime: PublishTime): Pick<Evidence, 'registrySignature'> => ({
  registrySignature: verified({ keyid: 'SHA256:x', keyOrigin: 'tuf', publishTime }),
});

describe('the time that counts', () => {
  test.each<[string, Partial<Evidence>, string]>([
    ['signed, exactly old enough', publish(3 * DAY), 'passed'],
    ['signed, a millisecond too young', publish(3 * DAY - 1), YOUNG],
    ['signed, in the future', publish(-HOUR), YOUNG],
    ['the latest of several', publish(9 * DAY, 2 * DAY, 8 * DAY), YOUNG],
    ['signed young, claimed old', { ...publish(DAY), ...claimed(9 * DAY) }, YOUNG],
    ['signed old, claimed young', { ...publish(9 * DAY), ...claimed(DAY) }, 'passed'],
    ['published young, built long before', { ...publish(DAY), ...built(90 * DAY) }, YOUNG],
    ['published long ago, built again', { ...publish(9 * DAY), ...built(DAY) }, 'passed'],
    [
      'built only, old',
      { publish: unproven('absent', 'publish-absent'), ...built(4 * DAY) },
      'failed, error publish-absent',
    ],
    ['an undated publish attestation, an old build', built(4 * DAY), 'passed'],
    ['an undated publish attestation, a young build', built(DAY), YOUNG],
    ['an old build that the registry calls younger', { ...built(90 * DAY), ...claimed(DAY) }, YOUNG],
    ['a young build that the registry calls older', { ...built(DAY), ...claimed(90 * DAY) }, YOUNG],
    [
      'an old build, and nobody can say when it was published',
      { ...built(90 * DAY), claimedTime: unproven('unreachable', 'registry-unreachable') },
      'undecided, error registry-unreachable',
    ],
    [
      'an old build, and the registry does not say when it was published',
      { ...built(90 * DAY), claimedTime: unproven('absent', 'signature-time-unknown') },
      'passed',
    ],
    ['unsigned, old', { ...claimed(3 * DAY) }, 'passed'],
    ['unsigned, young', { ...claimed(DAY) }, YOUNG],
    ['from the judgement of an expired key', signatureDated({ time: NOW - DAY, signed: false }), YOUNG],
    ['the same, old', signatureDated({ time: NOW - 4 * DAY, signed: false }), 'passed'],
    ['nobody asked', {}, 'failed, error release-age-unknown'],
    [
      'the registry does not say',
      { claimedTime: unproven('absent', 'signature-time-unknown') },
      'failed, error release-age-unknown',
    ],
    [
      'the registry could not be asked',
      { claimedTime: unproven('unreachable', 'registry-unreachable') },
      'undecided, error registry-unreachable',
    ],
  ])('%s', (_, over, expected) => {
    expect(judged(attested(over), policy)).toBe(expected);
  });

  test('is told with its source, and when it will do', () => {
    const finding = (over: Partial<Evidence>) => judge(attested(over), policy, NO_BASELINE, NOW).findings[0];
    const published = new Date(NOW - DAY).toISOString();
    const until = new Date(NOW + 2 * DAY).toISOString();
    expect(finding(publish(DAY))).toMatchObject({
      about: 'release age',
      args: { expected: '3d', published, until, time: 'signed' },
      decidedBy: { rule: 'require.releaseAge', at: { line: 2 } },
    });
    expect(finding(claimed(DAY))?.args).toEqual({ expected: '3d', published, until, time: 'unsigned' });
  });
});

describe('nothing is demanded', () => {
  const young = attested(publish(HOUR));
  test.each([
    ['by the presets', () => Promise.all([presetOf('recommended'), presetOf('strict')])],
    [
      'of 0h',
      async () => [
        await policyOf('version: 1\nrequire: { releaseAge: error }\nminimum: { releaseAge: 0h }\n'),
      ],
    ],
  ])('%s', async (_, policies) => {
    for (const one of await policies()) expect(judged(young, one)).toBe('passed');
  });
  test('of what does not come from a registry', async () => {
    const off = 'sources: { git: off }';
    const item = foreign({ kind: 'git', url: 'https://github.com/acme/x', commit: 'c'.repeat(40) });
    const demanding = `version: 1\nrequire: { releaseAge: error }\n${off}\n`;
    expect(judged(item, await policyOf(demanding))).toBe('passed');
  });
  test('twice: an unreachable registry stays one finding', () => {
    const down: Check<never> = unproven('unreachable', 'registry-unreachable');
    const item = evidence({
      integrity: down,
      registrySignature: down,
      publish: down,
      provenance: down,
      claimedTime: down,
    });
    expect(judged(item, policy)).toBe('undecided, error registry-unreachable');
  });
});

describe('rules', () => {
  test('say how long, and whether at all', async () => {
    const own = await policyOf(`version: 1
require: { releaseAge: error }
rules:
  - { match: '@acme/*', minimum: { releaseAge: 2h } }
  - { match: left-pad, require: { releaseAge: warn } }
  - { match: is-odd, require: { releaseAge: 'off' } }
`);
    const named = (name: string) => attested({ ...publish(5 * HOUR), subject: subject({ name }) });
    expect(judged(named('@acme/log'), own)).toBe('passed');
    expect(judged(attested(publish(HOUR)), own)).toBe(YOUNG);
    expect(judged(named('left-pad'), own)).toBe('passed, warn release-too-young');
    expect(judged(named('is-odd'), own)).toBe('passed');
    expect(judged(named('is-even'), own)).toBe(YOUNG);
  });

  test('each place is worth its own', async () => {
    const places = await policyOf(`version: 1
rules:
  - { match: { dependency: prod }, require: { releaseAge: error }, minimum: { releaseAge: 1d } }
  - { match: { dependency: dev }, require: { releaseAge: warn }, minimum: { releaseAge: 2w } }
`);
    const nodes = [node({ dependency: 'prod' }), node({ dependency: 'dev' })];
    const both = (ago: number) => attested({ ...publish(ago), subject: subject({}, nodes) });
    expect(judged(both(15 * DAY), places)).toBe('passed');
    // Too young for development, which warns; old enough for production, which would fail it.
    expect(judged(both(5 * DAY), places)).toBe('passed, warn release-too-young');
    expect(judged(both(HOUR), places)).toBe(`${YOUNG}, warn release-too-young`);
  });
});

describe('the registry is asked', () => {
  const asks = (one: typeof policy, name = '@acme/log') =>
    asksReleaseTime(one)(subject({ name }), false, REGISTRY);
  test('only where it matters', async () => {
    expect(asks(policy)).toBe(true);
    expect(asks(await presetOf('strict'))).toBe(false);
    expect(
      asks(await policyOf('version: 1\nrequire: { releaseAge: warn }\nminimum: { releaseAge: 0d }\n')),
    ).toBe(false);
    const some = await policyOf("version: 1\nrules: [{ match: '@acme/*', require: { releaseAge: warn } }]\n");
    expect([asks(some), asks(some, 'left-pad')]).toEqual([true, false]);
  });
});
