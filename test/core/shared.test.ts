import { expect, test } from 'vitest';
import { shared } from '../../src/core/shared.ts';

test('says what was said, however much comes in between', () => {
  for (let i = 0; i < 5_000; i++) {
    expect(shared(`text ${i % 2_500}`)).toBe(`text ${i % 2_500}`);
    expect(shared('again')).toBe('again');
  }
});
