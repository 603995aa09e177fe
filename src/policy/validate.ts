/** Holds a parsed file against the schema and says the first thing that is wrong, with its place. */
import type { z } from 'zod';
import type { VerifyDepsError } from '../core/errors.ts';
import { nearest } from '../core/near.ts';
import type { PolicyFile } from './file-types.ts';
import type { ParsedPolicy, Path } from './parse.ts';
import { quoted, refusal } from './refuse.ts';
import { policySchema } from './schema.ts';

type Issue = z.core.$ZodIssue;

/** @throws {VerifyDepsError} `policy-malformed`, `policy-unknown-key` */
export function validatePolicy(parsed: ParsedPolicy): PolicyFile {
  if (parsed.data === null) throw refusal('policy-malformed', parsed.at([]), 'the policy is empty');
  const result = policySchema.safeParse(parsed.data);
  if (result.success) return result.data;
  throw firstRefusal(result.error.issues, policySchema, parsed);
}

/** The first thing that is wrong with a file, in words of ours. */
export function firstRefusal(
  found: readonly Issue[],
  schema: z.ZodType,
  parsed: ParsedPolicy,
): VerifyDepsError {
  const issues = found.map((issue) => unfold(issue, parsed.data, []));
  // A mistyped key explains the key that is then missing, not the other way round.
  const first = issues.find(({ issue }) => issue.code === 'unrecognized_keys') ?? issues[0];
  return errorOf(first!.issue, first!.path, schema, parsed);
}

/** Of the alternatives of a union, the one that has the form of what was written. */
function unfold(issue: Issue, root: unknown, prefix: Path): { issue: Issue; path: Path } {
  const path = [...prefix, ...issue.path] as Path;
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return { issue, path };
  const scalar = typeof valueAt(root, path) !== 'object';
  const misses = (inner: Issue): boolean =>
    inner.path.length === 0 && (inner.code === 'invalid_type' || (inner.code === 'invalid_value' && !scalar));
  const branch = issue.errors.find((issues) => issues.length > 0 && !issues.some(misses));
  // A plain word that none of the alternatives takes: the list of words says most.
  const words = issue.errors
    .flat()
    .find((inner) => inner.code === 'invalid_value' && inner.path.length === 0);
  const best = (scalar ? words : undefined) ?? branch?.[0];
  return best === undefined ? { issue, path } : unfold(best, root, path);
}

function errorOf(issue: Issue, path: Path, schema: z.ZodType, parsed: ParsedPolicy): VerifyDepsError {
  const name = nameOf(path);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const [near] = nearest(key, keysAt(schema, path));
    const where = path.length === 0 ? '' : ` in ${name}`;
    const what = `unknown key ${quoted(key)}${where}`;
    return refusal(
      'policy-unknown-key',
      parsed.keyAt([...path, key]),
      near === undefined ? what : `${what}, did you mean "${near}"`,
      near === undefined ? 'remove it, or see docs/policy.md for the keys there are' : `write "${near}"`,
    );
  }
  const value = valueAt(parsed.data, path);
  const at = parsed.at(path);
  if (value === undefined) return refusal('policy-malformed', at, `${name} is missing`, hintFor(path));
  return refusal('policy-malformed', at, `${name} ${problemOf(issue, value)}`);
}

function hintFor(path: Path): string | undefined {
  const [list, , key] = path;
  return list === 'exemptions' && key === 'owner'
    ? 'an exemption says who answers for it: owner: web-team@acme.example'
    : undefined;
}

function problemOf(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}, not ${typeOf(value)}`;
    case 'invalid_value': {
      const words = issue.values.map(String);
      const [near] = typeof value === 'string' && !words.includes(value) ? nearest(value, words) : [];
      const found =
        typeof value === 'string' ? quoted(value) : typeof value === 'number' ? value : typeOf(value);
      if (near !== undefined) return `is ${found}, did you mean "${near}"`;
      return `must be ${words.length > 12 ? 'a code of docs/findings.md' : oneOf(words)}, not ${found}`;
    }
    case 'too_small':
      return 'must not be empty';
    case 'too_big':
      return `is longer than ${issue.maximum}`;
    case 'invalid_union': {
      const types = issue.errors
        .flat()
        .flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : []));
      const words = [...new Set(types)].map((type) => TYPES[type] ?? type);
      return `must be ${words.join(' or ')}, not ${typeOf(value)}`;
    }
    default:
      return issue.message;
  }
}

function oneOf(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} or ${last}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
};

function typeOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' || typeof value === 'bigint')
    return 'a number (put it in quotes to make it text)';
  return typeof value === 'object' ? 'a map' : typeof value === 'boolean' ? String(value) : 'text';
}

function nameOf(path: Path): string {
  if (path.length === 0) return 'the policy';
  return path
    .map((part, index) =>
      typeof part === 'number'
        ? `[${part}]`
        : `${index === 0 ? '' : '.'}${/^\w+$/.test(part) ? part : quoted(part)}`,
    )
    .join('');
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** The keys the schema knows at a path, over all alternatives. */
function keysAt(schema: z.core.$ZodType, path: Path): string[] {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  if (def.type === 'optional') return keysAt(def.innerType, path);
  if (def.type === 'union') return def.options.flatMap((option) => keysAt(option, path));
  const [head, ...rest] = path;
  if (def.type === 'array') return typeof head === 'number' ? keysAt(def.element, rest) : [];
  if (def.type !== 'object') return [];
  if (head === undefined) return Object.keys(def.shape);
  const inner = Object.hasOwn(def.shape, head) ? def.shape[head as string] : undefined;
  return inner === undefined ? [] : keysAt(inner, rest);
}
