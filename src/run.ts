/**
 * The composition root: the one place where the parts meet. Data flows one way: lockfile, tree, evidence, verdicts,
 * report. Whoever calls it (command line, gate, another tool) gets the report as a value.
 */
import path from 'node:path';
import { type Clock, systemClock } from './core/clock.ts';
import { VerifyDepsError } from './core/errors.ts';
import { toolVersion } from './core/version.ts';
import { collectAll } from './evidence/collect-all.ts';
import { subjectsOf } from './evidence/subjects.ts';
import type { Subject } from './evidence/types.ts';
import { nextBaseline } from './policy/baseline.ts';
import { judge } from './policy/evaluate.ts';
import { exemptionFindings } from './policy/exemptions.ts';
import { loadPolicy } from './policy/load.ts';
import { runFindings } from './policy/run-findings.ts';
import type { Baseline, Policy, Verdict } from './policy/types.ts';
import { cacheFolder } from './registry/cache-folder.ts';
import { createRegistryClient } from './registry/client.ts';
import { loadNpmrc, type NpmOptions } from './registry/npmrc.ts';
import { openEvidenceStore } from './registry/store.ts';
import type { RegistryClient } from './registry/types.ts';
import { buildReport } from './report/build.ts';
import { readEarlierBaseline } from './report/earlier.ts';
import { formatLock, lockOf } from './report/lock.ts';
import type { Report } from './report/types.ts';
import { writeReport } from './report/write.ts';
import { findLockfile } from './tree/find.ts';
import { loadTree } from './tree/load.ts';
import type { DependencyTree } from './tree/types.ts';
import { assertInTree, isWanted } from './tree/wanted.ts';
import { loadTrust } from './trust/load.ts';
import type { RegistryKeys, Trust } from './trust/types.ts';

/** Name of the report, beside the lockfile. */
export const REPORT_NAME = 'verify-deps.lock.json';

export interface Progress {
  readonly phase: 'lockfile' | 'trust' | 'packages' | 'report';
  readonly done: number;
  readonly total: number;
}

export interface RunOptions {
  /** Folder of the project; the lockfile is looked for here and above. */
  readonly cwd: string;
  readonly lockfile?: string;
  readonly omit?: readonly ('dev' | 'optional' | 'peer')[];
  readonly workspaces?: readonly string[];
  /** Policy file instead of the one that would be found; relative to `cwd`. */
  readonly policy?: string;
  readonly trustRoot?: string;
  readonly registryKeys?: string;
  readonly tufMirror?: string;
  readonly tufRoot?: string;
  /** Like npm's `--registry`: wins over every npmrc. */
  readonly registry?: string;
  /** Also download every tarball and compare its bytes with the lockfile. */
  readonly tarballs?: boolean;
  /** Verify only this package: `NAME` or `NAME@VERSION`. No report is written then. */
  readonly only?: string;
  /** `write` (default) puts `verify-deps.lock.json` beside the lockfile. */
  readonly report?: 'write' | 'none';
  /** Folder for evidence and TUF state. */
  readonly cacheDir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface RunResult {
  readonly report: Report;
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
  const baseline = await readEarlierBaseline(reportPath);
  const services = await connect(project, options);
  const { client, trust, now } = services;
  try {
    const { only } = options;
    const subjects = subjectsOf(tree).filter(
      ({ nodes }) => only === undefined || nodes.some((node) => isWanted(node, only)),
    );
    const verdicts = await judgeAll(subjects, { ...project, ...services }, baseline, options);
    const wholeTree = options.only === undefined && tree.omitted === 0;
    const exemptionsHere = exemptionFindings(policy, verdicts, now)
      // Of a part of the tree, what matched nothing may match in the rest.
      .filter(({ code }) => wholeTree || code !== 'exemption-unused');
    const report = buildReport({
      toolVersion: toolVersion(),
      tree,
      policy: { files: policy.files, digest: policy.digest, mode: policy.mode.value },
      trust: { digest: trust.root.digest, origin: trust.origin },
      verdicts,
      findings: [...runFindings(trust, verdicts, policy), ...exemptionsHere],
      stats: client.stats,
    });
    options.signal?.throwIfAborted();
    options.onProgress?.({ phase: 'report', done: verdicts.length, total: verdicts.length });
    return { report, reportFile: await keep(report, reportPath, baseline, options) };
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

/** What lies on this disk. */
interface Project {
  readonly tree: DependencyTree;
  readonly policy: Policy;
  readonly npm: NpmOptions;
}

/** Whom this run asks, and what it believes. */
interface Services {
  readonly client: RegistryClient;
  readonly trust: Trust;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** All of it before anybody is asked: a typo must not wait for the network. */
async function readProject(
  options: RunOptions,
  need: 'lockfile' | 'lockfile-optional' = 'lockfile',
): Promise<Project> {
  options.onProgress?.({ phase: 'lockfile', done: 0, total: 0 });
  const tree = await readTree(options, need);
  if (options.only !== undefined) assertInTree(tree, options.only);
  const folder = path.dirname(tree.lockfile.path);
  const file = fromCwd(options, options.policy);
  const [policy, npm] = await Promise.all([
    loadPolicy(file === undefined ? { from: folder } : { from: folder, file }),
    loadNpmrc({ cwd: folder, env: options.env ?? process.env, registry: options.registry }),
  ]);
  return { tree, policy, npm };
}

/** The client that it returns has to be closed. */
async function connect({ policy, npm }: Project, options: RunOptions): Promise<Services> {
  const clock = options.clock ?? systemClock;
  const cacheDir = path.resolve(options.cwd, options.cacheDir ?? cacheFolder(options.env ?? process.env));
  const client = createRegistryClient({
    npm,
    store: openEvidenceStore({ folder: cacheDir, clock }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  options.onProgress?.({ phase: 'trust', done: 0, total: 0 });
  const trustOptions = {
    trustRootFile: fromCwd(options, options.trustRoot),
    tufMirror: options.tufMirror,
    tufRootFile: fromCwd(options, options.tufRoot),
    registryKeysFile: fromCwd(options, options.registryKeys),
    registries: policy.registries,
    cacheDir,
    offline: false,
  };
  try {
    return { client, trust: await loadTrust(trustOptions, client, clock), now: clock() };
  } catch (error) {
    await client.close();
    throw error;
  }
}

function fromCwd({ cwd }: RunOptions, file: string | undefined): string | undefined {
  return file === undefined ? undefined : path.resolve(cwd, file);
}

async function readTree(
  options: RunOptions,
  need: 'lockfile' | 'lockfile-optional',
): Promise<DependencyTree> {
  try {
    const found = await findLockfile(options.cwd, options.lockfile);
    const tree = await loadTree(found, {
      omit: new Set(options.omit ?? []),
      workspaces: options.workspaces ?? [],
    });
    return { ...tree, lockfile: { ...tree.lockfile, others: found.others } };
  } catch (error) {
    const none =
      error instanceof VerifyDepsError && error.code === 'lockfile-absent' && options.lockfile === undefined;
    if (need === 'lockfile' || !none) throw error;
    const lockfile = {
      kind: 'npm',
      version: '',
      path: path.join(path.resolve(options.cwd), 'package-lock.json'),
      digest: '',
    } as const;
    return { lockfile, project: undefined, nodes: new Map(), omitted: 0 };
  }
}

async function judgeAll(
  subjects: readonly Subject[],
  setup: Project & Services,
  baseline: Baseline,
  options: RunOptions,
): Promise<readonly Verdict[]> {
  const { client, policy, trust, now } = setup;
  let done = 0;
  const evidence = await collectAll(
    subjects,
    { client, trust, now, tarballs: options.tarballs ?? false },
    {
      signal: options.signal,
      onDone: () => options.onProgress?.({ phase: 'packages', done: ++done, total: subjects.length }),
    },
  );
  return evidence.map((item) => judge(item, policy, baseline, now));
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
  const text = formatLock(lockOf(report, nextBaseline(baseline, report.verdicts)));
  return { path: file, outcome: await writeReport(file, text) };
}

function isOpen({ outcome, verdicts, findings }: Report): boolean {
  const all = [...findings, ...verdicts.flatMap((verdict) => verdict.findings)];
  return outcome === 'undecided' || all.some(({ status }) => status === 'unreachable');
}
