import { describe, expect, it } from 'vitest';
import type { Finding, Outcome } from '../../src/policy/types.ts';
import { attested, bare, evidenceOf, finding, node, sample, signedOnly, sri, verdict } from './samples.ts';

const judged = (outcome: Outcome, findings: readonly Finding[] = []) => ({
  ...signedOnly('a'),
  outcome,
  findings,
});

describe('buildReport', () => {
  const unreachable = finding('registry-unreachable', 'error', { status: 'unreachable' });
  const outcomes: readonly [string, readonly Outcome[], readonly Finding[], string][] = [
    ['nothing at all', [], [], 'passed'],
    ['only passed', ['passed', 'passed-with-exemption'], [], 'passed'],
    ['one undecided', ['passed', 'undecided'], [], 'undecided'],
    ['one failed', ['undecided', 'failed'], [], 'failed'],
    [
      'a run-level error',
      ['passed'],
      [finding('nothing-verified', 'error', { status: undefined })],
      'failed',
    ],
    ['a run-level error that is unreachable', ['passed'], [unreachable], 'undecided'],
    [
      'both',
      ['passed'],
      [unreachable, finding('exemption-expired', 'error', { status: undefined })],
      'failed',
    ],
    ['a run-level warning', ['passed'], [finding('exemption-unused', 'warn')], 'passed'],
  ];
  it.each(outcomes)('decides: %s', (_, list, findings, expected) => {
    const verdicts = list.map((outcome) => judged(outcome));
    expect(sample(verdicts, { findings }).outcome).toBe(expected);
    expect(sample(verdicts, { findings, mode: 'observe' }).outcome).toBe('passed');
  });

  it('sorts by purl, then digest, by code units, and counts', () => {
    const same = (seed: string) =>
      signedOnly('b', '1.0.0', { integrity: { kind: 'sha512', sri: sri(seed) }, key: seed });
    const git = verdict(
      evidenceOf(
        node('g', '1.0.0', {
          source: { kind: 'git', url: 'git+ssh://git.example/g.git', commit: undefined },
          integrity: { kind: 'none' },
        }),
      ),
      'failed',
    );
    const input = [
      git,
      attested('a'),
      same('2'),
      judged('undecided'),
      same('1'),
      attested('@z/x'),
      attested('Z'),
    ];
    const report = sample(input);
    const keys = report.verdicts.map(({ evidence: { subject } }) => [
      subject.purl,
      subject.integrity.kind === 'none' ? '' : subject.integrity.sri,
    ]);
    expect(keys).toEqual([...keys].sort((a, b) => (a.join() < b.join() ? -1 : 1)));
    expect(report.counts).toEqual({
      packages: 7,
      nodes: 6,
      passed: 5,
      exempted: 0,
      failed: 1,
      undecided: 1,
      registrySigned: 7,
      withProvenance: 3,
      sources: { git: 1, registry: 6 },
    });
  });

  it('fails where the folded finding is an error, and keeps counting the packages', () => {
    const report = sample(['a', 'b', 'c'].map((name) => bare(name, 'error')));
    expect(report.outcome).toBe('failed');
    expect(report.counts.failed).toBe(3);
    expect(report.findings.map(({ code }) => code)).toEqual(['registry-without-evidence']);
  });

  it('sorts findings: errors, warnings, infos, by code', () => {
    const findings = [
      finding('exemption-used', 'info'),
      finding('provenance-lost', 'error'),
      finding('attestations-absent', 'warn'),
      finding('identity-mismatch', 'error', { args: { claim: 'workflow' } }),
      finding('identity-mismatch', 'error', { args: { claim: 'ref' } }),
    ];
    const report = sample([judged('failed', findings)]);
    expect(report.verdicts[0]!.findings.map(({ code, args }) => [code, args.claim])).toEqual([
      ['identity-mismatch', 'ref'],
      ['identity-mismatch', 'workflow'],
      ['provenance-lost', undefined],
      ['attestations-absent', undefined],
      ['exemption-used', undefined],
    ]);
  });
});
