/** A TUF repository that tests can bend: every role with its own version, expiry and signers. */
import type { KeyObject } from 'node:crypto';
import { canonical, ecKey, ecSign, pem, sha, spki } from '../support/rig/sigstore.mjs';

export const HOUR: number = 3_600_000;
export const DAY: number = 24 * HOUR;
/** All tests run at this moment, and those after it. */
export const NOW: number = Date.UTC(2026, 10, 22, 12);

export interface Keys {
  readonly offline: readonly KeyObject[];
  readonly online: KeyObject;
  readonly delegate: KeyObject;
}

export function makeKeys(): Keys {
  return { offline: [ecKey(), ecKey(), ecKey()], online: ecKey(), delegate: ecKey() };
}

interface RootOptions {
  readonly keys?: Keys;
  readonly signers?: readonly KeyObject[];
  readonly version?: number;
  readonly expires?: number;
}

export interface RepositoryOptions {
  readonly keys: Keys;
  /** From version 1 on; the first is the anchor. */
  readonly roots?: readonly RootOptions[];
  readonly targets: Readonly<Record<string, Buffer>>;
  /** Targets of the delegated role `registry-keys`, which holds every `*\/keys.json`. */
  readonly delegated?: Readonly<Record<string, Buffer>>;
  readonly versions?: { readonly timestamp?: number; readonly snapshot?: number; readonly targets?: number };
  /** Snapshot version that the timestamp names, where it is not that of the snapshot. */
  readonly snapshotNamed?: number;
  readonly expires?: Partial<Record<'timestamp' | 'snapshot' | 'targets' | 'delegated', number | string>>;
  readonly signers?: Partial<
    Record<'timestamp' | 'snapshot' | 'targets' | 'delegated', readonly KeyObject[]>
  >;
  /** Digests of targets, where they are not sha256. */
  readonly hashes?: Readonly<Record<string, string>>;
  /** Changes what a file says before it is signed; by file name. */
  // biome-ignore lint/suspicious/noExplicitAny: tests bend it into whatever they need.
  readonly edit?: Readonly<Record<string, (signed: any) => void>>;
  /** Further delegated roles: `targets` delegates to them after `registry-keys`, and the snapshot names version 1 of each. */
  readonly delegations?: readonly Delegation[];
  /** When the repository was made, milliseconds since 1970; {@link NOW} by default. */
  readonly now?: number;
}

export interface Delegation {
  readonly name: string;
  readonly paths: readonly string[];
  readonly terminating?: boolean;
  readonly targets?: Readonly<Record<string, Buffer>>;
  /** Who delegates to it; `targets` by default. */
  readonly from?: string;
  readonly signers?: readonly KeyObject[];
}

export interface Repository {
  readonly anchor: Buffer;
  readonly files: Map<string, Buffer>;
}

const THRESHOLD = 2;

export function makeRepository(options: RepositoryOptions): Repository {
  const files = new Map<string, Buffer>();
  const now = options.now ?? NOW;
  const roots = options.roots ?? [{}];
  const last = roots.at(-1)?.keys ?? options.keys;
  const { timestamp = 1, snapshot = 1, targets = 1 } = options.versions ?? {};
  const expires = (role: keyof NonNullable<RepositoryOptions['expires']>, ms: number) => {
    const value = options.expires?.[role] ?? ms;
    return typeof value === 'string' ? value : isoTime(value);
  };
  for (const [index, root] of roots.entries()) {
    const before = roots[index - 1]?.keys ?? options.keys;
    const name = `${index + 1}.root.json`;
    const own = root.keys ?? options.keys;
    files.set(
      name,
      makeRoot(index + 1, { expires: now + 400 * DAY, ...root }, own, before, options.edit?.[name]),
    );
  }
  const put = (name: string, content: Buffer) => {
    const digest = sha('sha256', content).toString('hex');
    const slash = name.lastIndexOf('/') + 1;
    files.set(`targets/${name.slice(0, slash)}${digest}.${name.slice(slash)}`, content);
    return { length: content.length, hashes: options.hashes ?? { sha256: digest } };
  };
  const all = (list: Readonly<Record<string, Buffer>>) =>
    Object.fromEntries(Object.entries(list).map(([name, content]) => [name, put(name, content)]));
  const role = (
    name: string,
    type: string,
    version: number,
    until: string,
    rest: object,
    by: readonly KeyObject[],
  ) => {
    const signed = { _type: type, spec_version: '1.0', version, expires: until, ...rest };
    options.edit?.[name]?.(signed);
    files.set(name, sign(signed, by));
  };

  const delegate = tufKey(last.delegate);
  const further = options.delegations ?? [];
  const delegationsFrom = (from: string) => ({
    keys: { [delegate.id]: delegate.key },
    roles: further
      .filter((one) => (one.from ?? 'targets') === from)
      .map(({ name, paths, terminating = false }) => ({
        name,
        keyids: [delegate.id],
        threshold: 1,
        terminating,
        paths,
      })),
  });
  for (const { name, targets = {}, signers } of further)
    role(
      `1.${name}.json`,
      'targets',
      1,
      expires('delegated', now + 200 * DAY),
      { targets: all(targets), delegations: delegationsFrom(name) },
      signers ?? [last.delegate],
    );
  role(
    `${targets}.targets.json`,
    'targets',
    targets,
    expires('targets', now + 200 * DAY),
    {
      targets: all(options.targets),
      delegations: {
        keys: { [delegate.id]: delegate.key },
        roles: [
          {
            name: 'registry-keys',
            keyids: [delegate.id],
            threshold: 1,
            terminating: true,
            paths: ['*/keys.json'],
          },
          ...delegationsFrom('targets').roles,
        ],
      },
    },
    options.signers?.targets ?? last.offline,
  );
  role(
    '1.registry-keys.json',
    'targets',
    1,
    expires('delegated', now + 200 * DAY),
    { targets: all(options.delegated ?? {}) },
    options.signers?.delegated ?? [last.delegate],
  );
  role(
    `${snapshot}.snapshot.json`,
    'snapshot',
    snapshot,
    expires('snapshot', now + 200 * DAY),
    {
      meta: {
        'targets.json': { version: targets },
        'registry-keys.json': { version: 1 },
        ...Object.fromEntries(further.map(({ name }) => [`${name}.json`, { version: 1 }])),
      },
    },
    options.signers?.snapshot ?? [last.online],
  );
  const snapshotBytes = files.get(`${snapshot}.snapshot.json`)!;
  role(
    'timestamp.json',
    'timestamp',
    timestamp,
    expires('timestamp', now + 7 * DAY),
    {
      meta: {
        'snapshot.json': {
          version: options.snapshotNamed ?? snapshot,
          length: snapshotBytes.length,
          hashes: { sha256: sha('sha256', snapshotBytes).toString('hex') },
        },
      },
    },
    options.signers?.timestamp ?? [last.online],
  );
  return { anchor: files.get('1.root.json')!, files };
}

function makeRoot(
  version: number,
  options: RootOptions,
  keys: Keys,
  before: Keys,
  // biome-ignore lint/suspicious/noExplicitAny: as in the options.
  edit?: (signed: any) => void,
): Buffer {
  const offline = keys.offline.map(tufKey);
  const online = tufKey(keys.online);
  const many = { keyids: offline.map(({ id }) => id), threshold: THRESHOLD };
  const one = { keyids: [online.id], threshold: 1 };
  const signed = {
    _type: 'root',
    spec_version: '1.0',
    version: options.version ?? version,
    expires: isoTime(options.expires ?? NOW + 400 * DAY),
    consistent_snapshot: true,
    keys: Object.fromEntries([...offline, online].map(({ id, key }) => [id, key])),
    roles: { root: many, targets: many, snapshot: one, timestamp: one },
  };
  edit?.(signed);
  return sign(signed, options.signers ?? [...new Set([...before.offline, ...keys.offline])]);
}

export function sign(signed: object, by: readonly KeyObject[]): Buffer {
  const signatures = by.map((key) => ({
    keyid: tufKey(key).id,
    sig: ecSign(key, Buffer.from(canonical(signed))).toString('hex'),
  }));
  return Buffer.from(JSON.stringify({ signatures, signed }));
}

export function tufKey(key: KeyObject): { readonly id: string; readonly key: object } {
  const described = {
    keytype: 'ecdsa',
    keyval: { public: pem('PUBLIC KEY', spki(key)) },
    scheme: 'ecdsa-sha2-nistp256',
  };
  return { id: sha('sha256', Buffer.from(canonical(described))).toString('hex'), key: described };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
