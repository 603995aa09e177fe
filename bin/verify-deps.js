#!/usr/bin/env node
// CommonJS (bin/package.json): loaded at once, before anything has used the thread pool.
'use strict';
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 17)) {
  process.stderr.write(`verify-deps: needs Node.js 20.17 or newer, but this is ${process.versions.node}\n`);
  process.exitCode = 2;
} else start();

function start() {
  poolForEveryCore();
  optimizeLate();
  try {
    require('../dist/chunks/process.cjs').runProcess();
  } catch (error) {
    // Not code 1, which says that the policy failed.
    process.stderr.write(`verify-deps: the installation is broken: ${error.message}\n  install it again\n`);
    process.exitCode = 70;
  }
}

/**
 * Signatures are verified on the thread pool, while this thread reads what comes next: one thread for each other core. Node.js
 * makes four wherever it runs, which is too few for many cores, and on two they take this thread's time. Never just one: names
 * of hosts are looked up there as well, and one that nobody answers for must not hold up the rest.
 */
function poolForEveryCore() {
  if (process.env.UV_THREADPOOL_SIZE !== undefined) return;
  process.env.UV_THREADPOOL_SIZE = String(Math.max(2, require('node:os').availableParallelism() - 1));
  // The first use makes the pool. What runs below this process, as npm does, gets the environment as it was.
  require('node:fs').access(__filename, () => {});
  delete process.env.UV_THREADPOOL_SIZE;
}

/**
 * V8 of Node.js 20 compiles for speed what has run a few times, which a run of a second pays for and hardly gets anything
 * from. Later versions have a compiler in between, and no such flag.
 */
function optimizeLate() {
  if (process.versions.v8.startsWith('11.'))
    require('node:v8').setFlagsFromString('--interrupt-budget=600000');
}
