/** Whom a run asks and what it believes: the connections that `run.ts` and commands beside it work over. */
import path from 'node:path';
import { type Clock, systemClock } from './core/clock.ts';
import { type LoadOptions, loadPolicy } from './policy/load.ts';
import type { PolicySource } from './policy/remote.ts';
import type { Policy } from './policy/types.ts';
import { createPolicySource } from './policy-source.ts';
import { cacheFolder } from './registry/cache-folder.ts';
import { createRegistryClient } from './registry/client.ts';
import { loadNpmrc, type NpmOptions } from './registry/npmrc.ts';
import { openEvidenceStore } from './registry/store.ts';
import type { RegistryClient } from './registry/types.ts';
import { loadTrust } from './trust/load.ts';
import type { RegistryTrust, Trust } from './trust/types.ts';

export interface Progress {
  readonly phase: 'lockfile' | 'trust' | 'packages' | 'judgement' | 'report';
  readonly done: number;
  readonly total: number;
}

export interface ConnectOptions {
  /** Folder of the project; the lockfile is looked for here and above. */
  readonly cwd: string;
  readonly trustRoot?: string;
  readonly registryKeys?: string;
  readonly tufMirror?: string;
  readonly tufRoot?: string;
  /** Like npm's `--registry`: wins over every npmrc. */
  readonly registry?: string;
  /** Folder for evidence, policies from elsewhere and TUF state. */
  readonly cacheDir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Whom this run asks, and what it believes. */
export interface Services {
  readonly client: RegistryClient;
  readonly trust: Trust;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The policies that `select` names, with what they extend fetched as a run would fetch it.
 * @param folder  where the lockfile is or would be: its npmrc counts
 */
export async function loadPolicies(
  folder: string,
  select: readonly Omit<LoadOptions, 'from' | 'remote'>[],
  options: ConnectOptions,
): Promise<readonly Policy[]> {
  const npm = await npmOf(folder, options);
  return withPolicySource(npm, options, (remote) =>
    Promise.all(select.map((one) => loadPolicy({ ...one, from: folder, remote }))),
  );
}

export function npmOf(folder: string, { env, registry }: ConnectOptions): Promise<NpmOptions> {
  return loadNpmrc({ cwd: folder, env: env ?? process.env, registry });
}

export async function withPolicySource<T>(
  npm: NpmOptions,
  options: ConnectOptions,
  use: (remote: PolicySource) => Promise<T>,
): Promise<T> {
  const source = createPolicySource({
    cacheDir: cacheDirOf(options),
    client: () => openClient(npm, options),
    services: (registries, client) => servicesOf(client, registries, options),
  });
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

function cacheDirOf(options: ConnectOptions): string {
  return path.resolve(options.cwd, options.cacheDir ?? cacheFolder(options.env ?? process.env));
}

function openClient(npm: NpmOptions, options: ConnectOptions): RegistryClient {
  return createRegistryClient({
    npm,
    store: openEvidenceStore({ folder: cacheDirOf(options), clock: options.clock ?? systemClock }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** The client that it returns has to be closed. */
export async function connect(
  { policy, npm }: { readonly policy: Pick<Policy, 'registries'>; readonly npm: NpmOptions },
  options: ConnectOptions,
): Promise<Services> {
  const client = openClient(npm, options);
  options.onProgress?.({ phase: 'trust', done: 0, total: 0 });
  try {
    return await servicesOf(client, policy.registries, options);
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function servicesOf(
  client: RegistryClient,
  registries: readonly RegistryTrust[],
  options: ConnectOptions,
): Promise<Services> {
  const clock = options.clock ?? systemClock;
  const trustOptions = {
    trustRootFile: fromCwd(options, options.trustRoot),
    tufMirror: options.tufMirror,
    tufRootFile: fromCwd(options, options.tufRoot),
    registryKeysFile: fromCwd(options, options.registryKeys),
    registries,
    cacheDir: cacheDirOf(options),
    offline: false,
  };
  return { client, trust: await loadTrust(trustOptions, client, clock), now: clock() };
}

/** An absolute path of an option. */
export function fromCwd({ cwd }: ConnectOptions, file: string | undefined): string | undefined {
  return file === undefined ? undefined : path.resolve(cwd, file);
}
