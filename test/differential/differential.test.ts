import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { gaps } from './gaps.ts';
import { allowances } from './lenient.ts';
import { runShare } from './run.ts';
import { reasonFor, reasons } from './stricter.ts';

test('some hundreds of mutations: never more lenient, and stricter for known reasons only', async () => {
  const counts = await runShare(0, 1, 300, false);
  expect(counts.failures).toEqual([]);
  expect(counts.sound).toBeGreaterThan(20);
  expect(counts.mutations).toBe(300);
  expect(counts.sameAccept).toBeGreaterThan(counts.sound);
  expect(Object.keys(counts.stricter).length).toBeGreaterThan(5);
});

test('a refusal that no row explains is not taken for strictness', () => {
  expect(reasonFor('envelope-signature-invalid', { kind: 'json white space', detail: '' })).toBeUndefined();
  expect(reasonFor('certificate-key-usage', { kind: 'json white space', detail: '' })).toBeUndefined();
  expect(reasonFor('malformed: not canonical base64', { kind: 'base64 unpadded', detail: '' })).toBeDefined();
});

test('docs/verification.md lists every difference as the tables here do', () => {
  const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'verification.md'), 'utf8');
  for (const { what, why } of [...reasons, ...gaps, ...allowances])
    expect(page).toContain(`| ${what} | ${why} |\n`);
});
