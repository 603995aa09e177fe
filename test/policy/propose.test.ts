import { describe, expect, it } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Code } from '../../src/core/codes.ts';
import type { Provenance } from '../../src/evidence/types.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { proposalText } from '../../src/policy/proposal-text.ts';
import { expiryOf, propose } from '../../src/policy/propose.ts';
import type { Finding, Verdict } from '../../src/policy/types.ts';
import { attested, evidence, NOW, policyOf, presetOf, provenance, SRI, subject } from './support.ts';

const absent = unproven('absent', 'provenance-absent', {});
const at = { file: 'preset:recommended', line: 1, column: 1 };

function error(code: Code, more: Partial<Finding> = {}): Finding {
  return {
    code,
    severity: 'error',
    args: {},
    status: 'absent',
    about: 'provenance',
    decidedBy: { rule: 'require.provenance', at },
    ...more,
  };
}

function failing(name: string, findings: readonly Finding[], version = '1.0.0'): Verdict {
  return {
    outcome: 'failed',
    evidence: evidence({ subject: subject({ name, version }), provenance: absent }),
    findings,
  };
}

function built(name: string, claims: Partial<Provenance>, outcome: Verdict['outcome'] = 'passed'): Verdict {
  return {
    outcome,
    evidence: attested({ subject: subject({ name }), provenance: provenance(claims) }),
    findings: [],
  };
}

describe('exemptions', () => {
  it('name exactly the errors, the version and the bytes', () => {
    const verdict = failing('left', [
      error('provenance-absent'),
      error('integrity-weak', { status: 'uncovered' }),
      error('resolved-elsewhere', { severity: 'warn' }),
    ]);
    expect(propose([verdict, verdict], []).exemptions).toEqual([
      {
        name: 'left',
        version: '1.0.0',
        integrity: SRI,
        codes: ['integrity-weak', 'provenance-absent'],
      },
    ]);
  });

  it.each<[string, Verdict]>([
    ['a wrong proof', failing('a', [error('signature-invalid', { status: 'invalid' })])],
    [
      'a wrong proof among others',
      failing('a', [error('provenance-absent'), error('claim-mismatch', { status: 'invalid' })]),
    ],
    [
      'a step back',
      failing('a', [error('provenance-lost', { decidedBy: { rule: 'require.baseline', at } })]),
    ],
    [
      'another owner, whichever rule says so',
      failing('a', [error('owner-changed', { status: undefined, decidedBy: { rule: 'ours', at } })]),
    ],
    ['what could not be asked', failing('a', [error('registry-unreachable', { status: 'unreachable' })])],
    ['no version', failing('a', [error('source-unverifiable')], 'main')],
    ['no name', failing('a b', [error('source-unverifiable')])],
  ])('never for %s', (_, verdict) => {
    expect(propose([verdict], [])).toMatchObject({ exemptions: [], refused: [verdict] });
  });

  it('not for what passes or is exempted already', () => {
    const verdict = { ...failing('a', [error('provenance-absent')]), outcome: 'passed' as const };
    expect(propose([verdict], []).exemptions).toEqual([]);
  });
});

describe('pins', () => {
  const pinOf = (...verdicts: readonly Verdict[]): unknown => {
    const { pins, unpinned } = propose(verdicts, ['@acme/app']);
    return pins[0]?.identity ?? unpinned[0]?.why;
  };

  it('all that the packages have in common', () => {
    expect(pinOf(built('@acme/a', {}), built('@acme/b', { ref: 'refs/heads/main' }))).toEqual({
      repository: ['https://github.com/acme/mono'],
      repositoryId: ['1'],
      ownerId: ['2'],
      workflow: ['.github/workflows/release.yml'],
      runner: ['github-hosted'],
      issuer: ['https://token.actions.githubusercontent.com'],
    });
  });

  it('the owner, of several repositories', () => {
    const other = {
      sourceRepository: 'https://github.com/ACME/tools',
      sourceRepositoryId: '9',
      workflow: 'x.yml',
      runner: undefined,
    };
    expect(pinOf(built('@acme/a', {}), built('@acme/b', other))).toEqual({
      owner: ['https://github.com/acme'],
      ownerId: ['2'],
      issuer: ['https://token.actions.githubusercontent.com'],
    });
  });

  it('no claim that would read as a pattern', () => {
    expect(pinOf(built('@acme/a', { workflow: '.github/*' }))).not.toHaveProperty('workflow');
  });

  it.each<[string, readonly Verdict[], string]>([
    [
      'different owners',
      [built('@acme/a', {}), built('@acme/b', { sourceRepository: 'https://github.com/eve/b' })],
      'different owners',
    ],
    [
      'one without provenance',
      [built('@acme/a', {}), failing('@acme/b', [])],
      '@acme/b@1.0.0 has no verified provenance',
    ],
    ['one that fails', [built('@acme/a', {}, 'failed')], '@acme/a@2.1.0 fails'],
    ['a stranger alone', [built('@acme-evil/a', {})], 'no package of it comes from a registry'],
  ])('none with %s', (_, verdicts, why) => {
    expect(pinOf(...verdicts)).toContain(why);
  });

  it('none for a project without a scope', () => {
    expect(propose([built('@acme/a', {})], ['app', '@/x', '@a b/x'])).toMatchObject({
      pins: [],
      unpinned: [],
    });
  });
});

describe('the text', () => {
  const details = {
    preset: 'strict',
    owner: "O'Brien: #1\n- x",
    expires: expiryOf(NOW),
    today: '2026-11-22',
  } as const;

  it('is a policy under which the tree passes, and another version does not', async () => {
    const strict = await presetOf('strict');
    const old = judge(evidence({ subject: subject({ name: 'old' }) }), strict, new Map(), NOW);
    const own = judge(attested(), strict, new Map(), NOW);
    expect([old.outcome, own.outcome]).toEqual(['failed', 'passed']);
    const proposal = propose([old, own], ['@acme/app']);
    const policy = await policyOf(proposalText(proposal, details));
    const outcome = ({ evidence: found }: Verdict): string => judge(found, policy, new Map(), NOW).outcome;
    expect([old, own].map(outcome)).toEqual(['passed-with-exemption', 'passed']);
    expect(policy.exemptions).toMatchObject([
      { name: 'old', owner: "O'Brien: #1\\u{a}- x", expires: Date.UTC(2027, 1, 21) - 1 },
    ]);
    const next = evidence({ subject: subject({ name: 'old', version: '2.1.1' }) });
    expect(judge(next, policy, new Map(), NOW).outcome).toBe('failed');
    const elsewhere = attested({
      provenance: provenance({ sourceRepository: 'https://github.com/eve/mono' }),
      declared: undefined,
    });
    expect(judge(elsewhere, policy, new Map(), NOW).outcome).toBe('failed');
    const after = NOW + 91 * 86_400_000;
    expect(judge(old.evidence, policy, new Map(), after).outcome).toBe('failed');
  });

  it('is a policy where there is nothing to say', async () => {
    const text = proposalText(propose([], []), { ...details, preset: 'observe' });
    expect(text).toContain('extends: observe');
    expect((await policyOf(text)).mode.value).toBe('observe');
  });
});
