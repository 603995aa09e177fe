import { describe, expect, test } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { failureOf, folderOf } from './support.ts';

const COMPANY = `version: 1
extends: strict
locked: true
minimum: { releaseAge: 3d }
require: { releaseAge: error }
rules:
  - match: '@acme/*'
    require: { provenance: error }
    identity: { repository: 'https://github.com/acme/*' }
    deny: { trigger: pull_request_target }
sources:
  git: { direct: error, transitive: error, allow: https://github.com/acme/* }
registries:
  - { url: 'https://r.example', keys: none, scopes: '@acme' }
`;

async function under(own: string, company = COMPANY): Promise<string> {
  const text = own.includes('extends:') ? own : `extends: ./company.yaml\n${own}`;
  const folder = await folderOf({
    'verify-deps.yaml': `version: 1\n${text}\n`,
    'company.yaml': company,
    'other.yaml': 'version: 1\nrules: [{ match: lodash, require: { provenance: warn } }]\n',
  });
  return failureOf(loadPolicy({ from: folder }));
}

describe('what is locked', () => {
  test.each([
    [
      'a level',
      'require: { publishAttestation: warn }',
      /require\.publishAttestation: warn weakens error of preset:strict:\d+:\d+, and company\.yaml:3:9 locks require/,
    ],
    ['the mode', 'mode: observe', /mode: observe weakens enforce/],
    [
      'a minimum',
      'minimum: { releaseAge: 1d }',
      /minimum\.releaseAge is lower than that of company\.yaml:4:/,
    ],
    ['a builder', "builders: { 'https://github.com/evil/builds/*': 3 }", /is worth more than by the table/],
    [
      'an exemption',
      "exemptions: [{ package: left-pad@1.0.0, reason: r, owner: o, expires: '2099-01-01' }]",
      /an exemption for "left-pad"/,
    ],
    [
      'a rule against a default',
      'rules: [{ match: lodash, require: { provenance: off } }]',
      /require\.provenance: off weakens warn of preset:strict/,
    ],
    [
      'a rule against a rule',
      "rules: [{ match: '@acme/log', require: { provenance: warn } }]",
      /provenance: warn weakens error/,
    ],
    [
      'a minimum by rule',
      'rules: [{ match: lodash, minimum: { releaseAge: 1h } }]',
      /minimum\.releaseAge is lower/,
    ],
    [
      'a wider identity',
      "rules: [{ match: '@acme/log', identity: { repository: 'https://github.com/other/*' } }]",
      /identity allows more than that of company\.yaml:9:/,
    ],
    [
      'an identity of another kind',
      "rules: [{ match: '@acme/log', identity: { workflow: .github/workflows/x.yml } }]",
      /identity allows more/,
    ],
    [
      'a deny that is dropped',
      "rules: [{ match: '@acme/log', deny: 'off' }]",
      /deny leaves out some of that/,
    ],
    ['a source', 'sources: { git: warn }', /sources\.git\.direct: warn weakens error/],
    [
      'a place added',
      "sources: { git: { allow: ['https://github.com/acme/*', 'https://github.com/evil/*'] } }",
      /allows "https:\/\/github\.com\/evil\/\*"/,
    ],
    [
      'keys of a registry',
      "registries: [{ url: 'https://r.example', keys: registry }]",
      /gets other keys than those of company\.yaml:14:/,
    ],
    [
      'keys of a registry that had the usual ones',
      "registries: [{ url: 'https://s.example', keys: none }]",
      /"https:\/\/s\.example\/" gets other keys/,
    ],
    [
      'another home of a scope',
      "registries: [{ url: 'https://s.example', keys: tuf, scopes: '@acme' }]",
      /scope @acme may come from another registry/,
    ],
    [
      'by a file listed before',
      'extends: [./other.yaml, ./company.yaml]',
      /^policy-locked other\.yaml:2:\d+/,
    ],
    ['by a file listed after', 'extends: [./company.yaml, ./other.yaml]', /^policy-locked other\.yaml:2:\d+/],
    ['by the order of presets', 'extends: [./company.yaml, observe]', /^policy-locked preset:observe:/],
  ])('may not be weakened: %s', async (_, own, message) => {
    const failure = await under(own);
    expect(failure).toMatch(/^policy-locked \S+:\d+:\d+: .*, and company\.yaml:3:9 locks [a-z]+$/);
    expect(failure).toMatch(message);
  });

  test.each([
    ['nothing at all', ''],
    ['a higher minimum', 'minimum: { releaseAge: 1w }'],
    ['the same level again', 'require: { provenance: error }'],
    [
      'a rule that is as strict',
      'rules: [{ match: lodash, require: { provenance: error }, minimum: { releaseAge: 9d } }]',
    ],
    [
      'a narrower identity',
      "rules: [{ match: '@acme/log', identity: { repository: https://github.com/acme/log } }]",
    ],
    [
      'an identity for others',
      'rules: [{ match: lodash, identity: { repository: https://github.com/lodash/lodash } }]',
    ],
    [
      'more that is denied',
      "rules: [{ match: '@acme/log', deny: { trigger: [pull_request_target, workflow_run], runner: self-hosted } }]",
    ],
    ['fewer places', 'sources: { git: error }'],
    ['a registry with the usual keys', "registries: [{ url: 'https://s.example', keys: tuf }]"],
  ])('may be made stricter: %s', async (_, own) => {
    expect(await under(own)).toBe('no failure');
  });

  // Each of these company policies has a rule that another of its own overrules wherever the project's rule is asked.
  test.each([
    [
      'a default that its own rule lowers',
      "rules: [{ match: '@acme/log', require: { provenance: warn } }]",
      "locked: true\nrequire: { provenance: error }\nrules: [{ match: '@acme/*', require: { provenance: warn } }]",
    ],
    [
      'a wider rule that a nearer one overrules',
      "rules: [{ match: '@acme/log', require: { provenance: warn } }]",
      "locked: true\nrules: [{ match: '*', require: { provenance: error } }, { match: '@acme/*', require: { provenance: warn } }]",
    ],
    [
      'a narrower rule that is asked first anyway',
      "rules: [{ match: '@acme/*', minimum: { releaseAge: 1d } }]",
      "locked: [rules]\nrules: [{ match: '@acme/log', minimum: { releaseAge: 9d }, require: { releaseAge: error } }]",
    ],
    [
      'an identity that is asked first anyway',
      "rules: [{ match: '@acme/*', identity: { owner: 'https://github.com/other' } }]",
      "locked: true\nrules: [{ match: '@acme/log', identity: { owner: 'https://github.com/acme' } }]",
    ],
    [
      'rules for other places',
      'rules: [{ match: { direct: false }, require: { provenance: warn } }]',
      'locked: [rules]\nrules: [{ match: { direct: true }, require: { provenance: error } }]',
    ],
    [
      'a place within those',
      'sources: { git: { allow: https://github.com/acme/x } }',
      'locked: true\nsources: { git: { direct: error, allow: https://github.com/acme/* } }',
    ],
  ])('is held against what would decide: %s', async (_, own, company) => {
    expect(await under(own, `version: 1\n${company}\n`)).toBe('no failure');
  });

  test.each([
    [
      'a rule that is overruled for some names only',
      "rules: [{ match: { name: ['@acme/log', lodash] }, require: { provenance: warn } }]",
      "rules: [{ match: '*', require: { provenance: error } }, { match: '@acme/*', require: { provenance: warn } }]",
    ],
    [
      'a rule that is overruled in some versions only',
      "rules: [{ match: '@acme/log', require: { provenance: warn } }]",
      "rules: [{ match: '*', require: { provenance: error } }, { match: { name: '@acme/*', version: '<2' }, require: { provenance: warn } }]",
    ],
    [
      'a rule that is overruled in development only',
      "rules: [{ match: '@acme/log', require: { provenance: warn } }]",
      "rules: [{ match: '*', require: { provenance: error } }, { match: { name: '@acme/*', dependency: dev }, require: { provenance: warn } }]",
    ],
    [
      'a rule that other criteria do not outrank',
      "rules: [{ match: { name: '@acme/*', dependency: prod }, require: { provenance: warn } }]",
      "rules: [{ match: '@acme/*', require: { provenance: error } }]",
    ],
  ])('counts where it may decide: %s', async (_, own, rules) => {
    expect(await under(own, `version: 1\nlocked: rules\n${rules}\n`)).toMatch(
      /^policy-locked verify-deps\.yaml:3:/,
    );
  });

  test('a default binds rules of the same packages, where another rule of the lock asks for it', async () => {
    // In production both rules apply. The nearer one, of the company, decides for error until a copy of the other comes.
    const said = await failureOf(
      loadPolicy({
        from: await folderOf({
          'verify-deps.yaml':
            'version: 1\nextends: ./company.yaml\nrules: [{ match: { name: a, direct: true }, require: { provenance: warn } }]\n',
          'company.yaml':
            'version: 1\nextends: ./base.yaml\nlocked: require\nrequire: { provenance: error }\nrules: [{ match: { name: a, dependency: prod }, require: { provenance: error } }]\n',
          'base.yaml':
            'version: 1\nrules: [{ match: { name: a, direct: true }, require: { provenance: off } }]\n',
        }),
      }),
    );
    expect(said).toMatch(
      /^policy-locked verify-deps\.yaml:3:\d+: rule "rules\[0\]": require\.provenance: warn/,
    );
  });

  test.each([
    ['a rule', "rules: [{ match: '*', require: { provenance: PICK } }]", 'error', 'warn'],
    ['a pin', "rules: [{ match: a, identity: { owner: 'https://github.com/PICK' } }]", 'acme', 'evil'],
    ['a denial', "rules: [{ match: a, deny: { trigger: 'PICK' } }]", '*', 'push'],
    ['a builder', "builders: { 'https://github.com/a/b/*': PICK }", '1', '3'],
  ])('cannot be turned around by naming one of its parts first: %s', async (_, text, strong, weak) => {
    const part = (value: string): string => `version: 1\n${text.replace('PICK', value)}\n`;
    const files = {
      'company.yaml': 'version: 1\nextends: [./weak.yaml, ./strong.yaml]\nlocked: true\n',
      'weak.yaml': part(weak),
      'strong.yaml': part(strong),
    };
    const load = async (entries: string): Promise<string> =>
      failureOf(
        loadPolicy({
          from: await folderOf({ ...files, 'verify-deps.yaml': `version: 1\nextends: ${entries}\n` }),
        }),
      );
    expect(await load('[./company.yaml]')).toBe('no failure');
    expect(await load('[./weak.yaml, ./company.yaml]')).toBe('no failure');
    // Now what is strong counts where it is weakest: beneath the other.
    expect(await load('[./strong.yaml, ./company.yaml]')).toMatch(/^policy-locked weak\.yaml:2:/);
  });

  test('is not held against more rules than can be', async () => {
    const names = Array.from({ length: 900 }, (_, i) => `a${i}`).join(', ');
    const rule = (match: string): string =>
      `  - { match: { name: ${match} }, require: { provenance: error } }\n`;
    const rules = `rules:\n${rule(`&n [${names}]`)}${rule('*n').repeat(90)}`;
    expect(await under(rules, `version: 1\nlocked: rules\n${rules}`)).toMatch(
      /^policy-malformed verify-deps\.yaml:\d+:\d+: too many rules/,
    );
  });

  test('is what is named, and the rest is free', async () => {
    const company = 'version: 1\nextends: strict\nlocked: [require]\n';
    expect(await under('mode: observe', company)).toBe('no failure');
    expect(await under('require: { baseline: off }', company)).toMatch(/company\.yaml:3:10 locks require$/);
    expect(await under('require: { baseline: off }', 'version: 1\nextends: strict\n')).toBe('no failure');
  });

  test('binds through a file between', async () => {
    const folder = await folderOf({
      'verify-deps.yaml': 'version: 1\nextends: ./team.yaml\nmode: observe\n',
      'team.yaml': 'version: 1\nextends: ./company.yaml\n',
      'company.yaml': COMPANY,
    });
    expect(await failureOf(loadPolicy({ from: folder }))).toMatch(/^policy-locked verify-deps\.yaml:3:7/);
  });

  test('refuses an unknown part', async () => {
    expect(await under('', 'version: 1\nlocked: [everything]\n')).toMatch(
      /^policy-malformed company\.yaml:2/,
    );
  });
});
