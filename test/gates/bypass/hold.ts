/** Holds what became of an attempt against what is said of it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { type Play, play } from './play.ts';

const page = path.join(import.meta.dirname, '..', '..', '..', 'docs', 'threat-model.md');

export async function hold(one: Play): Promise<void> {
  const { code, through, transcript } = await play(one);
  if (typeof one.ending === 'object') {
    expect(
      through,
      `docs/threat-model.md says it gets through, but it is stopped: ${transcript}`,
    ).not.toEqual([]);
    expect(readFileSync(page, 'utf8')).toContain(one.ending.known);
    return;
  }
  expect(through, transcript).toEqual([]);
  if (one.ending === 'blocked') expect(code, transcript).not.toBe(0);
}
