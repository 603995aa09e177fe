/** One map of pnpm-workspace.yaml changed entry by entry, every other line of the file as it was. */
import { isDeepStrictEqual } from 'node:util';
import { VerifyDepsError } from '../core/errors.ts';
import { type ParsedPolicy, parsePolicy } from '../policy/parse.ts';

/** The map as it is; empty if there is none. */
export function readYamlMember(text: string, file: string, key: string): ReadonlyMap<string, unknown> {
  return memberOf(parse(text, file), key, file);
}

/** Other top-level keys of the file that have a value, with it. */
export function yamlRoot(text: string, file: string): Readonly<Record<string, unknown>> {
  return rootOf(parse(text, file), file);
}

/** @throws {VerifyDepsError} `allow-list-malformed`, also where it is written in a form that is not edited here */
export function writeYamlMember(
  text: string,
  file: string,
  key: string,
  value: ReadonlyMap<string, unknown>,
): string {
  const parsed = parse(text, file);
  const before = memberOf(parsed, key, file);
  const there = Object.hasOwn(rootOf(parsed, file), key);
  const edited =
    there && parsed !== undefined
      ? editMember(text, file, parsed, key, before, value)
      : appendMember(text, key, value);
  const after = parseAgain(edited, file);
  const expected = { ...rootOf(parsed, file), [key]: Object.fromEntries(value) };
  if (after === undefined || !isDeepStrictEqual(rootOf(after, file), expected)) {
    refuseForm(file, key);
  }
  return edited;
}

function editMember(
  text: string,
  file: string,
  parsed: ParsedPolicy,
  key: string,
  before: ReadonlyMap<string, unknown>,
  value: ReadonlyMap<string, unknown>,
): string {
  const eol = eolOf(text);
  const lines = text.split(eol);
  const head = parsed.keyAt([key]).line - 1;
  const places = [...before.keys()].map((name) => ({ name, at: parsed.keyAt([key, name]) }));
  const isBlock = places.length > 0 && places.every(({ at }) => at.line - 1 > head) && !isFlow(lines[head]!);
  if (!isBlock) return replaceFlow(text, lines, eol, head, value) ?? refuseForm(file, key);
  const indent = ' '.repeat(places[0]!.at.column - 1);
  const stays = (name: string): boolean =>
    before.has(name) && value.has(name) && before.get(name) === value.get(name);
  const added = [...value].filter(([name]) => !stays(name)).map((item) => indent + itemText(item));
  const last = Math.max(...places.map(({ at }) => at.line - 1));
  const dropped = new Set(places.filter(({ name }) => !stays(name)).map(({ at }) => at.line - 1));
  const kept = lines.flatMap((line, index) => [
    ...(dropped.has(index) ? [] : [line]),
    ...(index === last ? added : []),
  ]);
  if (value.size === 0) kept[head] = kept[head]!.replace(/:/, ': {}');
  return kept.join(eol);
}

function isFlow(line: string): boolean {
  return /^[^#]*:\s*\{/.test(line);
}

/** `{}`, `{ a: true }` or nothing after the key: written anew as a block. Undefined where a comment would be lost. */
function replaceFlow(
  text: string,
  lines: readonly string[],
  eol: string,
  head: number,
  value: ReadonlyMap<string, unknown>,
): string | undefined {
  const body = value.size === 0 ? ' {}' : blockOf(value, eol);
  const start = lines.slice(0, head).reduce((sum, line) => sum + line.length + eol.length, 0);
  const rest = text.slice(start);
  const found = /^([^{\r\n#]*:)[ \t]*\{[^{}]*\}/.exec(rest);
  if (found !== null && /\s#/.test(found[0])) return undefined;
  const line = lines[head]!;
  const [old, name] = found === null ? [line, line] : [found[0], found[1]!];
  return text.slice(0, start) + name + body + rest.slice(old.length);
}

function appendMember(text: string, key: string, value: ReadonlyMap<string, unknown>): string {
  const eol = eolOf(text);
  const gap = text === '' || text.endsWith('\n') ? '' : eol;
  return `${text}${gap}${key}:${value.size === 0 ? ' {}' : blockOf(value, eol)}${eol}`;
}

function blockOf(value: ReadonlyMap<string, unknown>, eol: string): string {
  return [...value].map((item) => `${eol}  ${itemText(item)}`).join('');
}

function itemText([name, value]: readonly [string, unknown]): string {
  const plain = /^[A-Za-z][\w./@-]*$/.test(name) && name.includes('@');
  const key = plain ? name : `'${name.replaceAll("'", "''")}'`;
  return `${key}: ${JSON.stringify(value)}`;
}

function eolOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Undefined for a file without content. */
function parse(text: string, file: string): ParsedPolicy | undefined {
  if (text.split('\n').every((line) => /^\s*(?:#|$)/.test(line))) return undefined;
  try {
    return parsePolicy(Buffer.from(text, 'utf8'), file);
  } catch (error) {
    if (!(error instanceof VerifyDepsError)) throw error;
    throw new VerifyDepsError('allow-list-malformed', error.message, { cause: error });
  }
}

function parseAgain(text: string, file: string): ParsedPolicy | undefined {
  try {
    return parse(text, file);
  } catch (error) {
    if (error instanceof VerifyDepsError) return undefined;
    throw error;
  }
}

function rootOf(parsed: ParsedPolicy | undefined, file: string): Readonly<Record<string, unknown>> {
  const data = parsed === undefined ? {} : parsed.data;
  if (!isMap(data)) throw malformed(file, 'it is not a map');
  return data;
}

function memberOf(parsed: ParsedPolicy | undefined, key: string, file: string): ReadonlyMap<string, unknown> {
  const root = rootOf(parsed, file);
  const value = Object.hasOwn(root, key) ? (root[key] ?? {}) : {};
  if (!isMap(value)) throw malformed(file, `${key} is not a map`);
  return new Map(Object.entries(value));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseForm(file: string, key: string): never {
  throw malformed(file, `${key} is written in a form that is not edited here`);
}

function malformed(file: string, why: string): VerifyDepsError {
  return new VerifyDepsError('allow-list-malformed', `cannot edit ${file}: ${why}`, {
    hint: 'mend it, or enter what verify-deps scripts lists by hand',
  });
}
