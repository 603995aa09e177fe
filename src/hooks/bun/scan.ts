/** Judges what bun is about to install, in the form of bun's Security Scanner contract, version 1. */
import path from 'node:path';
import { textOf } from '../../core/bytes.ts';
import { VerifyDepsError } from '../../core/errors.ts';
import { readFileBounded } from '../../core/files.ts';
import { limits } from '../../core/limits.ts';
import { printable } from '../../core/text.ts';
import { type Gate, isBlocked, type Offer, openGate } from '../../gate.ts';
import { blockedLine, WAY_OUT } from '../../report/blocked.ts';
import { isVersion } from '../../tree/identity.ts';
import { settingsOf } from '../settings.ts';
import { troubleLine } from '../trouble.ts';
import { refuseSettingsInFiles } from './env-files.ts';
import { type BunLockfile, foreignSource, parseBunLockfile } from './lockfile.ts';

/** A package that the host has resolved. There is no integrity in the contract. */
export interface ScannedPackage {
  readonly name: string;
  /** The place where it comes from, if that is no registry. */
  readonly version: string;
  readonly requestedRange: string;
  /** URL of the tarball. */
  readonly tarball: string;
}

/** `fatal` stops the installation. */
export interface Advisory {
  readonly level: 'fatal';
  readonly package: string;
  readonly url: null;
  readonly description: string;
}

export interface ScanOptions {
  /** Folder of the project, where bun.lock lies. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const LOCKFILE = 'bun.lock';
/** Of the same file in the form that only bun reads. */
const BINARY = 'bun.lockb';
const NOTHING: BunLockfile = { pins: new Map(), foreign: new Map() };

/** @returns nothing if all may be installed; it does not throw, and whatever went wrong is `fatal` */
export async function scan(packages: unknown, options: ScanOptions): Promise<readonly Advisory[]> {
  let gate: Gate | undefined;
  try {
    const offered = packagesOf(packages);
    const { env, cwd } = options;
    const registry = env.BUN_CONFIG_REGISTRY;
    const { PWD } = env;
    await refuseSettingsInFiles([cwd, ...(PWD !== undefined && path.isAbsolute(PWD) ? [PWD] : [])]);
    const lockfile = await readLockfile(cwd);
    gate = await openGate({ ...settingsOf(env), cwd, env, ...(registry ? { registry } : {}) });
    return await judgeAll(offered, lockfile, gate);
  } catch (error) {
    return [fatal('verify-deps', troubleLine(error))];
  } finally {
    // What was learned is lost if it cannot be written; the verdict stands.
    await gate?.close().catch(() => undefined);
  }
}

async function judgeAll(
  packages: readonly ScannedPackage[],
  lockfile: BunLockfile,
  gate: Gate,
): Promise<readonly Advisory[]> {
  const verdicts = await Promise.all(
    packages.map(async (one) => {
      const offers = await offersOf(one, lockfile, gate);
      return Promise.all(offers.map((offer) => gate.judge(offer)));
    }),
  );
  const found = new Map<string, Advisory>();
  for (const verdict of verdicts.flat().filter(isBlocked)) {
    const line = blockedLine(verdict);
    found.set(line, fatal(verdict.evidence.subject.name, `verify-deps blocked ${line}`));
  }
  const all = [...found.values()];
  const last = all.pop();
  if (last === undefined) return [];
  return [...all, { ...last, description: `${last.description}\nverify-deps: ${WAY_OUT}` }];
}

/** The bytes that bun.lock pins; where it pins none, those of which the registry speaks. */
async function offersOf(
  { name, version, tarball }: ScannedPackage,
  { pins, foreign }: BunLockfile,
  gate: Gate,
): Promise<readonly Offer[]> {
  const id = `${name}@${version}`;
  if (!isVersion(version)) {
    const entry = foreign.get(id) ?? { source: foreignSource(version), integrity: undefined };
    return [{ name, version: '0.0.0', ...entry }];
  }
  const resolved = tarball === '' ? undefined : tarball;
  const pinned = pins.get(id);
  if (pinned === undefined)
    return [{ name, version, resolved, integrity: await gate.announced({ name, version }) }];
  // Where bun says it would go need not be what the lockfile says.
  return pinned.flatMap((pin) => [
    { name, version, ...pin },
    { name, version, integrity: pin.integrity, resolved },
  ]);
}

function fatal(name: string, description: string): Advisory {
  return { level: 'fatal', package: printable(name), url: null, description };
}

function packagesOf(packages: unknown): readonly ScannedPackage[] {
  if (!Array.isArray(packages)) throw unknownHost('no list of packages');
  if (packages.length > limits.packagesMax) throw unknownHost(`${packages.length} packages`);
  return packages.map((one: unknown): ScannedPackage => {
    const { name, version, requestedRange, tarball } = Object(one) as Record<string, unknown>;
    if (typeof name !== 'string' || typeof version !== 'string' || version === '') {
      throw unknownHost(
        `a package without name or version: ${printable(`${String(name)}@${String(version)}`)}`,
      );
    }
    return {
      name,
      version,
      requestedRange: typeof requestedRange === 'string' ? requestedRange : '',
      tarball: typeof tarball === 'string' ? tarball : '',
    };
  });
}

function unknownHost(what: string): VerifyDepsError {
  return new VerifyDepsError('offer-malformed', `the package manager handed over ${what}`, {
    hint: 'this scanner speaks version 1 of the contract',
  });
}

async function readLockfile(cwd: string): Promise<BunLockfile> {
  const read = await readFileBounded(path.join(cwd, LOCKFILE), limits.lockfileBytesMax);
  if (read.status === 'too-large') {
    throw new VerifyDepsError(
      'lockfile-malformed',
      `${LOCKFILE} has ${read.bytes} bytes, at most ${limits.lockfileBytesMax} are read`,
    );
  }
  if (read.status === 'read') {
    const text = textOf(read.bytes);
    if (text === undefined) throw new VerifyDepsError('lockfile-malformed', `${LOCKFILE} is not UTF-8`);
    return parseBunLockfile(text, LOCKFILE);
  }
  const binary = await readFileBounded(path.join(cwd, BINARY), Number.MAX_SAFE_INTEGER);
  if (binary.status === 'absent') return NOTHING;
  throw new VerifyDepsError('lockfile-unsupported', `${BINARY} can be read by nobody but bun`, {
    hint: 'bun install --save-text-lockfile --lockfile-only writes bun.lock',
  });
}
