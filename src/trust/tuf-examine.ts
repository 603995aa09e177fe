/**
 * Why a pass of the TUF client did not end well, from the bytes it was given: the same workflow (specification 1.0.33,
 * section 5) gone through again up to the first rule that is broken. tuf-js tells only words, and wraps those of one
 * error into another.
 */
import { createHash } from 'node:crypto';
import { moment } from './time.ts';
import {
  claimedNames,
  claimOf,
  delegatedRoles,
  type FileClaim,
  type Metadata,
  readMetadata,
  signersOf,
} from './tuf-metadata.ts';
import { TufRefusal } from './tuf-refusal.ts';
import { countSignatures } from './tuf-signatures.ts';
import type { TufState } from './tuf-state.ts';

/** Metadata as it was handed to tuf-js, in order. */
export interface ServedMetadata {
  /** As the mirror names it: `2.root.json`. */
  readonly file: string;
  readonly role: string;
  readonly bytes: Uint8Array;
}

export interface PassRecord {
  readonly anchor: Uint8Array;
  readonly state: TufState | undefined;
  readonly served: readonly ServedMetadata[];
  readonly now: number;
  /** tuf-js has refused something; otherwise something was missing, and what did come may all be sound. */
  readonly refused: boolean;
}

/** @returns undefined if nothing that was handed out breaks a rule */
export function examine(pass: PassRecord): TufRefusal | undefined {
  return refusalOf(() => goThrough(pass));
}

/**
 * Whether root metadata can be started from: signed by enough of its own keys. It may have expired.
 * @param file  what to call it
 */
export function examineAnchor(anchor: Uint8Array, file: string): TufRefusal | undefined {
  return refusalOf(() => {
    const root = readMetadata(anchor, file, 'root');
    expectSigned(root, root, 'root');
  });
}

function refusalOf(check: () => void): TufRefusal | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof TufRefusal) return error;
    throw error;
  }
}

/** @throws {TufRefusal} for the first rule that is broken */
function goThrough({ anchor, state, served, now, refused }: PassRecord): void {
  const root = followRoots(readMetadata(anchor, 'root.json', 'root'), served);
  const timestamp = served.find(({ role }) => role === 'timestamp');
  // As long as nobody has asked for the timestamp, a later root may still come.
  if (timestamp === undefined) return;
  expectFresh(root, now, 'expired');

  const cached = (role: 'timestamp' | 'snapshot') => earlier(state, root, role);
  const before = cached('timestamp');
  const stamp = timestampOf(readMetadata(timestamp.bytes, timestamp.file, 'timestamp'), root, before);
  expectFresh(stamp, now, stamp === before ? 'frozen' : 'expired');

  const snapshot = snapshotOf(served, stamp, root, cached('snapshot'));
  if (snapshot === undefined) return;
  expectFresh(snapshot, now, 'expired');
  expectVersion(snapshot, claimOf(stamp, 'snapshot.json')?.version, stamp);

  const parents = delegators(root, snapshot, state);
  for (const { file, role, bytes } of served) {
    if (role === 'root' || role === 'timestamp' || role === 'snapshot') continue;
    const claim = expectClaim(snapshot, role, parents);
    expectBytes(file, bytes, claim, snapshot);
    const targets = readMetadata(bytes, file, 'targets');
    const parent = parents.find((candidate) => signersOf(candidate, role) !== undefined);
    if (parent !== undefined) expectSigned(targets, parent, role);
    expectVersion(targets, claim.version, snapshot);
    expectFresh(targets, now, 'expired');
    parents.push(targets);
  }
  if (refused)
    for (const parent of parents)
      for (const name of parent.type === 'targets' ? delegatedRoles(parent) : [])
        expectClaim(snapshot, name, [parent]);
}

function followRoots(anchor: Metadata, served: readonly ServedMetadata[]): Metadata {
  let root = anchor;
  expectSigned(root, root, 'root');
  for (const { file, role, bytes } of served) {
    if (role !== 'root') continue;
    const next = readMetadata(bytes, file, 'root');
    expectSigned(next, root, 'root');
    if (next.version !== root.version + 1)
      throw new TufRefusal('version', file, `version ${root.version + 1}`, `${next.version}`);
    expectSigned(next, next, 'root');
    root = next;
  }
  return root;
}

/** The one that counts: the earlier one if the mirror still has the same version. */
function timestampOf(served: Metadata, root: Metadata, before: Metadata | undefined): Metadata {
  expectSigned(served, root, 'timestamp');
  if (before === undefined) return served;
  if (served.version < before.version)
    throw new TufRefusal('rollback', served.file, `version ${before.version}`, `${served.version}`);
  if (served.version === before.version) return before;
  expectNotBefore(served, before, 'snapshot.json');
  return served;
}

function snapshotOf(
  served: readonly ServedMetadata[],
  stamp: Metadata,
  root: Metadata,
  before: Metadata | undefined,
): Metadata | undefined {
  const came = served.find(({ role }) => role === 'snapshot');
  const claim = claimOf(stamp, 'snapshot.json');
  // Of another version, the earlier one is only there to be compared with.
  if (came === undefined) return before?.version === claim?.version ? before : undefined;
  if (claim !== undefined) expectBytes(came.file, came.bytes, claim, stamp);
  const snapshot = readMetadata(came.bytes, came.file, 'snapshot');
  expectSigned(snapshot, root, 'snapshot');
  if (before !== undefined) for (const name of claimedNames(before)) expectNotBefore(snapshot, before, name);
  return snapshot;
}

/** Metadata of an earlier run, if the root of today still vouches for it. */
function earlier(
  state: TufState | undefined,
  root: Metadata,
  role: 'timestamp' | 'snapshot',
): Metadata | undefined {
  const bytes = state?.metadata.get(`${role}.json`);
  if (bytes === undefined) return undefined;
  return attempt(() => {
    const metadata = readMetadata(bytes, `${role}.json`, role);
    expectSigned(metadata, root, role);
    return metadata;
  });
}

/** Root, and the targets roles of an earlier run that the snapshot still names: tuf-js does not ask for these again. */
function delegators(root: Metadata, snapshot: Metadata, state: TufState | undefined): Metadata[] {
  const parents = [root];
  for (const [file, bytes] of state?.metadata ?? []) {
    if (file === 'timestamp.json' || file === 'snapshot.json') continue;
    const metadata = attempt(() => readMetadata(bytes, file, 'targets'));
    const claim = metadata && claimOf(snapshot, decodeURIComponent(file));
    if (metadata !== undefined && claim?.version === metadata.version) parents.push(metadata);
  }
  return parents;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof TufRefusal || error instanceof URIError) return undefined;
    throw error;
  }
}

function expectClaim(snapshot: Metadata, role: string, parents: readonly Metadata[]): FileClaim {
  const claim = claimOf(snapshot, `${role}.json`);
  if (claim !== undefined) return claim;
  const by = parents.findLast((parent) => signersOf(parent, role) !== undefined);
  throw new TufRefusal(
    'unlisted',
    snapshot.file,
    `a version of ${role}.json${by === undefined ? '' : `, to which ${by.file} delegates`},`,
    'none',
  );
}

function expectSigned(metadata: Metadata, parent: Metadata, role: string): void {
  const signers = signersOf(parent, role);
  const by = `${parent.type} version ${parent.version}`;
  if (signers === undefined)
    throw new TufRefusal('threshold', metadata.file, `keys for ${role} in ${by}`, 'none');
  const { good, wrong, foreign, unusable } = countSignatures(metadata, signers);
  if (good >= signers.threshold) return;
  const notes = [
    ...(wrong === 0 ? [] : [`${wrong} that ${wrong === 1 ? 'does' : 'do'} not hold`]),
    ...(foreign === 0 ? [] : [`${foreign} by other keys`]),
    ...(unusable.length === 0 ? [] : [`${unusable.length} of its keys not usable here: ${unusable[0]}`]),
  ];
  throw new TufRefusal(
    'threshold',
    metadata.file,
    `${count(signers.threshold, 'good signature')} by the ${count(signers.keyids.length, `${role} key`)} of ${by}`,
    notes.length === 0 ? `${good}` : `${good} (${notes.join(', ')})`,
  );
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function expectVersion(metadata: Metadata, version: number | undefined, by: Metadata): void {
  if (version === undefined || metadata.version === version) return;
  throw new TufRefusal(
    'version',
    metadata.file,
    `version ${version}, as ${by.file} says,`,
    `${metadata.version}`,
  );
}

function expectNotBefore(now: Metadata, before: Metadata, name: string): void {
  const was = claimOf(before, name);
  const is = claimOf(now, name);
  if (was === undefined || (is !== undefined && is.version >= was.version)) return;
  throw new TufRefusal(
    'rollback',
    now.file,
    `version ${was.version} of ${name}`,
    is === undefined ? 'none' : `${is.version}`,
  );
}

/** TUF: metadata holds until the moment it expires, and no longer. */
function expectFresh({ file, version, expires }: Metadata, now: number, rule: 'expired' | 'frozen'): void {
  if (now >= expires)
    throw new TufRefusal(rule, file, moment(now), `${moment(expires)} (version ${version})`);
}

function expectBytes(file: string, bytes: Uint8Array, claim: FileClaim, by: Metadata): void {
  expectLength(file, bytes, claim.length, by.file);
  expectDigests(file, bytes, claim.hashes, by.file);
}

/** @throws {TufRefusal} `length` */
export function expectLength(file: string, bytes: Uint8Array, length: number | undefined, by: string): void {
  if (length !== undefined && bytes.length !== length)
    throw new TufRefusal('length', file, `${length} bytes, as ${by} says,`, `${bytes.length}`);
}

/** @throws {TufRefusal} `digest` */
export function expectDigests(
  file: string,
  bytes: Uint8Array,
  hashes: ReadonlyMap<string, string>,
  by: string,
): void {
  for (const [algorithm, expected] of hashes) {
    // Of the algorithms there are, tuf-js wants all; what it cannot compute it refuses.
    if (!/^sha(?:256|384|512)$/.test(algorithm)) continue;
    const actual = createHash(algorithm).update(bytes).digest('hex');
    if (actual !== expected)
      throw new TufRefusal('digest', file, `${algorithm} ${short(expected)}, as ${by} says,`, short(actual));
  }
}

function short(digest: string): string {
  return digest.length > 16 ? `${digest.slice(0, 16)}…` : digest;
}
