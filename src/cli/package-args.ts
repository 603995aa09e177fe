import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { Values } from './tokens.ts';
import { usage } from './usage.ts';

const REASON_CHARS_MAX = 500;

/**
 * The one package that a command is about: `NAME` or `NAME@VERSION`.
 * @throws {VerifyDepsError} `usage`
 */
export function packageOperand(command: 'explain' | 'accept', operands: readonly string[]): string {
  const [only, extra] = operands;
  if (only === undefined || only === '') {
    throw usage(
      `${command} needs a package`,
      `verify-deps ${command} NAME or verify-deps ${command} NAME@VERSION`,
    );
  }
  if (extra !== undefined) {
    throw usage(`${command} takes one package, but got ${printable(only)} and ${printable(extra)}`);
  }
  if (only.length > limits.packageNameCharsMax + 1 + limits.versionCharsMax) {
    throw usage(`${printable(only, 60)} is too long for a package`);
  }
  return only;
}

/**
 * Why a change is accepted: text that a reviewer can read as it is.
 * @throws {VerifyDepsError} `usage`
 */
export function reasonOf(values: Values): string {
  const reason = values.get('reason')?.[0]?.trim() ?? '';
  if (reason === '') {
    throw usage(
      'accept needs a reason',
      "verify-deps accept NAME --reason 'moved to the organisation, see issue 12'",
    );
  }
  if (reason.length > REASON_CHARS_MAX) {
    throw usage(`--reason takes at most ${REASON_CHARS_MAX} characters, but got ${reason.length}`);
  }
  if (printable(reason, REASON_CHARS_MAX) !== reason) {
    throw usage(`--reason has characters that cannot be shown: ${printable(reason)}`);
  }
  return reason;
}
