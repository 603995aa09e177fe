import { type JsonValue, parseJsonText } from './json.ts';
import { limits } from './limits.ts';
import { jsonApart } from './realm.ts';

/** Brackets of 100,000 packages in a lockfile. So deep a nest, should there be no more to it, the parser can still hold. */
const openingsMax = 1_000_000;

/** Characters; up to that, a realm costs more than it spares. */
const SMALL = 262_144;

/**
 * Parses text that a program has probably written with `JSON.stringify` and an indent, as npm does: as strictly as
 * `parseJsonText`, in half the time. If `JSON.stringify` makes the very same text of what was parsed, then no key stands
 * there twice. Any other text is gone through token by token.
 * @param what  name of the document, for the error
 * @throws {MalformedError} `malformed`, {ProofError} `limit-exceeded`
 */
export function parseWrittenJson(text: string, what: string): JsonValue {
  return parseAsWritten(text) ?? parseJsonText(text, what, parseApart);
}

/** @returns undefined unless `JSON.stringify` would have written the text */
export function parseAsWritten(text: string): JsonValue | undefined {
  const indent = /^\{\n([ \t]{1,10})"/.exec(text)?.[1];
  if (indent === undefined || text.includes(`\n${indent.repeat(limits.jsonDepthMax)}`)) return undefined;
  const objects = count(text, '{', openingsMax);
  if (objects + count(text, '[', openingsMax) > openingsMax) return undefined;
  try {
    const value = parseApart(text);
    const written = JSON.stringify(value, null, indent);
    const rest = text.length - written.length;
    const isSame = rest === 0 || (rest === 1 && text.endsWith('\n'));
    return isSame && text.startsWith(written) ? value : undefined;
  } catch {
    // Not JSON, or nested too deeply to be written again.
    return undefined;
  }
}

/**
 * In a realm of its own where the text is long. Names are keys here, so that each object has a shape of its own. V8 keeps
 * 1,536 shapes that begin alike; beyond that, it makes slow dictionaries of all new kinds of objects with as many members,
 * whoever makes them.
 */
function parseApart(text: string): JsonValue {
  const { parse } = text.length < SMALL ? JSON : jsonApart();
  return parse(text) as JsonValue;
}

function count(text: string, char: string, max: number): number {
  let found = 0;
  for (let at = text.indexOf(char); at >= 0 && found <= max; at = text.indexOf(char, at + 1)) found++;
  return found;
}
