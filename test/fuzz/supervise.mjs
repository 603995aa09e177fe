/** Starts the processes that run the cases of one parser, outlives them, and gathers what they find. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { corpusDigest } from './corpus.mjs';
import { encodeInput, inputOf } from './input.mjs';
import { load } from './targets/index.mjs';

const SCRIPT = new URL('../../scripts/fuzz.mjs', import.meta.url);
/** Of findings that come from the same place. */
const FILES_MAX = 3;
/** A parser that dies at every other case is broken; there is nothing to be learned from the rest. */
const DEATHS_MAX = 50;

/** @returns `{ findings, runs, outcomes, slowest, slowestCase, seconds, growth, rss }` */
export async function runParser({ parser, seed, runs, seconds, workers, boundMs, out }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'verify-deps-fuzz-state-'));
  const findings = [];
  const seen = new Map();
  const numbers = new Set();
  const found = async (finding) => {
    // A process that follows one that died goes over its last cases again.
    if (numbers.has(finding.number)) return;
    numbers.add(finding.number);
    const count = (seen.get(finding.key) ?? 0) + 1;
    seen.set(finding.key, count);
    findings.push(finding);
    if (count > FILES_MAX) return;
    const { number, kind, message, where } = finding;
    const input =
      finding.input === undefined
        ? inputOf(await load(parser), seed, number)
        : Buffer.from(finding.input, 'base64');
    const record = {
      parser,
      seed,
      case: number,
      corpus: corpusDigest(),
      kind,
      message,
      where,
      input: encodeInput(input),
    };
    writeFileSync(path.join(out, `${parser}-${kind}-${number}.json`), `${JSON.stringify(record, null, 2)}\n`);
  };
  const start = performance.now();
  const each = Math.ceil(runs / workers);
  try {
    const parts = await Promise.all(
      Array.from({ length: workers }, (_, index) =>
        runRange(
          { parser, seed, seconds, boundMs, from: index * each, to: Math.min(runs, (index + 1) * each) },
          path.join(folder, `${index}`),
          found,
        ),
      ),
    );
    return { ...merged(parts), findings, seconds: (performance.now() - start) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One range, in as many processes as it takes: a process that dies is followed by one that skips what killed it. */
async function runRange(range, state, found) {
  const parts = [];
  const skip = [];
  const end = performance.now() + (range.seconds ?? Infinity) * 1000;
  for (let from = range.from; from < range.to && performance.now() < end && skip.length < DEATHS_MAX; ) {
    const seconds = range.seconds === undefined ? undefined : (end - performance.now()) / 1000;
    const { last, number, cut, done, how } = await runProcess(
      { ...range, from, skip, seconds, state },
      found,
    );
    if (last) parts.push(last);
    if (done) break;
    from = last?.next ?? from;
    skip.push(number);
    const kind = cut ? 'hang' : 'crash';
    await found({
      kind,
      number,
      key: kind,
      message: cut ? 'cut off: it exceeded its bound' : `the process died: ${how}`,
    });
  }
  return parts;
}

async function runProcess(task, found) {
  const child = fork(SCRIPT, ['--task', JSON.stringify(task)], {
    env: { ...process.env, VITEST: undefined },
    execArgv: ['--expose-gc', '--max-old-space-size=2048'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let last;
  let done = false;
  const writing = [];
  child.on('message', (message) => {
    if (message.kind === 'progress') last = message;
    else if (message.kind === 'done') done = true;
    else writing.push(found({ key: `${message.kind} ${message.message.slice(0, 80)}`, ...message }));
  });
  // What it has sent may arrive after it has ended: the channel is read until it is closed.
  const drained = once(child, 'disconnect');
  const [code, signal] = await once(child, 'exit');
  await drained;
  await Promise.all(writing);
  if (done && last?.memory.leaking)
    await found({
      kind: 'memory',
      number: task.from,
      key: 'memory',
      message: `${last.memory.growth} bytes more are in use`,
      input: '',
    });
  return { last, done, how: signal ?? `exit ${code}`, ...stateOf(task.state) };
}

function stateOf(file) {
  try {
    const bytes = readFileSync(file);
    return { number: bytes.readUInt32LE(0), cut: bytes[4] === 1 };
  } catch {
    throw new Error('the process ended before its first case');
  }
}

function merged(parts) {
  const all = parts.flat();
  const outcomes = {};
  for (const { counts } of all)
    for (const [outcome, count] of Object.entries(counts.outcomes))
      outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
  const slowest = all
    .map(({ counts }) => counts)
    .reduce((a, b) => (b.slowest > a.slowest ? b : a), { slowest: 0, slowestCase: -1 });
  return {
    runs: all.reduce((sum, { counts }) => sum + counts.runs, 0),
    outcomes,
    slowest: slowest.slowest,
    slowestCase: slowest.slowestCase,
    growth: Math.max(0, ...all.map(({ memory }) => memory.growth)),
    rss: Math.max(0, ...all.map(({ memory }) => memory.rss)),
  };
}
