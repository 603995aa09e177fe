/** A mirror, an empty cache for each test, and loading the trust through them as a run does. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { loadTrust } from '../../src/trust/load.ts';
import { decodeState, encodeState, stateFile, type TufState } from '../../src/trust/tuf-state.ts';
import type { Trust, TrustOptions } from '../../src/trust/types.ts';
import { Sigstore } from '../support/rig/sigstore.mjs';
import { type ClientOptions, type Mirror, serveMirror, testClient } from './mirror.ts';
import {
  type Keys,
  makeKeys,
  makeRepository,
  NOW,
  type Repository,
  type RepositoryOptions,
} from './repository.ts';

export const sigstore: Sigstore = Sigstore.create({ now: NOW });
export const keys: Keys = makeKeys();
export const strangers: Keys = makeKeys();
export const TRUST_ROOT: Buffer = Buffer.from(JSON.stringify(sigstore.trustedRoot()));
export const KEYS: Buffer = Buffer.from(JSON.stringify(sigstore.keysTarget()));
export const REGISTRY = 'https://registry.example/';
export const KEYS_NAME = 'registry.example/keys.json';

export function repository(options: Partial<RepositoryOptions> = {}): Repository {
  return makeRepository({
    keys,
    targets: { 'trusted_root.json': TRUST_ROOT },
    delegated: { [KEYS_NAME]: KEYS },
    ...options,
  });
}

export const ROOT_V1: Buffer = repository().anchor;

export interface Circumstances {
  readonly at?: number;
  readonly offline?: boolean;
  readonly anchor?: Uint8Array;
  readonly options?: Partial<TrustOptions>;
  readonly client?: ClientOptions;
}

export interface Setup {
  readonly mirror: Mirror;
  readonly folder: string;
  readonly cacheFile: string;
  load(circumstances?: Circumstances): Promise<Trust>;
  editCache(edit: (state: TufState) => TufState): Promise<void>;
  /** A good run at NOW, so that the cache holds what must never stand in for what a mirror serves badly. */
  fillCache(options?: Partial<RepositoryOptions>): Promise<void>;
}

/** To be called once at the top of a file. */
export function setUp(): Setup {
  let folder: string;
  let mirror: Mirror;
  beforeAll(async () => {
    mirror = await serveMirror();
  });
  afterAll(() => mirror.close());
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-test-'));
    mirror.status.clear();
    mirror.handlers.clear();
    mirror.asked.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const setup: Setup = {
    get mirror() {
      return mirror;
    },
    get folder() {
      return folder;
    },
    get cacheFile() {
      return stateFile(path.join(folder, 'cache'), mirror.url);
    },
    async load({ at = NOW, offline = false, anchor = ROOT_V1, options = {}, client = {} } = {}) {
      const tufRootFile = path.join(folder, 'root.json');
      await writeFile(tufRootFile, anchor);
      return loadTrust(
        {
          trustRootFile: undefined,
          tufMirror: `${mirror.url}/`,
          tufRootFile,
          registryKeysFile: undefined,
          registries: [],
          cacheDir: path.join(folder, 'cache'),
          offline,
          ...options,
        },
        testClient(client),
        () => at,
      );
    },
    async editCache(edit) {
      const file = setup.cacheFile;
      await writeFile(file, encodeState(edit(decodeState(await readFile(file)))));
    },
    async fillCache(options = {}) {
      mirror.files = repository(options).files;
      expect((await setup.load()).origin.kind).toBe('tuf');
      mirror.asked.length = 0;
    },
  };
  return setup;
}

export async function errorOf(promise: Promise<unknown>): Promise<VerifyDepsError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof VerifyDepsError)) throw error ?? new Error('expected an error but got none');
  expect(error.message).not.toContain('\n');
  expect(error.hint).toBeDefined();
  return error;
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await errorOf(promise)).code;
}
