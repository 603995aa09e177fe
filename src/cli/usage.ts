import { VerifyDepsError } from '../core/errors.ts';

/** The command line says something that cannot be meant. */
export function usage(message: string, hint?: string): VerifyDepsError {
  return new VerifyDepsError('usage', message, hint === undefined ? {} : { hint });
}
