/**
 * The plugin for pnpm 10 to 12. What a lockfile has is verified as a whole before pnpm follows it; what pnpm resolves afresh
 * is judged package by package, before anything is linked or run. An error of a hook ends pnpm.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { VerifyDepsError } from '../../core/errors.ts';
import { type Gate, isBlocked, type Offer, openGate } from '../../gate.ts';
import type { Verdict } from '../../policy/types.ts';
import { cacheFolder } from '../../registry/cache-folder.ts';
import { blockedLines } from '../../report/blocked.ts';
import type { Report } from '../../report/types.ts';
import { run } from '../../run.ts';
import { settingsOf } from '../settings.ts';
import { stoppedLines } from '../stopped.ts';
import { troubleLine } from '../trouble.ts';
import { needOf } from './command.ts';
import { foreignWants, lockedWants, type Want } from './foreign.ts';
import { leaveNote, type Setting, takeNote } from './note.ts';
import { accessOf, catalogsOf, npmEnv, registriesOf } from './registries.ts';
import { type Hooks, isMembers, type Manifest, type Members, type Resolution, textOf } from './types.ts';
import { identityOfOffer, identityOfSubject, offersOf } from './wanted.ts';

const LOCKFILE = 'pnpm-lock.yaml';
const AFTER = 'nothing was installed';
/** Of a package that is judged by where it is to come from, before anybody knows what it is. */
const NO_VERSION = '0.0.0';

export interface Host {
  /** Command line of pnpm where this is its process; undefined in a worker of a native pnpm. */
  readonly argv: readonly string[] | undefined;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes to standard error. */
  readonly say: (text: string) => void;
}

export function createHooks(host: Host): Hooks {
  let setting: Setting = { folder: host.cwd, registries: {}, catalogs: {} };
  let access: Readonly<Record<string, string>> = {};
  let noted: Promise<void> | undefined;
  let cacheOfPnpm: string | undefined;
  const runs = new Map<string, Promise<Report>>();
  const gates = new Map<string, Promise<Gate>>();
  const locked = new Map<string, Promise<(want: Want) => boolean>>();
  let stopped: Error | undefined;

  /** The first reason counts, whichever hook has come upon it, and whoever has passed over it. */
  const stop = (lines: readonly string[]): Error => {
    stopped ??= errorOf(lines, host);
    return stopped;
  };
  const closed = async <T>(work: () => Promise<T>): Promise<T> => {
    if (stopped !== undefined) throw stopped;
    try {
      return await work();
    } catch (error) {
      throw error === stopped ? error : stop([troubleLine(error)]);
    }
  };

  const options = (folder: string) => {
    const env = npmEnv(host.env, setting.registries, access);
    return { cwd: folder, env, ...settingsOf(host.env) };
  };

  /** @throws the error that stops pnpm if it does not hold */
  const verify = async (lockfile: string): Promise<Report> => {
    const report = await remembered(runs, lockfile, async () => {
      const done = await run({ ...options(path.dirname(lockfile)), lockfile, report: 'none' });
      return done.report;
    });
    if (report.outcome !== 'passed') throw stop(stoppedLines(report, AFTER));
    return report;
  };

  const judge = async (offers: readonly Offer[]): Promise<void> => {
    if (offers.length === 0) return;
    const { folder } = setting;
    const gate = await remembered(gates, folder, () => openGate(options(folder)));
    const verdicts = await Promise.all(offers.map((offer) => gate.judge(offer)));
    const blocked = verdicts.filter(isBlocked);
    if (blocked.length > 0) throw stop(blockedText(blocked));
  };

  const judgeForeign = async (manifest: Manifest): Promise<void> => {
    const wants = foreignWants(manifest, setting.catalogs, !isMembers(manifest.dist));
    if (wants.length === 0) return;
    const lockfile = path.join(setting.folder, LOCKFILE);
    const isLocked = await remembered(locked, lockfile, () => lockedWants(lockfile));
    const open = wants.filter((want) => !isLocked(want));
    await judge(
      open.map(({ name, source }) => ({ name, version: NO_VERSION, integrity: undefined, source })),
    );
  };

  const readNote = (): Promise<void> => {
    noted ??= (async () => {
      if (host.argv === undefined) setting = (await takeNote(cacheOf(host))) ?? setting;
    })();
    return noted;
  };

  return {
    updateConfig: (config) =>
      closed(async () => {
        const need = needOf(config, host.argv);
        if (need === 'nothing') return config;
        if (config.sharedWorkspaceLockfile === false) throw manyLockfiles();
        const folder = ['lockfileDir', 'workspaceDir', 'dir'].map((key) => textOf(config, key)).find(Boolean);
        setting = {
          folder: folder ?? host.cwd,
          registries: registriesOf(config),
          catalogs: catalogsOf(config),
        };
        access = accessOf(config);
        cacheOfPnpm = textOf(config, 'cacheDir');
        if (host.argv === undefined) await leaveNote(cacheOf(host), setting);
        if (need === 'nothing yet') return config;
        const lockfile = path.join(setting.folder, LOCKFILE);
        if (existsSync(lockfile)) await verify(lockfile);
        return config;
      }),

    preResolution: (resolution) =>
      closed(async () => {
        moveTo(resolution);
        const offers = offersOf(resolution.wantedLockfile);
        if (offers.length === 0) return;
        const lockfile = path.join(textOf(resolution as Members, 'lockfileDir') ?? setting.folder, LOCKFILE);
        const { verdicts } = existsSync(lockfile) ? await verify(lockfile) : { verdicts: [] };
        const verified = new Set(verdicts.map(({ evidence }) => identityOfSubject(evidence.subject)));
        await judge(offers.filter((offer) => !verified.has(identityOfOffer(offer))));
      }),

    readPackage: (manifest) =>
      closed(async () => {
        await readNote();
        await judgeForeign(manifest);
        if (isMembers(manifest.dist)) await judge([offerOf(manifest, manifest.dist)]);
        return manifest;
      }),

    // pnpm 11 passes over an error if the package is optional; it links nothing before this.
    afterAllResolved: (lockfile) =>
      closed(async () => {
        const open = await Promise.all(gates.values());
        gates.clear();
        await Promise.all(open.map((gate) => gate.close()));
        return lockfile;
      }),
  };

  function moveTo(resolution: Resolution): void {
    const of = resolution as Members;
    const folder = textOf(of, 'lockfileDir');
    const registries = registriesOf(of);
    // `pnpm dlx` resolves in a folder of its own: the project that it is typed in counts.
    const isOwn = folder !== undefined && cacheOfPnpm !== undefined && isBelow(cacheOfPnpm, folder);
    setting = {
      ...setting,
      ...(folder === undefined || isOwn ? {} : { folder }),
      ...(Object.keys(registries).length === 0 ? {} : { registries }),
    };
  }
}

function offerOf(manifest: Manifest, dist: Members): Offer {
  const shasum = textOf(dist, 'shasum');
  const sha1 = shasum === undefined ? undefined : `sha1-${Buffer.from(shasum, 'hex').toString('base64')}`;
  return {
    name: String(manifest.name),
    version: String(manifest.version),
    integrity: textOf(dist, 'integrity') ?? sha1,
    resolved: textOf(dist, 'tarball'),
    hasInstallScript: manifest.hasInstallScript === true,
  };
}

function blockedText(blocked: readonly Verdict[]): readonly string[] {
  const count = `${blocked.length} ${blocked.length === 1 ? 'package' : 'packages'} blocked`;
  return [`verify-deps: ${count}; ${AFTER}`, ...blockedLines(blocked).map((line) => `  ${line}`)];
}

/** pnpm installs by them without asking the hooks of the workspace. */
function manyLockfiles(): VerifyDepsError {
  return new VerifyDepsError(
    'lockfile-unsupported',
    'sharedWorkspaceLockfile is false, and pnpm does not ask plugins about the lockfiles of single projects',
    { hint: 'let the workspace have one lockfile, or use verify-deps run' },
  );
}

/**
 * Without a stack, which pnpm would print. A native pnpm breaks lines wherever a word ends, and at hyphens: there the
 * whole text goes to standard error.
 */
function errorOf(lines: readonly string[], { argv, say }: Host): Error {
  const isNative = argv === undefined;
  if (isNative) say(`${lines.join('\n')}\n`);
  const error: Error & { code?: string } = new Error(isNative ? lines[0] : lines.join('\n'));
  error.code = 'ERR_PNPM_VERIFY_DEPS';
  error.stack = isNative ? error.message : '';
  return error;
}

function cacheOf({ cwd, env }: Host): string {
  return path.resolve(cwd, settingsOf(env).cacheDir ?? cacheFolder(env));
}

function isBelow(folder: string, other: string): boolean {
  const between = path.relative(folder, other);
  return between !== '' && !between.startsWith('..') && !path.isAbsolute(between);
}

/** Once in this process; a failure counts as well. */
function remembered<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  made.catch(() => undefined);
  return made;
}
