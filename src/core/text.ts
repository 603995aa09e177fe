import { limits } from './limits.ts';

/**
 * Makes attacker text harmless for a terminal, a log or a web page: control characters, line separators and the
 * characters that reorder text become visible escapes; credentials inside a URL and overlong text are cut.
 */
export function printable(text: string, charsMax: number = limits.argCharsMax): string {
  const safe = text
    .replace(/\/\/[^/?#\s]*@/g, '//***@')
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu,
      (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`,
    );
  if (safe.length <= charsMax) return safe;
  // Not through the middle of a surrogate pair.
  const end = /[\ud800-\udbff]/.test(safe.charAt(charsMax - 2)) ? charsMax - 2 : charsMax - 1;
  return `${safe.slice(0, end)}…`;
}
