import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { unproven } from '../../src/core/check.ts';
import type { Provenance } from '../../src/evidence/types.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { type PresetName, presetNames } from '../../src/policy/presets.ts';
import { policyJsonSchema } from '../../src/policy/schema.ts';
import type { DependencyKind } from '../../src/tree/types.ts';
import {
  attested,
  evidence,
  folderOf,
  judged,
  node,
  policyOf,
  presetOf,
  provenance,
  subject,
} from './support.ts';

const read = (name: string) => readFile(new URL(`../../${name}`, import.meta.url), 'utf8');
const schemaIsMet = new Ajv({ strict: false }).compile(policyJsonSchema());

test('the committed schema is the one of the code; `npm run schema` writes it', async () => {
  expect(JSON.parse(await read('policies/policy.schema.json'))).toEqual(policyJsonSchema());
});

test.each(presetNames)('preset %s meets the schema', async (name) => {
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
  // The one level that is of the whole run and not of a package.
  expect(Object.keys(require).sort()).toEqual([...Object.keys(defaults), 'coverage'].sort());
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

test.each([
  ['strict', 'slsa-build-l3'],
  ['recommended', 'ssdf'],
] as const)('of each default and source, %s is nowhere stricter than %s', async (milder, stricter) => {
  const [base, preset] = await Promise.all([presetOf(milder), presetOf(stricter)]);
  const rank = { off: 0, warn: 1, error: 2 };
  for (const [name, { value }] of Object.entries(base.defaults)) {
    const level = preset.defaults[name as keyof typeof preset.defaults].value;
    expect(rank[level], name).toBeGreaterThanOrEqual(rank[value]);
  }
  for (const [kind, levels] of Object.entries(base.sources)) {
    for (const reach of ['direct', 'transitive'] as const) {
      const level = preset.sources[kind as keyof typeof preset.sources][reach].value;
      expect(rank[level], kind).toBeGreaterThanOrEqual(rank[levels[reach].value]);
    }
  }
  expect(preset.mode.value).toBe('enforce');
});

test.each(['slsa-build-l3', 'ssdf'] as const)('%s says of each option why', async (name: PresetName) => {
  const text = await read(`policies/${name}.yaml`);
  const { require } = parse(text) as { require: Record<string, string> };
  expect(Object.keys(require).length).toBeGreaterThan(8);
  for (const key of Object.keys(require)) expect(text).toMatch(new RegExp(`#[^\\n]*\\n  ${key}:`));
});

test('slsa-build-l3 demands level 3 in production and tells of it elsewhere', async () => {
  const policy = await presetOf('slsa-build-l3');
  const built = (dependency: DependencyKind, over: Partial<Provenance> = {}) =>
    judged(attested({ subject: subject({}, [node({ dependency })]), provenance: provenance(over) }), policy);
  expect(built('prod')).toContain('failed, error build-level-low');
  expect(built('optional')).toContain('failed, error build-level-low');
  expect(built('dev')).toContain('passed, warn build-level-low');
  const isolated =
    'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/builder_nodejs_slsa3.yml@refs/tags/v2.0.0';
  expect(built('prod', { signer: isolated })).toBe('passed');
  expect(built('prod', { signer: isolated, runner: 'self-hosted' })).toContain('failed');
});

test('ssdf names tasks, keeps to what is there, and puts every gap on record', async () => {
  const policy = await presetOf('ssdf');
  expect(policy.practices).toBe('ssdf');
  expect((await presetOf('strict')).practices).toBe('none');
  expect(judged(evidence(), policy)).toBe('passed, warn provenance-absent');
  expect(judged(attested(), policy)).toBe('passed');
  expect(judged(evidence({ registrySignature: unproven('absent', 'signature-absent') }), policy)).toContain(
    'failed, error signature-absent',
  );
  const strictToo = await policyOf('version: 1\nextends: [ssdf, strict]\n');
  expect(strictToo.practices).toBe('ssdf');
  expect(judged(evidence(), strictToo)).toContain('failed, error provenance-absent');
  expect((await policyOf('version: 1\nextends: ssdf\npractices: none\n')).practices).toBe('none');
  expect((await policyOf('version: 1\nextends: strict\npractices: ssdf\n')).practices).toBe('ssdf');
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
