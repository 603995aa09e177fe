import { describe, expect, test } from 'vitest';
import { commandAttempts } from './bypass/commands.ts';
import { fileAttempts } from './bypass/files.ts';
import { hold } from './bypass/hold.ts';
import { baresOf, play, playsOf } from './bypass/play.ts';

const attempts = [...fileAttempts, ...commandAttempts];

describe.concurrent('without a gate', () => {
  test.each(baresOf(attempts).map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const { through, transcript } = await play(one);
    expect(through, transcript).not.toEqual([]);
  });
});

describe.concurrent('attempts to get around a gate', () => {
  test.each(playsOf(attempts).map((one) => [one.name, one] as const))('%s', async (_, one) => {
    await hold(one);
  });
});
