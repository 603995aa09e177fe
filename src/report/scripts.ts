/** Which packages of a run bring code that runs while they are installed, and what became of each. */
import type { Verdict } from '../policy/types.ts';
import type { Report } from './types.ts';

/** Who says so: the lockfile, the registry's unsigned manifest, or nobody could be asked. */
export type ScriptWord = 'lockfile' | 'registry' | 'unknown';

/** `foreign`: not from a registry, so nobody signed for what would run. */
export type Standing = 'passed' | 'failed' | 'undecided' | 'foreign';

export interface ScriptPackage {
  readonly verdict: Verdict;
  readonly word: ScriptWord;
  readonly standing: Standing;
}

/**
 * In the order of the report. Left out is what no package manager runs scripts of, or asks about: the project's own
 * workspaces and what lies bundled in other packages.
 */
export function scriptPackages(report: Report): readonly ScriptPackage[] {
  // A run that established nothing has proven nobody, whatever the levels of the policy add up to.
  const nothing = report.findings.some(
    ({ code, severity }) => code === 'nothing-verified' && severity === 'error',
  );
  return report.verdicts.flatMap((verdict) => {
    const word = wordOn(verdict, report);
    return word === undefined ? [] : [{ verdict, word, standing: standingOf(verdict, nothing) }];
  });
}

function wordOn({ evidence }: Verdict, { tree }: Report): ScriptWord | undefined {
  const { subject, declared } = evidence;
  if (subject.source.kind === 'workspace' || subject.source.kind === 'bundled') return undefined;
  if (subject.nodes.some(({ hasInstallScript }) => hasInstallScript)) return 'lockfile';
  if (declared?.hasInstallScript === true) return 'registry';
  // Git dependencies are packed here, which runs their prepare script; no lockfile records it.
  if (subject.source.kind === 'git') return 'unknown';
  // Lockfiles of pnpm say nothing about scripts (since 9.0), so silence of the registry leaves it open; about a tarball
  // from elsewhere there is no registry to ask.
  const open = tree.lockfile.kind === 'pnpm' && declared === undefined;
  return open && subject.source.kind !== 'directory' ? 'unknown' : undefined;
}

function standingOf({ evidence, outcome }: Verdict, nothing: boolean): Standing {
  if (outcome === 'failed' || nothing) return 'failed';
  if (outcome === 'undecided') return 'undecided';
  return evidence.subject.source.kind === 'registry' ? 'passed' : 'foreign';
}

/** What the list amounts to: one that fails outweighs those that could not be decided. */
export function scriptsOutcome(packages: readonly ScriptPackage[]): Report['outcome'] {
  if (packages.some(({ standing }) => standing === 'failed')) return 'failed';
  return packages.some(({ standing }) => standing === 'undecided') ? 'undecided' : 'passed';
}

/**
 * What an allow list can say about each: by name, then version. One key covers everything of that name and version, so
 * all of it has to pass, with scripts or without, and nothing of it may come from elsewhere than a registry.
 */
export function standingsByName(
  report: Report,
  packages: readonly ScriptPackage[],
): ReadonlyMap<string, ReadonlyMap<string, Standing>> {
  const byName = new Map<string, Map<string, Standing>>();
  for (const { verdict, standing } of packages) {
    const { name, version } = verdict.evidence.subject;
    const versions = byName.get(name) ?? new Map<string, Standing>();
    byName.set(name, versions.set(version, worse(versions.get(version), standing)));
  }
  for (const verdict of report.verdicts) {
    const { name, version, source } = verdict.evidence.subject;
    const known = byName.get(name)?.get(version);
    if (known === undefined || source.kind === 'workspace' || source.kind === 'bundled') continue;
    byName.get(name)!.set(version, worse(known, standingOf(verdict, false)));
  }
  return byName;
}

const RANK: Readonly<Record<Standing, number>> = { passed: 0, undecided: 1, foreign: 2, failed: 3 };

function worse(a: Standing | undefined, b: Standing): Standing {
  return a === undefined || RANK[b] > RANK[a] ? b : a;
}
