import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { demandsOn } from '../../src/policy/match.ts';
import {
  evidence,
  failureOf,
  folderOf,
  foreign,
  judged,
  NO_BASELINE,
  NOW,
  policyOf,
  subject,
} from './support.ts';

const OURS = 'https://npm.acme.example/';
const PUBLIC = 'https://registry.example/';
const ELSEWHERE = 'failed, error scope-elsewhere';
const policy = await policyOf(`
version: 1
registries:
  - { url: https://npm.acme.example, scopes: ['@acme', '@acme-labs'] }
  - { url: https://mirror.example/npm/, mirrorOf: https://npm.acme.example/ }
  - { url: https://mirror.example/other/, mirrorOf: default }
`);
const from = (registry: string | undefined, name = '@acme/log', resolved?: string) =>
  evidence({ registry, subject: subject({ name, source: { kind: 'registry', resolved } }) });

describe('a pinned scope', () => {
  test.each([
    ['its registry', OURS, '@acme/log', 'passed'],
    ['spelled otherwise', 'https://NPM.acme.example:443', '@acme/log', 'passed'],
    ['its mirror', 'https://mirror.example/npm/', '@acme/log', 'passed'],
    ['another registry', PUBLIC, '@acme/log', ELSEWHERE],
    ['a mirror of another one', 'https://mirror.example/other/', '@acme/log', ELSEWHERE],
    ['another registry on its host', `${OURS}public/`, '@acme/log', ELSEWHERE],
    ['its registry in the clear', 'http://npm.acme.example/', '@acme/log', ELSEWHERE],
    ['a host that begins alike', 'https://npm.acme.example.evil.example/', '@acme/log', ELSEWHERE],
    ['a second scope', PUBLIC, '@acme-labs/x', ELSEWHERE],
    ['a scope that begins alike', PUBLIC, '@acme-evil/log', 'passed'],
    ['the start of a scope', PUBLIC, '@acm/log', 'passed'],
    ['a name without a scope', PUBLIC, 'acme', 'passed'],
    ['nothing was asked', undefined, '@acme/log', 'passed'],
  ])('%s', (_, registry, name, expected) => {
    expect(judged(from(registry, name), policy)).toBe(expected);
  });

  test.each([
    ['its registry', `${OURS}@acme/log/-/log-2.1.0.tgz`, 'passed'],
    ['a path of its own', `${OURS}download/log.tgz`, 'passed'],
    ['its mirror', 'https://mirror.example/npm/@acme/log/-/log-2.1.0.tgz', 'passed'],
    ['another host', `${PUBLIC}@acme/log/-/log-2.1.0.tgz`, ELSEWHERE],
    ['its host in the clear', 'http://npm.acme.example/@acme/log/-/log-2.1.0.tgz', ELSEWHERE],
    ['its host as a name', 'https://npm.acme.example@evil.example/log.tgz', ELSEWHERE],
    ['no URL', 'nowhere', ELSEWHERE],
  ])('the tarball in the lockfile: %s', (_, resolved, expected) => {
    expect(judged(from(OURS, '@acme/log', resolved), policy)).toBe(expected);
  });

  test('is told with both values, and for each of the two places', () => {
    const { findings } = judge(from(PUBLIC, '@acme/log', `${PUBLIC}x.tgz`), policy, NO_BASELINE, NOW);
    expect(findings.map(({ args, decidedBy }) => [args, decidedBy])).toEqual(
      [
        { scope: '@acme', what: 'registry', expected: [OURS], actual: PUBLIC },
        { scope: '@acme', what: 'tarball', expected: [OURS], actual: `${PUBLIC}x.tgz` },
      ].map((args) => [args, { rule: 'registries', at: { file: 'verify-deps.yaml', line: 4, column: 47 } }]),
    );
  });

  test('is judged also where the registry could not be asked', () => {
    const down = unproven('unreachable', 'registry-unreachable');
    const item = {
      ...from(PUBLIC),
      integrity: down,
      registrySignature: down,
      publish: down,
      provenance: down,
    };
    expect(judged(item, policy)).toBe('failed, error registry-unreachable, error scope-elsewhere');
  });

  test('says nothing about the project itself', () => {
    expect(judged(foreign({ kind: 'workspace', path: 'log' }), policy)).toBe('passed');
  });

  test.each([
    { kind: 'git', url: 'git+https://github.com/evil/log.git', commit: 'c'.repeat(40) },
    { kind: 'remote', url: 'https://evil.example/log.tgz' },
    { kind: 'remote', url: `${OURS}@acme/log/-/log-2.1.0.tgz` },
  ] as const)('holds for $kind $url too, unless that place is allowed', async (source) => {
    const item = foreign(source);
    expect(judged(item, policy)).toMatch(/^failed, error scope-elsewhere/);
    expect(judged(foreign(source, [], { name: '@other/log' }), policy)).toBe(
      'passed, warn source-unverifiable',
    );
    const allowing = await policyOf(`version: 1
registries: [{ url: ${OURS}, scopes: '@acme' }]
sources:
  git: { allow: https://github.com/evil/log }
  remote: { allow: ['https://evil.example/*', '${OURS}*'] }
`);
    expect(judged(item, allowing)).not.toContain('scope-elsewhere');
  });

  test('may have several registries, as where tarballs lie on another host', async () => {
    const two = await policyOf(
      `version: 1\nregistries:\n  - { url: ${OURS}, scopes: "@acme" }\n  - { url: https://dl.acme.example/, scopes: "@acme" }\n`,
    );
    expect(judged(from(OURS, '@acme/log', 'https://dl.acme.example/a/b.tgz'), two)).toBe('passed');
    expect(judged(from(PUBLIC), two)).toBe(ELSEWHERE);
  });

  test('the nearest entry of a registry says all about it', async () => {
    const folder = await folderOf({
      '.git/HEAD': '',
      'verify-deps.yaml': `version: 1\nextends: ./team.yaml\nregistries:\n  - { url: ${OURS}, scopes: "@beta" }\n`,
      'team.yaml': `version: 1\nregistries:\n  - { url: ${OURS}, scopes: "@acme" }\n`,
    });
    const { scopes } = await loadPolicy({ from: folder });
    expect(scopes.map(({ scope, at }) => `${scope} ${at.file}`)).toEqual(['@beta verify-deps.yaml']);
  });

  test.each(['acme', '@acme/*', '@acme/log', '@', '@a b', '@*'])('%s is no scope', async (scope) => {
    const text = `version: 1\nregistries:\n  - { url: ${OURS}, scopes: ["${scope}"] }\n`;
    expect(await failureOf(policyOf(text))).toBe(
      `policy-malformed verify-deps.yaml:3:48: "${scope}" is not a scope`,
    );
  });
});

describe('match.registry', () => {
  const rules = (...lines: string[]) =>
    policyOf(`version: 1\nrules:\n${lines.map((line) => `  - ${line}\n`).join('')}`);
  test.each([
    [OURS, 'r'],
    ['https://NPM.acme.example', 'r'],
    [PUBLIC, 'require.provenance'],
    [`${OURS}x/`, 'require.provenance'],
    ['http://npm.acme.example/', 'require.provenance'],
    [undefined, 'require.provenance'],
  ])('%s: %s', async (registry, rule) => {
    const one = await rules(
      '{ name: r, match: { registry: https://npm.acme.example }, require: { provenance: error } }',
    );
    expect(demandsOn(subject(), false, one, registry).levels.provenance.rule).toBe(rule);
  });

  test('counts as a criterion, in a list means any of them, and holds in judgement', async () => {
    const two = await rules(
      '{ name: all, match: "@acme/*", require: { provenance: error } }',
      `{ name: ours, match: { name: "@acme/*", registry: [https://b.example, ${OURS}] }, require: { provenance: off } }`,
    );
    expect(judged(from(OURS), two)).toBe('passed');
    expect(judged(from('https://b.example/'), two)).toBe('passed');
    expect(judged(from(PUBLIC), two)).toBe('failed, error provenance-absent');
  });

  test('two equal rules name both, apart from the spelling of the URL', async () => {
    const equal = rules(
      '{ name: a, match: { registry: https://npm.acme.example }, require: { provenance: off } }',
      '{ name: b, match: { registry: https://NPM.acme.example/ }, require: { provenance: warn } }',
    );
    expect(await failureOf(equal)).toBe(
      'policy-conflict verify-deps.yaml:4:5: rules "a" (verify-deps.yaml:3:5) and "b" are equally specific and set provenance differently',
    );
    const apart = rules(
      '{ match: { registry: https://a.example }, require: { provenance: off } }',
      '{ match: { registry: https://b.example }, require: { provenance: warn } }',
    );
    expect(await failureOf(apart)).toBe('no failure');
    const met = await rules(
      '{ name: a, match: { registry: https://npm.acme.example }, require: { provenance: off } }',
      '{ name: b, match: { direct: true }, require: { provenance: warn } }',
    );
    expect(await failureOf((async () => judged(from(OURS), met))())).toMatch(
      /^policy-conflict .* rules "a" .* and "b" are equally specific/,
    );
    expect(judged(from(PUBLIC), met)).toBe('passed, warn provenance-absent');
  });

  test.each([
    'npm.acme.example',
    'ftp://npm.acme.example',
    'https://me:x@npm.acme.example',
    'https://*.example/?a',
  ])('%s is refused', async (url) => {
    expect(
      await failureOf(rules(`{ match: { registry: "${url}" }, require: { provenance: error } }`)),
    ).toMatch(/^policy-malformed verify-deps\.yaml:3:26: /);
  });
});
