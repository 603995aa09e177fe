import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROCESS = pathToFileURL(fileURLToPath(new URL('../../dist/cli/process.js', import.meta.url))).href;

/** Runs `--help` in a process where something goes wrong. */
function helpWith(code: string): { status: number | null; stderr: string } {
  const script = `import { runProcess } from ${JSON.stringify(PROCESS)};\n${code}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', script, '--', 'verify-deps', '--help'], {
    encoding: 'utf8',
  });
}

// Node itself would end with 1 or 13 here, and 1 says that the policy failed.
describe('runProcess never leaves the exit code to Node', () => {
  test('all is well', () => {
    expect(helpWith('await runProcess();')).toMatchObject({ status: 0, stderr: '' });
  });

  test('an error that nobody caught', () => {
    const { status, stderr } = helpWith(`runProcess(); Promise.reject(new Error('stray'));`);
    expect(status).toBe(70);
    expect(stderr).toMatch(/^verify-deps: this is a bug in verify-deps[^\n]*\n {2}Error: stray\n/);
  });

  test('a request that was aborted and left behind', () => {
    const code = `runProcess(); Promise.reject(new DOMException('aborted', 'AbortError'));`;
    expect(helpWith(code)).toMatchObject({ status: 0, stderr: '' });
  });

  test('work that never ends although nothing goes on', () => {
    const { status, stderr } = helpWith(`process.stdout.write = () => true; runProcess();`);
    expect(status).toBe(70);
    expect(stderr).toMatch(/the work stopped before it was done/);
  });
});
