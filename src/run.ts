/**
 * The composition root: the one place where the parts meet. Data flows one way: lockfile, tree, evidence, verdicts,
 * report. Whoever calls it (command line, gate, another tool) gets the report as a value.
 */
import path from 'node:path';
import { connect, gatheredBy, type Opening, type Services, startConnecting } from './connect.ts';
import { toolVersion } from './core/version.ts';
import { collectAll } from './evidence/collect-all.ts';
import { subjectsOf } from './evidence/subjects.ts';
import type { Subject } from './evidence/types.ts';
import { nextBaseline } from './policy/baseline.ts';
import { coverageFindings, coverageOf, seesProduction } from './policy/coverage.ts';
import { judge } from './policy/evaluate.ts';
import { exemptionFindings } from './policy/exemption-findings.ts';
import { installedFindings } from './policy/installed.ts';
import { asksReleaseTime } from './policy/release-age.ts';
import { runFindings } from './policy/run-findings.ts';
import type { Baseline, Finding, Policy, Verdict } from './policy/types.ts';
import { type Project, type ProjectOptions, readProject } from './project.ts';
import { buildReport, policyFacts } from './report/build.ts';
import { readEarlier } from './report/earlier.ts';
import { lockOf, lockText } from './report/lock.ts';
import type { Report } from './report/types.ts';
import { writeReport } from './report/write.ts';
import { isWanted } from './tree/wanted.ts';
import type { RegistryKeys, Trust } from './trust/types.ts';

/** Name of the report, beside the lockfile. */
export const REPORT_NAME = 'verify-deps.lock.json';

export interface RunOptions extends ProjectOptions {
  /** Also download every tarball and compare its bytes with the lockfile. */
  readonly tarballs?: boolean;
  /**
   * Also hold every file in node_modules against the tarballs. The report file is about the lockfile and says nothing of
   * what lies on this disk.
   */
  readonly installed?: boolean;
  /** `write` (default) puts `verify-deps.lock.json` beside the lockfile; `later` leaves it to `writeReport`. */
  readonly report?: 'write' | 'none' | 'later';
}

export interface RunResult {
  readonly report: Report;
  readonly policy: Policy;
  /** Does what `report: 'write'` does, with what this run found out. */
  readonly writeReport: () => Promise<RunResult['reportFile']>;
  /**
   * Where the report is, and what happened to it; undefined if none was asked for. The earlier one stands where nothing
   * was decided (`kept`) and where only a part of the tree was looked at (`partial`).
   */
  readonly reportFile:
    | { readonly path: string; readonly outcome: 'written' | 'unchanged' | 'kept' | 'partial' }
    | undefined;
}

/**
 * Verifies every package of a lockfile and judges it by the policy.
 * @throws {VerifyDepsError} when the job cannot be done at all (no lockfile, unreadable policy, no trust root); what
 *                           `signal` was aborted with
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const project = await readProject(options);
  const { tree, policy } = project;
  const reportPath = path.join(path.dirname(tree.lockfile.path), REPORT_NAME);
  const earlier = await readEarlier(reportPath);
  const { baseline } = earlier;
  const opening = await startConnecting(project, options);
  const { client, now } = opening;
  try {
    const { only } = options;
    const subjects = subjectsOf(tree).filter(
      ({ nodes }) => only === undefined || nodes.some((node) => isWanted(node, only)),
    );
    const verdicts = await judgeAll(subjects, { ...project, ...opening }, baseline, options);
    const services = { ...opening, trust: await opening.trust };
    const { trust } = services;
    const wholeTree = options.only === undefined && tree.omitted === 0;
    const coverage = seesProduction(options, tree.omitted)
      ? { now: coverageOf(verdicts), before: earlier.coverage }
      : undefined;
    const coverageHere = coverage
      ? coverageFindings(verdicts, coverage.before, policy.coverage, policy.mode.value)
      : [];
    const reportOn = (judged: readonly Verdict[], more: readonly Finding[] | undefined): Report =>
      buildReport({
        toolVersion: toolVersion(),
        tree,
        policy: policyFacts(policy),
        trust: { digest: trust.root.digest, origin: trust.origin, expires: trust.expires },
        verdicts: judged,
        findings: [
          ...runFindings(trust, judged, policy),
          ...exemptionFindings(policy, judged, now, wholeTree, more !== undefined),
          ...coverageHere,
          ...(more ?? []),
        ],
        stats: client.stats,
        coverage,
        gathered: gatheredBy(services, options),
      });
    const ofLockfile = reportOn(verdicts, undefined);
    const disk = options.installed
      ? await judgeDisk(verdicts, { ...project, ...services }, baseline, options)
      : undefined;
    const report = disk === undefined ? ofLockfile : reportOn(disk.verdicts, disk.findings);
    options.signal?.throwIfAborted();
    const writeReport = (): Promise<RunResult['reportFile']> =>
      keep(ofLockfile, reportPath, baseline, options);
    const reportFile = options.report === 'later' ? undefined : await writeReport();
    return { report, policy, writeReport, reportFile };
  } finally {
    await client.close();
  }
}

export interface TrustInspection {
  readonly trust: Trust;
  readonly registries: readonly { readonly url: string; readonly keys: RegistryKeys | undefined }[];
}

/** The trust root and the keys of every registry the lockfile's packages come from; of npm's own without a lockfile. */
export async function inspectTrust(options: RunOptions): Promise<TrustInspection> {
  const project = await readProject(options, 'lockfile-optional');
  const { client, trust } = await connect(project, options);
  try {
    const names = [...project.tree.nodes.values()]
      .filter(({ source }) => source.kind === 'registry')
      .map(({ name }) => name);
    const asked = names.length > 0 ? names : ['npm'];
    const urls = [...new Set(asked.map((name) => client.registryFor(name)))].sort();
    const registries = await Promise.all(
      urls.map(async (url) => ({ url, keys: await trust.registryKeys(url) })),
    );
    return { trust, registries };
  } finally {
    await client.close();
  }
}

async function judgeAll(
  subjects: readonly Subject[],
  setup: Project & Opening,
  baseline: Baseline,
  options: RunOptions,
): Promise<readonly Verdict[]> {
  const { client, policy, trust, now } = setup;
  let done = 0;
  const total = subjects.length;
  const tell = (): void => options.onProgress?.({ phase: 'packages', done, total, asked: client });
  // Until then the trust root is what takes the time, though the first packages are asked about already.
  let trusted = false;
  trust.then(
    () => {
      trusted = true;
      tell();
    },
    () => undefined,
  );
  const evidence = await collectAll(
    subjects,
    {
      client,
      trust,
      now,
      tarballs: options.tarballs ?? false,
      asksReleaseTime: asksReleaseTime(policy),
    },
    {
      signal: options.signal,
      onDone: () => {
        done++;
        if (trusted) tell();
      },
      onAgain: (again, of) => options.onProgress?.({ phase: 'again', done: again, total: of, asked: client }),
    },
  );
  options.onProgress?.({ phase: 'judgement', done: 0, total: 0 });
  const verdicts = evidence.map((item) => judge(item, policy, baseline, now));
  options.onProgress?.({ phase: 'report', done: 0, total: 0 });
  return verdicts;
}

/** The same packages again, with what lies on the disk. */
async function judgeDisk(
  verdicts: readonly Verdict[],
  { tree, client, policy, now }: Project & Services,
  baseline: Baseline,
  options: RunOptions,
): Promise<{ readonly verdicts: readonly Verdict[]; readonly findings: readonly Finding[] }> {
  const { inspectInstalled } = await import('./installed/inspect.ts');
  let done = 0;
  const total = verdicts.length;
  options.onProgress?.({ phase: 'installed', done, total, asked: client });
  const installed = await inspectInstalled(
    verdicts.map(({ evidence }) => evidence),
    tree,
    {
      client,
      signal: options.signal,
      onDone: () => options.onProgress?.({ phase: 'installed', done: ++done, total, asked: client }),
    },
  );
  options.onProgress?.({ phase: 'report', done: 0, total: 0 });
  return {
    verdicts: installed.evidence.map((item) => judge(item, policy, baseline, now)),
    // Of one package alone: the rest was not looked at.
    findings: options.only === undefined ? installedFindings(installed.notes, policy) : [],
  };
}

async function keep(
  report: Report,
  file: string,
  baseline: Baseline,
  options: RunOptions,
): Promise<RunResult['reportFile']> {
  if (options.report === 'none' || options.only !== undefined) return undefined;
  // Nothing was decided: a passing network failure must neither rewrite the record nor show up in a pull request.
  if (isOpen(report)) return { path: file, outcome: 'kept' };
  if (report.tree.omitted > 0) return { path: file, outcome: 'partial' };
  const text = lockText(lockOf(report, nextBaseline(baseline, report.verdicts)));
  return { path: file, outcome: await writeReport(file, text) };
}

/** Something could not be asked, so that less is known than could be. */
export function isOpen({ outcome, verdicts, findings }: Report): boolean {
  const all = [...findings, ...verdicts.flatMap((verdict) => verdict.findings)];
  return outcome === 'undecided' || all.some(({ status }) => status === 'unreachable');
}
