/**
 * A process that runs cases for `scripts/fuzz.mjs`. Before each case its number goes into a file, so that whoever started it
 * knows what it was doing when it died. A thread watches the time that the process computes: a case that exceeds its bound
 * by far is cut off with the process.
 */
import { openSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { makeMemoryWatch } from './memory.mjs';
import { BOUND_MS, runCases } from './run.mjs';

/** Times the bound. */
const KILL_CPU = 5;
const KILL_WALL_MS = 120_000;

export async function work(task) {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const file = openSync(task.state, 'w');
  const record = Buffer.alloc(8);
  let current = task.from;
  const send = (message) => process.send(message);
  for (const event of ['uncaughtException', 'unhandledRejection'])
    process.on(event, (error) =>
      send({ kind: event, number: current, message: String(error?.stack ?? error) }),
    );
  const dog = new Worker(new URL('./watchdog.mjs', import.meta.url), {
    workerData: {
      shared,
      state: task.state,
      cpuMs: KILL_CPU * (task.boundMs ?? BOUND_MS),
      wallMs: KILL_WALL_MS,
    },
  });
  dog.unref();
  const memory = makeMemoryWatch(task.to - task.from, task.seconds);
  await runCases(
    { ...task, until: task.seconds === undefined ? undefined : performance.now() + task.seconds * 1000 },
    {
      started(number) {
        current = number;
        record.writeUInt32LE(number);
        writeSync(file, record, 0, 8, 0);
        Atomics.add(shared, 0, 1);
        memory.ran();
      },
      found(number, input, finding) {
        send({
          kind: finding.kind,
          number,
          key: finding.key,
          message: finding.message,
          where: finding.where,
          input: input.toString('base64'),
        });
      },
      async pause(next, counts) {
        send({ kind: 'progress', next, counts, memory: memory.result() });
        await setImmediate();
      },
    },
  );
  await new Promise((sent) => process.send({ kind: 'done' }, sent));
  process.disconnect();
  await dog.terminate();
}
