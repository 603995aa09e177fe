import { ProofError } from '../../src/core/errors.ts';

/** What a check that throws came to: `status code`, or `verified` if it does not throw a failed proof. */
export function codeOf(run: () => unknown): string {
  try {
    run();
    return 'verified';
  } catch (error) {
    if (error instanceof ProofError) return `${error.status} ${error.code}`;
    throw error;
  }
}

/** The same for what settles later. */
export async function codeOfAsync(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return 'verified';
  } catch (error) {
    if (error instanceof ProofError) return `${error.status} ${error.code}`;
    throw error;
  }
}
