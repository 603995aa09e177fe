/**
 * Policies from elsewhere, fetched and proven. What is fetched once is kept by its digest, so that the next run needs it
 * from nobody; it is held against the digest again each time.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Check } from './core/check.ts';
import { ProofError } from './core/errors.ts';
import { makeFolder, readFileBounded, writeFileAtomic } from './core/files.ts';
import { isObject, member, parseJson } from './core/json.ts';
import { limits } from './core/limits.ts';
import { npmPurl } from './core/purl.ts';
import { printable } from './core/text.ts';
import { collectAll } from './evidence/collect-all.ts';
import type { Evidence, Subject } from './evidence/types.ts';
import type { FetchedPolicy, PolicySource, RemoteRef } from './policy/remote.ts';
import { DownloadError } from './registry/download-error.ts';
import { filesOfTarball } from './registry/tar-files.ts';
import type { RegistryClient } from './registry/types.ts';
import type { RegistryTrust, Trust } from './trust/types.ts';

type NpmRef = Extract<RemoteRef, { kind: 'npm' }>;
type Failed = Exclude<FetchedPolicy, { status: 'found' }>;

export interface PolicySourceOptions {
  readonly cacheDir: string;
  /** Called when somebody has to be asked, once; `close` closes what it made. */
  readonly client: () => Promise<RegistryClient>;
  /** Who is believed, by what the project's own files say of registries. @throws {VerifyDepsError} */
  readonly services: (
    registries: readonly RegistryTrust[],
  ) => Promise<{ readonly trust: Trust; readonly now: number }>;
  /** What evidence files have under a digest, `sha256-HEX` or `sha512-HEX`; it is hashed again here. */
  readonly packed?: ((digest: string) => Promise<Uint8Array | undefined>) | undefined;
  /** Told of everything that was used, by its digest. */
  readonly onUsed?: ((digest: string, bytes: Uint8Array) => void) | undefined;
}

const FOLDER = 'policies-v1';
/** Key in the package.json of a policy package that names the file, where it is none of these. */
const MAIN_KEY = 'verify-deps-policy';
const MAINS: readonly string[] = ['verify-deps.yaml', 'verify-deps.yml', 'verify-deps.json'];

export function createPolicySource(options: PolicySourceOptions): PolicySource & { close(): Promise<void> } {
  const { packed, onUsed } = options;
  const shelf: Shelf = { folder: path.join(options.cacheDir, FOLDER), packed, onUsed };
  let client: Promise<RegistryClient> | undefined;
  const open = (): Promise<RegistryClient> => {
    client ??= options.client();
    return client;
  };
  return {
    obtain: async (ref, registries) =>
      ref.kind === 'https'
        ? urlPolicy(ref, shelf, open)
        : packagePolicy(ref, shelf, await open(), () => options.services(registries)),
    // Why it could not be opened has been told to whoever asked.
    close: async () => (await client?.catch(() => undefined))?.close(),
  };
}

async function urlPolicy(
  { url, sha256 }: Extract<RemoteRef, { kind: 'https' }>,
  shelf: Shelf,
  open: () => Promise<RegistryClient>,
): Promise<FetchedPolicy> {
  const digest = { algorithm: 'sha256', hex: sha256 } as const;
  let bytes = await kept(shelf, digest, limits.policyBytesMax);
  if (bytes === undefined) {
    const client = await open();
    try {
      bytes = await client.download(url, limits.policyBytesMax, 'strictly');
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      return undownloaded(error);
    }
    const actual = hexOf('sha256', bytes);
    if (actual !== sha256) return refused(`has another digest: sha256-${actual}`);
    await keep(shelf, digest, bytes);
  }
  shelf.onUsed?.(nameOf(digest), bytes);
  return { status: 'found', main: 'policy', files: new Map([['policy', bytes]]) };
}

function undownloaded({ status, failure, message }: DownloadError): Failed {
  if (status !== undefined) {
    const open = status >= 500 || [401, 403, 408, 420, 429].includes(status);
    return { status: open ? 'unreachable' : 'refused', why: `cannot be fetched: status ${status}` };
  }
  if (failure === 'too-large') return refused(`is larger than ${limits.policyBytesMax} bytes`);
  const reason = message.slice(message.lastIndexOf(': ') + 2);
  return { status: failure === 'invalid' ? 'refused' : 'unreachable', why: `cannot be fetched: ${reason}` };
}

async function packagePolicy(
  ref: NpmRef,
  shelf: Shelf,
  client: RegistryClient,
  services: () => Promise<{ readonly trust: Trust; readonly now: number }>,
): Promise<FetchedPolicy> {
  const answer = await client.manifest(ref);
  if (answer.status !== 'found') return unproven('manifest', answer);
  const sri = ref.integrity ?? onlySha512(answer.value.integrity);
  if (sri === undefined) return refused('is not verified: integrity: integrity-withheld');
  const { trust, now } = await services();
  const [evidence] = await collectAll([subjectOf(ref, sri)], { client, trust, tarballs: false, now });
  const lacking = lack(evidence!, ref);
  if (lacking !== undefined) return lacking;
  const digest = { algorithm: 'sha512', hex: hexOfSri(sri) } as const;
  let bytes = await kept(shelf, digest, limits.policyPackageBytesMax);
  if (bytes === undefined) {
    const tarball = await client.tarball(ref, answer.value.tarball, limits.policyPackageBytesMax);
    if (tarball.status !== 'found') return unproven('tarball', tarball);
    bytes = tarball.value;
    if (hexOf('sha512', bytes) !== digest.hex) return refused('is not verified: tarball: tarball-mismatch');
    await keep(shelf, digest, bytes);
  }
  shelf.onUsed?.(nameOf(digest), bytes);
  return unpack(bytes);
}

/** What is missing of the proofs that a policy has to bear. Proofs that are there and wrong are never passed over. */
function lack(evidence: Evidence, { integrity: pin }: NpmRef): Failed | undefined {
  const { integrity, registrySignature, publish, provenance } = evidence;
  const always: readonly (readonly [string, Check<unknown>])[] = [
    ['integrity', integrity],
    ['registry signature', registrySignature],
  ];
  for (const [what, check] of always) if (check.status !== 'verified') return unproven(what, check);
  const built: readonly (readonly [string, Check<unknown>])[] = [
    ['publish attestation', publish],
    ['provenance', provenance],
  ];
  for (const [what, check] of built) {
    if (check.status !== 'verified' && (pin === undefined || check.status === 'invalid')) {
      return unproven(what, check);
    }
  }
  const time = registrySignature.status === 'verified' ? registrySignature.value.publishTime : undefined;
  // Without a pin, the registry's bare word is no ground to believe a key that has expired.
  return pin === undefined && time?.signed === false
    ? refused('is not verified: registry signature: signature-time-unsigned')
    : undefined;
}

async function unpack(bytes: Uint8Array): Promise<FetchedPolicy> {
  try {
    const found = await filesOfTarball(bytes, limits.policyPackageUnpackedBytesMax, (name) =>
      /\.(?:ya?ml|json)$/.test(name),
    );
    const manifest = found.get('package.json');
    const main = mainOf(manifest instanceof Uint8Array ? manifest : undefined, [...found.keys()]);
    if (typeof main !== 'string') return main;
    if (found.get(main) === 'not a file')
      return refused(`has ${printable(main)}, which is not a regular file`);
    const files = new Map<string, Uint8Array>();
    for (const [name, entry] of found) if (entry instanceof Uint8Array) files.set(name, entry);
    return files.has(main) ? { status: 'found', main, files } : refused(`has no file ${printable(main)}`);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return refused(`cannot be read: ${error.code}: ${printable(`${error.args.what}: ${error.args.why}`)}`);
  }
}

function mainOf(manifest: Uint8Array | undefined, names: readonly string[]): string | Failed {
  const parsed =
    manifest === undefined ? undefined : parseJson(manifest, 'package.json', limits.manifestBytesMax);
  const named = isObject(parsed) ? member(parsed, MAIN_KEY) : undefined;
  if (named === undefined) {
    const [first, second] = MAINS.filter((name) => names.includes(name));
    if (first === undefined)
      return refused('holds no policy: no verify-deps.yaml, and its package.json names none');
    return second === undefined ? first : refused(`holds two policies: ${first} and ${second}`);
  }
  const text = typeof named === 'string' ? named : '';
  const normal = path.posix.normalize(text);
  const inside = !normal.startsWith('../') && !path.posix.isAbsolute(normal) && !/[\\\0]/.test(text);
  if (!inside || !/\.(?:ya?ml|json)$/.test(normal) || path.posix.basename(normal) === 'package.json') {
    return refused(`names no .yaml, .yml or .json file of its own under ${MAIN_KEY}`);
  }
  return normal;
}

function subjectOf({ name, version }: NpmRef, sri: string): Subject {
  const source = { kind: 'registry', resolved: undefined } as const;
  const integrity = { kind: 'sha512', sri } as const;
  const own = { name, version, source, integrity };
  const node = {
    ...own,
    key: `extends:${name}@${version}`,
    alias: undefined,
    dependency: 'dev',
    depth: 1,
  } as const;
  const rest = {
    parents: [''],
    hasInstallScript: false,
    platform: undefined,
    patch: undefined,
    line: undefined,
  };
  return { ...own, purl: npmPurl(name, version), nodes: [{ ...node, ...rest }] };
}

/** Several values would leave it open which of them was signed. */
function onlySha512(integrity: string | undefined): string | undefined {
  const all = (integrity ?? '').split(/\s+/).filter((sri) => sri.startsWith('sha512-'));
  return all.length === 1 && /^sha512-[A-Za-z0-9+/]{85}[AQgw]==$/.test(all[0]!) ? all[0] : undefined;
}

function unproven(what: string, check: Exclude<Check<unknown>, { status: 'verified' }>): Failed {
  return check.status === 'unreachable'
    ? { status: 'unreachable', why: `cannot be verified: ${what}: ${check.code}` }
    : refused(`is not verified: ${what}: ${check.code}`);
}

function refused(why: string): Failed {
  return { status: 'refused', why };
}

/** Where policies lie that were fetched before. */
interface Shelf extends Pick<PolicySourceOptions, 'packed' | 'onUsed'> {
  readonly folder: string;
}

interface Digest {
  readonly algorithm: 'sha256' | 'sha512';
  readonly hex: string;
}

/** A file that is damaged, or another's, counts as none. */
async function kept(
  { folder, packed }: Shelf,
  digest: Digest,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const holds = (bytes: Uint8Array | undefined): bytes is Uint8Array =>
    bytes !== undefined && bytes.length <= bytesMax && hexOf(digest.algorithm, bytes) === digest.hex;
  const read = await readFileBounded(path.join(folder, nameOf(digest)), bytesMax).catch(() => undefined);
  if (read?.status === 'read' && holds(read.bytes)) return read.bytes;
  const found = await packed?.(nameOf(digest));
  return holds(found) ? found : undefined;
}

/** A cache that cannot be written costs the next run a question, and this one nothing. */
async function keep({ folder }: Shelf, digest: Digest, bytes: Uint8Array): Promise<void> {
  try {
    await makeFolder(folder, 0o700);
    await writeFileAtomic(path.join(folder, nameOf(digest)), bytes, { flush: false });
  } catch {
    // As said above.
  }
}

function nameOf({ algorithm, hex }: Digest): string {
  return `${algorithm}-${hex}`;
}

function hexOf(algorithm: Digest['algorithm'], bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

function hexOfSri(sri: string): string {
  return Buffer.from(sri.slice('sha512-'.length), 'base64').toString('hex');
}
