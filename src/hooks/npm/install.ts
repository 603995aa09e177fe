/**
 * `npm ci` and `npm install` behind the gate: npm plans, exactly this plan is judged as `run()` judges a lockfile, and
 * npm installs it or nothing.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isObject, type JsonObject, member, parseJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import type { Report } from '../../report/types.ts';
import { type RunOptions, type RunResult, run } from '../../run.ts';
import type { DependencyTree } from '../../tree/types.ts';
import { findNpm } from './find.ts';
import type { Plan, ToNpm } from './messages.ts';
import { type NpmEnded, startNpm } from './start.ts';

export interface NpmInstall {
  readonly command: 'ci' | 'install';
  /** What goes to npm after the command, untouched. */
  readonly args: readonly string[];
  /** How to judge; `cwd` is the folder npm is started in. */
  readonly options: RunOptions;
}

export interface NpmInstalled extends NpmEnded {
  /** Of the plan, or of the lockfile that npm has written; undefined where npm planned nothing. */
  readonly report: Report | undefined;
  /** The plan was stopped. */
  readonly stopped: boolean;
  /** Why nothing could be judged, or, if npm has ended with 0, why there is no report. */
  readonly failure: unknown;
  readonly reportFile: RunResult['reportFile'];
}

const STOPPED = 'the plan is stopped; nothing was installed';

/** @throws {VerifyDepsError} `npm-unusable` */
export async function npmInstall({ command, args, options }: NpmInstall): Promise<NpmInstalled> {
  const env = options.env ?? process.env;
  const npm = await findNpm(env, options.cwd);
  let last: Judged | undefined;
  let stopped = false;
  let failure: unknown;
  const npmWorks = (): void => options.onProgress?.({ phase: 'npm', done: 0, total: 0 });
  const decide = async (plan: Plan): Promise<ToNpm> => {
    try {
      last = await judgePlan(plan, options);
      const { report } = last.result;
      stopped ||= report.outcome !== 'passed';
      if (report.outcome !== 'passed') return { kind: 'stop', why: STOPPED };
      return { kind: 'proceed', locations: fetched(report.tree) };
    } catch (error) {
      failure ??= error;
      return { kind: 'stop', why: STOPPED };
    } finally {
      npmWorks();
    }
  };
  npmWorks();
  const ended = await startNpm({ npm, args: [command, ...args], cwd: options.cwd, env, decide });
  const done = ended.code === 0 && !stopped && failure === undefined;
  let after = last?.result;
  try {
    if (done && last !== undefined) after = await writeReport(last, npm.major);
  } catch (error) {
    failure = error;
  }
  return {
    ...ended,
    report: after?.report,
    stopped: stopped || after?.report.outcome === 'failed',
    failure,
    reportFile: done ? after?.reportFile : undefined,
  };
}

interface Judged {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly options: RunOptions;
  /** The plan is the lockfile on disk, and that one was judged. */
  readonly asOnDisk: boolean;
}

async function judgePlan(plan: Plan, options: RunOptions): Promise<Judged> {
  const own: RunOptions = {
    ...options,
    cwd: plan.path,
    env: { ...(options.env ?? process.env), ...plan.env },
    registry: options.registry ?? plan.registry,
    omit: plan.omit,
    workspaces: plan.workspaces,
  };
  const text = new TextEncoder().encode(plan.lockfile);
  const onDisk = await lockfileOf(plan.path, text);
  const planned = onDisk ?? { path: path.join(plan.path, 'package-lock.json'), bytes: text };
  const report = options.report === 'none' ? 'none' : 'later';
  const result = await run({ ...own, planned, report });
  return { plan, result, options: own, asOnDisk: onDisk !== undefined };
}

/** The lockfile on disk that says the same as the plan: its lines and its digest are the ones a reader can look up. */
async function lockfileOf(folder: string, plan: Uint8Array): Promise<RunOptions['planned']> {
  const wanted = packagesOf(plan);
  for (const name of ['npm-shrinkwrap.json', 'package-lock.json']) {
    const file = path.join(folder, name);
    const bytes = await readFile(file).catch(() => undefined);
    const found = bytes && packagesOf(bytes);
    // The very bytes that were compared: the file may change meanwhile.
    if (bytes && wanted !== undefined && found !== undefined && sameTree(wanted, found))
      return { path: file, bytes };
  }
  return undefined;
}

function packagesOf(bytes: Uint8Array): JsonObject | undefined {
  try {
    const lockfile = parseJson(bytes, 'lockfile', limits.lockfileBytesMax);
    const version = isObject(lockfile) ? member(lockfile, 'lockfileVersion') : undefined;
    const packages = isObject(lockfile) ? member(lockfile, 'packages') : undefined;
    return (version === 2 || version === 3) && isObject(packages) ? packages : undefined;
  } catch {
    // What cannot be read says nothing; the plan is judged by itself.
    return undefined;
  }
}

/** The same places with the same content, entry by entry; what nobody can compare is not the same. */
function sameTree(a: JsonObject, b: JsonObject): boolean {
  const locations = Object.keys(a);
  if (locations.length !== Object.keys(b).length) return false;
  return locations.every((location) => {
    const [one, other] = [member(a, location), member(b, location)];
    return other !== undefined && ordered(one) === ordered(other);
  });
}

function ordered(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** Locations of what npm gets from somewhere and unpacks; the rest is linked, or lies in the tarball of another one. */
function fetched({ nodes }: DependencyTree): readonly string[] {
  return [...nodes.values()]
    .filter(({ source: { kind } }) => kind !== 'bundled' && kind !== 'workspace' && kind !== 'directory')
    .map(({ key }) => key);
}

/** As `check` would write it now: over the lockfile on disk, which after an install may be a new one. */
async function writeReport({ plan, result, options, asOnDisk }: Judged, major: number): Promise<RunResult> {
  if (!plan.keepsLockfile || options.report === 'none') return result;
  if (asOnDisk) return { ...result, reportFile: await result.writeReport() };
  const names = major < 12 ? ['npm-shrinkwrap.json', 'package-lock.json'] : ['package-lock.json'];
  for (const name of names) {
    const file = path.join(plan.path, name);
    const there = await readFile(file).then(
      () => true,
      () => false,
    );
    if (there) return run({ ...options, lockfile: file, report: 'write' });
  }
  return result;
}
