import { describe, expect, test } from 'vitest';
import { jobSummary, SUMMARY_BYTES_MAX } from '../../src/report/job-summary.ts';
import type { Report } from '../../src/report/types.ts';
import { FILE, HOSTILE, hostile, many, mixed } from './ci-samples.ts';
import { scenarios } from './samples.ts';

const summary = (report: Report, bytesMax: number = SUMMARY_BYTES_MAX): string =>
  jobSummary(report, { file: FILE, bytesMax });

/** Elements that this page is made of; whatever else a browser could read as one is a stranger's. */
const OURS = /<\/?(?:code|details|summary|br)>/g;

test('what needs action, what is warned about, what was accepted, and what to do', async () => {
  await expect(summary(mixed())).toMatchFileSnapshot('./snapshots/mixed.summary.md');
});

test.each([...scenarios()])('%s', (_, report) => {
  const text = summary(report);
  expect(text).toMatch(/^## verify-deps: [✔✖?] /);
  expect(text.replace(OURS, '')).not.toMatch(/[<>]/);
  expect((text.match(/<details>/g) ?? []).length).toBe((text.match(/<\/details>/g) ?? []).length);
  expect(text).toBe(summary(structuredClone(report)));
});

describe('hostile texts', () => {
  const text = summary(hostile());

  test('are no HTML, no Markdown and no row of their own', () => {
    const left = text.replace(OURS, '');
    expect(left).not.toMatch(/[<>]/);
    // What is left of the page without references: nothing that Markdown knows but our own tables, headings and lists.
    const rows = left.split('\n').filter((line) => /^\| \d+ \|/.test(line));
    expect(rows.length).toBeGreaterThanOrEqual(HOSTILE.length);
    for (const row of rows) expect(row.match(/\|/g)).toHaveLength(5);
    expect(left.replace(/^[#|\-:. ].*$/gm, '')).not.toMatch(/[[\]`*_@\\]/);
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  test('are all there, to be read', () => {
    const read = text.replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    expect(read).toContain('</details></table><script>alert(1)</script>');
    expect(read).toContain('::set-output name=safe::yes');
    expect(read).toContain('line\\u{a}::error file=a,line=1::forged');
  });
});

describe('size', () => {
  test('stays below what is allowed, and what does not fit is counted', () => {
    const report = many(6000, 6000);
    const text = summary(report);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(SUMMARY_BYTES_MAX);
    const rows = text.match(/^\| \d/gm)!.length;
    const counted = [...text.matchAll(/^… and ([\d,]+) more/gm)].map((match) =>
      Number(match[1]!.replaceAll(',', '')),
    );
    const folded = text.includes('<summary>6,000 warnings') ? 12_000 : 6000;
    expect(rows + counted.reduce((a, b) => a + b, 0)).toBe(folded);
    expect(text).toContain('6,000 failed');
    expect(text).toContain('### What to do');
  });

  test.each([100, 40_000, 60_000])('of %i bytes is kept as well', (bytesMax) => {
    expect(Buffer.byteLength(summary(many(1000, 1000), bytesMax))).toBeLessThanOrEqual(bytesMax);
  });

  test('nothing is written where there is no room at all', () => {
    expect(summary(mixed(), -5)).toBe('');
  });
});
