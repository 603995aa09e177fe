/**
 * Sentences for codes: the one place where facts become words. A template holds plain text and optional segments in
 * square brackets; a segment appears only if every `{name}` in it (or one of `{a|b}`) was given, so that a missing
 * fact never leaves a hole. Facts that no template names follow in brackets, so that none is lost.
 */
import type { Args } from '../core/check.ts';
import { type Code, codes } from '../core/codes.ts';
import { printable } from '../core/text.ts';
import { artifactWords } from './words/artifact.ts';
import { bundleWords } from './words/bundle.ts';
import { formWords } from './words/form.ts';
import { installedWords } from './words/installed.ts';
import { judgementWords } from './words/judgement.ts';
import { registryWords } from './words/registry.ts';
import { statementWords } from './words/statement.ts';
import type { Wording } from './words/types.ts';

type Arg = Args[string];

const LIST_ITEMS_MAX = 6;
/** Facts that arrive as milliseconds since 1970. */
const TIMES: ReadonlySet<string> = new Set([
  'time',
  'expires',
  'starts',
  'published',
  'notBefore',
  'notAfter',
  'genTime',
  'integratedTime',
]);
/** Said elsewhere: every sentence stands beside the package it is about. */
const UNSAID: ReadonlySet<string> = new Set(['package']);

const table: ReadonlyMap<string, Wording> = new Map(
  [
    formWords,
    registryWords,
    statementWords,
    bundleWords,
    artifactWords,
    judgementWords,
    installedWords,
  ].flatMap((part) => Object.entries(part)),
);

/** Wording of a code, if it has any; `test/codes.test.ts` holds that each has. */
export function wordingOf(code: Code): Wording | undefined {
  return table.get(code);
}

/** What to do about it: one short sentence, lower case, no full stop. */
export function adviceFor(code: Code): string {
  return table.get(code)?.advice ?? 'read its entry in docs/findings.md';
}

/** Where the documentation has more about a code. */
export function docsFor(code: Code): string {
  return `docs/findings.md#${code}`;
}

const DIGEST = /\b(sha\d+[-:])[A-Za-z0-9+/=]{40,}|\b[0-9a-f]{64,}\b/g;

/**
 * One sentence about one fact: lower case, no full stop, both values where there are two, safe for a terminal and
 * bounded. Never throws and never shows a hole, whatever the facts are.
 */
export function sentence(code: Code, args: Args = {}): string {
  const used = new Set<string>();
  const template = table.get(code)?.say ?? codes[code] ?? printable(String(code));
  let text = fill(template, args, used);
  if (has(args, 'expected') && has(args, 'actual') && !used.has('expected') && !used.has('actual')) {
    text += `: expected ${show(args, 'expected')} but got ${show(args, 'actual')}`;
    used.add('expected').add('actual');
  }
  for (const key of ['why', 'reason']) {
    if (!has(args, key) || used.has(key)) continue;
    text += `: ${show(args, key)}`;
    used.add(key);
  }
  const rest = Object.keys(args)
    .filter((key) => !used.has(key) && !UNSAID.has(key) && has(args, key))
    .sort()
    .slice(0, 12)
    .map((key) => `${printable(key, 40)}: ${show(args, key)}`);
  return rest.length === 0 ? text : `${text} (${rest.join(', ')})`;
}

function fill(template: string, args: Args, used: Set<string>): string {
  return template.replace(/\[([^[\]]*)\]/g, (_, segment: string) => {
    const names = [...segment.matchAll(/\{([a-zA-Z|]+)\}/g)].map((match) => pick(match[1]!, args));
    if (names.some((name) => name === undefined)) return '';
    for (const name of names) used.add(name!);
    return segment.replace(/\{([a-zA-Z|]+)\}/g, (_match, names: string) => show(args, pick(names, args)!));
  });
}

function pick(alternatives: string, args: Args): string | undefined {
  return alternatives.split('|').find((name) => has(args, name));
}

function has(args: Args, key: string): boolean {
  if (!Object.hasOwn(args, key)) return false;
  // The type excludes undefined and null; facts that crossed JSON may still bring them.
  const value: Arg | undefined | null = args[key];
  return value !== undefined && value !== null && value !== '';
}

function show(args: Args, key: string): string {
  const value = args[key];
  if (typeof value === 'number' && TIMES.has(key)) return showTime(value);
  if (Array.isArray(value)) {
    const items = (value as readonly string[])
      .slice(0, LIST_ITEMS_MAX)
      .map((item) => shortDigests(printable(String(item))));
    const more = value.length - items.length;
    if (items.length === 0) return 'nothing';
    return more > 0 ? `${items.join(', ')} and ${more} more` : items.join(', ');
  }
  return shortDigests(printable(String(value)));
}

/** A digest is told apart by its ends; the report and --json have it whole. */
function shortDigests(text: string): string {
  return text.replace(
    DIGEST,
    (all: string, head: string | undefined) => `${all.slice(0, (head ?? '').length + 12)}…${all.slice(-6)}`,
  );
}

/** `2026-03-01T12:00:00Z`; a number that is no time is shown as it is. */
export function showTime(ms: number): string {
  if (!Number.isFinite(ms) || Math.abs(ms) > 8.64e15) return String(ms);
  return new Date(ms).toISOString().replace(/\.000Z$/, 'Z');
}
