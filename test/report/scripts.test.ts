import { expect, test } from 'vitest';
import type { Evidence } from '../../src/evidence/types.ts';
import type { Outcome } from '../../src/policy/types.ts';
import { scriptPackages, scriptsOutcome, standingsByName } from '../../src/report/scripts.ts';
import type { Report } from '../../src/report/types.ts';
import type { PackageNode } from '../../src/tree/types.ts';
import { evidenceOf, finding, node, sample, verdict } from './samples.ts';

const SCRIPT = { hasInstallScript: true } as const;
const declared = (hasInstallScript: boolean) => ({ declared: { repository: undefined, hasInstallScript } });

function item(
  name: string,
  place: Partial<PackageNode>,
  over: Partial<Evidence>,
  outcome: Outcome = 'passed',
) {
  return verdict(evidenceOf(node(name, '1.0.0', place), over), outcome, []);
}

function report(kind: 'npm' | 'pnpm', ...verdicts: Report['verdicts']): Report {
  const made = sample(verdicts);
  return { ...made, tree: { ...made.tree, lockfile: { ...made.tree.lockfile, kind } } };
}

const listed = (of: Report): readonly string[] =>
  scriptPackages(of).map(
    ({ verdict: { evidence }, word, standing }) => `${evidence.subject.name} ${word} ${standing}`,
  );

test('who says that a package has a script', () => {
  const all = [
    item('both', SCRIPT, declared(true)),
    item('lockfile', SCRIPT, declared(false)),
    item('manifest', {}, declared(true)),
    item('neither', {}, declared(false)),
    item('silent', {}, { declared: undefined }, 'undecided'),
  ] as const;
  const known = ['both lockfile passed', 'lockfile lockfile passed', 'manifest registry passed'];
  expect(listed(report('npm', ...all))).toEqual(known);
  // A lockfile of pnpm does not say, so nothing is known of what the registry was silent about.
  expect(listed(report('pnpm', ...all))).toEqual([...known, 'silent unknown undecided']);
});

test('what comes from elsewhere', () => {
  const none = { declared: undefined };
  const git = { kind: 'git', url: 'git+https://h.example/r.git', commit: 'c'.repeat(40) } as const;
  const of = report(
    'npm',
    item('bundled', { ...SCRIPT, source: { kind: 'bundled', within: 'x' } }, none),
    item('directory', { ...SCRIPT, source: { kind: 'directory', path: 'd' } }, none),
    item('git', { source: git }, none),
    item('tarball', { source: { kind: 'remote', url: 'https://h.example/a.tgz' } }, none),
    item('workspace', { ...SCRIPT, source: { kind: 'workspace', path: 'w' } }, none),
  );
  expect(listed(of)).toEqual(['directory lockfile foreign', 'git unknown foreign']);
  expect(scriptsOutcome(scriptPackages(of))).toBe('passed');
});

test('a tarball from elsewhere that pnpm locked: nobody says that it has no script', () => {
  const none = { declared: undefined };
  const of = report(
    'pnpm',
    item('directory', { source: { kind: 'directory', path: 'd' } }, none),
    item('file', { source: { kind: 'file', path: 'f.tgz' } }, none),
    item('remote', { source: { kind: 'remote', url: 'https://h.example/a.tgz' } }, none),
    item('workspace', { source: { kind: 'workspace', path: 'w' } }, none),
  );
  expect(listed(of)).toEqual(['file unknown foreign', 'remote unknown foreign']);
});

test('one that fails outweighs one that is undecided', () => {
  const open = item('a', SCRIPT, {}, 'undecided');
  const failed = item('b', SCRIPT, {}, 'failed');
  const exempted = item('c', SCRIPT, {}, 'passed-with-exemption');
  const outcome = (...verdicts: Report['verdicts']) =>
    scriptsOutcome(scriptPackages(report('npm', ...verdicts)));
  expect([outcome(), outcome(exempted), outcome(exempted, open), outcome(open, failed)]).toEqual([
    'passed',
    'passed',
    'undecided',
    'failed',
  ]);
});

test('a run that verified nothing has proven nobody', () => {
  const made = sample([item('a', SCRIPT, {})], { findings: [finding('nothing-verified', 'error')] });
  expect(listed(made)).toEqual(['a lockfile failed']);
});

test('one key covers everything of its name and version', () => {
  const other = { integrity: { kind: 'sha512', sri: `sha512-${'B'.repeat(86)}==` } } as const;
  const of = report(
    'npm',
    item('a', SCRIPT, declared(true)),
    item('a', { ...other, key: 'node_modules/x/node_modules/a' }, declared(false), 'failed'),
    item('b', SCRIPT, declared(true)),
  );
  const byName = standingsByName(of, scriptPackages(of));
  expect([...byName].map(([name, versions]) => [name, ...versions])).toEqual([
    ['a', ['1.0.0', 'failed']],
    ['b', ['1.0.0', 'passed']],
  ]);
});
