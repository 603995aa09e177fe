import type { ErrorCode } from '../core/codes.ts';
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import type { Position } from './types.ts';

type PolicyErrorCode = Extract<ErrorCode, `policy-${string}`>;

/** `verify-deps.yaml:12:5`, as editors and terminals make a link of it. */
export function placeOf(at: Position): string {
  return `${printable(at.file)}:${at.line}:${at.column}`;
}

/** The error for something written at a known place of a policy file. Text of the file must already be printable. */
export function refusal(code: PolicyErrorCode, at: Position, what: string, hint?: string): VerifyDepsError {
  return new VerifyDepsError(code, `${placeOf(at)}: ${what}`, hint === undefined ? {} : { hint });
}

/** Quotes text of a policy file inside a sentence. */
export function quoted(text: string): string {
  return `"${printable(text, 80)}"`;
}
