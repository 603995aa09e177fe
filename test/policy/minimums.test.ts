import { describe, expect, test } from 'vitest';
import { durationOf, durationText } from '../../src/policy/convert-minimum.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { failureOf, folderOf, policyOf, presetOf } from './support.ts';

const HOUR = 3_600_000;

describe('durations', () => {
  test.each([
    ['72h', 72, '3d'],
    ['3d', 72, '3d'],
    ['2w', 336, '14d'],
    ['36h', 36, '36h'],
    ['1h', 1, '1h'],
    ['0h', 0, '0h'],
    ['0w', 0, '0h'],
    ['9999w', 9999 * 168, '69993d'],
  ])('%s', (text, hours, shown) => {
    expect(durationOf(text)).toBe(hours * HOUR);
    expect(durationText(hours * HOUR)).toBe(shown);
  });

  test.each(['3', '3 d', '3D', '03d', '-3d', '3.5d', '3days', 'd', '', '10000w', '3d\n', '٣d', '1e3h', '3m'])(
    '%j is refused',
    async (text) => {
      const policy = `version: 1\nrequire: { releaseAge: warn }\nminimum: { releaseAge: ${JSON.stringify(text)} }\n`;
      const failure = await failureOf(policyOf(policy));
      expect(failure).toMatch(/^policy-malformed verify-deps\.yaml:3:24: minimum\.releaseAge must /);
      if (text !== '') expect(failure).toContain('must be hours, days or weeks: 72h, 3d or 2w');
    },
  );
});

describe('form', () => {
  test.each([
    ['minimum: { releaseAge: 3 }', '2:24: minimum.releaseAge must be text, not a number (put it in quotes'],
    ['minimum: { buildLevel: 4 }', '2:24: minimum.buildLevel must be 0, 1, 2 or 3, not 4'],
    ['minimum: { buildLevel: 1.5 }', '2:24: minimum.buildLevel must be 0, 1, 2 or 3, not 1.5'],
    ["minimum: { buildLevel: '2' }", '2:24: minimum.buildLevel must be 0, 1, 2 or 3, not "2"'],
    ['minimum: { buildLevel: L2 }', '2:24: minimum.buildLevel must be 0, 1, 2 or 3, not "L2"'],
    ['minimum: { buildlevel: 2 }', '2:12: unknown key "buildlevel" in minimum, did you mean "buildLevel"'],
    ['minimum: 3d', '2:10: minimum must be a map, not text'],
    ['builders: [x]', '2:11: builders must be'],
    ['require: { releaseAge: 3d }', '2:24: require.releaseAge must be error, warn or off, not "3d"'],
    ['rules: [{ match: x, minimum: {} }]', 'a rule needs require, minimum, identity or deny'],
    ['rules: [{ match: x, minimum: { coverage: 60% } }]', 'unknown key "coverage"'],
  ])('%s', async (line, message) => {
    expect(await failureOf(policyOf(`version: 1\n${line}\n`))).toContain(message);
  });

  test('a rule may set nothing but a minimum', async () => {
    const policy = await policyOf(`version: 1
require: { buildLevel: warn }
rules:
  - { match: x, minimum: { buildLevel: 3, releaseAge: 0h } }
`);
    expect(policy.rules[0]?.minimum).toEqual({
      buildLevel: { value: 3, at: { file: 'verify-deps.yaml', line: 4, column: 40 } },
      releaseAge: { value: 0, at: { file: 'verify-deps.yaml', line: 4, column: 55 } },
    });
  });
});

describe('layers', () => {
  test('the nearest file that sets a minimum decides, each by itself, and is named', async () => {
    const from = await folderOf({
      '.git/HEAD': '',
      'base.yaml':
        'version: 1\nextends: strict\nrequire: { releaseAge: error }\nminimum: { releaseAge: 2w, buildLevel: 1 }\n',
      'verify-deps.yaml':
        'version: 1\nextends: ./base.yaml\nrequire: { buildLevel: warn }\nminimum: { buildLevel: 3 }\n',
    });
    const { minimum, defaults } = await loadPolicy({ from });
    expect(minimum).toEqual({
      releaseAge: { value: 336 * HOUR, at: { file: 'base.yaml', line: 4, column: 24 } },
      buildLevel: { value: 3, at: { file: 'verify-deps.yaml', line: 4, column: 24 } },
    });
    expect(defaults.releaseAge).toEqual({ value: 'error', at: { file: 'base.yaml', line: 3, column: 24 } });
  });

  test('the presets set them, each with a comment', async () => {
    expect((await presetOf('recommended')).minimum).toMatchObject({
      releaseAge: { value: 72 * HOUR },
      buildLevel: { value: 2 },
    });
    expect((await presetOf('strict')).minimum.releaseAge.value).toBe(168 * HOUR);
  });

  test('two equally specific rules must not differ', async () => {
    const rules = (a: string, b: string) =>
      failureOf(
        policyOf(`version: 1
require: { releaseAge: warn, buildLevel: warn }
rules:
  - { match: x, minimum: { ${a} } }
  - { match: x, minimum: { ${b} } }
`),
      );
    expect(await rules('releaseAge: 1d', 'releaseAge: 2d')).toContain(
      'equally specific and set minimum.releaseAge differently',
    );
    expect(await rules('buildLevel: 1', 'buildLevel: 2')).toContain('set minimum.buildLevel differently');
    // The same, written differently; and two things that have nothing to do with each other.
    expect(await rules('releaseAge: 24h', 'releaseAge: 1d')).toBe('no failure');
    expect(await rules('releaseAge: 1d', 'buildLevel: 2')).toBe('no failure');
  });
});

describe('a minimum that nothing makes a demand', () => {
  const IDLE =
    /^policy-conflict verify-deps\.yaml:\d+:\d+: minimum\.\w+ does nothing while require\.\w+ is off \(preset:recommended:\d+:\d+\)$/;
  test.each([
    'minimum: { releaseAge: 3d }',
    'minimum: { buildLevel: 3 }',
    'extends: strict\nminimum: { buildLevel: 3 }',
    'rules: [{ match: x, minimum: { releaseAge: 3d } }]',
    "minimum: { releaseAge: 3d }\nrules: [{ match: x, require: { releaseAge: 'off' } }]",
  ])('%s', async (text) => {
    const failure = await failureOf(policyOf(`version: 1\n${text}\n`));
    expect(failure.replace('preset:strict', 'preset:recommended')).toMatch(IDLE);
  });

  test.each([
    'require: { releaseAge: warn }\nminimum: { releaseAge: 3d }',
    'minimum: { releaseAge: 3d }\nrules: [{ match: x, require: { releaseAge: warn } }]',
    'require: { buildLevel: warn }\nrules: [{ match: x, minimum: { buildLevel: 3 } }]',
    // Whoever writes both has decided.
    "require: { releaseAge: 'off' }\nminimum: { releaseAge: 3d }",
    "rules: [{ match: x, require: { releaseAge: 'off' }, minimum: { releaseAge: 3d } }]",
    'minimum: { releaseAge: 0h, buildLevel: 0 }',
  ])('not: %s', async (text) => {
    expect(await failureOf(policyOf(`version: 1\n${text}\n`))).toBe('no failure');
  });

  test('not: one of a shared file that the project has switched off', async () => {
    const from = await folderOf({
      '.git/HEAD': '',
      'base.yaml': 'version: 1\nrequire: { releaseAge: error }\nminimum: { releaseAge: 3d }\n',
      'verify-deps.yaml': "version: 1\nextends: ./base.yaml\nrequire: { releaseAge: 'off' }\n",
    });
    expect(await failureOf(loadPolicy({ from }))).toBe('no failure');
  });
});
