import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { sarifReport } from '../../src/report/sarif.ts';
import type { Report } from '../../src/report/types.ts';
import { hostile, lined, many, mixed, ROOT } from './ci-samples.ts';
import { evidenceOf, finding, sample, scenarios, verdict } from './samples.ts';
import { sarifSchema } from './sarif-schema.ts';

const ajv = new Ajv({
  strict: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    'uri-reference': (text: string) => !/[\s<>"{}|\\^`]/.test(text),
  },
});
const validate = ajv.compile(sarifSchema);

// biome-ignore lint/suspicious/noExplicitAny: free access to a document that the schema has checked
type Any = any;

function sarifOf(report: Report, root = ROOT, exitCode = 1): Any {
  const document = JSON.parse(sarifReport(report, { root, exitCode }));
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  return document.runs[0];
}

describe.each([...scenarios(), ['mixed', mixed()] as const, ['hostile', hostile()] as const])(
  '%s',
  (_, report) => {
    test('has the form of SARIF 2.1.0', () => {
      const run = sarifOf(report);
      for (const { ruleId, ruleIndex } of run.results)
        expect(run.tool.driver.rules[ruleIndex].id).toBe(ruleId);
      const prints = run.results.map(
        ({ partialFingerprints }: Any) => partialFingerprints.primaryLocationLineHash,
      );
      expect(new Set(prints).size).toBe(prints.length);
    });

    test('is the same each time', () => {
      const options = { root: ROOT, exitCode: 1 };
      expect(sarifReport(report, options)).toBe(sarifReport(structuredClone(report), options));
    });
  },
);

describe('the schema of this test refuses', () => {
  const valid = (): Any => JSON.parse(sarifReport(mixed(), { root: ROOT, exitCode: 1 }));
  test.each<[string, (document: Any) => void]>([
    ['another version', (d) => Object.assign(d, { version: '2.0.0' })],
    ['a run without a tool', (d) => delete d.runs[0].tool],
    ['a result without a message', (d) => delete d.runs[0].results[0].message],
    ['a placeholder', (d) => Object.assign(d.runs[0].results[0].message, { text: 'see {0}' })],
    ['a link', (d) => Object.assign(d.runs[0].results[0].message, { text: 'see [a](1)' })],
    [
      'line 0',
      (d) => Object.assign(d.runs[0].results[0].locations[0].physicalLocation.region, { startLine: 0 }),
    ],
    ['a level of its own', (d) => Object.assign(d.runs[0].results[0], { level: 'critical' })],
    ['a property nobody knows', (d) => Object.assign(d.runs[0].results[0], { extra: 1 })],
  ])('%s', (_, spoil) => {
    const document = valid();
    expect(validate(document)).toBe(true);
    spoil(document);
    expect(validate(document)).toBe(false);
  });
});

describe('results', () => {
  test('errors, warnings and what was accepted, each at the line of its package', () => {
    const { results } = sarifOf(mixed());
    const told = results.map((result: Any) => [
      result.level,
      result.ruleId,
      result.locations[0].logicalLocations?.[0].fullyQualifiedName,
      result.locations[0].physicalLocation.region.startLine,
      result.relatedLocations?.map((at: Any) => at.physicalLocation.region.startLine),
      result.suppressions.length,
    ]);
    expect(told).toEqual([
      ['error', 'provenance-absent', 'pkg:npm/lacking@1.0.0', 22, undefined, 0],
      ['error', 'integrity-mismatch', 'pkg:npm/twice@1.0.0', 7, [40], 0],
      ['error', 'signature-invalid', 'pkg:npm/twice@1.0.0', 7, [40], 0],
      ['warning', 'trust-root-stale', undefined, 1, undefined, 0],
      ['warning', 'attestations-absent', 'pkg:npm/bundled@1.0.0', 1, undefined, 0],
      ['note', 'provenance-absent', 'pkg:npm/old@1.0.0', 60, undefined, 1],
    ]);
  });

  test('an exempted finding is suppressed, with the reason, the owner and the end', () => {
    const { results } = sarifOf(mixed());
    expect(results.at(-1).suppressions).toEqual([
      { kind: 'external', status: 'accepted', justification: 'ends with v2 (web-team, until 2027-01-31)' },
    ]);
  });

  test('rules say what to do and where more stands', () => {
    const { rules } = sarifOf(mixed()).tool.driver;
    for (const { id, help } of rules) {
      expect(help.text).toContain(`docs/findings.md#${id}`);
      expect(help.markdown).toMatch(/^\*\*What to do:\*\* \S/);
    }
  });

  test('paths are counted from the root, with the characters of an address', () => {
    const report = mixed();
    const path = '/some where/pröject/package-lock.json';
    const moved = { ...report, tree: { ...report.tree, lockfile: { ...report.tree.lockfile, path } } };
    const uriOf = (root: string) =>
      sarifOf(moved, root).results[0].locations[0].physicalLocation.artifactLocation;
    expect(uriOf('/some where')).toEqual({ uri: 'pr%C3%B6ject/package-lock.json', uriBaseId: '%SRCROOT%' });
    expect(uriOf('/elsewhere')).toEqual({ uri: 'file:///some%20where/pr%C3%B6ject/package-lock.json' });
  });

  test('two lockfiles of one repository are two analyses', () => {
    expect(sarifOf(mixed()).automationDetails.id).toBe('verify-deps/project/package-lock.json/');
  });
});

describe('fingerprints', () => {
  const at = (line: number, others: number, args = {}): Report =>
    sample([
      verdict(evidenceOf(lined('a', line)), 'failed', [finding('release-too-young', 'error', { args })]),
      ...many(others, 0).verdicts,
    ]);
  const printOf = (report: Report): string =>
    sarifOf(report).results.find(({ ruleId }: Any) => ruleId === 'release-too-young').partialFingerprints
      .primaryLocationLineHash;

  test('stay when the line, the values or the other findings change', () => {
    const first = printOf(at(3, 0, { age: '2 days' }));
    expect(first).toMatch(/^[0-9a-f]{32}:1$/);
    expect(printOf(at(300, 5, { age: '3 days' }))).toBe(first);
  });

  test('tell versions, codes and lockfiles apart', () => {
    const all = [
      at(3, 0),
      sample([
        verdict(evidenceOf({ ...lined('a', 3), version: '1.0.1' }), 'failed', [
          finding('release-too-young', 'error'),
        ]),
      ]),
      sample([verdict(evidenceOf(lined('b', 3)), 'failed', [finding('release-too-young', 'error')])]),
    ].map(printOf);
    expect(new Set(all).size).toBe(3);
    expect(sarifOf(at(3, 0), '/').results[0].partialFingerprints).not.toEqual(
      sarifOf(at(3, 0), ROOT).results[0].partialFingerprints,
    );
  });

  test('of two alike are told apart by their order', () => {
    const twice = sample([
      verdict(evidenceOf(lined('a', 3)), 'failed', [
        finding('signature-key-unknown', 'error', { args: { keyid: 'one' } }),
        finding('signature-key-unknown', 'error', { args: { keyid: 'two' } }),
      ]),
    ]);
    const [one, two] = sarifOf(twice).results.map((r: Any) => r.partialFingerprints.primaryLocationLineHash);
    expect(one.replace(/:1$/, ':2')).toBe(two);
  });
});

test('what is undecided is said, and is no success', () => {
  const run = sarifOf(scenarios().get('registry unreachable')!, ROOT, 3);
  expect(run.invocations).toEqual([
    {
      executionSuccessful: false,
      exitCode: 3,
      toolExecutionNotifications: [
        { level: 'error', message: { text: 'something that must be known could not be asked' } },
      ],
    },
  ]);
});

test('more than GitHub takes is counted, and errors come first', () => {
  const run = sarifOf(many(10, 25_000));
  expect(run.results).toHaveLength(25_000);
  expect(run.results.filter(({ level }: Any) => level === 'error')).toHaveLength(10);
  expect(run.invocations[0].toolExecutionNotifications[0].message.text).toMatch(/^10 more results/);
});

test('no hostile text brings a control character or a line of its own', () => {
  const text = sarifReport(hostile(), { root: ROOT, exitCode: 1 });
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  for (const { message } of JSON.parse(text).runs[0].results)
    expect(message.text).not.toMatch(/[\n\r\u001b\u202e]/);
});
