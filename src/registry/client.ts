/**
 * All that the rest of the tool knows of registries: npm's configuration decides whom to ask, the store answers what it
 * still can, everything else is asked once. A failed question is an outcome, never an exception, except for an aborted
 * run and for `download`.
 */
import { type Unproven, unproven } from '../core/check.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { about, ask, type Question } from './answers.ts';
import { parseAttestationsBody } from './attestations.ts';
import { DownloadError } from './download-error.ts';
import { parseServedKeys } from './keys.ts';
import { encodeManifest, parseManifest } from './manifest.ts';
import { readNpmCache } from './npm-cache.ts';
import { bareBase, type NpmOptions } from './npmrc.ts';
import { createPackuments } from './packuments.ts';
import { createRequests, type RequestSettings } from './requests.ts';
import type { EntryKind, EvidenceStore, Lifetime } from './store.ts';
import { isOf, label, notAskable, storedManifest, storedTime, widened } from './stored.ts';
import { hashTarball, readTarball, tarballAddress } from './tarball.ts';
import type { Answer, PackageRef, RegistryClient, VersionManifest } from './types.ts';
import { attestationsUrl, isAskable, keysUrl, manifestUrl, pickRegistry } from './urls.ts';

export interface RegistryClientOptions {
  readonly npm: NpmOptions;
  readonly store: EvidenceStore | undefined;
  /** The most requests at a time; npm's `maxsockets` lowers it. */
  readonly concurrency?: number;
  readonly backoffMs?: RequestSettings['backoffMs'];
  /** Rejects everything under way with its reason. */
  readonly signal?: AbortSignal;
}

/** At most; `concurrency.ts` finds out how many help. Packages are worked on 64 at a time. */
const CONCURRENCY = 64;
/** npm waits 10 s before its first retry, which is too long for a thousand questions. */
const BACKOFF_MS = { min: 500, max: 8_000 } as const;

export function createRegistryClient(options: RegistryClientOptions): RegistryClient {
  const { npm, store } = options;
  const requests = createRequests(
    npm,
    {
      concurrency: Math.min(options.concurrency ?? CONCURRENCY, npm.maxSockets ?? Number.POSITIVE_INFINITY),
      backoffMs: options.backoffMs ?? BACKOFF_MS,
    },
    options.signal,
  );
  const packuments = createPackuments(requests);
  /** Registries that answered `/NAME/VERSION` with "not here" for a version they have. */
  const withoutVersions = new Set<string>();
  const underWay = new Map<string, Promise<Answer<unknown>>>();
  const answeredFromStore = new Set<string>();
  let fromStore = 0;
  let ages: RegistryClient['ages'];

  const registryFor = (name: string): string => pickRegistry(name, npm);

  /** The same question asked twice at a time is one question; answers are not kept. */
  const shared = <T>(kind: string, ref: PackageRef, find: () => Promise<Answer<T>>): Promise<Answer<T>> => {
    if (!isAskable(ref)) return Promise.resolve(notAskable(ref));
    const id = `${kind} ${ref.name}@${ref.version}`;
    const known = underWay.get(id) as Promise<Answer<T>> | undefined;
    if (known !== undefined) return known;
    const asked = find().finally(() => underWay.delete(id));
    underWay.set(id, asked);
    return asked;
  };

  /** What the store has, as `read` understands it; what it does not understand is asked for again. */
  const stored = <T>(
    kind: EntryKind,
    ref: PackageRef,
    absent: Unproven | undefined,
    read: (bytes: Uint8Array) => T,
  ): Answer<T> | undefined => {
    const answer = store?.read({ registry: registryFor(ref.name), ...only(ref) }, kind);
    if (answer === undefined) return undefined;
    try {
      const found: Answer<T> | undefined =
        answer.outcome === 'absent' ? absent : { status: 'found', value: read(answer.bytes) };
      // Nobody of ours has written that there is none of this kind.
      if (found === undefined) return undefined;
      fromStore++;
      ages = widened(ages, answer.time);
      answeredFromStore.add(label(ref));
      return found;
    } catch {
      return undefined;
    }
  };

  const keep = (
    kind: EntryKind,
    ref: PackageRef,
    bytes: Uint8Array | undefined,
    lifetime: Lifetime,
  ): void => {
    const answer = {
      outcome: bytes === undefined ? 'absent' : 'found',
      bytes: bytes ?? new Uint8Array(),
    } as const;
    store?.write({ registry: registryFor(ref.name), ...only(ref) }, kind, answer, lifetime);
  };

  const fromPackument = async (ref: PackageRef): Promise<Answer<VersionManifest>> => {
    const registry = registryFor(ref.name);
    const answer = await packuments.full(registry, ref.name);
    if (answer.status !== 'found') return { ...answer, args: { ...answer.args, package: label(ref) } };
    const manifest = answer.value.versions.get(ref.version);
    return manifest === undefined
      ? unproven('absent', 'version-absent', aboutRef(registry, ref))
      : { status: 'found', value: manifest };
  };

  const fullManifest = (ref: PackageRef): Promise<Answer<VersionManifest>> =>
    shared('whole-manifest', ref, async () => {
      const known = stored('whole-manifest', ref, undefined, (bytes) => storedManifest(bytes, ref));
      if (known !== undefined) return known;
      const answer = await fromPackument(ref);
      if (answer.status === 'found' && isOf(answer.value, ref)) {
        keep('whole-manifest', ref, encodeManifest(answer.value), lifetimeOf(answer.value));
      }
      return answer;
    });

  return {
    registryFor,
    defaultRegistry: npm.defaultRegistry,
    fullManifest,

    manifest: (ref) =>
      shared('manifest', ref, async () => {
        const known = stored('manifest', ref, undefined, (bytes) => storedManifest(bytes, ref));
        if (known !== undefined) return known;
        const registry = registryFor(ref.name);
        if (withoutVersions.has(registry)) return fullManifest(ref);
        const question = questionOf(registry, ref, limits.manifestBytesMax, 'version-absent');
        const answer = await ask(requests, manifestUrl(registry, ref), question, parseManifest, {
          alsoAbsent: [400, 405],
        });
        if (answer.status === 'found') {
          // Of a few kilobytes that nobody has signed, the facts: the next run reads a fifth.
          if (isOf(answer.value, ref))
            keep('manifest', ref, encodeManifest(answer.value), lifetimeOf(answer.value));
          return answer;
        }
        if (answer.status !== 'absent') return answer;
        const full = await fullManifest(ref);
        if (full.status === 'found') withoutVersions.add(registry);
        return full;
      }),

    publishTime: (ref) =>
      shared('time', ref, async () => {
        const registry = registryFor(ref.name);
        const absent = unproven('absent', 'signature-time-unknown', aboutRef(registry, ref));
        const known = stored('time', ref, undefined, storedTime);
        if (known !== undefined) return known;
        const answer = await packuments.times(registry, ref.name);
        if (answer.status !== 'found') return { ...answer, args: { ...answer.args, package: label(ref) } };
        const time = answer.value.get(ref.version);
        if (time === undefined) return absent;
        keep('time', ref, Buffer.from(String(time)), 'long');
        return { status: 'found', value: time };
      }),

    attestations: (ref) =>
      shared('attestations', ref, async () => {
        const registry = registryFor(ref.name);
        const question = questionOf(registry, ref, limits.attestationsBytesMax, 'attestations-absent');
        const absent = unproven('absent', question.absent, about(question));
        const known = stored('attestations', ref, absent, (bytes) => bytes);
        if (known !== undefined) return known;
        const answer = await ask(requests, attestationsUrl(registry, ref), question, parseAttestationsBody);
        if (answer.status === 'absent') keep('attestations', ref, undefined, 'short');
        if (answer.status !== 'found') return answer;
        keep('attestations', ref, answer.value.body, answer.value.count === 0 ? 'short' : 'long');
        return { status: 'found', value: answer.value.body };
      }),

    async keys(registry) {
      if (!URL.canParse(registry)) {
        return unproven('unreachable', 'registry-unreachable', {
          registry: printable(registry),
          reason: 'not a URL',
        });
      }
      const base = bareBase(new URL(registry));
      const question = { registry: base, package: undefined, bytesMax: limits.keysBytesMax } as const;
      return ask(requests, keysUrl(base), { ...question, absent: 'registry-keys-unknown' }, parseServedKeys);
    },

    async tarballIntegrity(ref, url) {
      const address = await tarballAddress(ref, url, this);
      const question = questionOf(registryFor(ref.name), ref, limits.tarballBytesMax, 'version-absent');
      return typeof address === 'string' ? hashTarball(requests, npm, address, question) : address;
    },

    async tarball(ref, url, bytesMax) {
      const address = await tarballAddress(ref, url, this);
      const question = questionOf(registryFor(ref.name), ref, bytesMax, 'version-absent');
      return typeof address === 'string' ? readTarball(requests, npm, address, question) : address;
    },

    cachedTarball: (sri, bytesMax) => readNpmCache(npm.cache, sri, bytesMax),

    forget(ref) {
      if (!answeredFromStore.delete(label(ref))) return false;
      store?.forget({ registry: registryFor(ref.name), ...only(ref) });
      return true;
    },

    async download(url, bytesMax, strictly) {
      const strict = strictly !== undefined;
      const reply = await requests.get(url, { bytesMax, accept: '*/*', strict });
      if (reply.status === 200) return reply.body;
      const why = reply.status === undefined ? reply.reason : `status ${reply.status}`;
      throw new DownloadError(
        printable(`cannot download ${url}: ${why}`, 400),
        reply.status,
        reply.status === undefined ? reply.failure : undefined,
      );
    },

    get stats() {
      return { ...requests.stats, fromStore, waiting: requests.waiting() };
    },

    get ages() {
      return ages;
    },

    async close() {
      requests.close();
      await store?.flush();
    },
  };
}

/** Signatures and attestations come with the publication; a manifest that has neither may still get some. */
function lifetimeOf(manifest: VersionManifest): Lifetime {
  return manifest.signatures.length > 0 || manifest.announcesAttestations ? 'long' : 'short';
}

function questionOf(
  registry: string,
  ref: PackageRef,
  bytesMax: number,
  absent: Question['absent'],
): Question {
  return { registry, package: label(ref), bytesMax, absent };
}

function aboutRef(registry: string, ref: PackageRef): ReturnType<typeof about> {
  return about({ registry, package: label(ref) });
}

function only(ref: PackageRef): PackageRef {
  return { name: ref.name, version: ref.version };
}
