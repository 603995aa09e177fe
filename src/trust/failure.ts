import { ProofError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

const MESSAGE_CHARS_MAX = 300;

/** Why something failed, as one line that is safe to show: messages of libraries quote what a server sent. */
export function reasonOf(error: unknown): string {
  if (error instanceof ProofError) {
    const { what, why, max, unit, algorithm } = error.args;
    const rule = why ?? (max === undefined ? (algorithm ?? error.code) : `more than ${max} ${unit}`);
    return printable(what === undefined ? String(rule) : `${what}: ${rule}`, MESSAGE_CHARS_MAX);
  }
  const message = error instanceof Error ? error.message || error.name : String(error);
  return printable(message, MESSAGE_CHARS_MAX);
}

/** HTTP status that a failed download bears, if the server answered at all. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const status = 'statusCode' in error ? error.statusCode : 'status' in error ? error.status : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** The answer was longer than what was asked for may be: an answer, and a wrong one. */
export function isTooLarge(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'failure' in error && error.failure === 'too-large';
}

/** The run was called off: neither the mirror's doing nor a reason to go on without it. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
