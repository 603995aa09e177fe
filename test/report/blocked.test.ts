import { expect, test } from 'vitest';
import type { Finding, Verdict } from '../../src/policy/types.ts';
import { blockedLine, blockedLines, WAY_OUT } from '../../src/report/blocked.ts';

const at = { file: 'verify-deps.yaml', line: 3, column: 5 };

function verdict(name: string, findings: readonly Partial<Finding>[]): Verdict {
  return {
    outcome: 'failed',
    evidence: { subject: { name, version: '1.0.0' } },
    findings: findings.map((finding) => ({
      severity: 'error',
      status: 'absent',
      about: 'provenance',
      args: {},
      decidedBy: { rule: 'require.provenance', at },
      ...finding,
    })),
  } as unknown as Verdict;
}

test('one line names package, reason, code and the rule with its place', () => {
  const line = blockedLine(verdict('left', [{ code: 'provenance-absent' }]));
  expect(line).toMatch(
    /^left@1\.0\.0: .+ \(provenance-absent, require\.provenance \(verify-deps\.yaml:3:5\)\)$/,
  );
});

test('what is wrong comes before what could not be asked, and before warnings', () => {
  const line = blockedLine(
    verdict('left', [
      { code: 'note' as never, severity: 'warn' },
      { code: 'registry-unreachable', status: 'unreachable' },
      { code: 'integrity-mismatch', status: 'invalid', decidedBy: undefined },
    ]),
  );
  expect(line).toContain('(integrity-mismatch)');
});

test.each([
  ['a line feed', 'evil\nverify-deps: all is well'],
  ['a carriage return', 'evil\rHTTP/1.1 200'],
  ['colours', 'evil\u001b[2K\u001b[1A'],
  ['a right-to-left override', 'evil\u202egnp'],
])('%s in a name stays in its line', (_, name) => {
  const line = blockedLine(verdict(name, [{ code: 'provenance-absent', args: { actual: name } }]));
  expect(line).not.toMatch(/[\u0000-\u001f\u007f\u202e]/);
});

test('many are counted, and the way out and what the codes mean are said once', () => {
  const lines = blockedLines(
    Array.from({ length: 50 }, (_, i) => verdict(`p${i}`, [{ code: 'provenance-absent' }])),
  );
  expect(lines.filter((line) => line.startsWith('p'))).toHaveLength(20);
  expect(lines).toContain('and 30 more: run verify-deps for all of them');
  expect(lines.filter((line) => line === WAY_OUT)).toHaveLength(1);
  expect(lines.filter((line) => line.includes('docs/findings.md#provenance-absent'))).toHaveLength(1);
});
