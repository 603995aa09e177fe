import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { gitlabReport } from '../../src/report/gitlab.ts';
import type { Report } from '../../src/report/types.ts';
import { hostile, many, mixed, ROOT } from './ci-samples.ts';
import { scenarios } from './samples.ts';

/** What GitLab's documentation asks of each entry. */
const validate = new Ajv({ strict: false }).compile({
  type: 'array',
  items: {
    type: 'object',
    required: ['description', 'check_name', 'fingerprint', 'severity', 'location'],
    properties: {
      description: { type: 'string', minLength: 1 },
      check_name: { type: 'string', pattern: '^[a-z0-9-]+$' },
      fingerprint: { type: 'string', minLength: 1 },
      severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
      location: {
        type: 'object',
        required: ['path', 'lines'],
        properties: {
          path: { type: 'string', pattern: '^[^./]' },
          lines: {
            type: 'object',
            required: ['begin'],
            properties: { begin: { type: 'integer', minimum: 1 } },
          },
        },
      },
    },
  },
});

interface Issue {
  readonly check_name: string;
  readonly description: string;
  readonly fingerprint: string;
  readonly severity: string;
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
}

function issuesOf(report: Report): readonly Issue[] {
  const issues = JSON.parse(gitlabReport(report, ROOT));
  expect(validate(issues), JSON.stringify(validate.errors)).toBe(true);
  return issues;
}

describe.each([...scenarios(), ['mixed', mixed()] as const, ['hostile', hostile()] as const])(
  '%s',
  (_, report) => {
    test('has the form, and no fingerprint twice', () => {
      const prints = issuesOf(report).map(({ fingerprint }) => fingerprint);
      expect(new Set(prints).size).toBe(prints.length);
      expect(gitlabReport(report, ROOT)).toBe(gitlabReport(structuredClone(report), ROOT));
    });
  },
);

test('severity follows what the evidence says', () => {
  const told = issuesOf(mixed()).map(({ check_name, severity, location }) => [
    check_name,
    severity,
    location.lines.begin,
  ]);
  expect(told).toEqual([
    ['provenance-absent', 'critical', 22],
    ['integrity-mismatch', 'blocker', 7],
    ['signature-invalid', 'blocker', 7],
    ['trust-root-stale', 'minor', 1],
    ['attestations-absent', 'minor', 1],
  ]);
  expect(issuesOf(scenarios().get('registry unreachable')!)[0]!.severity).toBe('major');
});

test('an empty list where the policy holds', () => {
  expect(gitlabReport(scenarios().get('all passed')!, ROOT)).toBe('[]\n');
});

test('all of them are there, however many', () => {
  expect(issuesOf(many(1500, 1500))).toHaveLength(3000);
});

test('hostile texts stay in one line of printable characters', () => {
  for (const { description } of issuesOf(hostile()))
    expect(description).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
});
