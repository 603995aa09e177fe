import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { exemptionFindings } from '../../src/policy/exemption-findings.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Finding, Policy } from '../../src/policy/types.ts';
import { attested, evidence, folderOf, NO_BASELINE, NOW, policyOf, SRI, subject } from './support.ts';

const DAY = 86_400_000;

/** A policy that demands provenance, with these exemptions. */
const exempting = (...entries: readonly string[]): Promise<Policy> =>
  policyOf(
    `version: 1\nrequire: { provenance: error }\nexemptions:\n${entries
      .map(
        (entry) =>
          `  - { ${entry}, reason: why, owner: o${entry.includes('expires') ? '' : ', expires: 2027-03-01'} }\n`,
      )
      .join('')}`,
  );

const findingsOf = (
  policy: Policy,
  items: readonly Evidence[],
  wholeTree = true,
  now = NOW,
): readonly Finding[] =>
  exemptionFindings(
    policy,
    items.map((item) => judge(item, policy, NO_BASELINE, now)),
    now,
    wholeTree,
  );

/** `SEVERITY CODE LINE: what to write`. */
const said = (...args: Parameters<typeof findingsOf>): readonly string[] =>
  findingsOf(...args).map(({ severity, code, decidedBy, args: { write } }) =>
    [`${severity} ${code} ${decidedBy?.at.line}`, ...((write as readonly string[] | undefined) ?? [])].join(
      ' | ',
    ),
  );

const at = (version: string, over: Partial<Evidence> = {}): Evidence =>
  evidence({ subject: subject({ version }), ...over });

describe('wider than needed', () => {
  const unsigned = unproven('absent', 'signature-absent');
  test.each([
    ['exact, with its codes', 'package: "@acme/log@2.1.0", codes: [provenance-absent]', [at('2.1.0')], []],
    [
      'no codes',
      'package: "@acme/log@2.1.0"',
      [at('2.1.0')],
      ['warn exemption-wide 4 | codes: [provenance-absent]'],
    ],
    [
      'no codes, where two were needed',
      'package: "@acme/log@2.1.0"',
      [at('2.1.0', { registrySignature: unsigned })],
      ['warn exemption-wide 4 | codes: [provenance-absent, signature-absent]'],
    ],
    [
      'a code that matched nothing',
      'package: "@acme/log@2.1.0", codes: [signature-absent, provenance-absent]',
      [at('2.1.0')],
      ['warn exemption-wide 4 | codes: [provenance-absent]'],
    ],
    [
      'a range for a single version',
      'package: "@acme/log@^2.1", codes: [provenance-absent]',
      [at('2.1.0'), at('2.0.0', { provenance: attested().provenance, publish: attested().publish })],
      ["warn exemption-wide 4 | package: '@acme/log@2.1.0'"],
    ],
    [
      'a range of which one version needs it',
      'package: "@acme/log@^2.1", codes: [provenance-absent]',
      [at('2.1.0'), at('2.1.1', { provenance: attested().provenance, publish: attested().publish })],
      ["warn exemption-wide 4 | package: '@acme/log@2.1.0'"],
    ],
    [
      'a range that two versions need',
      'package: "@acme/log@^2.1", codes: [provenance-absent]',
      [at('2.1.0'), at('2.1.1')],
      [],
    ],
    [
      'range and codes',
      'package: "@acme/log@^2.1"',
      [at('2.1.0')],
      ["warn exemption-wide 4 | package: '@acme/log@2.1.0' | codes: [provenance-absent]"],
    ],
    [
      'by digest only',
      `package: "@acme/log", integrity: ${SRI}, codes: [provenance-absent]`,
      [at('2.1.0')],
      [],
    ],
  ])('%s', async (_, entry, items, expected) => {
    const policy = await exempting(entry);
    expect(said(policy, items)).toEqual(expected);
    // What the rest of the tree needs is not known.
    expect(said(policy, items, false)).toEqual([]);
  });

  test('what could not be asked may need it', async () => {
    const down = unproven('unreachable', 'registry-unreachable');
    const wide = await exempting('package: "@acme/log@2.1.0"');
    expect(said(wide, [at('2.1.0', { registrySignature: down })])).toEqual([]);
    const idle = await exempting('package: "@acme/log@2.1.0", codes: [provenance-absent]');
    expect(said(idle, [at('2.1.0', { provenance: down })])).toEqual([]);
    expect(said(idle, [at('2.1.1', { provenance: down })])).toEqual(['warn exemption-unused 4']);
  });

  test('of an extended file it is an info', async () => {
    const from = await folderOf({
      'verify-deps.yaml': 'version: 1\nextends: ./team.yaml\n',
      'team.yaml':
        'version: 1\nrequire: { provenance: error }\nexemptions: [{ package: "@acme/log@^2", reason: x, owner: o, expires: 2030-03-01 }]\n',
    });
    const findings = findingsOf(await loadPolicy({ from }), [at('2.1.0')]);
    expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
      'info exemption-long',
      'info exemption-wide',
    ]);
    expect(findings[1]!.decidedBy!.at).toMatchObject({ file: 'team.yaml', line: 3 });
  });
});

describe('how long it lasts', () => {
  test('more than two years are reported, and it counts all the same', async () => {
    const policy = await exempting(
      'package: "@acme/log@2.1.0", codes: [provenance-absent], expires: 2028-11-22',
    );
    const { expires } = policy.exemptions[0]!;
    const on = (now: number) => said(policy, [at('2.1.0')], true, now);
    expect(on(expires - 732 * DAY)).toEqual([]);
    expect(on(expires - 732 * DAY - 1)).toEqual(['warn exemption-long 4']);
  });
});

describe('several for one package', () => {
  test('the narrowest accepts, and the rest is of no use', async () => {
    const policy = await exempting(
      'package: "@acme/log@^2"',
      'package: "@acme/log@2.1.0"',
      'package: "@acme/log@2.1.0", codes: [provenance-absent]',
      `package: "@acme/log", integrity: ${SRI}, codes: [provenance-absent]`,
      `package: "@acme/log@2.1.0", integrity: ${SRI}, codes: [provenance-absent]`,
    );
    expect(said(policy, [at('2.1.0')])).toEqual([7, 5, 6, 4].map((line) => `warn exemption-unused ${line}`));
  });

  test('a renewed one makes the older of no use, and so does a copy', async () => {
    const entry = 'package: "@acme/log@2.1.0", codes: [provenance-absent], expires';
    const renewed = await exempting(`${entry}: 2027-01-01`, `${entry}: 2027-06-01`);
    expect(said(renewed, [at('2.1.0')])).toEqual(['warn exemption-unused 4']);
    const copied = await exempting(`${entry}: 2027-01-01`, `${entry}: 2027-01-01`);
    expect(said(copied, [at('2.1.0')])).toEqual(['warn exemption-unused 5']);
  });

  test('what could not be asked is not missed either', async () => {
    const policy = await exempting('package: "@acme/log@2.1.0", expires: 2026-01-01');
    const down = unproven('unreachable', 'registry-unreachable');
    expect(said(policy, [at('2.1.0', { registrySignature: down, publish: down, provenance: down })])).toEqual(
      ['warn exemption-expired 4'],
    );
  });

  test('an expired one is not missed where another accepts', async () => {
    const entry = 'package: "@acme/log@2.1.0", codes: [provenance-absent], expires';
    const policy = await exempting(`${entry}: 2026-01-01`, `${entry}: 2027-06-01`);
    expect(said(policy, [at('2.1.0')])).toEqual(['warn exemption-expired 4']);
    expect(said(policy, [at('2.1.0')], true, Date.UTC(2027, 7))).toEqual([
      'error exemption-expired 4',
      'error exemption-expired 5',
    ]);
  });
});
