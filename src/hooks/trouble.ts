/** Why a gate could not decide, in one line for the host that it is in. */
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

const CHARS_MAX = 600;

/** What cannot be decided is not installed; `error` says what stood in the way. */
export function troubleLine(error: unknown): string {
  const { message, hint } =
    error instanceof VerifyDepsError
      ? error
      : { message: `this is a bug: ${String(error)}`, hint: 'please report it' };
  const advice = hint === undefined ? '' : ` (${printable(hint, CHARS_MAX)})`;
  return `verify-deps could not decide, so nothing is installed: ${printable(message, CHARS_MAX)}${advice}`;
}
