/** JSON text in a fixed layout, safe to show in a terminal. */
import { compareText } from './order.ts';

/** An undefined member is left out; a Map keeps keys such as `__proto__` plain; `Inline` text is put in as it is. */
export type JsonOut =
  | string
  | number
  | boolean
  | null
  | undefined
  | Inline
  | readonly JsonOut[]
  | ReadonlyMap<string, JsonOut>
  | { readonly [key: string]: JsonOut };

class Inline {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type { Inline };

/** Members of an object that are put together one at a time, each when its turn comes; in key order. */
export class Members {
  readonly entries: Iterable<readonly [string, JsonOut]>;
  constructor(entries: Iterable<readonly [string, JsonOut]>) {
    this.entries = entries;
  }
}

const UNSEEN = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/;

/** A value on one line, for lists of which each item is one fact: `{ "code": "…", "severity": "warn" }`. */
export function jsonInline(value: unknown): Inline {
  return new Inline(write(value as JsonOut, undefined));
}

/**
 * An object on many lines, two spaces a level, in pieces: a long one need never be in memory whole.
 * @param entries  in key order
 */
export function* jsonPieces(
  entries: Iterable<readonly [string, JsonOut | Members]>,
  indent = '',
): Generator<string, void> {
  let before = '{\n';
  for (const [key, value] of entries) {
    if (value === undefined) continue;
    const head = `${before}${indent}  ${quote(key)}: `;
    before = ',\n';
    if (value instanceof Members) {
      yield head;
      yield* jsonPieces(value.entries, `${indent}  `);
    } else yield head + write(value, `${indent}  `);
  }
  yield before === ',\n' ? `\n${indent}}` : '{}';
}

/** `indent` undefined: everything on one line. */
function write(value: JsonOut, indent: string | undefined): string {
  if (value instanceof Inline) return value.text;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null';
  if (value === null || value === undefined || typeof value === 'boolean') return String(value ?? null);
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) {
    return block(
      '[',
      (value as readonly JsonOut[]).map((item) => write(item, deeper(indent))),
      ']',
      indent,
    );
  }
  const members = [
    ...(value instanceof Map ? (value as ReadonlyMap<string, JsonOut>) : Object.entries(value)),
  ]
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, item]) => `${quote(key)}: ${write(item as JsonOut, deeper(indent))}`);
  return block('{', members, '}', indent);
}

function deeper(indent: string | undefined): string | undefined {
  return indent === undefined ? undefined : `${indent}  `;
}

function block(open: string, items: readonly string[], close: string, indent: string | undefined): string {
  if (items.length === 0) return open + close;
  if (indent === undefined) {
    return open === '{' ? `{ ${items.join(', ')} }` : `[${items.join(', ')}]`;
  }
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`;
}

/**
 * JSON.stringify escapes C0 only. C1, line separators and characters that reorder text reach a terminal or a reviewer
 * unseen, so they are escaped as well; they occur inside strings only, and the value stays the same.
 */
export function escapeUnseen(json: string): string {
  if (!UNSEEN.test(json)) return json;
  return json.replace(new RegExp(UNSEEN, 'g'), (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function quote(text: string): string {
  return escapeUnseen(JSON.stringify(text));
}
