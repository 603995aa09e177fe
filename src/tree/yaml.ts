import { FAILSAFE_SCHEMA, loadAll, YAMLException } from 'js-yaml';
import { limits } from '../core/limits.ts';
import { malformed } from './failure.ts';

/** A YAML value with every scalar as the text it was written as: no 1.10 that turns into 1.1. */
export type YamlValue = string | null | undefined | readonly YamlValue[] | YamlObject;
export interface YamlObject {
  readonly [key: string]: YamlValue;
}

/** pnpm writes at most two: what it installs for itself, and the lockfile proper. */
const documentsMax = 2;

/**
 * Parses the documents of a pnpm lockfile. Duplicate keys are refused, and so is every anchor: pnpm writes none, and a
 * value that stands in two places can be made to look like millions.
 * @throws {VerifyDepsError} `lockfile-malformed`
 */
export function parseYaml(file: string, text: string): readonly YamlObject[] {
  let documents: unknown[];
  try {
    documents = loadAll(text, null, { schema: FAILSAFE_SCHEMA, filename: 'lockfile' });
  } catch (error) {
    if (error instanceof YAMLException) {
      const line = error.mark === undefined ? '' : ` at line ${error.mark.line + 1}`;
      throw malformed(file, `not YAML: ${error.reason}${line}`);
    }
    if (error instanceof RangeError)
      throw malformed(file, `nested deeper than ${limits.jsonDepthMax} levels`);
    throw error;
  }
  const present = documents.filter(
    (document) => document !== null && document !== undefined && document !== '',
  );
  if (present.length === 0) throw malformed(file, 'empty');
  if (present.length > documentsMax)
    throw malformed(file, `${present.length} YAML documents, more than ${documentsMax}`);
  const seen = new Set<object>();
  return present.map((document) => {
    if (!isMap(document)) throw malformed(file, 'not a YAML mapping');
    refuseShared(file, document, seen);
    return document;
  });
}

function refuseShared(file: string, document: object, seen: Set<object>): void {
  const stack: { readonly value: object; readonly depth: number }[] = [{ value: document, depth: 1 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (seen.has(top.value)) throw malformed(file, 'a YAML alias, which pnpm never writes');
    if (top.depth > limits.jsonDepthMax)
      throw malformed(file, `nested deeper than ${limits.jsonDepthMax} levels`);
    seen.add(top.value);
    for (const item of Object.values(top.value))
      if (typeof item === 'object' && item !== null) stack.push({ value: item, depth: top.depth + 1 });
  }
}

export function isMap(value: unknown): value is YamlObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own member; an empty value counts as absent. */
export function field(map: YamlObject, key: string): Exclude<YamlValue, null> {
  const value = Object.hasOwn(map, key) ? map[key] : undefined;
  return value === null || value === '' ? undefined : value;
}

/** Readers of fields that name the place in their error. */
export interface FieldReader {
  map(value: YamlObject, key: string, where: string): YamlObject;
  text(value: YamlObject, key: string, where: string): string | undefined;
  flag(value: YamlObject, key: string, where: string): boolean;
  list(value: YamlObject, key: string, where: string): readonly string[];
}

export function fieldReader(file: string): FieldReader {
  const wrong = (key: string, where: string, expected: string): Error =>
    malformed(file, `"${key}" of "${where}" is not ${expected}`);
  return {
    map(value, key, where) {
      const found = field(value, key) ?? {};
      if (!isMap(found)) throw wrong(key, where, 'a mapping');
      return found;
    },
    text(value, key, where) {
      const found = field(value, key);
      if (found !== undefined && typeof found !== 'string') throw wrong(key, where, 'a text');
      return found;
    },
    flag(value, key, where) {
      const found = field(value, key);
      if (found !== undefined && found !== 'true' && found !== 'false')
        throw wrong(key, where, 'true or false');
      return found === 'true';
    },
    list(value, key, where) {
      const found = field(value, key) ?? [];
      const items = typeof found === 'string' ? [found] : found;
      if (!Array.isArray(items) || !items.every((item) => typeof item === 'string'))
        throw wrong(key, where, 'a list of texts');
      return items as readonly string[];
    },
  };
}
