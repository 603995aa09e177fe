import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FIRST_MS, progressUi, type Ui } from '../../src/cli/ui.ts';
import type { Progress } from '../../src/connect.ts';

const { ora, spinner } = vi.hoisted(() => {
  const spinner = { text: '', start: vi.fn(), stop: vi.fn() };
  return { spinner, ora: vi.fn(() => spinner) };
});
vi.mock('ora', () => ({ default: ora }));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

const at = (phase: Progress['phase'], done = 0, total = 0): Progress => ({ phase, done, total });

interface Place {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly env?: Record<string, string>;
  readonly detail?: 'quiet' | 'normal' | 'verbose';
  readonly shared?: boolean;
}

function uiAt({ isTTY = false, columns = 80, env = {}, detail = 'normal', shared = false }: Place): {
  readonly ui: Ui;
  readonly said: string[];
} {
  const said: string[] = [];
  const say = async (text: string): Promise<void> => {
    said.push(text);
  };
  const stream = { isTTY, columns } as NodeJS.WriteStream;
  return { ui: progressUi({ stream, env, detail, color: false, say, shared }), said };
}

const terminal = { isTTY: true };
/** Loading what is shown takes a turn of the real event loop. */
const pass = async (ms: number): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
  await vi.dynamicImportSettled();
};

describe('at a terminal', () => {
  test('nothing is loaded or drawn for what is over at once', async () => {
    const { ui } = uiAt(terminal);
    ui.update(at('lockfile'));
    await pass(FIRST_MS.terminal - 1);
    ui.stop();
    await pass(10_000);
    expect(ora).not.toHaveBeenCalled();
  });

  test('one line is drawn anew, a few times a second, whatever happens in between', async () => {
    const { ui, said } = uiAt(terminal);
    ui.update(at('lockfile'));
    await pass(FIRST_MS.terminal);
    expect(ora).toHaveBeenCalledTimes(1);
    expect(spinner.start).toHaveBeenCalledTimes(1);
    const texts: string[] = [];
    Object.defineProperty(spinner, 'text', { configurable: true, set: (text: string) => texts.push(text) });
    for (let done = 0; done < 1_000; done++) {
      ui.update(at('packages', done, 1_000));
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(texts.length).toBeLessThanOrEqual(10);
    expect(texts.at(-1)).toMatch(/^verifying packages \d{3} of 1,000$/);
    ui.stop();
    expect(spinner.stop).toHaveBeenCalledTimes(1);
    await pass(10_000);
    expect(texts.length).toBeLessThanOrEqual(10);
    expect(said).toEqual([]);
  });

  test('what was stopped while it was being loaded is never drawn', async () => {
    const { ui } = uiAt(terminal);
    ui.update(at('lockfile'));
    vi.advanceTimersByTime(FIRST_MS.terminal);
    ui.stop();
    await pass(1_000);
    expect(spinner.stop).toHaveBeenCalledTimes(spinner.start.mock.calls.length);
  });

  test('a second run begins anew', async () => {
    const { ui } = uiAt(terminal);
    for (const times of [1, 2]) {
      ui.update(at('lockfile'));
      await pass(FIRST_MS.terminal);
      expect(spinner.start).toHaveBeenCalledTimes(times);
      ui.stop();
    }
  });
});

const places: readonly (readonly [string, Place])[] = [
  ['no terminal', {}],
  ['a dumb terminal', { ...terminal, env: { TERM: 'dumb' } }],
  ['a CI job', { ...terminal, env: { CI: '1' } }],
  ['a terminal without a size', { ...terminal, columns: 0 }],
  ['a terminal of unknown size', { ...terminal, columns: Number.NaN }],
];

describe.each(places)('where there is %s', (_, place) => {
  test('a short run leaves no line', async () => {
    const { ui, said } = uiAt(place);
    ui.update(at('packages', 1, 1_000));
    await pass(FIRST_MS.log - 1);
    ui.stop();
    await pass(60_000);
    expect(said).toEqual([]);
    expect(ora).not.toHaveBeenCalled();
  });

  test('a line comes now and then, less and less often', async () => {
    const { ui, said } = uiAt(place);
    const times: number[] = [];
    ui.update(at('trust'));
    for (let second = 1; second <= 300; second++) {
      await pass(1_000);
      while (times.length < said.length) times.push(second);
    }
    ui.stop();
    expect(times).toEqual([10, 20, 40, 80, 140, 200, 260]);
    expect(new Set(said)).toEqual(new Set(['verify-deps: loading the trust root\n']));
  });
});

test('in a log a tenth more is worth a line, at most every ten seconds', async () => {
  const { ui, said } = uiAt({});
  for (let second = 0; second <= 200; second++) {
    ui.update(at('packages', second * 5, 1_000));
    await pass(1_000);
  }
  ui.stop();
  expect(said.length).toBeGreaterThan(8);
  expect(said.length).toBeLessThan(16);
  expect(said[3]).toMatch(
    /^verify-deps: verifying packages: \d+ of 1,000 \(\d+ %\), about 2 min .*left, 5\/s\n$/,
  );
});

test('--verbose says the first line sooner', async () => {
  const { ui, said } = uiAt({ detail: 'verbose' });
  ui.update(at('trust'));
  await pass(FIRST_MS.verbose);
  expect(said).toHaveLength(1);
  await pass(5_000);
  expect(said).toHaveLength(2);
});

test.each<[string, Place]>([
  ['to be quiet', { detail: 'quiet' }],
  ['to be quiet at a terminal', { ...terminal, detail: 'quiet' }],
  ['on the terminal of another program', { ...terminal, shared: true }],
  ['on the dumb terminal of another program', { ...terminal, env: { TERM: 'dumb' }, shared: true }],
])('nothing is said %s', async (_, place) => {
  const { ui, said } = uiAt(place);
  ui.update(at('packages', 1, 10));
  await pass(120_000);
  ui.stop();
  expect(said).toEqual([]);
  expect(ora).not.toHaveBeenCalled();
});

test('while npm is at work, only npm speaks', async () => {
  const { ui, said } = uiAt({ shared: true });
  ui.update(at('npm'));
  await pass(60_000);
  expect(said).toEqual([]);
  ui.update(at('packages', 10, 1_000));
  await pass(FIRST_MS.log - 1);
  expect(said).toEqual([]);
  await pass(1);
  expect(said).toHaveLength(1);
  ui.update(at('npm'));
  await pass(60_000);
  ui.stop();
  expect(said).toHaveLength(1);
});
