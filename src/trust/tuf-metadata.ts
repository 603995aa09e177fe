/**
 * A strict reader of TUF metadata (The Update Framework Specification 1.0.33, section 4): only what has to be known to say
 * why metadata does not hold. Nothing is trusted because this could read it; that is for tuf-js.
 */
import { ProofError } from '../core/errors.ts';
import { asArray, asObject, asString, isObject, type JsonObject, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { reasonOf } from './failure.ts';
import { timeOf } from './time.ts';
import { TufRefusal } from './tuf-refusal.ts';

export type MetadataType = 'root' | 'timestamp' | 'snapshot' | 'targets';

export interface Metadata {
  readonly file: string;
  readonly type: MetadataType;
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Signed as a whole. */
  readonly signed: JsonObject;
  /** Hex by key id. */
  readonly signatures: ReadonlyMap<string, string>;
}

/** Who may sign for a role, and how many have to. */
export interface Signers {
  readonly threshold: number;
  readonly keyids: readonly string[];
  readonly keys: JsonObject;
}

/** What one metadata file says of another; length and digests are up to the repository. */
export interface FileClaim {
  readonly version: number;
  readonly length: number | undefined;
  /** Hex by algorithm. */
  readonly hashes: ReadonlyMap<string, string>;
}

const TOP_ROLES: readonly MetadataType[] = ['root', 'timestamp', 'snapshot', 'targets'];
const KEYS_MAX = 1024;
const ROLES_MAX = 4096;
const SIGNATURES_MAX = 1024;

/** Of the four that every repository has. */
export function isTopRole(role: string): role is MetadataType {
  return TOP_ROLES.some((top) => top === role);
}

/**
 * @param file  its name, for the refusal
 * @throws {TufRefusal} `unreadable` or `malformed`
 */
export function readMetadata(bytes: Uint8Array, file: string, type: MetadataType): Metadata {
  return strictly(file, () => {
    const document = asObject(parseJson(bytes, file, limits.tufMetadataBytesMax), file);
    const signed = asObject(member(document, 'signed'), 'signed');
    const found = member(signed, '_type');
    if (found !== type)
      throw new TufRefusal(
        'malformed',
        file,
        `metadata of type ${type}`,
        typeof found === 'string' ? found : 'no text',
      );
    const spec = asString(member(signed, 'spec_version'), 'spec_version');
    if (!/^1(?:\.\d{1,9}){1,2}$/.test(spec))
      throw new TufRefusal('malformed', file, 'version 1 of the TUF specification', spec);
    const version = positive(signed, 'version', file);
    const expires = timeOf(asString(member(signed, 'expires'), 'expires'), 'expires');
    const metadata = { file, type, version, expires, signed, signatures: signaturesOf(document, file) };
    if (type === 'root') for (const role of TOP_ROLES) signersOf(metadata, role);
    if (type === 'targets') for (const name of delegatedRoles(metadata)) signersOf(metadata, name);
    return metadata;
  });
}

/**
 * Signers of a role, by the metadata that answers for it: root for the four top roles, targets for a delegated one.
 * @returns undefined if it does not answer for the role
 * @throws {TufRefusal} `unreadable` or `malformed`, also if one key counts twice: two ids for one key would meet a threshold of two
 */
export function signersOf(parent: Metadata, role: string): Signers | undefined {
  if (parent.type === 'root' && !isTopRole(role)) return undefined;
  return strictly(parent.file, () => {
    const held = parent.type === 'root' ? parent.signed : member(parent.signed, 'delegations');
    if (!isObject(held)) return undefined;
    const keys = asObject(member(held, 'keys'), 'keys');
    if (Object.keys(keys).length > KEYS_MAX)
      throw new ProofError('limit-exceeded', { what: 'keys', max: KEYS_MAX, unit: 'items' });
    const entry =
      parent.type === 'root'
        ? asObject(member(asObject(member(held, 'roles'), 'roles'), role), `role ${role}`)
        : delegationOf(parent, held, role);
    if (entry === undefined) return undefined;
    const keyids = asArray(member(entry, 'keyids'), `keyids of ${role}`, KEYS_MAX).map((keyid) =>
      asString(keyid, `keyids of ${role}`),
    );
    const threshold = positive(entry, 'threshold', parent.file);
    const publics = keyids.flatMap((keyid) => publicOf(keys, keyid) ?? []);
    const different = Math.min(new Set(keyids).size, keyids.length - publics.length + new Set(publics).size);
    if (different < keyids.length)
      throw new TufRefusal(
        'malformed',
        parent.file,
        `${keyids.length} different keys for ${role}`,
        `${different}`,
      );
    return { threshold, keyids, keys };
  });
}

/** The public key as metadata has it, whatever its form. */
export function publicOf(keys: JsonObject, keyid: string): string | undefined {
  const key = member(keys, keyid);
  const value = isObject(key) ? member(key, 'keyval') : undefined;
  const text = isObject(value) ? member(value, 'public') : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** Roles that a targets role delegates to by name, in order of appearance. */
export function delegatedRoles(parent: Metadata): readonly string[] {
  const delegations = member(parent.signed, 'delegations');
  const list = isObject(delegations) ? member(delegations, 'roles') : undefined;
  if (list === undefined) return [];
  return strictly(parent.file, () => {
    const names = asArray(list, 'delegated roles', ROLES_MAX).map((role) =>
      asString(member(asObject(role, 'delegated role'), 'name'), 'name of a delegated role'),
    );
    if (new Set(names).size < names.length)
      throw new TufRefusal('malformed', parent.file, 'each delegated role once', 'one of them twice');
    const top = names.find(isTopRole);
    if (top !== undefined)
      throw new TufRefusal('malformed', parent.file, 'no delegation to a role of the repository itself', top);
    return names;
  });
}

/**
 * What timestamp metadata says of `snapshot.json`, or snapshot metadata of a targets role.
 * @returns undefined if it says nothing
 * @throws {TufRefusal} `unreadable` or `malformed`
 */
export function claimOf(metadata: Metadata, name: string): FileClaim | undefined {
  return strictly(metadata.file, () => {
    const claim = member(asObject(member(metadata.signed, 'meta'), 'meta'), name);
    if (claim === undefined) return undefined;
    const entry = asObject(claim, `meta of ${name}`);
    const hashes = member(entry, 'hashes');
    return {
      version: positive(entry, 'version', metadata.file),
      length: member(entry, 'length') === undefined ? undefined : positive(entry, 'length', metadata.file),
      hashes: new Map(
        Object.entries(hashes === undefined ? {} : asObject(hashes, `hashes of ${name}`)).map(
          ([algorithm, digest]) => [algorithm, asString(digest, `hashes of ${name}`)] as const,
        ),
      ),
    };
  });
}

/** Names that snapshot metadata holds, so that one that has gone is seen. */
export function claimedNames(metadata: Metadata): readonly string[] {
  const meta = member(metadata.signed, 'meta');
  return isObject(meta) ? Object.keys(meta) : [];
}

function signaturesOf(document: JsonObject, file: string): ReadonlyMap<string, string> {
  const signatures = new Map<string, string>();
  for (const item of asArray(member(document, 'signatures'), 'signatures', SIGNATURES_MAX)) {
    const entry = asObject(item, 'signature');
    const keyid = asString(member(entry, 'keyid'), 'keyid of a signature');
    if (signatures.has(keyid))
      throw new TufRefusal(
        'malformed',
        file,
        'one signature by each key',
        `two by key ${keyid.slice(0, 12)}`,
      );
    signatures.set(keyid, asString(member(entry, 'sig'), 'signature'));
  }
  return signatures;
}

function delegationOf(parent: Metadata, held: JsonObject, role: string): JsonObject | undefined {
  const list = member(held, 'roles');
  if (list !== undefined)
    return asArray(list, 'delegated roles', ROLES_MAX)
      .map((item) => asObject(item, 'delegated role'))
      .find((item) => member(item, 'name') === role);
  const bins = member(held, 'succinct_roles');
  if (bins === undefined) return undefined;
  const prefix = asString(member(asObject(bins, 'succinct_roles'), 'name_prefix'), 'name_prefix');
  return parent.type === 'targets' && role.startsWith(`${prefix}-`) ? asObject(bins, 'bins') : undefined;
}

function positive(object: JsonObject, key: string, file: string): number {
  const value = member(object, key);
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new TufRefusal(
    'malformed',
    file,
    `a whole number of at least 1 as ${key}`,
    JSON.stringify(value) ?? 'none',
  );
}

function strictly<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    const { what, ...rest } = error.args;
    // The file is named already.
    const why = reasonOf(what === file ? new ProofError(error.code, rest) : error);
    throw new TufRefusal('unreadable', file, 'TUF metadata', why, error);
  }
}
