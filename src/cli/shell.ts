import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * A word for a POSIX shell, which it takes as that very word and nothing else.
 * @returns undefined for text that does not show what it is (control characters, reordering, credentials): nobody should
 *          copy what cannot be seen
 */
export function shellWord(text: string): string | undefined {
  if (printable(text, limits.urlCharsMax) !== text) return undefined;
  if (PLAIN.test(text)) return text;
  // Between single quotes nothing has a meaning but the next single quote.
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Words joined to a line; undefined if one of them cannot be shown. */
export function shellLine(words: readonly string[]): string | undefined {
  const quoted = words.map(shellWord);
  return quoted.includes(undefined) ? undefined : quoted.join(' ');
}
