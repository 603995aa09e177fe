import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LINES_MAX = 300;

/**
 * What each part of `src/` may import besides itself. Facts flow one way, from the lockfile to the words:
 * core <- {tree, registry, sigstore} <- trust <- evidence <- installed <- policy <- report <- policy-source.ts <- portable <- connect.ts <- {run.ts, bundle.ts} <- {simulate.ts, fetch.ts} <- {cli, index.ts}.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['core'],
  ['tree', 'registry', 'sigstore'],
  ['trust'],
  ['evidence'],
  ['installed'],
  ['policy'],
  ['report'],
  ['policy-source.ts'],
  ['portable'],
  ['connect.ts'],
  ['project.ts'],
  ['run.ts', 'bundle.ts'],
  ['simulate.ts', 'accept.ts', 'gate.ts', 'fetch.ts'],
  ['hooks'],
  ['cli', 'index.ts'],
];

/** Packages that reach the network or the npm world, and the parts that may know of them. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'npm-registry-fetch': ['registry', 'trust'],
  pacote: ['registry', 'trust'],
  'tuf-js': ['registry', 'trust'],
  'node:http': ['registry', 'hooks'],
  'node:https': ['registry', 'hooks'],
  'node:http2': ['registry'],
  // core: only to tell addresses apart.
  'node:net': ['registry', 'hooks', 'core'],
  'node:tls': ['registry', 'hooks'],
  'node:dgram': [],
  'node:child_process': ['cli', 'hooks'],
  // core: for a realm that objects of many shapes go with.
  'node:vm': ['core'],
  '@npmcli/arborist': ['tree'],
  ora: ['cli'],
};

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  /** Parts or files where it belongs. */
  readonly allowed: readonly string[];
  readonly instead: string;
}

const BANS: readonly Ban[] = [
  {
    what: 'console',
    pattern: /(?<![.\w$])console\s*[.[]/,
    allowed: ['cli'],
    instead: 'return the text and let cli/ print it',
  },
  {
    what: 'process.stdout or process.stderr',
    pattern: /(?<![.\w$])process\.std(?:out|err)\b/,
    allowed: ['cli'],
    instead: 'return the text and let cli/ print it',
  },
  {
    what: 'process.exit',
    pattern: /(?<![.\w$])process\.exit(?:Code)?\b/,
    allowed: ['cli'],
    instead: 'throw a VerifyDepsError and let cli/ choose the exit code',
  },
  {
    // A method named fetch is declared (`async fetch(…)`) or called on something (`.fetch(…)`).
    what: 'fetch(',
    pattern: /(?<![.\w$#])(?<!\b(?:async|override|protected|public|function)\s)fetch\s*\(/,
    allowed: ['registry'],
    instead: 'ask through RegistryClient',
  },
  {
    what: 'the wall clock',
    pattern: /\bDate\.now\b|\bnew Date\s*\(\s*\)|\bnew Date\b(?!\s*\()|\bperformance\.now\b/,
    allowed: ['core/clock.ts'],
    instead: 'take a Clock',
  },
  {
    what: 'JSON.parse',
    pattern: /\bJSON\.parse\b/,
    allowed: ['core/json.ts', 'core/written-json.ts'],
    instead: 'use parseJson of core/json.ts, which refuses what has two meanings',
  },
  {
    what: 'code made from text',
    pattern: /(?<![.\w$])eval\s*\(|\bnew Function\b/,
    allowed: [],
    instead: 'leave it: this tool runs on hostile repositories',
  },
  {
    what: 'Math.random',
    pattern: /\bMath\.random\b/,
    allowed: [],
    instead: 'use node:crypto, or nothing: a verdict is deterministic',
  },
];

interface SourceFile {
  /** Relative to `src/`, with `/`. */
  readonly file: string;
  /** First segment: the folder, or the file itself. */
  readonly part: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
}

const sources: readonly SourceFile[] = filesBelow('src')
  .filter((file) => file.endsWith('.ts'))
  .map((file) => {
    const text = readFileSync(path.join(ROOT, 'src', file), 'utf8');
    return { file, part: file.split('/')[0]!, text, code: withoutComments(text) };
  });

function filesBelow(folder: string): readonly string[] {
  const at = path.join(ROOT, folder);
  return readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(at, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !file.includes('node_modules/'))
    .sort();
}

/** Good enough for this code base: a line comment stands behind white space or at the beginning of a line. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

function importsOf(code: string): readonly string[] {
  const found: string[] = [];
  for (const pattern of [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\b(?:import|require|createRequire\([^)]*\))\s*\(\s*['"`]([^'"`]+)['"`]/g,
  ]) {
    for (const match of code.matchAll(pattern)) found.push(match[1]!);
  }
  return found;
}

function layerOf(part: string): number {
  return LAYERS.findIndex((layer) => layer.includes(part));
}

/** Part of `src/` that a relative import leads to. */
function targetOf(from: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(from), specifier).split('/')[0]!;
}

/** What is wrong with an import, or undefined. */
function wrongArrow(file: string, specifier: string): string | undefined {
  const part = file.split('/')[0]!;
  if (!specifier.startsWith('.')) {
    const bare = specifier.replace(/^(@[^/]+\/[^/]+|[^@/][^/]*)\/.*$/, '$1');
    const allowed = Object.hasOwn(PACKAGES, bare) ? PACKAGES[bare] : undefined;
    if (allowed === undefined || allowed.includes(part)) return undefined;
    const where = allowed.length === 0 ? 'no part may' : `only ${allowed.join(' and ')} may`;
    return `${file} imports ${specifier}, but ${where}: let that part hand over what is needed`;
  }
  if (!specifier.endsWith('.ts')) return `${file} imports ${specifier}: write the path with its .ts`;
  const target = targetOf(file, specifier);
  if (target === part) return undefined;
  if (layerOf(target) < 0)
    return `${file} imports ${specifier}, which is in no layer: add ${target} to LAYERS`;
  if (layerOf(target) < layerOf(part)) return undefined;
  return layerOf(target) === layerOf(part)
    ? `${file} imports ${specifier}, but ${part} and ${target} do not know each other: move what both need down`
    : `${file} imports ${specifier}, but ${target} is above ${part}: move what is needed down, or pass it in`;
}

function banned(file: string, code: string): readonly string[] {
  const part = file.split('/')[0]!;
  return BANS.filter(({ allowed, pattern }) => {
    return !allowed.includes(part) && !allowed.includes(file) && pattern.test(code);
  }).map(({ what, instead }) => `${file} uses ${what}: ${instead}`);
}

describe('src', () => {
  test('is read at all', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap(({ code }) => importsOf(code)).length).toBeGreaterThan(50);
  });

  test('every part is in a layer', () => {
    expect(sources.filter(({ part }) => layerOf(part) < 0).map(({ file }) => file)).toEqual([]);
  });

  test('imports point one way', () => {
    const wrong = sources.flatMap(({ file, code }) =>
      importsOf(code).flatMap((specifier) => wrongArrow(file, specifier) ?? []),
    );
    expect(wrong).toEqual([]);
  });

  test('effects stay where they belong', () => {
    expect(sources.flatMap(({ file, code }) => banned(file, code))).toEqual([]);
  });

  test(`no file is longer than ${LINES_MAX} lines: look for a second noun`, () => {
    const long = sources
      .map(({ file, text }) => ({ file, lines: text.trimEnd().split('\n').length }))
      .filter(({ lines }) => lines > LINES_MAX);
    expect(long).toEqual([]);
  });
});

test('no file names a package registry: npm configuration and library defaults do', () => {
  // Put together here, so that this file does not name one either.
  const hosts = [
    ['registry', 'npmjs', 'org'],
    ['registry', 'yarnpkg', 'com'],
    ['registry', 'npmmirror', 'com'],
    ['npm', 'pkg', 'github', 'com'],
    ['npm', 'jsr', 'io'],
  ].map((labels) => labels.join('.'));
  const binary = /\.(?:tgz|gz|png|ico|der)$/;
  const found: string[] = [];
  for (const folder of ['src', 'bin', 'test', 'docs', 'fixtures', 'policies', 'scripts']) {
    for (const file of filesBelow(folder)) {
      if (binary.test(file)) continue;
      const text = readFileSync(path.join(ROOT, folder, file), 'utf8').toLowerCase();
      for (const host of hosts) if (text.includes(host)) found.push(`${folder}/${file}`);
    }
  }
  expect(found).toEqual([]);
});

describe('the rules of this test', () => {
  test.each([
    ['tree/npm.ts', '../core/json.ts', undefined],
    ['tree/npm.ts', './types.ts', undefined],
    ['tree/npm.ts', '../registry/types.ts', /tree and registry do not know each other/],
    ['core/json.ts', '../tree/types.ts', /tree is above core/],
    ['policy/evaluate.ts', '../report/words.ts', /report is above policy/],
    ['report/human.ts', '../run.ts', /run\.ts is above report/],
    ['bundle.ts', './run.ts', /do not know each other/],
    ['cli/commands/check.ts', '../../run.ts', undefined],
    ['cli/commands/check.ts', '../args.ts', undefined],
    ['run.ts', './cli/main.ts', /cli is above run\.ts/],
    ['index.ts', './cli/main.ts', /do not know each other/],
    ['cli/main.ts', '../core/errors.js', /with its \.ts/],
    ['cli/main.ts', '../elsewhere/x.ts', /in no layer/],
    ['evidence/collect.ts', 'pacote', /only registry and trust may/],
    ['evidence/collect.ts', 'pacote/lib/registry.js', /only registry and trust may/],
    ['registry/client.ts', 'npm-registry-fetch', undefined],
    ['policy/load.ts', '@npmcli/arborist', /only tree may/],
    ['policy/load.ts', 'node:vm', /only core may/],
    ['policy/load.ts', 'node:dgram', /no part may/],
    ['policy/load.ts', 'node:fs', undefined],
    ['policy/load.ts', 'constructor', undefined],
  ])('%s importing %s', (file, specifier, expected) => {
    const wrong = wrongArrow(file, specifier);
    if (expected === undefined) expect(wrong).toBeUndefined();
    else expect(wrong).toMatch(expected);
  });

  test.each([
    [`import a from './a.ts';`, ['./a.ts']],
    [`import type {\n  A,\n  B,\n} from "../b.ts";`, ['../b.ts']],
    [`export { c } from './c.ts';`, ['./c.ts']],
    [`export * from './d.ts';`, ['./d.ts']],
    [`import 'reflect-metadata';`, ['reflect-metadata']],
    [`const e = await import('./e.ts');`, ['./e.ts']],
    [`const f: import('./f.ts').F = x;`, ['./f.ts']],
    [`const from = 'x';`, []],
  ])('reads the imports of %s', (code, expected) => {
    expect(importsOf(code)).toEqual(expected);
  });

  test.each([
    ['tree/a.ts', 'console.log(1)', 'console'],
    ['tree/a.ts', 'process.exit(1)', 'process.exit'],
    ['trust/a.ts', 'await fetch(url)', 'fetch('],
    ['policy/a.ts', 'const now = Date.now();', 'the wall clock'],
    ['policy/a.ts', 'const now = new Date();', 'the wall clock'],
    ['policy/a.ts', 'const now = new Date( );', 'the wall clock'],
    ['registry/a.ts', 'JSON.parse(text)', 'JSON.parse'],
    ['policy/a.ts', 'new Function(text)', 'code made from text'],
    ['core/a.ts', 'Math.random()', 'Math.random'],
  ])('%s may not: %s', (file, code, what) => {
    expect(banned(file, withoutComments(code))).toEqual([expect.stringContaining(`uses ${what}:`)]);
  });

  test.each([
    ['cli/a.ts', 'console.log(1); process.exitCode = 1;'],
    ['registry/a.ts', 'await fetch(url)'],
    ['trust/a.ts', 'class F { override async fetch(url) {} }'],
    ['trust/a.ts', 'client.fetch(url); prefetch(url)'],
    ['core/clock.ts', 'Date.now()'],
    ['policy/a.ts', 'new Date(ms).toISOString(); // not Date.now()'],
    ['policy/a.ts', '/** Never new Date(). */\nconst a = 1;'],
    ['core/json.ts', 'JSON.parse(text)'],
    ['policy/a.ts', 'JSON.stringify(value); retrieval(x)'],
  ])('%s may: %s', (file, code) => {
    expect(banned(file, withoutComments(code))).toEqual([]);
  });
});
