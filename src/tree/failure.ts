import { ProofError, VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

/** The lockfile breaks its own format. `why` may quote the file: it is cleaned here. */
export function malformed(file: string, why: string, hint?: string): VerifyDepsError {
  return new VerifyDepsError('lockfile-malformed', `${printable(file)}: ${printable(why, 400)}`, {
    hint: hint ?? 'let the package manager write the lockfile anew and review what changes',
  });
}

/** Well formed, but of a kind or version this tool does not read. */
export function unsupported(file: string, why: string, hint: string): VerifyDepsError {
  return new VerifyDepsError('lockfile-unsupported', `${printable(file)}: ${printable(why, 400)}`, { hint });
}

/** Runs a parser of `core/`; what it objects to becomes an error that names the file. */
export function reading<T>(file: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    const { what, why, max, unit } = error.args;
    throw malformed(file, why === undefined ? `${what} exceeds ${max} ${unit}` : `${what}: ${why}`);
  }
}

/**
 * Git leaves its markers at the start of a line, where neither JSON nor a pnpm lockfile can have them.
 * @throws {VerifyDepsError} `lockfile-malformed`
 */
export function refuseMergeConflict(file: string, text: string): void {
  if (!text.includes('<<<<<<<')) return;
  const start = /^<{7}(?: |\r?$)/m.exec(text);
  if (start === null || !/^>{7}(?: |\r?$)/m.test(text)) return;
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < start.index; at = text.indexOf('\n', at + 1)) line++;
  throw malformed(
    file,
    `unresolved merge conflict at line ${line}`,
    'resolve the merge conflict, then let the package manager write the lockfile anew',
  );
}
