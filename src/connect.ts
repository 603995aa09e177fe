/** Whom a run asks and what it believes: the connections that `run.ts` and commands beside it work over. */
import path from 'node:path';
import { type Clock, systemClock } from './core/clock.ts';
import { type LoadOptions, loadPolicy } from './policy/load.ts';
import type { PolicySource } from './policy/remote.ts';
import type { Policy } from './policy/types.ts';
import { createPolicySource } from './policy-source.ts';
import type { EvidenceFile } from './portable/evidence-file.ts';
import type { Recorder } from './portable/recorder.ts';
import { cacheBytesMax, cacheFolder } from './registry/cache-folder.ts';
import { loadNpmrc, type NpmOptions } from './registry/npmrc.ts';
import { type EvidenceStore, openEvidenceStore } from './registry/store.ts';
import type { RegistryClient } from './registry/types.ts';
import type { Report } from './report/types.ts';
import { loadTrust } from './trust/load.ts';
import type { RegistryTrust, Trust } from './trust/types.ts';

export interface Progress {
  /**
   * `again`: what the answers have raised is asked for. `installed`: what lies in node_modules is compared. `npm`: a
   * package manager is at work, and not we. The others say what they are.
   */
  readonly phase:
    | 'lockfile'
    | 'policy'
    | 'trust'
    | 'packages'
    | 'again'
    | 'judgement'
    | 'installed'
    | 'report'
    | 'npm';
  readonly done: number;
  /** Of the packages of this phase; 0 where none are counted. */
  readonly total: number;
  /** Whom this run asks, as soon as there is somebody; its numbers are read when somebody looks. */
  readonly asked?: Pick<RegistryClient, 'stats'>;
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
  /** Ask nobody: what `evidence` has counts, or without it what the cache has. */
  readonly offline?: boolean;
  /** Evidence files, or folders of them; relative to `cwd`. Looked into before anybody is asked. */
  readonly evidence?: readonly string[];
  /** Digests that these files must have. The caller vouches for them: what nobody has signed in them counts as well. */
  readonly evidenceDigests?: readonly string[];
  /** Remembers what was asked, for an evidence file. */
  readonly recorder?: Recorder;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Called where what this run found out cannot be kept; nothing else is wrong then. @param code  of the file system's error */
  readonly onUnkept?: (folder: string, code: string) => void;
}

/** Whom this run asks, and what it believes. */
export interface Services extends Omit<Opening, 'trust'> {
  readonly trust: Trust;
}

/** The same where trust is still being established. */
export interface Opening {
  readonly client: RegistryClient;
  readonly trust: Promise<Trust>;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Evidence files that were looked into. */
  readonly files: readonly EvidenceFile[];
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
  let opened: Promise<Opened> | undefined;
  const open = (): Promise<Opened> => {
    opened ??= openClient(npm, options);
    return opened;
  };
  const source = createPolicySource({
    cacheDir: cacheDirOf(options),
    client: async () => (await open()).client,
    services: async (registries) => servicesOf(await open(), registries, options),
    packed: async (digest) => {
      for (const { shared } of (await open()).files) {
        const found = shared().policies.get(digest);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    onUsed: (digest, bytes) => options.recorder?.policies.set(digest, bytes),
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

interface Opened {
  readonly client: RegistryClient;
  readonly files: readonly EvidenceFile[];
}

async function openClient(npm: NpmOptions, options: ConnectOptions): Promise<Opened> {
  const { offline = false, signal } = options;
  const { files, store } = await openStore(options, offline);
  if (offline) {
    const { createOfflineClient } = await import('./registry/offline-client.ts');
    return { client: createOfflineClient(npm, store, files.length > 0 && !isVouched(options)), files };
  }
  const { createRegistryClient } = await import('./registry/client.ts');
  const client = createRegistryClient({ npm, store, ...(signal === undefined ? {} : { signal }) });
  return { client, files };
}

async function openStore(
  options: ConnectOptions,
  offline: boolean,
): Promise<{ readonly files: readonly EvidenceFile[]; readonly store: EvidenceStore }> {
  const { evidence = [], recorder } = options;
  const own = (): EvidenceStore =>
    openEvidenceStore({
      folder: cacheDirOf(options),
      clock: options.clock ?? systemClock,
      offline,
      bytesMax: cacheBytesMax(options.env ?? process.env),
      onUnwritable: options.onUnkept,
    });
  if (evidence.length === 0) return { files: [], store: recorder ? recorder.watch(own()) : own() };
  const [{ openEvidence }, { storeOf }] = await Promise.all([
    import('./portable/open.ts'),
    import('./portable/store.ts'),
  ]);
  const places = evidence.map((place) => path.resolve(options.cwd, place));
  const files = openEvidence(places, options.evidenceDigests ?? []);
  return { files, store: storeOf(files, offline ? undefined : own(), isVouched(options)) };
}

function isVouched({ evidenceDigests = [] }: ConnectOptions): boolean {
  return evidenceDigests.length > 0;
}

/** The client that it returns has to be closed. */
export async function connect(
  setup: { readonly policy: Pick<Policy, 'registries'>; readonly npm: NpmOptions },
  options: ConnectOptions,
): Promise<Services> {
  const opening = await startConnecting(setup, options);
  try {
    return { ...opening, trust: await opening.trust };
  } catch (error) {
    await opening.client.close();
    throw error;
  }
}

/**
 * For who has something to ask meanwhile: a refresh of the trust root is half a dozen answers, one after the other. The
 * client has to be closed, also if there is no trust.
 */
export async function startConnecting(
  { policy, npm }: { readonly policy: Pick<Policy, 'registries'>; readonly npm: NpmOptions },
  options: ConnectOptions,
): Promise<Opening> {
  const opened = await openClient(npm, options);
  options.onProgress?.({ phase: 'trust', done: 0, total: 0, asked: opened.client });
  const trust = trustOf(opened, policy.registries, options);
  // Whoever waits for it gets the reason; until somebody does, it is nobody's.
  trust.catch(() => undefined);
  return { ...opened, trust, now: (options.clock ?? systemClock)() };
}

async function servicesOf(
  opened: Opened,
  registries: readonly RegistryTrust[],
  options: ConnectOptions,
): Promise<Services> {
  const trust = await trustOf(opened, registries, options);
  return { ...opened, trust, now: (options.clock ?? systemClock)() };
}

async function trustOf(
  { client, files }: Opened,
  registries: readonly RegistryTrust[],
  options: ConnectOptions,
): Promise<Trust> {
  const clock = options.clock ?? systemClock;
  const trustOptions = {
    trustRootFile: fromCwd(options, options.trustRoot),
    tufMirror: options.tufMirror,
    tufRootFile: fromCwd(options, options.tufRoot),
    registryKeysFile: fromCwd(options, options.registryKeys),
    registries,
    cacheDir: cacheDirOf(options),
    offline: options.offline ?? false,
    offered: (mirror: string) =>
      files.flatMap(({ path: from, head, shared }) => {
        const state = shared().tuf.get(mirror);
        return state === undefined ? [] : [{ from, state: { ...state, fetched: head.newest } }];
      }),
  };
  const trust = await loadTrust(trustOptions, client, clock);
  options.recorder?.trusts.push(trust);
  return trust;
}

/** What a report says of where the evidence of this run came from. */
export function gatheredBy(
  { client, files }: Services,
  { offline = false }: ConnectOptions,
): Report['gathered'] {
  if (!offline && files.length === 0) return undefined;
  const told = files.map(({ path: file, head: { digest, oldest, newest } }) => ({
    path: file,
    digest,
    oldest,
    newest,
  }));
  return { offline, files: told, ages: client.ages };
}

/** An absolute path of an option. */
export function fromCwd({ cwd }: ConnectOptions, file: string | undefined): string | undefined {
  return file === undefined ? undefined : path.resolve(cwd, file);
}
