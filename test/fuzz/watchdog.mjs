/** Thread of a worker: ends the process when one case computes for too long, or waits for what never comes. */
import { openSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { shared, state, cpuMs, wallMs } = workerData;
const file = openSync(state, 'r+');
let seen = -1;
let since = 0;
let cpu = process.cpuUsage();

setInterval(() => {
  const now = Atomics.load(shared, 0);
  if (now !== seen) {
    seen = now;
    since = performance.now();
    cpu = process.cpuUsage();
    return;
  }
  const { user, system } = process.cpuUsage(cpu);
  if ((user + system) / 1000 < cpuMs && performance.now() - since < wallMs) return;
  // Read by scripts/fuzz.mjs: 1 stands for cut off.
  writeSync(file, Buffer.of(1), 0, 1, 4);
  process.kill(process.pid, 'SIGKILL');
}, 200);
