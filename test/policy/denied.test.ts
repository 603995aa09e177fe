import { describe, expect, test } from 'vitest';
import { judge } from '../../src/policy/evaluate.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import {
  attested,
  evidence,
  failureOf,
  folderOf,
  foreign,
  judged,
  NO_BASELINE,
  NOW,
  node,
  policyOf,
  presetOf,
  provenance,
  subject,
} from './support.ts';

const rules = (...lines: string[]) =>
  policyOf(`version: 1\nrules:\n${lines.map((line) => `  - ${line}\n`).join('')}`);
const denying = (deny: string) => rules(`{ match: "@acme/*", deny: ${deny} }`);
const DENIED = 'failed, error identity-denied';

describe('deny', () => {
  test.each([
    ['{ trigger: push }', true],
    ['{ trigger: [pull_request_target, push] }', true],
    ['{ trigger: pull_request_target }', false],
    ['{ trigger: pus }', false],
    ['{ trigger: pushes }', false],
    ['{ trigger: Push }', false],
    ['{ runner: self-hosted }', false],
    ['{ runner: github-* }', true],
    ['{ ref: refs/tags/v* }', true],
    ['{ ref: refs/tags/w* }', false],
    ['{ ref: refs/tags/v2 }', false],
    ['{ repository: https://github.com/ACME/mono.git }', true],
    ['{ repository: https://github.com/acme/mono2 }', false],
    ['{ repository: https://gitlab.com/acme/mono }', false],
    ['{ owner: https://github.com/acme }', true],
    ['{ owner: https://github.com/acme-evil }', false],
    ['{ ownerId: "2" }', true],
    ['{ ownerId: "22" }', false],
    ['{ repositoryId: "1" }', true],
    ['{ issuer: https://token.actions.githubusercontent.com }', true],
    ['{ builder: https://github.com/actions/runner/* }', true],
    // One of several suffices.
    ['{ trigger: push, runner: self-hosted }', true],
    ["'off'", false],
  ])('%s: %s', async (deny, isDenied) => {
    expect(judged(attested(), await denying(deny))).toBe(isDenied ? DENIED : 'passed');
  });

  test('tells both values and the rule', async () => {
    const policy = await denying('{ trigger: [pull_request_target, push] }');
    expect(judge(attested(), policy, NO_BASELINE, NOW).findings).toEqual([
      {
        code: 'identity-denied',
        severity: 'error',
        status: undefined,
        about: 'identity',
        args: { field: 'trigger', denied: ['pull_request_target', 'push'], actual: 'push' },
        decidedBy: { rule: 'rules[0]', at: { file: 'verify-deps.yaml', line: 3, column: 31 } },
      },
    ]);
  });

  test('what the certificate does not say is not denied; provenance is not demanded', async () => {
    const policy = await denying('{ trigger: "*", runner: self-hosted }');
    expect(judged(attested({ provenance: provenance({ trigger: undefined }) }), policy)).toBe('passed');
    expect(judged(evidence(), policy)).toBe('passed');
    const source = { kind: 'workspace', path: 'log' } as const;
    expect(judged(foreign(source, [node({ source })]), policy)).toBe('passed');
  });

  test('a denied owner is denied with the groups in it, and no other', async () => {
    const policy = await rules("{ match: '*', deny: { owner: https://gitlab.com/acme } }");
    const of = (repository: string) =>
      judged(
        attested({ provenance: provenance({ sourceRepository: repository }), declared: undefined }),
        policy,
      );
    expect(of('https://gitlab.com/acme/log')).toBe(DENIED);
    expect(of('https://gitlab.com/acme/sub/group/log')).toBe(DENIED);
    expect(of('https://gitlab.com/acme-labs/sub/log')).toBe('passed');
    expect(of('https://gitlab.com/other/acme/log')).toBe('passed');
  });

  test('the most specific rule that denies decides, as for identity', async () => {
    const policy = await rules(
      '{ match: "*", deny: { trigger: push, runner: self-hosted } }',
      '{ match: "@acme/*", deny: { runner: self-hosted } }',
      '{ match: "@acme/log", require: { baseline: warn } }',
      '{ match: "@acme/open", deny: "off" }',
    );
    const named = (name: string, over = {}) =>
      judged(attested({ subject: subject({ name }), provenance: provenance(over) }), policy);
    expect(named('other')).toBe(DENIED);
    expect(named('@acme/log')).toBe('passed');
    expect(named('@acme/log', { runner: 'self-hosted' })).toBe(DENIED);
    expect(named('@acme/open', { runner: 'self-hosted' })).toBe('passed');
  });

  test('a nearer file takes the place of an equally specific deny', async () => {
    const from = await folderOf({
      '.git/HEAD': '',
      'verify-deps.yaml': 'version: 1\nextends: ./team.yaml\nrules:\n  - { match: "@acme/*", deny: "off" }\n',
      'team.yaml': 'version: 1\nrules:\n  - { match: "@acme/*", deny: { trigger: push } }\n',
    });
    expect(judged(attested(), await loadPolicy({ from }))).toBe('passed');
    expect(judged(attested(), await loadPolicy({ from, file: 'team.yaml' }))).toBe(DENIED);
  });

  test('of several places all denies hold', async () => {
    const policy = await rules(
      '{ match: { dependency: prod }, deny: { trigger: push } }',
      '{ match: { dependency: dev }, deny: { trigger: release } }',
    );
    const nodes = [node({ dependency: 'dev' }), node({ dependency: 'prod' })];
    expect(judged(attested({ subject: subject({}, nodes) }), policy)).toBe(DENIED);
    expect(judged(attested({ subject: subject({}, nodes.slice(0, 1)) }), policy)).toBe('passed');
  });

  test('two equal rules that deny different things name both', async () => {
    const text = (a: string, b: string) =>
      rules(`{ name: a, match: x, deny: ${a} }`, `{ match: x, deny: ${b} }`);
    expect(await failureOf(text('{ trigger: push }', '{ trigger: release }'))).toBe(
      'policy-conflict verify-deps.yaml:4:5: rules "a" (verify-deps.yaml:3:5) and "rules[1]" are equally specific and set deny differently',
    );
    expect(await failureOf(text('{ trigger: push }', "'off'"))).toMatch(/^policy-conflict .* set deny/);
    expect(await failureOf(text('{ trigger: [a, b] }', '{ trigger: [b, a] }'))).toBe('no failure');
    expect(await failureOf(text('{ trigger: push }', '{ runner: self-hosted }'))).toMatch(/^policy-conflict/);
  });

  test.each([
    ['{}', '3:31: deny names nothing'],
    ['on', '3:31: rules[0].deny must be off, not "on"'],
    ['{ triger: push }', '3:33: unknown key "triger" in rules[0].deny, did you mean "trigger"'],
    ['{ trigger: "*_target" }', '3:42: "*_target" may have one * only, at its end'],
    ['{ ownerId: "2*" }', '3:42: "2*" is not a number'],
  ])('%s is refused', async (deny, problem) => {
    expect(await failureOf(denying(deny))).toContain(problem);
  });
});

describe('numbers of repository and owner', () => {
  const pinned = (identity: string) => rules(`{ match: "@acme/*", identity: { ${identity} } }`);
  const MISMATCH = 'failed, error identity-mismatch';
  test.each([
    ['repositoryId: "1"', {}, 'passed'],
    ['ownerId: ["7", "2"]', {}, 'passed'],
    ['ownerId: "20"', {}, MISMATCH],
    // The right name, registered anew by somebody else.
    ['owner: https://github.com/acme, ownerId: "2"', { sourceOwnerId: '999' }, MISMATCH],
    ['repository: https://github.com/acme/mono, repositoryId: "1"', { sourceRepositoryId: '999' }, MISMATCH],
    // Renamed: the number tells that it is the same.
    ['repositoryId: "1"', { sourceRepository: 'https://github.com/acme/renamed' }, 'passed'],
    // The right issuer and numbers of another host are not enough to be the repository.
    [
      'repository: https://github.com/acme/mono, repositoryId: "1"',
      { sourceRepository: 'https://github.com/evil/mono' },
      MISMATCH,
    ],
    [
      'issuer: https://token.actions.githubusercontent.com, repository: https://github.com/acme/mono',
      { sourceRepository: 'https://github.com/acme/mono2' },
      MISMATCH,
    ],
    // Older certificates bear no numbers.
    ['ownerId: "2"', { sourceOwnerId: undefined }, MISMATCH],
  ])('%s with %o: %s', async (identity, claims, expected) => {
    const item = attested({ provenance: provenance(claims), declared: undefined });
    expect(judged(item, await pinned(identity))).toBe(expected);
  });

  test.each([
    ['repositoryId: "acme"', 'is not a number such as "41881900", exact and in quotes'],
    ['ownerId: "02"', 'is not a number'],
    ['ownerId: ""', 'must not be empty'],
    ['ownerId: 2', 'a number (put it in quotes to make it text)'],
    ['ownerId: "*"', 'is not a number'],
  ])('%s is refused', async (identity, problem) => {
    expect(await failureOf(pinned(identity))).toContain(problem);
  });

  test.each([
    ['refs/tags/v*', 'passed'],
    ['refs/tags/v2.*', 'passed'],
    ['refs/tags/v', MISMATCH],
    ['refs/tags/v3*', MISMATCH],
    ['refs/tags/.*', MISMATCH],
    ['refs/heads/v*', MISMATCH],
  ])('ref %s: %s', async (ref, expected) => {
    expect(judged(attested(), await pinned(`ref: "${ref}"`))).toBe(expected);
  });
});

describe('presets', () => {
  const built = (over: Parameters<typeof provenance>[0]) => attested({ provenance: provenance(over) });
  test('recommended denies nothing: well-known packages are published by pull_request_target', async () => {
    const recommended = await presetOf('recommended');
    expect(judged(built({ trigger: 'pull_request_target' }), recommended)).toBe('passed');
    expect(judged(built({ runner: 'self-hosted' }), recommended)).toBe('passed');
  });

  test('strict denies builds that strangers can start, and machines that nobody vouches for', async () => {
    const strict = await presetOf('strict');
    expect(judged(built({}), strict)).toBe('passed');
    expect(judged(built({ trigger: 'pull_request_target' }), strict)).toBe(DENIED);
    expect(judged(built({ trigger: 'pull_request' }), strict)).toBe('passed');
    expect(judged(built({ runner: 'self-hosted' }), strict)).toBe(DENIED);
    const allowing = await policyOf(
      'version: 1\nextends: strict\nrules:\n  - { match: "@acme/log", deny: { runner: self-hosted } }\n',
    );
    expect(judged(built({ trigger: 'pull_request_target' }), allowing)).toBe('passed');
    expect(judged(built({ runner: 'self-hosted' }), allowing)).toBe(DENIED);
  });
});
