import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { codes } from '../../src/core/codes.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';
import type { Baseline, Finding, Verdict } from '../../src/policy/types.ts';
import { formatLock, lockOf } from '../../src/report/lock.ts';
import { readLock } from '../../src/report/lock-read.ts';
import {
  attested,
  bare,
  evidenceOf,
  finding,
  node,
  provenance,
  type SampleOptions,
  sample,
  scenarios,
  signedOnly,
  sri,
  verdict,
} from './samples.ts';

const baseline: Baseline = new Map([
  ['b@1', { provenance: undefined }],
  ['__proto__@1', { provenance: undefined }],
  ['a@1', { provenance: { sourceRepository: 'https://x.example/a', workflow: 'w', signer: 's' } }],
  [
    'a@2-prerelease',
    {
      provenance: {
        builder: 'b',
        issuer: 'i',
        ownerId: '2',
        ref: 'refs/heads/main',
        refKind: 'branch',
        repositoryId: '1',
        runner: 'r',
        signer: 's',
        sourceRepository: 'https://x.example/new/a',
        trigger: 't',
        workflow: 'w',
      },
      formerly: ['https://x.example/old/a', 'https://x.example/older/a'],
      accepted: { reason: 'moved \u202e "here"' },
    },
  ],
]);
const schema = JSON.parse(
  readFileSync(new URL('../../policies/verify-deps.lock.schema.json', import.meta.url), 'utf8'),
) as object;
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

const MONO = 'https://github.com/acme/mono';

const textOf = (verdicts: readonly Verdict[], options?: SampleOptions, from: Baseline = baseline): string =>
  formatLock(lockOf(sample(verdicts, options), from));
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

const odd = verdict(
  evidenceOf(
    node('odd', '1.0.0', {
      source: { kind: 'git', url: 'git+https://user:secret@git.example/odd.git', commit: undefined },
      integrity: { kind: 'none' },
    }),
  ),
  'failed',
  [
    finding('source-unverifiable', 'error', {
      args: {
        url: 'git+https://user:secret@git.example/odd.git',
        count: 3,
        listed: ['\u202ea', 'b'],
        direct: true,
        weird: Number.NaN,
      },
    }),
  ],
);
const everything = [attested('a'), attested('@acme/b', '2.1.0'), signedOnly('c'), bare('d', 'error'), odd];

describe('the report file', () => {
  it.each([...scenarios()])('fits its schema and reads back as it was: %s', (_, report) => {
    const text = formatLock(lockOf(report, baseline));
    expect(validate(JSON.parse(text)), JSON.stringify(validate.errors)).toBe(true);
    expect(formatLock(readLock(bytes(text), 'verify-deps.lock.json'))).toBe(text);
  });

  it('does not depend on the order in which answers came, nor on what changes from run to run', () => {
    const text = textOf(everything);
    const shuffled = [3, 1, 4, 0, 2].map((i) => everything[i]!);
    const reversed = new Map([...baseline].reverse());
    const other = { asOf: 1, stats: { requests: 99, bytes: 1, fromStore: 7 } };
    expect(textOf(shuffled, other, reversed)).toBe(text);
    expect(text.endsWith('}\n')).toBe(true);
    expect(text).not.toMatch(/secret|somewhere|\u202e|2026|asOf|requests|column|yaml|NaN,/);
  });

  it('leaves out how a question failed, ages, the freshness of the trust root and the place of the project', () => {
    const lost = (reason: string, age: number): string =>
      textOf(
        [
          {
            ...signedOnly('a'),
            outcome: 'undecided',
            findings: [
              finding('registry-unreachable', 'error', {
                status: 'unreachable',
                args: { registry: 'https://registry.example/', reason, time: age },
              }),
            ],
          },
        ],
        {
          findings: [
            ...(age > 1 ? [finding('trust-root-stale', 'warn', { args: { age: 'x' } })] : []),
            finding('exemption-unused', 'warn', {
              args: { age, what: '/somewhere/project/policy.yaml', host: '/somewhere/project' },
            }),
          ],
        },
      );
    expect(lost('ETIMEDOUT', 1)).toBe(lost('ECONNRESET', 2));
    expect(lost('x', 1)).toContain('"args": { "host": ".", "what": "policy.yaml" }');
    expect(lost('x', 1)).toContain('"args": { "registry": "https://registry.example/" }');
  });

  it('does not order findings by what it leaves out', () => {
    const lost = (registry: string, reason: string) =>
      finding('registry-unreachable', 'error', { status: 'unreachable', args: { registry, reason } });
    const text = (x: string, y: string): string =>
      textOf([signedOnly('a')], { findings: [lost('https://x.example/', x), lost('https://y.example/', y)] });
    expect(text('1', '2')).toBe(text('2', '1'));
  });

  it('gives each digest of one purl its own key', () => {
    const twice = ['1', '2'].map((seed) =>
      signedOnly('a', '1.0.0', { integrity: { kind: 'sha512', sri: sri(seed) }, key: seed }),
    );
    const none = ['x', 'y'].map((key) => signedOnly('a', '1.0.0', { integrity: { kind: 'none' }, key }));
    const lock = lockOf(sample([...twice, ...none]), new Map());
    expect([...lock.packages.keys()].sort()).toEqual(
      [
        `pkg:npm/a@1.0.0#${sri('1')}`,
        `pkg:npm/a@1.0.0#${sri('2')}`,
        'pkg:npm/a@1.0.0#none',
        'pkg:npm/a@1.0.0#none#2',
      ].sort(),
    );
    expect(validate(JSON.parse(formatLock(lock)))).toBe(true);
  });

  it('reads what was written before more was recorded', () => {
    const old = {
      'a@1': { provenance: { signer: 's', sourceRepository: 'https://x.example/a', workflow: 'w' } },
    };
    const text = textOf(everything).replace(/^ {2}"baseline": \{[\s\S]*?\n {2}\},/m, () => {
      return `  "baseline": ${JSON.stringify(old)},`;
    });
    expect([...readLock(bytes(text), 'x').baseline]).toEqual(Object.entries(old));
  });

  it('records the share that is proven, and keeps the earlier one while a fall is objected to', () => {
    const [report] = scenarios().values();
    const change = { now: { production: 4, proven: 1 }, before: { production: 2, proven: 1 } };
    const fell: Finding = {
      code: 'coverage-fell',
      severity: 'error',
      args: {},
      status: undefined,
      about: 'coverage',
      decidedBy: undefined,
    };
    const recorded = (findings: readonly Finding[]): unknown => {
      const text = formatLock(lockOf({ ...report!, coverage: change, findings }, new Map()));
      expect(validate(JSON.parse(text))).toBe(true);
      return readLock(bytes(text), 'x').coverage;
    };
    expect(recorded([])).toEqual(change.now);
    expect(recorded([fell])).toEqual(change.before);
  });

  it('leaves out what differs from the baseline and is recorded with it', () => {
    const told = [
      finding('baseline-first-seen', 'info'),
      finding('repository-renamed', 'info'),
      finding('ref-kind-changed', 'info'),
      finding('trigger-changed', 'warn'),
    ];
    const lock = lockOf(sample([{ ...attested('a'), findings: told }]), baseline);
    const [first] = [...lock.packages.keys()].map((key) => lock.packages.get(key));
    expect(first?.findings.map(({ code }) => code)).toEqual(['trigger-changed']);
  });

  it('changes few lines when one package changes', () => {
    const lines = (verdicts: readonly Verdict[]): readonly string[] => textOf(verdicts).split('\n');
    const before = lines(everything);
    const b = attested('@acme/b', '2.1.0');
    const changed = {
      ...b,
      evidence: { ...b.evidence, provenance: provenance('https://github.com/fork/b') },
    };
    const after = lines(
      everything.map((item) => (item.evidence.subject.name === '@acme/b' ? changed : item)),
    );
    expect(after.length).toBe(before.length);
    expect(after.filter((line, i) => line !== before[i]).map((line) => line.trim().split(':')[0])).toEqual([
      '"repository"',
      '"signer"',
    ]);
  });

  it('knows every code', () => {
    const findings = Object.keys(codes).map((code) => finding(code as keyof typeof codes, 'info'));
    const text = textOf([signedOnly('a')], { findings });
    expect(readLock(bytes(text), 'x').findings).toHaveLength(Object.keys(codes).length - 1);
  });
});

describe('readLock', () => {
  const good = textOf(everything);
  type Loose = Record<string, unknown> & { packages: Record<string, Record<string, unknown>> };
  const edited = (change: (value: Loose) => void): string => {
    const value = JSON.parse(good) as Loose;
    change(value);
    return JSON.stringify(value);
  };
  const first = 'pkg:npm/a@1.0.0';
  const cases: readonly [string, string][] = [
    ['empty', ''],
    ['not JSON', 'hello'],
    ['truncated', good.slice(0, -20)],
    ['a list', '[]'],
    ['another version', edited((value) => (value.version = 2))],
    ['no version', edited((value) => delete value.version)],
    ['a version as text', edited((value) => (value.version = '1'))],
    ['no baseline', edited((value) => delete value.baseline)],
    ['a null baseline', edited((value) => (value.baseline = null))],
    ['a list as baseline', edited((value) => (value.baseline = []))],
    ['a stray key', edited((value) => (value.Baseline = {}))],
    ['the same key twice', good.replace('"baseline": {', '"baseline": {}, "baseline": {')],
    ['a stray claim', edited((value) => (value.baseline = { 'a@1': { provenance: {}, x: 1 } }))],
    ['a claim left out', edited((value) => (value.baseline = { 'a@1': { provenance: { signer: 's' } } }))],
    ['an empty record', edited((value) => (value.baseline = { 'a@1': { provenance: {} } }))],
    [
      'an unknown kind of ref',
      edited(
        (value) => (value.baseline = { 'a@1': { provenance: { sourceRepository: 'x', refKind: 'note' } } }),
      ),
    ],
    [
      'a number that is none of text',
      edited((value) => (value.baseline = { 'a@1': { provenance: { sourceRepository: 'x', ownerId: 7 } } })),
    ],
    ...(
      [
        ['without a record', [MONO], undefined],
        ['of a record without a repository', [MONO], 'nowhere'],
        ['of none', [], MONO],
        ['twice the same', [`${MONO}2`, `${MONO}2`], MONO],
        ['beyond four', [2, 3, 4, 5, 6].map((n) => `${MONO}${n}`), MONO],
        ['of another host', ['https://gitlab.com/acme/mono'], MONO],
        ['in another spelling', [`${MONO}.git`], MONO],
        ['that is no text', [7], MONO],
        ['that is no list', MONO, MONO],
      ] as const
    ).map(([name, formerly, sourceRepository]): [string, string] => [
      `a former name ${name}`,
      edited((value) => {
        const record = sourceRepository === undefined ? {} : { provenance: { sourceRepository } };
        value.baseline = { 'a@1': { ...record, formerly } };
      }),
    ]),
    ['an acceptance without a reason', edited((value) => (value.baseline = { 'a@1': { accepted: {} } }))],
    [
      'an acceptance with a date',
      edited((value) => (value.baseline = { 'a@1': { accepted: { reason: 'x', at: 'y' } } })),
    ],
    ['a digest that is none', edited((value) => (value.policy = 'abc'))],
    [
      'an unknown code',
      edited((value) => (value.findings = [{ code: 'constructor', severity: 'warn', args: {} }])),
    ],
    ['an unknown outcome', edited((value) => (value.packages[first]!.outcome = 'fine'))],
    ['an unknown source', edited((value) => (value.packages[first]!.source = 'magic'))],
    [
      'an argument of no kind',
      edited((value) => (value.findings = [{ code: 'malformed', severity: 'warn', args: { a: {} } }])),
    ],
    [
      'a list of no text',
      edited((value) => (value.findings = [{ code: 'malformed', severity: 'warn', args: { a: [1] } }])),
    ],
    ['coverage beyond all', edited((value) => (value.coverage = { production: 1, proven: 2 }))],
    ['coverage without all', edited((value) => (value.coverage = { proven: 0 }))],
    ['coverage of too many', edited((value) => (value.coverage = { production: 1e9, proven: 0 }))],
    ['a stray key of coverage', edited((value) => (value.coverage = { production: 1, proven: 1, x: 1 }))],
    ['a negative count', edited((value) => ((value.counts as Record<string, unknown>).nodes = -1))],
    ['overlong text', edited((value) => (value.packages[first]!.integrity = 'x'.repeat(70_000)))],
    ['deep nesting', `{"version":1,"baseline":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['control characters in a stray key', edited((value) => (value['\u001b[31m'] = {}))],
  ];
  it.each(cases)('refuses %s', (_, text) => {
    let thrown: unknown;
    try {
      readLock(bytes(text), 'dir/verify-deps.lock.json');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(VerifyDepsError);
    const error = thrown as VerifyDepsError;
    expect(error.code).toBe('report-unreadable');
    expect(error.message).toMatch(/^cannot read the report dir\/verify-deps\.lock\.json: [^\n\u001b]+[^.]$/);
    expect(error.message).not.toContain('undefined');
    expect(error.hint).toContain('version control');
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => readLock(new Uint8Array([0x7b, 0xff, 0x7d]), 'x')).toThrow(VerifyDepsError);
  });

  it('tells a merge conflict apart', () => {
    const conflict = good.replace(
      '"baseline": {',
      '<<<<<<< HEAD\n"baseline": {\n=======\n"baseline": {\n>>>>>>> x\n',
    );
    expect(() => readLock(bytes(conflict), 'x')).toThrow(
      expect.objectContaining({ code: 'report-unreadable', hint: expect.stringContaining('merge conflict') }),
    );
  });

  it('keeps names such as __proto__ plain', () => {
    const lock = readLock(bytes(good), 'x');
    expect([...lock.baseline.keys()]).toEqual(['__proto__@1', 'a@1', 'a@2-prerelease', 'b@1']);
    const text = edited(() => {}).replace('"b@1":{}', '"__proto__":{}');
    expect(readLock(bytes(text), 'x').baseline.get('__proto__')).toEqual({ provenance: undefined });
  });
});
