import { spawnSync } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';

const PROCESS = pathToFileURL(fileURLToPath(new URL('../../dist/chunks/process.cjs', import.meta.url))).href;

/** Runs `--help` in a process where something goes wrong. */
function helpWith(code: string): { status: number | null; stderr: string } {
  const script = `import chunk from ${JSON.stringify(PROCESS)};\nconst { runProcess } = chunk;\n${code}`;
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
    // The output is slow, so that there is work left when the error comes up.
    const slow = `const write = process.stdout.write.bind(process.stdout);
      process.stdout.write = (...all) => { setTimeout(write, 200, ...all); return true; };`;
    const { status, stderr } = helpWith(`${slow} runProcess(); Promise.reject(new Error('stray'));`);
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
