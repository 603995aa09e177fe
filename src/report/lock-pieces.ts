/** The packages of a report in the layout in which it is written, one at a time. */
import { randomUUID } from 'node:crypto';
import { isObject, type JsonValue, member, parseJsonText } from '../core/json.ts';

const START = '\n  "packages": {\n';
const END = '\n  }';
const KEY = '\n    "';

/** A report but for its packages, and the text of each of them as an object of one member. */
export interface Pieces {
  /** The report with an empty `packages`. */
  readonly rest: JsonValue;
  readonly packages: Iterable<string>;
}

/**
 * Takes a report apart by its indentation, so that its packages need not be in memory as values all at once. In JSON a line
 * feed never stands inside a string. If the text is JSON with a string in place of `packages`, and each piece is JSON of
 * one member, then the text is JSON too, of just these members.
 * @returns undefined for any other layout, and where the rest is not JSON
 */
export function piecesOf(text: string): Pieces | undefined {
  const start = text.indexOf(START);
  const first = start + START.length - 1;
  const end = start < 0 ? -1 : text.indexOf(END, first);
  if (end < 0 || !text.startsWith(KEY, first)) return undefined;
  const hole = randomUUID();
  let rest: JsonValue;
  try {
    const [before, after] = [text.slice(0, first - 1), text.slice(end + END.length)];
    rest = parseJsonText(`${before}"${hole}"${after}`, 'report');
  } catch {
    return undefined;
  }
  if (!isObject(rest) || member(rest, 'packages') !== hole) return undefined;
  return { rest: { ...rest, packages: {} }, packages: membersOf(text, first, end) };
}

function* membersOf(text: string, first: number, end: number): Generator<string, void> {
  for (let at = first; at < end; ) {
    const found = text.indexOf(KEY, at + KEY.length);
    const next = found < 0 || found > end ? end : found;
    const isLast = next === end;
    // Between two of them stands a comma and nothing else. No JSON is in no text.
    yield isLast || text.charAt(next - 1) === ',' ? `{${text.slice(at, isLast ? next : next - 1)}}` : '';
    at = next;
  }
}
