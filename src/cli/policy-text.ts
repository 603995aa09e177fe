import { printable } from '../core/text.ts';
import type { CaseResult } from '../policy/cases.ts';
import type { IdleRule } from '../policy/idle-rules.ts';
import type { ShownValue } from '../policy/show.ts';
import type { Policy, Position } from '../policy/types.ts';

const VALUE_CHARS_MAX = 500;

function place({ file, line, column }: Position): string {
  return `${printable(file, VALUE_CHARS_MAX)}:${line}:${column}`;
}

/** One line for each value: key, value, place. */
export function shownText(values: readonly ShownValue[]): string {
  const lines = values.map(({ key, value, at }) => ({
    key: printable(key, VALUE_CHARS_MAX),
    value: printable(value, VALUE_CHARS_MAX),
    at: at === undefined ? 'built in' : place(at),
  }));
  const width = Math.min(36, Math.max(...lines.map(({ key }) => key.length)));
  const second = Math.min(48, Math.max(...lines.map(({ value }) => value.length)));
  return lines.map(({ key, value, at }) => `${key.padEnd(width)}  ${value.padEnd(second)}  ${at}\n`).join('');
}

export function shownJson(policy: Policy, values: readonly ShownValue[]): string {
  const shown = values.map(({ key, value, at }) => ({ key, value, ...at }));
  return `${JSON.stringify({ files: policy.files, digest: policy.digest, values: shown }, null, 2)}\n`;
}

export function checkText({ files, rules, exemptions, digest }: Policy, warnings: readonly string[]): string {
  const counts = `${counted(rules.length, 'rule')}, ${counted(exemptions.length, 'exemption')}`;
  return [
    ...warnings.map((warning) => `warning: ${warning}`),
    `the policy is in order: ${counts}, from`,
    ...files.map((file) => `  ${printable(file, VALUE_CHARS_MAX)}`),
    `digest sha256:${digest}`,
    '',
  ].join('\n');
}

export function checkJson({ files, rules, exemptions, digest }: Policy, warnings: readonly string[]): string {
  const counts = { rules: rules.length, exemptions: exemptions.length };
  return `${JSON.stringify({ outcome: 'passed', files, digest, ...counts, warnings }, null, 2)}\n`;
}

export function overruledText({ rule, at, by }: IdleRule): string {
  const instead = by === undefined ? '' : `: rule "${printable(by.rule)}" (${place(by.at)}) does`;
  return `${place(at)}: rule "${printable(rule)}" never decides${instead}`;
}

export function unmatchedText({ rule, at }: IdleRule, lockfile: string): string {
  return `${place(at)}: rule "${printable(rule)}" matches no package of ${printable(lockfile)}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

export function casesText(results: readonly CaseResult[]): string {
  const lines = results.flatMap(({ name, at, expected, actual, holds }) => {
    if (holds) return [`ok      ${printable(name)}`];
    return [
      `FAILED  ${printable(name)}  ${place(at)}`,
      ...(expected.outcome === actual.outcome
        ? []
        : [
            `          expected ${expected.outcome}, but it ${actual.outcome === 'undecided' ? 'is' : 'has'} ${actual.outcome}`,
          ]),
      ...differences(expected.codes, actual.codes),
    ];
  });
  const failed = results.filter(({ holds }) => !holds).length;
  const summary = `${counted(results.length, 'case')}, ${failed === 0 ? 'all as expected' : `${failed} not as expected`}`;
  return `${[...lines, summary].join('\n')}\n`;
}

function differences(expected: readonly string[] | undefined, actual: readonly string[]): readonly string[] {
  if (expected === undefined) return actual.length === 0 ? [] : [`          found ${actual.join(', ')}`];
  const missing = expected.filter((code) => !actual.includes(code));
  const extra = actual.filter((code) => !expected.includes(code));
  return [
    ...(missing.length === 0 ? [] : [`          not found: ${missing.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`          not expected: ${extra.join(', ')}`]),
  ];
}

export function casesJson(results: readonly CaseResult[]): string {
  const failed = results.filter(({ holds }) => !holds).length;
  return `${JSON.stringify({ outcome: failed === 0 ? 'passed' : 'failed', cases: results }, null, 2)}\n`;
}
