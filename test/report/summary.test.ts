import { describe, expect, it } from 'vitest';
import { plain } from '../../src/report/style.ts';
import { summaryLines } from '../../src/report/summary.ts';
import type { Gathered } from '../../src/report/types.ts';
import { NOW, sample } from './samples.ts';

const DAY_MS = 86_400_000;
const today = Math.floor(NOW / DAY_MS) * DAY_MS;

function evidenceRow(newest: number): string {
  const file = {
    path: '/a.evidence',
    digest: `sha256:${'a'.repeat(64)}`,
    oldest: today - 1000 * DAY_MS,
    newest,
  };
  const gathered: Gathered = { offline: true, files: [file], ages: undefined };
  const options = { style: plain, width: 400, now: NOW, notes: 0, reportFile: undefined };
  const lines = summaryLines({ ...sample([]), gathered }, options);
  return lines.find((line) => line.startsWith('evidence')) ?? '';
}

describe('the age of an evidence file', () => {
  it('is told in days', () => {
    expect(evidenceRow(today)).toContain(', less than a day old; nobody was asked');
    expect(evidenceRow(today - 3 * DAY_MS)).toMatch(/, \d days old; nobody was asked/);
  });

  it('is not told where the file names a day to come', () => {
    expect(evidenceRow(today + 400 * DAY_MS)).not.toContain('old');
  });
});
