/** The harness itself: what it must notice, and that a seed says everything. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  decodeInput,
  encodeInput,
  FORMATS,
  inputOf,
  judgeGrowth,
  load,
  makeJudge,
  names,
  runParser,
  type Target,
} from './fuzz.mjs';

const out = mkdtempSync(path.join(tmpdir(), 'verify-deps-fuzz-test-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const parserOf = (read: Target['read']): Target => ({ name: 'x', format: 'text', samples: [], read });
const outcomeOf = async (read: Target['read']): Promise<string> => {
  const judge = await makeJudge();
  return judge(parserOf(read), Buffer.alloc(0)).catch((finding: Error) => finding.message);
};

describe('inputs', () => {
  test.each(names)(
    '%s: one case is the same whatever ran before it, and another one under another seed',
    async (name) => {
      const target = await load(name);
      const at = target.samples.length + 7;
      const list = (seed: number, order: readonly number[]) =>
        new Map(order.map((number) => [number, inputOf(target, seed, number).toString('base64')]));
      const numbers = [at, at + 1, at + 2, at + 3, at + 4];
      const forwards = list(1, numbers);
      expect(list(1, numbers.toReversed()).get(at + 3)).toBe(forwards.get(at + 3));
      expect([...list(2, numbers).values()]).not.toEqual([...forwards.values()]);
    },
  );

  test.each(['json', 'der', 'sct', 'base64', 'text', 'yaml'])(
    'samples of %s survive every change to them',
    async (format) => {
      const all = await Promise.all(names.map(load));
      const target = all.find((candidate) => candidate.format === format)!;
      const before = target.samples.map((sample) => sample.toString('base64'));
      for (let number = 0; number < 200; number++) inputOf(target, 3, number);
      expect(target.samples.map((sample) => sample.toString('base64'))).toEqual(before);
      expect(FORMATS[format]).toBeDefined();
    },
  );

  test.each([Buffer.from('text'), Buffer.from([0xff, 0x00]), Buffer.alloc(0)])(
    '%j is written and read again',
    (bytes) => {
      expect(decodeInput(encodeInput(bytes))).toEqual(bytes);
    },
  );

  test('vectors may spell bytes in hex, and texts by their repetition', () => {
    expect(decodeInput(['a', { text: 'bc', times: 2 }, { hex: '64' }]).toString()).toBe('abcbcd');
  });
});

describe('a parser', () => {
  const ProofError = async () => (await import('../../src/core/errors.ts')).ProofError;
  const VerifyDepsError = async () => (await import('../../src/core/errors.ts')).VerifyDepsError;

  test('may accept, or refuse with a code', async () => {
    const [Proof, Whole] = await Promise.all([ProofError(), VerifyDepsError()]);
    expect(await outcomeOf(() => 1)).toBe('accepted');
    expect(await outcomeOf(() => Promise.reject(new Proof('malformed', { what: 'x', why: 'y' })))).toBe(
      'malformed',
    );
    const refuse = () => {
      throw new Whole('policy-malformed', 'policy.yaml is empty');
    };
    expect(await outcomeOf(refuse)).toBe('policy-malformed');
    expect(await outcomeOf(() => ({ status: 'absent', code: 'signature-absent' }))).toBe('signature-absent');
  });

  test('that reads several things is refused for one of them, or for all', async () => {
    const Proof = await ProofError();
    const bad = () => {
      throw new Proof('tlog-absent');
    };
    expect(await outcomeOf((_, refused) => [() => 1, bad].map((step) => refused(step)) && undefined)).toBe(
      'tlog-absent',
    );
    expect(
      await outcomeOf((_, refused) => [() => 1, bad].map((step) => refused(step, 'any')) && undefined),
    ).toBe('accepted');
  });

  test.each([
    ['an error without a code', () => undefined as never, 'uncoded: TypeError'],
    ['a code nobody knows', Object.assign(new Error('x'), { code: 'ENOENT' }), 'uncoded: Error: x'],
  ])('must not throw %s', async (_, error, expected) => {
    const read = () => {
      if (error instanceof Error) throw error;
      return (error() as { member: unknown }).member;
    };
    expect(await outcomeOf(read)).toContain(expected);
  });

  test.each([
    ['two lines', 'a\nb', 'unprintable'],
    ['a terminal escape', 'a\u001b[31m', 'unprintable'],
    ['an endless line', 'a'.repeat(5000), 'endless'],
  ])('must not say %s', async (_, message, kind) => {
    const Whole = await VerifyDepsError();
    const read = () => {
      throw new Whole('usage', message);
    };
    expect(await outcomeOf(read)).toContain(`${kind}:`);
  });

  test('must not reach a prototype', async () => {
    const read = () => {
      Reflect.set(Object.prototype, 'polluted', 1);
    };
    expect(await outcomeOf(read)).toContain('pollution:');
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('memory', () => {
  const MB = 1024 * 1024;
  const windows = (of: (at: number) => number) => Array.from({ length: 20 }, (_, at) => of(at) * MB);
  test.each([
    ['stays as it is', windows(() => 50), false],
    ['grows at first', windows((at) => Math.min(at, 4) * 20), false],
    ['goes up and down', windows((at) => 50 + (at % 2) * 40), false],
    ['grows a little', windows((at) => 50 + at * 0.1), false],
    ['grows all the time', windows((at) => 50 + at * 2), true],
    ['is seen too seldom', windows((at) => 50 + at * 2).slice(0, 6), false],
  ])('that %s', (_, samples, leaking) => {
    expect(judgeGrowth(samples).leaking).toBe(leaking);
  });
});

describe('processes', () => {
  test('that crash, hang or throw are outlived, and what they were at is written down', async () => {
    const { findings, runs } = await runParser({
      parser: 'planted-faults',
      seed: 1,
      runs: 8,
      workers: 1,
      boundMs: 200,
      out,
    });
    expect(findings.map(({ kind, number }) => `${number} ${kind}`)).toEqual([
      '1 uncoded',
      '2 hang',
      '3 uncoded',
      '4 crash',
      '5 pollution',
      '6 slow',
    ]);
    expect(runs).toBeGreaterThanOrEqual(6);
    const files = readdirSync(out).filter((file) => file.startsWith('planted-faults'));
    expect(files).toHaveLength(6);
    const record = JSON.parse(
      readFileSync(path.join(out, files.find((file) => file.includes('hang'))!), 'utf8'),
    );
    expect(record).toMatchObject({ parser: 'planted-faults', seed: 1, case: 2, input: 'hang' });
  });

  test('that keep what they read are found', async () => {
    const { findings } = await runParser({ parser: 'planted-leak', seed: 1, runs: 6000, workers: 1, out });
    expect(findings.map(({ kind }) => kind)).toEqual(['memory']);
  });
});
