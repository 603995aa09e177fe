import { describe, expect, test } from 'vitest';
import { unproven, verified } from '../../src/core/check.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Baseline } from '../../src/policy/types.ts';
import type { Source } from '../../src/tree/types.ts';
import {
  attested,
  bundle,
  evidence,
  foreign,
  judged,
  NO_BASELINE,
  NOW,
  node,
  OTHER_SRI,
  policyOf,
  presetOf,
  provenance,
  REGISTRY,
  SRI,
  subject,
} from './support.ts';

const recommended = await presetOf('recommended');
const strict = await presetOf('strict');
const observe = await presetOf('observe');
const withRequire = (text: string) => policyOf(`version: 1\nrequire: { ${text} }\n`);

const INVALID = unproven('invalid', 'signature-invalid');
const DOWN = unproven('unreachable', 'registry-unreachable');

test('ordinary packages pass', () => {
  expect(judged(evidence(), recommended)).toBe('passed');
  expect(judged(attested(), recommended)).toBe('passed');
  expect(judged(attested(), strict)).toBe('passed');
});

describe('invalid evidence is an error whatever the levels say', () => {
  const off =
    'integrity: off, registrySignature: off, publishAttestation: off, provenance: off, announced: off, resolved: off, unreachable: off';
  test.each([
    ['integrity', { integrity: unproven('invalid', 'integrity-mismatch') }],
    ['registrySignature', { registrySignature: INVALID }],
    ['publish', { publish: unproven('invalid', 'envelope-signature-invalid') }],
    ['provenance', { provenance: unproven('invalid', 'claim-mismatch') }],
    ['resolved', { resolved: unproven('invalid', 'resolved-mismatch') }],
    ['tarball', { tarball: unproven('invalid', 'tarball-mismatch') }],
    ['other', { other: [{ predicateType: 'x', check: unproven('invalid', 'subject-digest-mismatch') }] }],
  ] as const)('%s', async (_, over) => {
    const verdict = judge(evidence(over), await withRequire(off), NO_BASELINE, NOW);
    expect(verdict.outcome).toBe('failed');
    expect(verdict.findings).toMatchObject([{ severity: 'error', status: 'invalid', decidedBy: undefined }]);
  });

  test('also of what does not come from a registry', async () => {
    const item = {
      ...foreign({ kind: 'workspace', path: 'a' }),
      tarball: unproven('invalid', 'tarball-mismatch'),
    };
    expect(judged(item, recommended)).toBe('failed, error tarball-mismatch');
  });

  test('another attestation that is only of an unknown format is not', () => {
    const other = [{ predicateType: 'x', check: unproven('uncovered', 'format-unsupported') }];
    expect(judged(attested({ other }), strict)).toBe('passed');
  });
});

describe('what is missing is worth its level', () => {
  test.each([
    ['integrity', { integrity: unproven('uncovered', 'integrity-missing') }, 'integrity-missing'],
    ['integrity', { integrity: unproven('uncovered', 'integrity-weak') }, 'integrity-weak'],
    ['integrity', { integrity: unproven('absent', 'version-absent') }, 'version-absent'],
    ['integrity', { tarball: unproven('absent', 'version-absent') }, 'version-absent'],
    ['registrySignature', { registrySignature: unproven('absent', 'signature-absent') }, 'signature-absent'],
    [
      'registrySignature',
      { registrySignature: unproven('uncovered', 'registry-keys-unknown') },
      'registry-keys-unknown',
    ],
    [
      'publishAttestation',
      { provenance: provenance(), publish: unproven('absent', 'publish-absent') },
      'publish-absent',
    ],
    ['provenance', {}, 'provenance-absent'],
    [
      'provenance',
      { publish: verified(bundle()), provenance: unproven('absent', 'provenance-absent') },
      'provenance-absent',
    ],
    ['provenance', { provenance: unproven('uncovered', 'format-unsupported') }, 'format-unsupported'],
    [
      'announced',
      {
        publish: unproven('absent', 'attestations-withheld'),
        provenance: unproven('absent', 'attestations-withheld'),
      },
      'attestations-withheld',
    ],
    [
      'announced',
      { publish: verified(bundle()), provenance: unproven('absent', 'provenance-withheld') },
      'provenance-withheld',
    ],
    ['resolved', { resolved: unproven('uncovered', 'resolved-elsewhere') }, 'resolved-elsewhere'],
  ] as const)('%s', async (name, over, code) => {
    const item = evidence({ publish: unproven('absent', 'attestations-absent'), ...over });
    const set = (level: string) =>
      withRequire(
        Object.entries({ provenance: 'off', publishAttestation: 'off', [name]: level })
          .map((pair) => pair.join(': '))
          .join(),
      );
    const outcomes = await Promise.all(
      ['error', 'warn', 'off'].map(async (level) => judged(item, await set(level))),
    );
    expect(outcomes).toEqual([`failed, error ${code}`, `passed, warn ${code}`, 'passed']);
  });

  test('withheld attestations count for provenance too, where it is demanded', async () => {
    const withheld = unproven('absent', 'attestations-withheld');
    const item = evidence({ publish: withheld, provenance: withheld });
    expect(judged(item, await withRequire('announced: off, provenance: error'))).toBe(
      'failed, error attestations-withheld',
    );
  });

  test('a demand for provenance as a warning does not make an error of the missing publish attestation', async () => {
    expect(judged(evidence(), await withRequire('provenance: warn'))).toBe('passed, warn provenance-absent');
  });

  test('one cause is told once', () => {
    const gone = unproven('absent', 'version-absent');
    const item = evidence({ integrity: gone, registrySignature: gone, publish: gone, provenance: gone });
    expect(judged(item, strict)).toBe('failed, error version-absent');
  });

  test('a finding says what decided it', async () => {
    const policy = await policyOf(
      'version: 1\nrules:\n  - match: "@acme/*"\n    require: { provenance: error }\n',
    );
    const [finding] = judge(evidence(), policy, NO_BASELINE, NOW).findings;
    expect(finding).toMatchObject({
      about: 'provenance',
      status: 'absent',
      decidedBy: { rule: 'rules[0]', at: { file: 'verify-deps.yaml', line: 4, column: 28 } },
    });
  });
});

describe('a registry that signs nothing', () => {
  const unsigned = evidence({ registrySignature: unproven('absent', 'signature-absent') });
  const text = `version: 1\nregistries: [{ url: '${REGISTRY}', keys: none }]\n`;
  test('owes nothing by default', async () => {
    expect(judged(unsigned, await policyOf(text))).toBe('passed');
    expect(
      judged({ ...unsigned, registry: 'https://registry.example.evil.example/' }, await policyOf(text)),
    ).toBe('failed, error signature-absent');
    expect(judged({ ...unsigned, registrySignature: INVALID }, await policyOf(text))).toBe(
      'failed, error signature-invalid',
    );
  });
  test('owes what a rule demands', async () => {
    const rule = 'rules: [{ match: "@acme/*", require: { registrySignature: error } }]\n';
    expect(judged(unsigned, await policyOf(text + rule))).toBe('failed, error signature-absent');
  });
});

describe('unreachable', () => {
  const down = attested({ publish: DOWN, provenance: DOWN });
  test('leaves the package undecided, whatever else is off', async () => {
    expect(judged(down, recommended)).toBe('undecided, error registry-unreachable');
    expect(judged(down, await withRequire('unreachable: warn, provenance: error'))).toBe(
      'passed, warn registry-unreachable',
    );
    expect(judged(down, await withRequire('unreachable: off'))).toBe('passed');
  });
  test('something wrong beside it fails', () => {
    expect(judged({ ...down, registrySignature: INVALID }, recommended)).toBe(
      'failed, error registry-unreachable, error signature-invalid',
    );
  });
  test('fails nothing in observe', () => {
    expect(judged(down, observe)).toBe('passed, warn registry-unreachable');
  });
});

test.each([
  [['proof'], 'passed'],
  [['promise', 'proof'], 'passed'],
  [['promise'], 'failed, error tlog-proof-missing'],
  [[], 'failed, error tlog-proof-missing'],
] as const)('inclusion: %s', async (log, expected) => {
  const policy = await withRequire('inclusionProof: error');
  expect(judged(attested({ provenance: provenance({}, log) }), policy)).toBe(expected);
  expect(judged(attested({ publish: verified(bundle(log)) }), policy)).toBe(expected);
  expect(judged(attested({ provenance: provenance({}, log) }), recommended)).toBe('passed');
});

test('signed time', async () => {
  const signature = (signed: boolean) =>
    verified({ keyid: 'k', keyOrigin: 'tuf' as const, publishTime: { time: NOW, signed } });
  const policy = await withRequire('signedTime: error');
  expect(judged(evidence({ registrySignature: signature(false) }), policy)).toBe(
    'failed, error signature-time-unsigned',
  );
  expect(judged(evidence({ registrySignature: signature(true) }), policy)).toBe('passed');
  expect(judged(evidence({ registrySignature: signature(false) }), recommended)).toBe('passed');
});

describe('declared repository', () => {
  const declares = (repository: string | undefined) =>
    attested({ declared: { repository, hasInstallScript: false } });
  test.each([
    ['github:Acme/Mono', 'passed'],
    ['git+https://github.com/acme/mono.git', 'passed'],
    ['https://github.com/acme/mono-evil', 'failed, error repository-mismatch'],
    ['https://github.com/acme-evil/mono', 'failed, error repository-mismatch'],
    ['https://gitlab.com/acme/mono', 'failed, error repository-mismatch'],
    [undefined, 'passed, warn repository-undeclared'],
    ['see the website', 'passed, warn repository-undeclared'],
  ])('%s', (repository, expected) => {
    expect(judged(declares(repository), recommended)).toBe(expected);
  });
  test('levels', async () => {
    const warn = await withRequire('declaredRepository: warn');
    const off = await withRequire('declaredRepository: off');
    expect(judged(declares('a/b'), warn)).toBe('passed, warn repository-mismatch');
    expect(judged(declares(undefined), warn)).toBe('passed, info repository-undeclared');
    expect(judged(declares('a/b'), off)).toBe('passed');
    expect(judged(declares(undefined), off)).toBe('passed');
  });
  test('says nothing without verified provenance', () => {
    expect(judged(evidence({ declared: { repository: 'a/b', hasInstallScript: false } }), recommended)).toBe(
      'passed',
    );
  });
});

describe('baseline', () => {
  const entry = { sourceRepository: 'https://github.com/acme/mono' };
  const recorded: Baseline = new Map([['@acme/log@2', { provenance: entry }]]);
  const without: Baseline = new Map([['@acme/log@2', { provenance: undefined }]]);
  test.each([
    ['lost', evidence(), recorded, 'failed, error provenance-lost'],
    ['kept', attested(), recorded, 'passed'],
    [
      'spelled otherwise',
      attested({ provenance: provenance({ sourceRepository: 'https://github.com/Acme/Mono' }) }),
      recorded,
      'passed',
    ],
    [
      'another repository',
      attested({
        provenance: provenance({ sourceRepository: 'https://github.com/acme-evil/mono' }),
        declared: undefined,
      }),
      recorded,
      'failed, error repository-changed',
    ],
    ['never had any', evidence(), without, 'passed'],
    ['another line', evidence({ subject: subject({ version: '1.9.0' }) }), recorded, 'passed'],
    [
      'a prerelease of the line',
      evidence({ subject: subject({ version: '2.2.0-beta.1' }) }),
      recorded,
      'failed, error provenance-lost',
    ],
    ['another package', evidence({ subject: subject({ name: '@acme/logs' }) }), recorded, 'passed'],
    [
      'not to be judged',
      attested({ provenance: unproven('uncovered', 'format-unsupported') }),
      recorded,
      'failed, error format-unsupported',
    ],
    [
      'not to be asked',
      evidence({ publish: DOWN, provenance: DOWN }),
      recorded,
      'undecided, error registry-unreachable',
    ],
  ] as const)('%s', (_, item, baseline, expected) => {
    expect(judged(item, recommended, baseline)).toBe(expected);
  });
});

describe('identity', () => {
  const pinned = (identity: string, match = '"@acme/*"') =>
    policyOf(`version: 1\nrules:\n  - { match: ${match}, identity: { ${identity} } }\n`);
  test.each([
    ['repository: https://github.com/acme/mono', true],
    ['repository: https://github.com/Acme/Mono.git', true],
    ['repository: https://github.com/acme/*', true],
    ['repository: https://github.com/acme/mono-*', false],
    ['repository: https://github.com/acme/mon', false],
    ['repository: https://github.com/acme/mono2', false],
    ['repository: https://gitlab.com/acme/mono', false],
    ['repository: [https://github.com/x/y, https://github.com/acme/mono]', true],
    ['owner: https://github.com/acme', true],
    ['owner: https://github.com/ACME/', true],
    ['owner: https://github.com/acme-evil', false],
    ['owner: https://github.com/acm', false],
    ['workflow: .github/workflows/release.yml', true],
    ['workflow: .github/workflows/*', true],
    ['workflow: .github/workflows/test.yml', false],
    ['ref: refs/tags/*', true],
    ['ref: refs/heads/main', false],
    ['trigger: [push, release]', true],
    ['trigger: pull_request_target', false],
    ['runner: github-hosted', true],
    ['runner: self-hosted', false],
    ['issuer: https://token.actions.githubusercontent.com', true],
    ['issuer: https://gitlab.com', false],
    ['builder: https://github.com/actions/runner/*', true],
    ['builder: https://github.com/actions/runner', false],
    ['repository: https://github.com/acme/mono, ref: refs/heads/main', false],
  ])('%s: %s', async (identity, holds) => {
    expect(judged(attested(), await pinned(identity))).toBe(
      holds ? 'passed' : 'failed, error identity-mismatch',
    );
  });

  test('a claim that is not there matches nothing', async () => {
    const item = attested({ provenance: provenance({ trigger: undefined }) });
    expect(judged(item, await pinned('trigger: "*"'))).toBe('failed, error identity-mismatch');
  });

  test('every value that differs is told', async () => {
    const { findings } = judge(attested(), await pinned('ref: x, trigger: y'), NO_BASELINE, NOW);
    expect(
      findings.map(({ args, decidedBy }) => [args.field, args.expected, args.actual, decidedBy?.rule]),
    ).toEqual([
      ['trigger', ['y'], 'push', 'rules[0]'],
      ['ref', ['x'], 'refs/tags/v2.1.0', 'rules[0]'],
    ]);
  });

  test('pinned means that provenance has to be there', async () => {
    const policy = await pinned('trigger: push');
    expect(judged(evidence(), policy)).toBe('failed, error provenance-absent');
    expect(judged(evidence({ subject: subject({ name: '@acme-evil/log' }) }), policy)).toBe('passed');
    expect(judged(evidence({ publish: DOWN, provenance: DOWN }), policy)).toBe(
      'undecided, error registry-unreachable',
    );
  });

  test('a package pinned to a builder must come from a registry', async () => {
    const policy = await policyOf(
      'version: 1\nsources: { git: off, workspace: off }\nrules:\n  - { match: "@acme/*", identity: { trigger: push } }\n  - { match: b, require: { provenance: warn } }\n  - { match: "*", require: { registrySignature: error } }\n',
    );
    const git: Source = { kind: 'git', url: 'git+ssh://git@github.com/acme/log.git', commit: 'c' };
    expect(judged(foreign(git), policy)).toBe('failed, error source-not-allowed');
    expect(judged(foreign(git, [], { name: 'b' }), policy)).toBe('passed, warn source-not-allowed');
    expect(judged(foreign(git, [], { name: 'c' }), policy)).toBe('passed');
    expect(judged(foreign({ kind: 'workspace', path: 'log' }), policy)).toBe('passed');
  });

  test('of pins for several places all must hold', async () => {
    const policy = await policyOf(
      'version: 1\nrules:\n  - { match: { dependency: prod }, identity: { trigger: push } }\n  - { match: { dependency: dev }, identity: { trigger: release } }\n',
    );
    const nodes = [node({ dependency: 'dev' }), node({ dependency: 'prod' })];
    expect(judged(attested({ subject: subject({}, nodes) }), policy)).toBe('failed, error identity-mismatch');
    expect(judged(attested({ subject: subject({}, nodes.slice(1)) }), policy)).toBe('passed');
  });
});

describe('sources', () => {
  const sources: readonly Source[] = [
    { kind: 'git', url: 'git+https://github.com/a/b.git', commit: 'c' },
    { kind: 'remote', url: 'https://files.example/a.tgz' },
    { kind: 'file', path: 'a.tgz' },
    { kind: 'directory', path: '../a' },
    { kind: 'workspace', path: 'packages/a' },
    { kind: 'bundled', within: 'node_modules/b' },
  ];
  const direct = sources.map((source) => judged(foreign(source, [node({ source })]), recommended));
  const transitive = sources.map((source) =>
    judged(foreign(source, [node({ source, depth: 2 })]), recommended),
  );
  const inStrict = sources.map((source) => judged(foreign(source, [node({ source })]), strict));
  const warn = 'passed, warn source-unverifiable';
  const error = 'failed, error source-unverifiable';
  test('recommended', () => {
    expect(direct).toEqual([warn, warn, warn, warn, 'passed', 'passed']);
    expect(transitive).toEqual([error, error, warn, warn, 'passed', 'passed']);
  });
  test('strict', () => {
    expect(inStrict).toEqual([error, error, error, error, 'passed', 'failed, error bundled-inside']);
  });
  test('one transitive place makes it transitive', () => {
    const [source] = sources as [Source];
    expect(
      judged(foreign(source, [node({ source, depth: 1 }), node({ source, depth: 3 })]), recommended),
    ).toBe(error);
  });
  test('a tarball without a digest can be any bytes', () => {
    const source = sources[1] as Source;
    const item = foreign(source, [node({ source })], { integrity: { kind: 'none' } });
    expect(judged(item, recommended)).toBe('failed, error integrity-missing, warn source-unverifiable');
  });
});

test('notes are infos', () => {
  const notes = [{ code: 'signature-key-unknown' as const, args: { keyid: 'x' } }];
  expect(judged(evidence({ notes }), strict)).toBe(
    'failed, error provenance-absent, info signature-key-unknown',
  );
});

test('observe reports everything and fails nothing', () => {
  const item = evidence({ registrySignature: INVALID, integrity: unproven('invalid', 'integrity-mismatch') });
  expect(judged(item, observe)).toBe(
    'passed, warn integrity-mismatch, warn provenance-absent, warn signature-invalid',
  );
  expect(OTHER_SRI).not.toBe(SRI);
});
