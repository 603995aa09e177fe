#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 17)) {
  process.stderr.write(`verify-deps: needs Node.js 20.17 or newer, but this is ${process.versions.node}\n`);
  process.exitCode = 2;
} else {
  import('../dist/chunks/process.cjs').then(
    ({ default: { runProcess } }) => runProcess(),
    (error) => {
      // Not code 1, which says that the policy failed.
      process.stderr.write(`verify-deps: the installation is broken: ${error.message}\n  install it again\n`);
      process.exitCode = 70;
    },
  );
}
