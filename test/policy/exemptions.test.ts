import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { exemptionFindings } from '../../src/policy/exemption-findings.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Policy } from '../../src/policy/types.ts';
import {
  attested,
  evidence,
  folderOf,
  judged,
  NO_BASELINE,
  NOW,
  OTHER_SRI,
  policyOf,
  provenance,
  SRI,
  subject,
} from './support.ts';

const exempting = (fields: string, more = '') =>
  policyOf(`version: 1
require: { provenance: error }
${more}
exemptions:
  - { ${fields}, reason: the maintainer is on it, owner: sec@acme.example, expires: 2027-03-01 }
`);

describe('what an exemption accepts', () => {
  test.each([
    ['this version', 'package: "@acme/log@2.1.0"', true],
    ['this version and code', 'package: "@acme/log@2.1.0", codes: [provenance-absent]', true],
    ['this digest', `package: "@acme/log@2.1.0", integrity: ${SRI}`, true],
    ['a range', 'package: "@acme/log@^2.0"', true],
    ['one of several ranges', 'package: "@acme/log@^1 || ~2.1.0"', true],
    ['a digest and no version', `package: "@acme/log", integrity: ${SRI}`, true],
    ['a range and its digest', `package: "@acme/log@^2.0", integrity: ${SRI}`, true],
    ['another version', 'package: "@acme/log@2.1.1"', false],
    ['another range', 'package: "@acme/log@^2.2"', false],
    ['a digest of other bytes', `package: "@acme/log", integrity: ${OTHER_SRI}`, false],
    ['a digest of another package', `package: "@acme/logs", integrity: ${SRI}`, false],
    ['another range and its digest', `package: "@acme/log@^2.2", integrity: ${SRI}`, false],
    ['a range and another digest', `package: "@acme/log@^2.0", integrity: ${OTHER_SRI}`, false],
    ['another name', 'package: "@acme/logs@2.1.0"', false],
    ['another digest', `package: "@acme/log@2.1.0", integrity: ${OTHER_SRI}`, false],
    ['another code', 'package: "@acme/log@2.1.0", codes: [signature-absent]', false],
  ])('%s', async (_, fields, accepted) => {
    expect(judged(evidence(), await exempting(fields))).toBe(
      accepted
        ? 'passed-with-exemption, info exemption-used, info provenance-absent'
        : 'failed, error provenance-absent',
    );
  });

  test.each([
    ['no code and no digest', 'package: "@acme/log@2.1.0"', false],
    ['the code only', 'package: "@acme/log@2.1.0", codes: [signature-invalid]', false],
    ['the digest only', `package: "@acme/log@2.1.0", integrity: ${SRI}`, false],
    ['another code', `package: "@acme/log@2.1.0", integrity: ${SRI}, codes: [integrity-mismatch]`, false],
    [
      'code and another digest',
      `package: "@acme/log@2.1.0", integrity: ${OTHER_SRI}, codes: [signature-invalid]`,
      false,
    ],
    [
      'code, digest and a range',
      `package: "@acme/log@~2.1.0", integrity: ${SRI}, codes: [signature-invalid]`,
      false,
    ],
    [
      'code and digest, no version',
      `package: "@acme/log", integrity: ${SRI}, codes: [signature-invalid]`,
      false,
    ],
    [
      'code, digest and version',
      `package: "@acme/log@2.1.0", integrity: ${SRI}, codes: [signature-invalid]`,
      true,
    ],
  ])('wrong proofs by %s', async (_, fields, accepted) => {
    const item = attested({ registrySignature: unproven('invalid', 'signature-invalid') });
    expect(judged(item, await exempting(fields)).startsWith('passed-with-exemption')).toBe(accepted);
  });

  test('a package without a digest has none to match', async () => {
    const item = evidence({ subject: subject({ integrity: { kind: 'none' } }) });
    expect(judged(item, await exempting(`package: "@acme/log@2.1.0", integrity: ${SRI}`))).toBe(
      'failed, error provenance-absent',
    );
  });

  test.each([
    ['^2.0', '2.2.0-beta.1', false],
    ['>=2.2.0-alpha <3', '2.2.0-beta.1', true],
    ['2.2.0-beta.1', '2.2.0-beta.1', true],
    ['^2.0', 'not-a-version', false],
  ])('%s and the version %s', async (range, version, accepted) => {
    const policy = await exempting(`package: "@acme/log@${range}"`);
    const outcome = judged(evidence({ subject: subject({ version }) }), policy);
    expect(outcome.startsWith('passed-with-exemption')).toBe(accepted);
  });

  test('the rest still fails', async () => {
    const item = evidence({ registrySignature: unproven('absent', 'signature-absent') });
    expect(judged(item, await exempting('package: "@acme/log@2.1.0", codes: [provenance-absent]'))).toBe(
      'failed, error signature-absent, info exemption-used, info provenance-absent',
    );
  });

  test('an accepted warning is no exemption of the package', async () => {
    const policy = await exempting(
      'package: "@acme/log@2.1.0"',
      'rules: [{ match: "*", require: { provenance: warn } }]',
    );
    expect(judged(evidence(), policy)).toBe('passed, info exemption-used, info provenance-absent');
  });

  test('says by whom, why and until when', async () => {
    const verdict = judge(evidence(), await exempting('package: "@acme/log@2.1.0"'), NO_BASELINE, NOW);
    expect(verdict.findings[0]).toMatchObject({
      code: 'exemption-used',
      args: {
        package: '@acme/log@2.1.0',
        reason: 'the maintainer is on it',
        owner: 'sec@acme.example',
        expires: '2027-03-01',
      },
      decidedBy: { rule: 'exemption of @acme/log@2.1.0', at: { file: 'verify-deps.yaml', line: 5 } },
    });
  });
});

describe('dates', () => {
  const end = Date.UTC(2027, 2, 2);
  test('the day counts in full', async () => {
    const policy = await exempting('package: "@acme/log@2.1.0"');
    expect(judged(evidence(), policy, NO_BASELINE, end - 1)).toMatch(/^passed-with-exemption/);
    expect(judged(evidence(), policy, NO_BASELINE, end)).toBe('failed, error provenance-absent');
  });

  const ofRun = (policy: Policy, item = evidence(), now = NOW): string =>
    exemptionFindings(policy, [judge(item, policy, NO_BASELINE, now)], now)
      .map(({ severity, code }) => `${severity} ${code}`)
      .join();

  test('the run reports what is expired or unused', async () => {
    const policy = await exempting('package: "@acme/log@2.1.0", codes: [provenance-absent]');
    expect(ofRun(policy)).toBe('');
    expect(ofRun(policy, evidence(), end)).toBe('error exemption-expired');
    expect(ofRun(policy, attested({ provenance: provenance() }), end)).toBe('warn exemption-expired');
    expect(ofRun(policy, attested())).toBe('warn exemption-unused');
    expect(ofRun(policy, evidence({ subject: subject({ version: '2.1.1' }) }))).toBe('warn exemption-unused');
    const observing = await exempting('package: "@acme/log@2.1.0"', 'mode: observe');
    expect(ofRun(observing, evidence(), end)).toBe('warn exemption-expired');
  });

  test('of an extended file only as an info, unless it is missed', async () => {
    const from = await folderOf({
      'verify-deps.yaml': 'version: 1\nextends: ./team.yaml\n',
      'team.yaml':
        'version: 1\nrequire: { provenance: error }\nexemptions: [{ package: "@acme/log@2.1.0", codes: [provenance-absent], reason: x, owner: y, expires: 2027-03-01 }]\n',
    });
    const policy = await loadPolicy({ from });
    expect(ofRun(policy, attested())).toBe('info exemption-unused');
    expect(ofRun(policy, attested(), end)).toBe('info exemption-expired');
    expect(ofRun(policy, evidence(), end)).toBe('error exemption-expired');
  });
});
