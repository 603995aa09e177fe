import { describe, expect, test } from 'vitest';
import type { Note } from '../../src/core/check.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { judge as judgeWith } from '../../src/policy/evaluate.ts';
import { exemptionFindings } from '../../src/policy/exemption-findings.ts';
import { installedFindings } from '../../src/policy/installed.ts';
import type { Policy } from '../../src/policy/types.ts';
import { evidence, NO_BASELINE, NOW, policyOf, SRI } from './support.ts';

const judge = (item: Evidence, policy: Policy) => judgeWith(item, policy, NO_BASELINE, NOW);
const note = (code: Note['code'], args: Note['args'] = {}): Note => ({ code, args });
const under = (require: string) => policyOf(`version: 1\nextends: recommended\nrequire: ${require}\n`);

async function told(of: object, require = '{}') {
  const { outcome, findings } = judge(evidence(of), await under(require));
  const here = findings.filter(({ code }) => /^(?:disk|manifest|lockfile|tarball)-/.test(code));
  return [outcome, ...here.map(({ code, severity }) => `${severity} ${code}`)];
}

describe('what lies on the disk', () => {
  test.each<[Note['code'], string[]]>([
    ['disk-file-edited', ['failed', 'error disk-file-edited']],
    ['disk-file-added', ['failed', 'error disk-file-added']],
    ['disk-file-missing', ['failed', 'error disk-file-missing']],
    ['disk-mode-changed', ['failed', 'error disk-mode-changed']],
    ['disk-link-swapped', ['failed', 'error disk-link-swapped']],
    ['disk-package-missing', ['failed', 'error disk-package-missing']],
    ['disk-unreadable', ['undecided', 'error disk-unreadable']],
    ['disk-file-built', ['passed', 'warn disk-file-built']],
    ['disk-file-patched', ['passed', 'warn disk-file-patched']],
    ['disk-command-unknown', ['passed', 'warn disk-command-unknown']],
    ['disk-uncovered', ['passed', 'info disk-uncovered']],
  ])('is worth what `installed` says: %s', async (code, expected) => {
    expect(await told({ disk: [note(code)] })).toEqual(expected);
  });

  test('is worth less at lower levels, and nothing at off', async () => {
    const disk = [note('disk-file-edited'), note('disk-file-built')];
    expect(await told({ disk }, '{ installed: warn }')).toEqual([
      'passed',
      'warn disk-file-edited',
      'info disk-file-built',
    ]);
    expect(await told({ disk }, '{ installed: off }')).toEqual(['passed']);
  });

  test('is told of node_modules as a whole too, and fails nothing in observe mode', async () => {
    const notes = [note('disk-package-extra', { path: 'node_modules/evil' }), note('disk-command-unknown')];
    const findings = installedFindings(notes, await under('{}'));
    expect(findings.map(({ severity, decidedBy }) => [severity, decidedBy?.rule])).toEqual([
      ['error', 'require.installed'],
      ['warn', 'require.installed'],
    ]);
    const observe = await policyOf('version: 1\nextends: observe\n');
    expect(installedFindings(notes, observe).map(({ severity }) => severity)).toEqual(['warn', 'warn']);
    expect(installedFindings(notes, await under('{ installed: off }'))).toEqual([]);
  });

  test('is accepted by an exemption that names it for these bytes, which is dead only where the disk was looked at', async () => {
    const exempt = (codes: string) =>
      policyOf(`version: 1
extends: recommended
exemptions:
  - package: '@acme/log@2.1.0'
    integrity: ${SRI}
    codes: ${codes}
    reason: its script replaces its binary
    owner: me
    expires: 2026-12-31
`);
    const policy = await exempt('[disk-file-edited]');
    const verdict = judge(evidence({ disk: [note('disk-file-edited')] }), policy);
    expect(verdict.outcome).toBe('passed-with-exemption');
    const clean = judge(evidence(), policy);
    const codes = (disk: boolean) =>
      exemptionFindings(policy, [clean], NOW, true, disk).map(({ code }) => code);
    expect(codes(false)).toEqual([]);
    expect(codes(true)).toEqual(['exemption-unused']);
  });
});

describe('what is said in several places', () => {
  test.each<[Note, string[]]>([
    [note('manifest-confusion', { field: 'name' }), ['failed', 'error manifest-confusion']],
    [note('manifest-confusion', { field: 'scripts.install' }), ['failed', 'error manifest-confusion']],
    [note('manifest-confusion', { field: 'dependencies.x' }), ['failed', 'error manifest-confusion']],
    [note('manifest-confusion', { field: 'binding.gyp' }), ['failed', 'error manifest-confusion']],
    [note('manifest-confusion', { field: 'bin.x' }), ['passed', 'warn manifest-confusion']],
    [note('manifest-confusion', { field: 'peerDependencies.x' }), ['passed', 'warn manifest-confusion']],
    [note('lockfile-confusion', { field: 'dependencies.x' }), ['failed', 'error lockfile-confusion']],
    [note('lockfile-confusion', { field: 'hasInstallScript' }), ['passed', 'warn lockfile-confusion']],
    [note('tarball-ambiguous'), ['failed', 'error tarball-ambiguous']],
  ])('is worth what `manifest` says: %j', async (confusion, expected) => {
    expect(await told({ confusion: [confusion] })).toEqual(expected);
    expect(await told({ confusion: [confusion] }, '{ manifest: off }')).toEqual(['passed']);
  });
});
