import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { outputTo } from '../../src/cli/output.ts';
import { progressText, progressUi, silent } from '../../src/cli/ui.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';

function failing(code: string): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })),
  });
}

describe('outputTo', () => {
  test('waits until the text has left', async () => {
    const seen: string[] = [];
    const slow = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        setImmediate(() => {
          seen.push(chunk.toString());
          done();
        });
      },
    });
    await outputTo(slow).write('all of it');
    expect(seen).toEqual(['all of it']);
  });

  test('takes a reader that has gone away as content', async () => {
    const output = outputTo(failing('EPIPE'));
    await expect(output.write('a')).resolves.toBeUndefined();
    await expect(output.write('b')).resolves.toBeUndefined();
  });

  test.each(['ENOSPC', 'EIO'])('does not take %s as content', async (code) => {
    const error = await outputTo(failing(code))
      .write('a')
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(VerifyDepsError);
    expect(error).toMatchObject({
      code: 'report-unwritable',
      message: `cannot write to standard output: ${code}`,
    });
  });
});

test.each([
  ['lockfile', 0, 0, 'reading the lockfile'],
  ['trust', 0, 1, 'loading the trust root'],
  ['packages', 120, 1204, 'verifying packages 120 of 1,204'],
  ['report', 0, 0, 'writing the report'],
] as const)('progress in %s', (phase, done, total, text) => {
  expect(progressText({ phase, done, total })).toBe(text);
});

describe('progressUi is silent', () => {
  const terminal = { isTTY: true, columns: 80 };
  test.each<[string, object, boolean, Record<string, string>]>([
    ['when asked to be', terminal, true, {}],
    ['without a terminal', { columns: 80 }, false, {}],
    ['on a terminal without a size', { isTTY: true, columns: 0 }, false, {}],
    ['on a terminal of unknown size', { isTTY: true }, false, {}],
    ['on a dumb terminal', terminal, false, { TERM: 'dumb' }],
    ['in CI', terminal, false, { CI: 'true' }],
  ])('%s', async (_name, stream, quiet, env) => {
    expect(await progressUi(stream as NodeJS.WriteStream, env, quiet, false)).toBe(silent);
  });
});
