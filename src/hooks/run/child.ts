/** The command itself: with our terminal, our signals handed on, and nobody left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { VerifyDepsError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { Environment } from './environment.ts';

export interface ChildOptions {
  readonly cwd: string;
  readonly env: Environment;
  /** Somebody may be asked something: the command must stay in the foreground of the terminal. */
  readonly interactive: boolean;
  readonly signal: AbortSignal;
}

/** After a signal it may put down what it holds. */
const GRACE_MS = 8_000;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @returns its exit code; 128 and the number of the signal that ended it. @throws {VerifyDepsError} `usage` */
export function runChild(words: readonly string[], options: ChildOptions): Promise<number> {
  const [program, ...args] = words;
  const { cwd, interactive, signal } = options;
  // A group of its own can be ended as a whole, but may not read from the terminal.
  const ownGroup = !interactive && process.platform !== 'win32';
  return new Promise((resolve, reject) => {
    const child = spawn(program!, args, {
      cwd,
      env: { ...options.env },
      stdio: 'inherit',
      detached: ownGroup,
    });
    const end = (which: NodeJS.Signals): void => killGroup(child, which, ownGroup);
    let timer: NodeJS.Timeout | undefined;
    // The terminal signals its whole foreground itself.
    const forward = (which: NodeJS.Signals): void => {
      if (ownGroup || which !== 'SIGINT') end(which);
      timer ??= setTimeout(() => end('SIGKILL'), GRACE_MS);
    };
    const abort = (): void => {
      timer ??= setTimeout(() => end('SIGKILL'), GRACE_MS);
    };
    const atExit = (): void => end('SIGKILL');
    for (const which of FORWARDED) process.on(which, forward);
    process.on('exit', atExit);
    signal.addEventListener('abort', abort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      for (const which of FORWARDED) process.off(which, forward);
      process.off('exit', atExit);
      signal.removeEventListener('abort', abort);
    };
    child.once('error', (cause: NodeJS.ErrnoException) => {
      settle();
      reject(
        new VerifyDepsError('usage', `cannot start ${printable(program!)}: ${cause.code ?? 'it failed'}`, {
          hint: 'the command after -- is started as it is, without a shell',
          cause,
        }),
      );
    });
    child.once('exit', (code, by) => {
      settle();
      // What it has left in the background ends with it.
      if (ownGroup) end('SIGKILL');
      resolve(code ?? 128 + (by === null ? 0 : (constants.signals[by] ?? 0)));
    });
  });
}

function killGroup(child: ChildProcess, which: NodeJS.Signals, ownGroup: boolean): void {
  if (child.pid === undefined) return;
  try {
    if (ownGroup) process.kill(-child.pid, which);
    else child.kill(which);
  } catch {
    // It is over.
  }
}
