import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { WorkArgs } from '../../src/cli/args.ts';
import { parseCommandLine } from '../../src/cli/args.ts';
import { check } from '../../src/cli/commands/check.ts';
import { createTiming, type Meter, type Timing, timingMember } from '../../src/cli/timing.ts';
import { timingText } from '../../src/cli/timing-text.ts';
import type { Progress } from '../../src/connect.ts';
import { contextOf, standWith } from './stand.ts';

const at = (phase: Progress['phase'], asked?: Progress['asked']): Progress => ({
  phase,
  done: 0,
  total: 0,
  ...(asked && { asked }),
});
const client = (requests: number, bytes: number, fromStore: number): NonNullable<Progress['asked']> => ({
  stats: { requests, bytes, fromStore },
});

/** A process whose time is set by hand. */
function meter(): Meter & { now: number } {
  return {
    now: 0,
    stopwatch() {
      return this.now;
    },
    readyAt: () => 40.4,
    usage: () => ({ userCPUTime: 1_500_400, systemCPUTime: 250_600, maxRSS: 131_072 }),
  };
}

function run(steps: readonly (readonly [number, Progress])[], end: number): Timing {
  const own = meter();
  const timing = createTiming(own);
  for (const [now, progress] of steps) {
    own.now = now;
    timing.update(progress);
  }
  own.now = end;
  return timing;
}

const once = [
  [100.6, at('lockfile')],
  [150.2, at('policy')],
  [180.5, at('trust', client(3, 900, 0))],
  [200.4, at('packages')],
  [200.9, at('packages')],
  [1_700, at('judgement')],
  [1_750.5, at('report')],
] as const;

describe('the timing', () => {
  test('parts the whole time of the process among the phases', () => {
    const facts = run(once, 1_900.3).tell();
    expect(facts).toEqual({
      totalMs: 1_900,
      phases: [
        { phase: 'node', ms: 40 },
        { phase: 'loading', ms: 61 },
        { phase: 'lockfile', ms: 49 },
        { phase: 'policy', ms: 31 },
        { phase: 'trust', ms: 19 },
        { phase: 'packages', ms: 1_500 },
        { phase: 'judgement', ms: 51 },
        { phase: 'report', ms: 149 },
      ],
      cpuMs: { user: 1_500, system: 251 },
      peakMemoryBytes: 134_217_728,
      requests: 3,
      bytes: 900,
      fromStore: 0,
      verified: undefined,
    });
  });

  test.each([
    ['no work at all', [], 77.7],
    [
      'moments between milliseconds',
      [...Array(40).keys()].map((i) => [50 + i * 0.49, at(i % 2 === 0 ? 'packages' : 'again')] as const),
      70.01,
    ],
    ['one run', once, 1_900.3],
  ])('sums up to the whole for %s', (_, steps, end) => {
    const { phases, totalMs } = run(steps, end).tell();
    expect(totalMs).toBe(Math.round(end));
    expect(phases.reduce((sum, { ms }) => sum + ms, 0)).toBe(totalMs);
    expect(phases.every(({ ms }) => ms >= 0)).toBe(true);
  });

  test('adds up what came twice, and what each client was asked, once', () => {
    const [first, second] = [client(10, 1_000, 5), client(1, 10, 14)];
    const steps = [
      [100, at('lockfile')],
      [200, at('packages', first)],
      [300, at('packages', first)],
      [500, at('lockfile')],
      [600, at('packages', second)],
    ] as const;
    const { phases, requests, bytes, fromStore } = run(steps, 1_000).tell();
    expect(phases.slice(2)).toEqual([
      { phase: 'lockfile', ms: 200 },
      { phase: 'packages', ms: 700 },
    ]);
    expect({ requests, bytes, fromStore }).toEqual({ requests: 11, bytes: 1_010, fromStore: 19 });
  });

  test('is a small table', () => {
    const facts = run(once, 1_900.3).tell();
    expect(timingText({ ...facts, verified: { registrySignatures: 1_000, attestations: 1 } })).toBe(
      [
        'where the time went',
        '  Node.js starts             40 ms    2 %',
        '  verify-deps loads          61 ms    3 %',
        '  lockfile                   49 ms    3 %',
        '  policy, earlier report     31 ms    2 %',
        '  trust root                 19 ms    1 %',
        '  packages                1,500 ms   79 %',
        '  judgement                  51 ms    3 %',
        '  report                    149 ms    8 %',
        '  in all                  1,900 ms  100 %',
        '  CPU 1,500 ms, system 251 ms (0.9 cores); memory 134 MB at most',
        '  3 requests, 900 bytes; 0 answers from the store',
        '  verified: 1,000 registry signatures, 1 attestation',
        '',
      ].join('\n'),
    );
    expect(timingText(facts)).not.toContain('verified');
  });

  test('of this process is true of it', () => {
    const timing = createTiming();
    const { totalMs, cpuMs, peakMemoryBytes } = timing.tell();
    expect(totalMs).toBeGreaterThan(0);
    expect(cpuMs.user).toBeGreaterThan(0);
    expect(peakMemoryBytes).toBeGreaterThan(10_000_000);
  });

  test('is told in JSON or in a table, not in both', () => {
    const timing = run(once, 2_000);
    expect(timing.told).toBe(false);
    expect(timingMember(timing)).toMatchObject({ timing: { totalMs: 2_000 } });
    expect(timing.told).toBe(true);
    expect(timingMember(undefined)).toEqual({});
  });
});

describe('check --timing', () => {
  const stand = standWith('left', 'devtool');

  async function checked(
    ...argv: string[]
  ): Promise<{ text: string; report: string; timing: Timing | undefined; again: () => Promise<string> }> {
    const files = await stand.project();
    const parsed = parseCommandLine([...files.flags, ...argv], files.folder) as { work: WorkArgs };
    const timing = parsed.work.timing ? createTiming() : undefined;
    const { context, text } = contextOf(files, 100);
    await check(parsed.work, { ...context, timing });
    const report = await readFile(path.join(files.folder, 'verify-deps.lock.json'), 'utf8');
    const again = async (): Promise<string> => {
      const second = contextOf(files, 100);
      await check(parsed.work, second.context);
      return second.text();
    };
    return { text: text(), report, timing, again };
  }

  test('is a member of the JSON only where it is asked for, and never in the report', async () => {
    const plain = await checked('--json');
    expect(JSON.parse(plain.text)).not.toHaveProperty('timing');
    const { text, report } = await checked('--json', '--timing');
    const { timing } = JSON.parse(text);
    expect(Object.keys(timing)).toEqual([
      'totalMs',
      'phases',
      'cpuMs',
      'peakMemoryBytes',
      'requests',
      'bytes',
      'fromStore',
      'verified',
    ]);
    expect(timing.verified).toEqual({ registrySignatures: 2, attestations: 2 });
    expect(timing.requests).toBeGreaterThan(2);
    expect(timing.phases.map(({ phase }: { phase: string }) => phase)).toEqual([
      'node',
      'loading',
      'lockfile',
      'policy',
      'trust',
      'packages',
      'judgement',
      'report',
    ]);
    expect(report).toBe(plain.report);
  });

  test('leaves what a person reads on standard output as it is, and is told afterwards', async () => {
    const plain = await checked();
    const { text, timing } = await checked('--timing');
    const lines = (whole: string): readonly string[] =>
      whole.split('\n').filter((line) => !line.includes('/'));
    expect(lines(text)).toEqual(lines(plain.text));
    expect(timing!.told).toBe(false);
    expect(timing!.tell().verified).toEqual({ registrySignatures: 2, attestations: 2 });
  });

  test('the same tree has the same JSON twice without it', async () => {
    const { again } = await checked('--json');
    expect(await again()).toBe(await again());
  });
});
