import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadPolicy } from '../../src/policy/load.ts';
import { policyJsonSchema } from '../../src/policy/schema.ts';
import { folderOf, presetOf } from './support.ts';

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
const schemaIsMet = new Ajv({ strict: false }).compile(policyJsonSchema());

test('the committed schema is the one of the code; `npm run schema` writes it', async () => {
  expect(JSON.parse(await read('policies/policy.schema.json'))).toEqual(policyJsonSchema());
});

test.each(['observe', 'recommended', 'strict'] as const)('preset %s meets the schema', async (name) => {
  const text = await read(`policies/${name}.yaml`);
  expect(schemaIsMet(parse(text)), JSON.stringify(schemaIsMet.errors)).toBe(true);
  // The same under YAML 1.1, which some editors speak.
  expect(parse(text, { version: '1.1' })).toEqual(parse(text));
  expect((await presetOf(name)).files.at(-1)).toBe('preset:recommended');
});

test('recommended sets every level, each with a comment', async () => {
  const text = await read('policies/recommended.yaml');
  const { require, sources } = parse(text) as Record<'require' | 'sources', Record<string, unknown>>;
  const { defaults, sources: all } = await presetOf('recommended');
  expect(Object.keys(require).sort()).toEqual(Object.keys(defaults).sort());
  expect(Object.keys(sources).sort()).toEqual(Object.keys(all).sort());
  for (const key of Object.keys(require)) expect(text).toMatch(new RegExp(`#[^\\n]*\\n  ${key}:`));
});

test('strict is nowhere milder than recommended, observe only observes', async () => {
  const [observe, recommended, strict] = await Promise.all([
    presetOf('observe'),
    presetOf('recommended'),
    presetOf('strict'),
  ]);
  const rank = { off: 0, warn: 1, error: 2 };
  for (const [name, { value }] of Object.entries(recommended.defaults)) {
    const level = strict.defaults[name as keyof typeof strict.defaults].value;
    expect(rank[level], name).toBeGreaterThanOrEqual(rank[value]);
  }
  for (const [kind, levels] of Object.entries(recommended.sources)) {
    for (const reach of ['direct', 'transitive'] as const) {
      const level = strict.sources[kind as keyof typeof strict.sources][reach].value;
      expect(rank[level], kind).toBeGreaterThanOrEqual(rank[levels[reach].value]);
    }
  }
  expect([observe, recommended, strict].map(({ mode }) => mode.value)).toEqual([
    'observe',
    'enforce',
    'enforce',
  ]);
});

describe('docs/policy.md', async () => {
  const page = await read('docs/policy.md');
  const blocks = [...page.matchAll(/```(yaml|json)\n([\s\S]*?)```/g)].map(([, kind, text]) => ({
    kind,
    text: text!,
  }));
  test('has examples', () => {
    expect(blocks.length).toBeGreaterThan(5);
  });
  test.each(blocks)('example %#', async ({ kind, text }) => {
    const whole = /^\s*\{|^version:|\nversion:/.test(text) ? text : `version: 1\n${text}`;
    const data = kind === 'json' ? JSON.parse(whole) : parseAllDocuments(whole)[0]?.toJS();
    const name = kind === 'json' ? 'package.json' : 'verify-deps.yaml';
    const policy = kind === 'json' ? data['verify-deps'] : data;
    expect(schemaIsMet(policy), JSON.stringify(schemaIsMet.errors)).toBe(true);
    const team = 'version: 1\nextends: recommended\n';
    const from = await folderOf({ '.git/HEAD': '', [name]: whole, 'policies/team.yaml': team });
    expect((await loadPolicy({ from })).files[0]).toBe(name);
  });
  test.each(Object.keys((await presetOf('recommended')).defaults))('explains %s', (name) => {
    expect(page).toContain(`\`${name}\``);
  });
});
