import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { outputTo } from '../../src/cli/output.ts';
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
