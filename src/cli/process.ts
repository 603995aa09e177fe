import { exitCodes, failureOf } from './exit.ts';
import { main } from './main.ts';

/** Runs the command line of this process and ends it: the whole of `bin/verify-deps.js`. */
export async function runProcess(): Promise<void> {
  let finished = false;
  // Node would end with code 1 for an error that nobody caught, and 1 says that the policy failed.
  process.on('uncaughtException', (error) => {
    // Left behind by an aborted request. If the work needed it, the work says so itself or is caught below.
    if (error.name === 'AbortError') return;
    process.stderr.write(failureOf(error).text, () => process.exit(exitCodes.bug));
  });
  process.on('exit', () => {
    if (finished || process.exitCode !== undefined) return;
    process.stderr.write(failureOf(new Error('the work stopped before it was done')).text);
    process.exitCode = exitCodes.bug;
  });
  const exitCode = await main(process.argv.slice(2));
  finished = true;
  // All output has left the process by now; a connection kept alive must not hold it open.
  process.exit(exitCode);
}
