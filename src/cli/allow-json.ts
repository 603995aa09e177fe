/** One member of package.json replaced, every other byte of the file as it was. */
import { isDeepStrictEqual } from 'node:util';
import { ProofError, VerifyDepsError } from '../core/errors.ts';
import { parseJsonText } from '../core/json.ts';
import { membersOf } from '../core/json-members.ts';

/** The member as it is; empty if there is none. */
export function readJsonMember(text: string, key: string): ReadonlyMap<string, unknown> {
  const root = rootOf(text);
  const value = Object.hasOwn(root, key) ? root[key] : {};
  if (!isMap(value)) throw malformed(`${key} is not a map`);
  return new Map(Object.entries(value));
}

/** @throws {VerifyDepsError} `allow-list-malformed` */
export function writeJsonMember(text: string, key: string, value: ReadonlyMap<string, unknown>): string {
  const root = rootOf(text);
  const all = membersOf(text);
  const found = all.find((member) => member.key === key);
  const first = all[0];
  // Between the brace and the first key stands what tells line end and indent; nothing if all is on one line.
  const lead = first === undefined ? '\n  ' : text.slice(text.indexOf('{') + 1, first.start);
  const [, eol, indent] = /(\r?\n)([ \t]*)$/.exec(lead) ?? [undefined, undefined, ''];
  const space = text.includes('": ') || first === undefined ? ' ' : '';
  const items = [...value].map(([name, item]) => `${JSON.stringify(name)}:${space}${JSON.stringify(item)}`);
  const body =
    items.length === 0
      ? '{}'
      : eol === undefined
        ? `{${items.join(`,${space}`)}}`
        : `{${items.map((item) => `${eol}${indent}${indent}${item}`).join(',')}${eol}${indent}}`;
  let edited: string;
  if (found !== undefined) edited = text.slice(0, found.valueStart) + body + text.slice(found.valueEnd);
  else {
    const at = all.at(-1)?.valueEnd ?? text.indexOf('{') + 1;
    const comma = first === undefined ? '' : ',';
    const tail = first === undefined ? '\n' : '';
    const rest = first === undefined ? text.slice(text.indexOf('}', at)) : text.slice(at);
    edited = `${text.slice(0, at)}${comma}${eol === undefined ? space : eol + indent}${JSON.stringify(key)}:${space}${body}${tail}${rest}`;
  }
  const expected = { ...root, [key]: Object.fromEntries(value) };
  if (!isDeepStrictEqual(rootOf(edited), expected)) throw malformed('it is written in a way not known here');
  return edited;
}

function rootOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseJsonText(text, 'package.json');
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw malformed(`${error.args.why ?? `${error.args.what} is too large`}`);
  }
  if (!isMap(value)) throw malformed('it is not a map');
  return value;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(why: string): VerifyDepsError {
  return new VerifyDepsError('allow-list-malformed', `cannot edit package.json: ${why}`, {
    hint: 'mend it, or enter what verify-deps scripts lists by hand',
  });
}
