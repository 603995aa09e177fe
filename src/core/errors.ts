import type { Args, Note, Unproven } from './check.ts';
import type { Code, ErrorCode } from './codes.ts';

/**
 * The job itself cannot be done: bad invocation, unreadable configuration, no trust root.
 * `message` is one lower-case line without a full stop; `hint` says what to do about it.
 */
export class VerifyDepsError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VerifyDepsError';
    this.code = code;
    this.hint = options.hint;
  }
}

/**
 * One proof failed. Thrown inside `core/`, `sigstore/` and `evidence/`, caught at one line per check, where it becomes
 * `invalid`, or `uncovered` when this version of the tool cannot judge what it was shown.
 */
export class ProofError extends Error implements Note {
  readonly status: 'invalid' | 'uncovered';
  readonly code: Code;
  readonly args: Args;
  constructor(code: Code, args: Args = {}, status: 'invalid' | 'uncovered' = 'invalid') {
    super(code);
    this.name = 'ProofError';
    this.code = code;
    this.args = args;
    this.status = status;
  }
}

/** The bytes do not have the form their format demands. `what` names the value, `why` the rule it breaks. */
export class MalformedError extends ProofError {
  constructor(what: string, why: string, code: Code = 'malformed') {
    super(code, { what, why });
    this.name = 'MalformedError';
  }
}

/** Turns what a check threw into its outcome. Anything but a failed proof is a bug of ours and goes on up. */
export function outcomeOf(error: unknown): Unproven {
  if (error instanceof ProofError) return { status: error.status, code: error.code, args: error.args };
  throw error;
}
