import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/args.ts';
import { policy } from '../../src/cli/commands/policy.ts';
import { failureOf } from '../../src/cli/exit.ts';
import { silent } from '../../src/cli/ui.ts';
import { plain } from '../../src/report/style.ts';

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** Runs `verify-deps policy …` in a folder with these files and nothing else: no lockfile, no network. */
async function perform(argv: readonly string[], files: Readonly<Record<string, string>>) {
  const cwd = await mkdtemp(path.join(tmpdir(), 'verify-deps-policy-'));
  folders.push(cwd);
  for (const [name, text] of Object.entries(files)) await writeFile(path.join(cwd, name), text);
  let stdout = '';
  const write = async (text: string): Promise<void> => {
    stdout += text;
  };
  try {
    const args = parseCommandLine(['policy', ...argv, '--cache', path.join(cwd, 'cache')], cwd);
    if (args.command !== 'policy') throw new Error('not the policy command');
    const code = await policy(args.action, args.work, {
      input: process.stdin,
      say: async () => undefined,
      output: { write },
      style: plain,
      columns: undefined,
      ui: silent,
      signal: new AbortController().signal,
      env: { HOME: cwd },
    });
    return { code, stdout, stderr: '' };
  } catch (error) {
    const failure = failureOf(error);
    return { code: failure.exitCode, stdout, stderr: failure.text };
  }
}

const POLICY = `version: 1
extends: ./team.yaml
rules:
  - name: ours
    match: '@acme/*'
    require: { provenance: error }
    identity: { repository: 'https://github.com/acme/*' }
`;
const TEAM =
  'version: 1\nlocked: [mode]\npractices: ssdf\nminimum: { releaseAge: 3d }\nrequire: { releaseAge: error }\n';
const FILES = { 'verify-deps.yaml': POLICY, 'team.yaml': TEAM };

describe('policy show', () => {
  test('says for each value where it stands', async () => {
    const { code, stdout } = await perform(['show'], FILES);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^mode +enforce +preset:recommended:\d+:\d+$/m);
    expect(stdout).toMatch(/^practices +ssdf +team\.yaml:3:12$/m);
    expect(stdout).toMatch(/^require\.releaseAge +error +team\.yaml:5:\d+$/m);
    expect(stdout).toMatch(/^minimum\.releaseAge +3d +team\.yaml:4:\d+$/m);
    expect(stdout).toMatch(/^rules\[0\] +ours: @acme\/\* +verify-deps\.yaml:4:5$/m);
    expect(stdout).toMatch(
      /^rules\[0\]\.identity\.repository +https:\/\/github\.com\/acme\/\* +verify-deps\.yaml:7:/m,
    );
    expect(stdout).not.toContain('undefined');
  });

  test('says it as JSON, every value with its place', async () => {
    const { stdout } = await perform(['show', '--json'], FILES);
    const { files, values } = JSON.parse(stdout) as {
      files: string[];
      values: { key: string; line?: number }[];
    };
    expect(files).toEqual(['verify-deps.yaml', 'team.yaml', 'preset:recommended']);
    expect(values.filter(({ line }) => line === undefined)).toEqual([]);
    expect(values).toContainEqual({
      key: 'require.releaseAge',
      value: 'error',
      file: 'team.yaml',
      line: 5,
      column: 24,
    });
  });
});

describe('policy check', () => {
  test('passes what is in order', async () => {
    const { code, stdout } = await perform(['check'], FILES);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^the policy is in order: 1 rule, 0 exemptions, from\n {2}verify-deps\.yaml\n/),
    ]);
  });

  test.each([
    ['an unknown key', 'version: 1\nmoed: observe\n', /verify-deps\.yaml:2:1: unknown key "moed"/],
    [
      'what weakens a lock',
      'version: 1\nextends: ./team.yaml\nmode: observe\n',
      /verify-deps\.yaml:3:7: mode: observe weakens enforce of preset:recommended:\d+:\d+, and team\.yaml:2:10 locks mode/,
    ],
    ['what extends something that is not there', 'version: 1\nextends: ./gone.yaml\n', /does not exist/],
  ])('refuses %s', async (_, text, message) => {
    const { code, stderr } = await perform(['check'], { ...FILES, 'verify-deps.yaml': text });
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  describe('with rules that decide nothing', () => {
    const own =
      'version: 1\nextends: ./team.yaml\nrules:\n  - { name: mine, match: a, require: { provenance: warn } }\n  - { match: gone, require: { provenance: warn } }\n';
    const team = 'version: 1\nrules: [{ match: a, require: { provenance: error } }]\n';
    const entry = { version: '1.0.0', resolved: 'https://registry.example/a/-/a-1.0.0.tgz' };
    const packages = { '': { name: 'x', dependencies: { a: '1' } }, 'node_modules/a': entry };
    const lockfile = JSON.stringify({ name: 'x', lockfileVersion: 3, packages });
    const files = { 'verify-deps.yaml': own, 'team.yaml': team };
    const overruled = 'team.yaml:2:9: rule "rules[0]" never decides: rule "mine" (verify-deps.yaml:4:5) does';

    test('says which, and passes', async () => {
      const { code, stdout } = await perform(['check'], { ...files, 'package-lock.json': lockfile });
      expect([code, stdout.split('\n').slice(0, 3)]).toEqual([
        0,
        [
          `warning: ${overruled}`,
          'warning: verify-deps.yaml:5:5: rule "rules[1]" matches no package of package-lock.json',
          'the policy is in order: 3 rules, 0 exemptions, from',
        ],
      ]);
      const json = await perform(['check', '--json'], { ...files, 'package-lock.json': lockfile });
      expect(JSON.parse(json.stdout)).toMatchObject({ outcome: 'passed', warnings: { length: 2 } });
    });

    test('without a lockfile says what can be said without', async () => {
      const { code, stdout } = await perform(['check', '--json'], files);
      expect([code, (JSON.parse(stdout) as { warnings: unknown }).warnings]).toEqual([0, [overruled]]);
    });

    test('says that a lockfile cannot be read, and checks the policy all the same', async () => {
      const { code, stdout } = await perform(['check'], {
        'verify-deps.yaml': own,
        'team.yaml': team,
        'package-lock.json': '{',
      });
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/^warning: rules are not held against the lockfile: .*package-lock\.json/m),
      ]);
    });
  });

  test.each([[[]], [['frob']], [['show', 'x']], [['test', 'a', 'b']]])('is usage: %j', async (argv) => {
    expect((await perform(argv, FILES)).code).toBe(2);
  });
});

const CASES = `version: 1
now: 2026-11-22
cases:
  - name: a release of ours
    given:
      package: '@acme/log'
      version: 2.1.0
      published: 2026-11-01
      provenance: { repository: https://github.com/acme/log }
    expect: passed
    codes: []
  - name: built elsewhere
    given:
      package: '@acme/log'
      version: 2.1.0
      published: 2026-11-01
      declared: https://github.com/evil/log
      provenance: { repository: https://github.com/evil/log }
    expect: failed
    codes: [identity-mismatch]
  - name: too young
    given: { package: lodash, version: 4.0.0, published: 2026-11-21 }
    expect: failed
    codes: [release-too-young]
  - name: a forged signature
    given: { package: lodash, version: 4.0.0, published: 2026-01-01, signature: invalid }
    expect: failed
  - name: out of reach
    given: { package: lodash, version: 4.0.0, published: 2026-01-01, signature: unreachable }
    expect: undecided
  - name: moved
    given:
      package: lodash
      version: 4.0.1
      published: 2026-01-01
      provenance: { repository: https://github.com/evil/lodash }
    baseline: { repository: https://github.com/lodash/lodash }
    expect: failed
    codes: [repository-changed]
`;

describe('policy test', () => {
  test('passes where all cases end as expected', async () => {
    const { code, stdout, stderr } = await perform(['test'], { ...FILES, 'verify-deps.test.yaml': CASES });
    expect([code, stderr, stdout]).toEqual([0, '', expect.stringMatching(/6 cases, all as expected\n$/)]);
  });

  test('says what is different', async () => {
    const text = CASES.replace('expect: undecided', 'expect: passed').replace(
      '[identity-mismatch]',
      '[owner-changed]',
    );
    const { code, stdout } = await perform(['test', 'other.yaml'], { ...FILES, 'other.yaml': text });
    expect(code).toBe(1);
    expect(stdout).toContain(
      'FAILED  out of reach  other.yaml:28:5\n          expected passed, but it is undecided\n          found registry-unreachable\n',
    );
    expect(stdout).toContain(
      '          not found: owner-changed\n          not expected: identity-mismatch\n',
    );
    expect(stdout).toMatch(/6 cases, 2 not as expected\n$/);
    const json = await perform(['test', 'other.yaml', '--json'], { ...FILES, 'other.yaml': text });
    expect(JSON.parse(json.stdout)).toMatchObject({ outcome: 'failed', cases: { length: 6 } });
  });

  test.each([
    ['no file', undefined, /^verify-deps: verify-deps\.test\.yaml does not exist\n +write cases into it/],
    [
      'a case about nothing',
      'version: 1\ncases:\n  - name: x\n    expect: { passed: true }\n',
      /3:5: cases\[0\]\.given is missing/,
    ],
    ['an unknown key', CASES.replace('baseline:', 'basline:'), /unknown key "basline"/],
    [
      'an unknown code',
      CASES.replace('identity-mismatch', 'identity-mismtach'),
      /verify-deps\.test\.yaml:20:/,
    ],
    ['an impossible day', CASES.replace('2026-11-22', '2026-02-30'), /is not a day/],
    ['no case', 'version: 1\ncases: []\n', /verify-deps\.test\.yaml:2:8/],
  ])('refuses %s', async (_, text, message) => {
    const files = text === undefined ? FILES : { ...FILES, 'verify-deps.test.yaml': text };
    const { code, stderr } = await perform(['test'], files);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
