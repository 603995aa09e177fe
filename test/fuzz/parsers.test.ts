/** Every parser of hostile bytes over a few hundred inputs, and over every input that ever broke one. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { decodeInput, type Input, inputOf, load, makeJudge, names } from './fuzz.mjs';

const SEED = 20261122;
const CASES = 300;
/** These read files or sign; `npm run fuzz` gives them their share. */
const SLOW: Readonly<Record<string, number>> = {
  tuf: 60,
  npmrc: 60,
  'npm-lock': 120,
  attestations: 120,
  timestamp: 150,
};
const FOUND = fileURLToPath(new URL('../../fixtures/fuzz/found/', import.meta.url));

interface Vector {
  readonly desc: string;
  readonly parser: string;
  readonly input: Input;
  /** `accepted`, or the code it is refused with. */
  readonly expect: string;
}

describe.each(names)('%s', (name) => {
  test('accepts what the inputs are made from', async () => {
    const [target, judge] = await Promise.all([load(name), makeJudge()]);
    const sound = target.samples.slice(0, target.sound ?? target.samples.length);
    expect(sound.length).toBeGreaterThan(0);
    for (const sample of sound) expect(await judge(target, sample)).toBe('accepted');
  });

  test(`refuses with a code or accepts, seed ${SEED}`, async () => {
    const [target, judge] = await Promise.all([load(name), makeJudge()]);
    const first = target.samples.length;
    for (let number = first; number < first + (SLOW[name] ?? CASES); number++) {
      const input = inputOf(target, SEED, number);
      const outcome = await judge(target, input).catch((finding: unknown) => finding);
      expect(outcome, `case ${number}: ${JSON.stringify(input.toString('latin1')).slice(0, 400)}`).toBeTypeOf(
        'string',
      );
    }
  });
});

describe('found by fuzzing', () => {
  test.each(readdirSync(FOUND).sort())('%s', async (file) => {
    const vector = JSON.parse(readFileSync(path.join(FOUND, file), 'utf8')) as Vector;
    expect(names).toContain(vector.parser);
    const [target, judge] = await Promise.all([load(vector.parser), makeJudge()]);
    expect(await judge(target, decodeInput(vector.input))).toBe(vector.expect);
  });
});
