import { VerifyDepsError } from '../core/errors.ts';

/** Results go here; `stdout` in the process, a collector in tests. */
export interface Output {
  /**
   * Hands text over and waits until it has left the process, so that nothing is lost when it ends.
   * @throws {VerifyDepsError} `report-unwritable` if it cannot be written (a full disk behind `>`)
   */
  write(text: string): Promise<void>;
}

/** A reader that has gone away (`| head`) has seen enough: that is no error, and the verdict stays what it is. */
export function outputTo(stream: NodeJS.WritableStream): Output {
  // Without a listener, the event that accompanies the callback's error would end the process.
  stream.on('error', () => undefined);
  return {
    write: (text) =>
      new Promise<void>((resolve, reject) => {
        stream.write(text, (error) => {
          const code = (error as NodeJS.ErrnoException | null | undefined)?.code;
          if (!error || code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED') resolve();
          else reject(outputLost(code ?? error.message, error));
        });
      }),
  };
}

function outputLost(why: string, cause: Error): VerifyDepsError {
  return new VerifyDepsError('report-unwritable', `cannot write to standard output: ${why}`, {
    hint: 'the result is lost; make room there or write it elsewhere',
    cause,
  });
}
