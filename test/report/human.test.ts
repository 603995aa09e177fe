import { describe, expect, it } from 'vitest';
import { type Code, codes } from '../../src/core/codes.ts';
import type { Verdict } from '../../src/policy/types.ts';
import { explainVerdict } from '../../src/report/explain.ts';
import { humanReport } from '../../src/report/human.ts';
import { jsonReport } from '../../src/report/json.ts';
import { CERTIFICATE } from '../support/signer.ts';
import {
  attested,
  bare,
  claims,
  evidenceOf,
  finding,
  NOW,
  node,
  REGISTRY,
  sample,
  signedOnly,
  verdict,
} from './samples.ts';

const evil = 'x\u001b[2J\u202e\n<img src=x onerror=alert(1)>\u2028\u0085';
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2028\u2029]/;

/** A package whose every text is hostile. */
function hostile(): Verdict {
  const item = node(evil, evil, {
    key: evil,
    parents: [evil, '__proto__', `workspace:${evil}`],
    source: { kind: 'git', url: `git+https://user:secret@git.example/${evil}`, commit: evil },
    integrity: { kind: 'weak', algorithm: evil, sri: evil },
  });
  const base = evidenceOf(item, {
    registry: `https://user:secret@registry.example/${evil}`,
    declared: { repository: evil, hasInstallScript: true },
    notes: [{ code: 'key-unknown', args: { keyid: evil } }],
  });
  const made = attested('a').evidence;
  if (made.provenance.status !== 'verified' || made.publish.status !== 'verified') throw new Error('sample');
  const hostileClaims = Object.fromEntries(
    Object.keys(claims('x')).map((key) => [key, evil]),
  ) as unknown as ReturnType<typeof claims>;
  return verdict(
    {
      ...base,
      publish: made.publish,
      provenance: {
        status: 'verified',
        value: {
          claims: hostileClaims,
          bundle: {
            ...made.provenance.value.bundle,
            signer: {
              kind: 'certificate',
              subjectAlternativeName: evil,
              sanType: 'uri',
              certificate: CERTIFICATE,
              claims: { githubWorkflowName: `${evil}!` },
            },
          },
        },
      },
      other: [{ predicateType: evil, check: { status: 'invalid', code: 'malformed', args: { why: evil } } }],
    },
    'failed',
    [
      finding('malformed', 'error', {
        about: evil,
        args: { what: evil, [evil]: evil },
        decidedBy: { rule: evil, at: { file: evil, line: 1, column: 1 } },
      }),
      finding('signature-invalid', 'error', { status: 'invalid', args: { keyid: evil } }),
      finding('attestations-absent', 'warn', { args: { registry: evil } }),
    ],
  );
}

describe('hostile text', () => {
  const one = hostile();
  const report = sample([one, attested('a')], {
    findings: [finding('registry-without-evidence', 'error', { args: { registry: evil, count: 1 } })],
  });
  const texts: readonly [string, string][] = [
    ['terminal', humanReport(report, { now: NOW, reportFile: { path: evil, outcome: 'written' } })],
    ['explain', explainVerdict(report.verdicts.find((v) => v.outcome === 'failed')!, report)],
    ['json', jsonReport(report)],
  ];
  it.each(texts)('is harmless: %s', (_, text) => {
    expect(text).not.toMatch(UNSAFE);
    expect(text).not.toContain('secret');
    // A line of its own could pass for one of ours.
    expect(text).not.toMatch(/^<img/m);
  });

  it('stays itself in JSON', () => {
    const parsed = JSON.parse(jsonReport(report)) as { packages: { name: string }[] };
    expect(parsed.packages.map(({ name }) => name)).toContain(evil);
  });
});

describe('the terminal', () => {
  it('is bounded where everything is wrong', () => {
    const all = Object.keys(codes) as Code[];
    const wrong = Array.from({ length: 300 }, (_, i) =>
      verdict(
        evidenceOf(node(`p${i}`, '1.0.0')),
        'failed',
        all.flatMap((code) => [
          finding(code, 'error', { args: { actual: String(i), expected: 'x' } }),
          finding(code, 'warn'),
        ]),
      ),
    );
    const lines = humanReport(sample(wrong), { now: NOW }).split('\n');
    expect(lines.length).toBeLessThan(200);
    expect(lines.join('\n')).toContain('other kinds');
  });

  it('puts evidence that does not hold first, however little of it there is', () => {
    const many = Array.from({ length: 20 }, (_, i) => ({
      ...signedOnly(`p${String(i).padStart(2, '0')}`),
      outcome: 'failed' as const,
      findings: [finding('attestations-absent', 'error')],
    }));
    const bad = {
      ...signedOnly('zz'),
      outcome: 'failed' as const,
      findings: [finding('tlog-proof-invalid', 'error', { status: 'invalid' })],
    };
    const text = humanReport(sample([...many, bad]), { now: NOW });
    expect(text.indexOf('tlog-proof-invalid')).toBeLessThan(text.indexOf('attestations-absent'));
    expect(text.match(/possible tampering/g)).toHaveLength(1);
  });

  it('keeps failed and undecided apart in one run', () => {
    const lost = {
      ...signedOnly('b'),
      outcome: 'undecided' as const,
      findings: [finding('registry-unreachable', 'error', { status: 'unreachable' })],
    };
    const failed = {
      ...signedOnly('a'),
      outcome: 'failed' as const,
      findings: [finding('provenance-absent', 'error')],
    };
    const text = humanReport(sample([lost, failed]), { now: NOW });
    expect(text).toMatch(/^✖ failed {2}1 of 2 packages fails the policy$/m);
    expect(text).toMatch(
      /needs action[\s\S]*✖ provenance-absent[\s\S]*could not be asked[\s\S]*\? registry-unreachable/,
    );
  });

  it('says in observe mode what was found, invalid evidence first, and that nothing fails', () => {
    const bad = {
      ...signedOnly('zz'),
      findings: [finding('signature-invalid', 'warn', { status: 'invalid' })],
    };
    const text = humanReport(sample([bare('a'), bare('b'), bad], { mode: 'observe' }), { now: NOW });
    expect(text).toContain('▲ observed  findings about 3 of 3 packages; nothing fails in this mode');
    expect(text).toMatch(/5 warnings\n {2}▲ signature-invalid {2}1 package {2}possible tampering/);
    expect(text).not.toContain('✖ failed');
    const none = humanReport(sample([attested('a')], { mode: 'observe' }), { now: NOW });
    expect(none).toContain('✔ observed  no finding about 1 package');
  });

  it('says that a run failed as a whole', () => {
    const report = sample([signedOnly('a')], {
      findings: [finding('nothing-verified', 'error', { status: undefined, args: { count: 1 } })],
    });
    expect(humanReport(report, { now: NOW })).toContain(
      '✖ failed  the policy does not hold for the run as a whole (1 package)',
    );
  });

  it('is one short block where all is well', () => {
    const text = humanReport(sample([attested('a'), signedOnly('b')]), { now: NOW });
    expect(text.trimEnd().split('\n').length).toBeLessThan(11);
  });

  it('says which lockfile was taken, and which beside it were not', () => {
    const report = sample([signedOnly('b')]);
    const others = ['/p/pnpm-lock.yaml', '/p/\u001b[31m.json'];
    const lockfile = { ...report.tree.lockfile, others };
    const text = humanReport({ ...report, tree: { ...report.tree, lockfile } }, { now: NOW });
    expect(text.replace(/\n {14}/g, ' ')).toMatch(
      /^lockfile {6}\S+ \((?:npm|pnpm), version \S+\); not pnpm-lock\.yaml, \\u\{1b\}\[31m\.json beside it$/m,
    );
  });

  it('shows the age of the trust root, and none where it is unknown or lies ahead', () => {
    const line = (asOf: number): string =>
      /^trust root.*(?:\n {14}.*)*/m.exec(humanReport(sample([], { asOf }), { now: NOW }))![0];
    expect(line(NOW - 3_600_000 * 5)).toContain('5 hours old');
    expect(line(NOW + 1)).toContain('of unknown age');
    expect(line(Number.NaN)).toContain('of unknown age');
  });

  it('keeps to the width of the terminal', () => {
    const report = sample([bare('a', 'error'), bare('b', 'error'), bare('c', 'error'), attested('d')]);
    for (const columns of [60, 100, undefined]) {
      const lines = humanReport(report, { now: NOW, columns }).split('\n');
      expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(columns ?? 80);
    }
  });
});

describe('explain', () => {
  it('shows no fact of a check that does not hold', () => {
    const text = explainVerdict(bare('a'), sample([bare('a')]));
    expect(text).toMatch(
      /– provenance {2}absent\n {4}the registry https:\/\/registry\.example\/ has no attestations/,
    );
    expect(text).not.toContain('commit');
  });

  it('adds what is told of the registry as a whole, and nothing of another registry', () => {
    const report = sample(
      ['a', 'b', 'c'].map((name) => bare(name)),
      {
        findings: [
          finding('registry-refused', 'error', { args: { registry: 'https://other.example/' } }),
          finding('trust-root-stale', 'warn', { args: { reason: 'ETIMEDOUT', kind: 'cache' } }),
        ],
      },
    );
    const text = explainVerdict(report.verdicts[0]!, report);
    expect(text).toContain('registry-without-evidence');
    expect(text).toContain(`url: "${REGISTRY}"`);
    expect(text).toContain('decided by defaults (preset:recommended:12:3)');
    expect(text).toContain('trust-root-stale');
    expect(text).not.toContain('other.example');
  });
});
