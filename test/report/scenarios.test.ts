import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Baseline } from '../../src/policy/types.ts';
import { explainVerdict } from '../../src/report/explain.ts';
import { humanReport } from '../../src/report/human.ts';
import { jsonReport } from '../../src/report/json.ts';
import { formatLock, lockOf } from '../../src/report/lock.ts';
import { createStyle } from '../../src/report/style.ts';
import { NOW, scenarios } from './samples.ts';

const folder = fileURLToPath(new URL('./snapshots/', import.meta.url));
mkdirSync(folder, { recursive: true });

const baseline: Baseline = new Map([
  [
    'a@1',
    {
      provenance: {
        sourceRepository: 'https://github.com/acme/a',
        workflow: '.github/workflows/release.yml',
        signer: 'https://github.com/acme/a/.github/workflows/release.yml@refs/tags/v1.0.0',
      },
    },
  ],
  ['left-pad@1', { provenance: undefined }],
]);

/** Every scenario in every form, as files that a reviewer can read. */
describe.each([...scenarios()])('%s', (name, report) => {
  const file = `${folder}${name.replaceAll(' ', '-')}`;
  const many = report.verdicts.length > 100;

  it('in the terminal', async () => {
    const text = humanReport(report, {
      now: NOW,
      reportFile: { path: 'verify-deps.lock.json', outcome: 'written' },
    });
    await expect(text).toMatchFileSnapshot(`${file}.txt`);
    expect(text).not.toContain('\u001b');
    expect(text.split('\n').length).toBeLessThan(60);
  });

  it.skipIf(many)('as JSON', async () => {
    await expect(jsonReport(report)).toMatchFileSnapshot(`${file}.report.json.txt`);
  });

  it.skipIf(many)('as report file', async () => {
    await expect(formatLock(lockOf(report, baseline))).toMatchFileSnapshot(`${file}.lock.txt`);
  });

  it.skipIf(many)('explained', async () => {
    const text = report.verdicts.map((verdict) => explainVerdict(verdict, report)).join('\n');
    await expect(text).toMatchFileSnapshot(`${file}.explain.txt`);
    expect(text).not.toContain('\u001b');
  });

  it('speaks of tampering only where something is invalid, and never of what is unreachable', () => {
    const text = humanReport(report, { now: NOW });
    const invalid = report.verdicts.some(({ findings }) =>
      findings.some(({ status }) => status === 'invalid'),
    );
    expect(/tamper/i.test(text)).toBe(invalid);
  });

  it('says the same with colour as without', () => {
    const style = createStyle({ env: { FORCE_COLOR: '1' }, stream: {} });
    const coloured = humanReport(report, { now: NOW, style });
    expect(coloured).toContain('\u001b[');
    // biome-ignore lint/complexity/useRegexLiterals: the escape stands out in a string
    const bare = coloured.replace(new RegExp('\\u001b\\[[0-9;]*m', 'g'), '');
    expect(bare).toBe(humanReport(report, { now: NOW }));
  });
});
