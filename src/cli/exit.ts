import { errorCodes } from '../core/codes.ts';
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import type { Report } from '../report/types.ts';

/** What the process tells its caller; documented in the help and relied on by CI. */
export const exitCodes = {
  passed: 0,
  failed: 1,
  usage: 2,
  undecided: 3,
  bug: 70,
  SIGINT: 130,
  SIGTERM: 143,
} as const;

const ERROR_CHARS_MAX = 2000;

export interface Failure {
  readonly exitCode: number;
  /** For stderr, ending in a newline. */
  readonly text: string;
}

/** Words and exit code for whatever ended a command. Only a bug of ours shows a stack. */
export function failureOf(error: unknown): Failure {
  if (error instanceof VerifyDepsError) {
    const hint = error.hint === undefined ? '' : `  ${printable(error.hint, ERROR_CHARS_MAX)}\n`;
    return {
      exitCode: errorCodes[error.code],
      text: `verify-deps: ${printable(error.message, ERROR_CHARS_MAX)}\n${hint}`,
    };
  }
  const stack = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
  // Line by line: a stack keeps its lines, and its message may quote a package.
  const lines = stack.split('\n').map((line) => printable(line, ERROR_CHARS_MAX));
  return {
    exitCode: exitCodes.bug,
    text: [
      'verify-deps: this is a bug in verify-deps; nothing is said about your packages',
      ...lines.map((line) => `  ${line}`),
      '  please report it with the lines above: npm bugs verify-deps',
      '',
    ].join('\n'),
  };
}

/** What the outcome of a run means for the caller. */
export function exitCodeOf(outcome: Report['outcome']): number {
  return exitCodes[outcome];
}
