/** Where the members of a JSON object stand in its text, for edits that leave every other byte as it was. */
import { parseJsonText } from './json.ts';

export interface JsonMember {
  readonly key: string;
  /** Of the quote before the key. */
  readonly start: number;
  readonly valueStart: number;
  /** Behind the last character of the value. */
  readonly valueEnd: number;
}

/**
 * Members of an object in a text that is known to be valid JSON.
 * @param from  offset at which, or behind which after white space, the brace of the object stands
 */
export function membersOf(text: string, from = 0): readonly JsonMember[] {
  const found: JsonMember[] = [];
  let at = text.indexOf('{', from) + 1;
  for (;;) {
    const start = skip(text, at, /[\s,]/);
    if (text[start] === '}') return found;
    const keyEnd = stringEnd(text, start);
    const valueStart = skip(text, keyEnd, /[\s:]/);
    at = valueEnd(text, valueStart);
    found.push({
      key: parseJsonText(text.slice(start, keyEnd), 'key') as string,
      start,
      valueStart,
      valueEnd: at,
    });
  }
}

function skip(text: string, from: number, what: RegExp): number {
  let at = from;
  while (what.test(text[at]!)) at++;
  return at;
}

function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function valueEnd(text: string, from: number): number {
  let depth = 0;
  for (let at = from; ; at++) {
    const char = text[at]!;
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && depth > 0) depth--;
    else if (depth === 0 && /[\s,}\]]/.test(char)) return at;
    if (depth === 0 && (char === '"' || char === '}' || char === ']')) return at + 1;
  }
}
