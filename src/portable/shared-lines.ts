/** The lines of an evidence file that are about no package: TUF repositories, and policies from elsewhere. */
import { decodeBase64, encodeBase64 } from '../core/base64.ts';
import { utf8 } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { asObject, asString, type JsonObject, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { isMetadataName, type TufState } from '../trust/tuf-state.ts';
import { linesOf } from './block.ts';

/** What a TUF repository has handed out; nothing of it counts before it is verified from the anchor on. */
export interface TufEvidence {
  /** URL of the mirror, without trailing slash. */
  readonly mirror: string;
  readonly state: Omit<TufState, 'fetched'>;
}

export interface SharedEvidence {
  /** By mirror. */
  readonly tuf: ReadonlyMap<string, TufEvidence['state']>;
  /** What was fetched for `extends`, by digest: `sha256-HEX` or `sha512-HEX`. Whoever takes it hashes it again. */
  readonly policies: ReadonlyMap<string, Uint8Array>;
}

const ENTRIES_MAX = 256;
const POLICY_DIGEST = /^sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})$/;
const LINE = 'a line';

/** In one order, whatever order they come in. */
export function encodeShared({ tuf, policies }: SharedEvidence): Uint8Array {
  const lines = [
    ...sorted(tuf).map(([mirror, { roots, metadata, targets }]) => ({
      tuf: mirror,
      roots: texts([...roots].sort(([a], [b]) => a - b)),
      metadata: texts(sorted(metadata)),
      targets: texts(sorted(targets)),
    })),
    ...sorted(policies).map(([policy, content]) => ({ policy, content: encodeBase64(content) })),
  ];
  return utf8(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

function texts(entries: readonly (readonly [string | number, Uint8Array])[]): object {
  return Object.fromEntries(entries.map(([name, bytes]) => [name, encodeBase64(bytes)]));
}

function sorted<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @throws {ProofError} `malformed` or `limit-exceeded` */
export function decodeShared(content: Buffer): SharedEvidence {
  const tuf = new Map<string, TufEvidence['state']>();
  const policies = new Map<string, Uint8Array>();
  for (const [start, end] of linesOf(content)) {
    if (tuf.size + policies.size === ENTRIES_MAX) throw tooMany('lines', ENTRIES_MAX);
    const line = asObject(parseJson(content.subarray(start, end), LINE, limits.evidenceBlockBytesMax), LINE);
    const mirror = member(line, 'tuf');
    const policy = member(line, 'policy');
    if (typeof mirror === 'string' && !tuf.has(mirror)) tuf.set(mirror, stateOf(line));
    else if (typeof policy === 'string' && POLICY_DIGEST.test(policy) && !policies.has(policy))
      policies.set(policy, bytesOf(member(line, 'content'), LINE));
    else throw new MalformedError(LINE, 'of a kind that is not known, or there twice');
  }
  return { tuf, policies };
}

function stateOf(line: JsonObject): TufEvidence['state'] {
  const roots = new Map<number, Uint8Array>();
  for (const [version, bytes] of entries(line, 'roots')) {
    if (!/^[1-9]\d{0,8}$/.test(version)) throw new MalformedError(LINE, 'not a version of a root');
    roots.set(Number(version), bytes);
  }
  const metadata = new Map(entries(line, 'metadata'));
  // It becomes the name of a file.
  for (const name of metadata.keys())
    if (!isMetadataName(name)) throw new MalformedError(LINE, 'not the name of a metadata file');
  return { roots, metadata, targets: new Map(entries(line, 'targets')) };
}

function entries(line: JsonObject, name: string): readonly (readonly [string, Uint8Array])[] {
  const list = Object.entries(asObject(member(line, name), `${LINE}: ${name}`));
  if (list.length > ENTRIES_MAX) throw tooMany(`${LINE}: ${name}`, ENTRIES_MAX);
  const all = list.map(([key, value]) => [key, bytesOf(value, `${LINE}: ${name}`)] as const);
  const size = all.reduce((sum, [, bytes]) => sum + bytes.length, 0);
  if (size > limits.tufMetadataBytesMax)
    throw new ProofError('limit-exceeded', {
      what: `${LINE}: ${name}`,
      max: limits.tufMetadataBytesMax,
      unit: 'bytes',
    });
  return all;
}

function bytesOf(value: JsonObject[string], what: string): Uint8Array {
  return decodeBase64(asString(value, what), what);
}

function tooMany(what: string, max: number): ProofError {
  return new ProofError('limit-exceeded', { what, max, unit: 'items' });
}
