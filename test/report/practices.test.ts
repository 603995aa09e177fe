import { expect, test } from 'vitest';
import { explainVerdict } from '../../src/report/explain.ts';
import { humanReport } from '../../src/report/human.ts';
import { jsonReport } from '../../src/report/json.ts';
import { formatLock, lockOf } from '../../src/report/lock.ts';
import { readLock } from '../../src/report/lock-read.ts';
import type { Report } from '../../src/report/types.ts';
import { evidenceOf, finding, node, sample, verdict } from './samples.ts';

const failing = verdict(evidenceOf(node('d', '1.0.0')), 'failed', [finding('provenance-absent', 'error')]);
const warned = verdict(evidenceOf(node('w', '1.0.0')), 'passed', [finding('repository-undeclared', 'warn')]);

function report(practices?: 'ssdf' | 'none'): Report {
  const plain = sample([failing, warned], { findings: [finding('trust-root-stale', 'warn')] });
  return practices === undefined ? plain : { ...plain, policy: { ...plain.policy, practices } };
}

const said = (of: Report): Readonly<Record<string, string>> => ({
  human: humanReport(of, { now: 0 }),
  explain: explainVerdict(of.verdicts[0]!, of),
  json: jsonReport(of),
  lock: formatLock(lockOf(of, new Map())),
});

test('findings name their tasks wherever they are shown', () => {
  const { human, explain, json, lock } = said(report('ssdf'));
  expect(human).toContain('  SSDF: PS.3.2, PW.4.1, PW.4.4\n');
  expect(human).toContain('    SSDF: PO.4.2, PW.4.4\n');
  expect(explain).toContain('  SSDF: PS.3.2, PW.4.1, PW.4.4\n');
  const { policy, findings, packages } = JSON.parse(json!) as {
    policy: object;
    findings: { practices: string[] }[];
    packages: { findings: { practices: string[] }[] }[];
  };
  expect(policy).toMatchObject({ practices: 'ssdf' });
  expect(findings[0]!.practices).toEqual(['PO.4.2', 'PW.4.4']);
  expect(packages[0]!.findings[0]!.practices).toEqual(['PS.3.2', 'PW.4.1', 'PW.4.4']);
  expect(lock).toContain('"practices": ["PS.3.2", "PW.4.1", "PW.4.4"]');
});

test('only where the policy asks for them', () => {
  expect(said(report('none'))).toEqual(said(report()));
  for (const text of Object.values(said(report()))) expect(text).not.toMatch(/SSDF|practices|PW\.4/);
});

test('the report file is read back with them, and with no others', () => {
  const of = lockOf(report('ssdf'), new Map());
  const text = formatLock(of);
  expect(formatLock(readLock(Buffer.from(text), 'x'))).toBe(text);
  for (const wrong of ['"PW.9.9"', '7']) {
    const bytes = Buffer.from(text.replace('"PS.3.2"', wrong));
    expect(() => readLock(bytes, 'x')).toThrow(expect.objectContaining({ code: 'report-unreadable' }));
  }
});
