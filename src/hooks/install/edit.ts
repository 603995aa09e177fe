/** Edits of files that people write: what is added is added, and every other byte stays as it was. */
import { isDeepStrictEqual } from 'node:util';
import { load, YAMLException } from 'js-yaml';
import { isObject, type JsonObject, member, parseJsonText } from '../../core/json.ts';
import { membersOf } from '../../core/json-members.ts';

/** `undefined`: written in a way that is not edited here. */
export type Edited = string | undefined;

/** A script of package.json that is not there yet. */
export function addScript(manifest: string, name: string, command: string): Edited {
  const mark = manifest.startsWith('\ufeff') ? '\ufeff' : '';
  const text = manifest.slice(mark.length);
  const root = parseJsonText(text, 'package.json') as JsonObject;
  const scripts = member(root, 'scripts') ?? {};
  if (!isObject(scripts) || Object.hasOwn(scripts, name)) return undefined;
  const all = membersOf(text);
  const found = all.find(({ key }) => key === 'scripts');
  const edited =
    found === undefined
      ? insertMember(text, text.indexOf('{'), 'scripts', { [name]: command }, 'last')
      : insertMember(text, found.valueStart, name, command, 'first');
  const expected = { ...root, scripts: { ...scripts, [name]: command } };
  return isDeepStrictEqual(parseJsonText(edited, 'package.json'), expected) ? mark + edited : undefined;
}

/** @param brace  offset of the object's `{` */
function insertMember(
  text: string,
  brace: number,
  key: string,
  value: string | Readonly<Record<string, string>>,
  where: 'first' | 'last',
): string {
  const all = membersOf(text, brace);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const [first] = all;
  const outer = /(?:^|\n)([ \t]*)[^\n]*$/.exec(text.slice(0, brace))?.[1] ?? '';
  // What stands before the first member tells how a member begins; on one line it is a space or nothing.
  const lead = first === undefined ? `${eol}${outer}  ` : text.slice(brace + 1, first.start);
  const unit = /\n([ \t]*)$/.exec(lead)?.[1]?.slice(outer.length) || '  ';
  const space = text.includes('": ') || !text.includes('":') ? ' ' : '';
  const item = `${JSON.stringify(key)}:${space}${valueText(value, lead, unit, space)}`;
  if (first === undefined) {
    return `${text.slice(0, brace + 1)}${lead}${item}${eol}${outer}${text.slice(text.indexOf('}', brace))}`;
  }
  if (where === 'first') return `${text.slice(0, brace + 1)}${lead}${item},${text.slice(brace + 1)}`;
  const end = all.at(-1)!.valueEnd;
  return `${text.slice(0, end)},${lead}${item}${text.slice(end)}`;
}

function valueText(
  value: string | Readonly<Record<string, string>>,
  lead: string,
  unit: string,
  space: string,
): string {
  if (typeof value === 'string') return JSON.stringify(value);
  const [[key, item]] = Object.entries(value) as [[string, string]];
  const inner = `${JSON.stringify(key)}:${space}${JSON.stringify(item)}`;
  return lead.includes('\n') ? `{${lead}${unit}${inner}${lead}}` : `{${inner}}`;
}

/** The value of a YAML file with a map at its top; undefined for anything else. Empty files are empty maps. */
export function yamlMap(text: string): Readonly<Record<string, unknown>> | undefined {
  // A value that stands in many places can be made to look like millions.
  if (/(?:^|[\s[{,])&[^\s,[\]{}]/.test(text)) return undefined;
  try {
    const value = load(text);
    if (value === undefined || value === null) return {};
    return typeof value === 'object' && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch (error) {
    if (error instanceof YAMLException || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** An item at the front of a list at the top of a YAML file; the list is made if there is none. */
export function addToList(text: string, key: string, item: Readonly<Record<string, string>>): Edited {
  const before = yamlMap(text);
  if (before === undefined) return undefined;
  const list = Object.hasOwn(before, key) ? before[key] : [];
  if (!Array.isArray(list)) return undefined;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(eol);
  const head = lines.findIndex((line) => new RegExp(`^${key}:[ \\t]*(?:#.*)?$`).test(line));
  const entries = Object.entries(item).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const itemLines = (indent: string): readonly string[] =>
    entries.map((entry, index) => `${indent}${index === 0 ? '- ' : '  '}${entry}`);
  let edited: string;
  if (head < 0) {
    const gap = text === '' || text.endsWith('\n') ? '' : eol;
    edited = `${text}${gap}${[`${key}:`, ...itemLines('  ')].join(eol)}${eol}`;
  } else {
    const indent = lines.slice(head + 1).map((line) => /^([ \t]*)- /.exec(line)?.[1]);
    const here = itemLines(indent.find((it) => it !== undefined) ?? '  ');
    edited = [...lines.slice(0, head + 1), ...here, ...lines.slice(head + 1)].join(eol);
  }
  return isDeepStrictEqual(yamlMap(edited), { ...before, [key]: [item, ...list] }) ? edited : undefined;
}

/**
 * `[install.security] scanner` of a bunfig.toml. Where anything else in it could speak of the same table, it is left to a
 * person: there is one form that is written here.
 */
export function addScanner(text: string, scanner: string): Edited | 'there' {
  const line = `scanner = ${JSON.stringify(scanner)}`;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(eol);
  const code = lines.map((one) => one.replace(/^\s*#.*$/, ''));
  if (code.some((one) => /"""|'''/.test(one))) return undefined;
  const head = code.findIndex((one) => /^\s*\[\s*install\.security\s*\]\s*(?:#.*)?$/.test(one));
  if (head < 0) {
    if (code.some((one) => /security|scanner/.test(one))) return undefined;
    const gap = text === '' ? '' : text.endsWith('\n') ? eol : eol + eol;
    return `${text}${gap}[install.security]${eol}${line}${eol}`;
  }
  const next = code.findIndex((one, index) => index > head && /^\s*\[/.test(one));
  const table = code.slice(head + 1, next < 0 ? undefined : next);
  const others = code.filter((one, index) => index !== head && /security/.test(one));
  if (others.length > 0) return undefined;
  const set = table.filter((one) => /scanner/.test(one));
  if (set.length === 1 && set[0]!.trim() === line) return 'there';
  if (set.length > 0) return undefined;
  return [...lines.slice(0, head + 1), line, ...lines.slice(head + 1)].join(eol);
}
