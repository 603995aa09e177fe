/** What bun.lock pins: JSON with trailing commas, a tuple for each package. Hostile, as every lockfile. */
import { VerifyDepsError } from '../../core/errors.ts';
import { isObject, type JsonValue, member, parseJsonText } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { printable } from '../../core/text.ts';
import { isPackageName, isVersion } from '../../tree/identity.ts';
import type { Source } from '../../tree/types.ts';

/** A package of a registry. */
export interface Pin {
  readonly integrity: string | undefined;
  /** Undefined where bun asks the registry of its settings. */
  readonly resolved: string | undefined;
}

/** What comes from elsewhere than a registry. */
export interface ForeignEntry {
  readonly integrity: string | undefined;
  readonly source: Exclude<Source, { kind: 'registry' }>;
}

export interface BunLockfile {
  /** All that is pinned for `NAME@VERSION`. */
  readonly pins: ReadonlyMap<string, readonly Pin[]>;
  /** By `NAME@PLACE`. */
  readonly foreign: ReadonlyMap<string, ForeignEntry>;
}

const VERSIONS: readonly JsonValue[] = [0, 1, 2];
const OWN = ['workspace:', 'link:', 'root:'];

/** @throws {VerifyDepsError} `lockfile-malformed`, `lockfile-unsupported` */
export function parseBunLockfile(text: string, file: string): BunLockfile {
  let lockfile: JsonValue;
  try {
    lockfile = parseJsonText(withoutTrailingCommas(text), file);
  } catch (cause) {
    throw malformed(`${file} is not what bun writes`, cause);
  }
  if (!isObject(lockfile)) throw malformed(`${file} is not what bun writes`);
  const version = member(lockfile, 'lockfileVersion');
  if (version === undefined || !VERSIONS.includes(version)) {
    throw new VerifyDepsError(
      'lockfile-unsupported',
      `${file} has the lockfile version ${printable(String(version))}, known are ${VERSIONS.join(', ')}`,
      { hint: 'update verify-deps' },
    );
  }
  const packages = member(lockfile, 'packages') ?? {};
  if (!isObject(packages)) throw malformed(`packages of ${file} is no object`);
  const entries = Object.entries(packages);
  if (entries.length > limits.packagesMax) {
    throw malformed(`${file} has ${entries.length} packages, at most ${limits.packagesMax} are read`);
  }
  const pins = new Map<string, Pin[]>();
  const foreign = new Map<string, ForeignEntry>();
  for (const [key, entry] of entries) {
    const found = read(entry);
    if (found === undefined) throw malformed(`"${printable(key)}" of ${file} is not what bun writes`);
    if (found.kind === 'foreign') foreign.set(found.id, found.entry);
    else if (found.kind === 'pin') pins.set(found.id, [...(pins.get(found.id) ?? []), found.pin]);
  }
  return { pins, foreign };
}

type Found =
  | { readonly kind: 'own' }
  | { readonly kind: 'pin'; readonly id: string; readonly pin: Pin }
  | { readonly kind: 'foreign'; readonly id: string; readonly entry: ForeignEntry };

/** `["NAME@VERSION", URL, {…}, INTEGRITY]` for what is from a registry, `["NAME@PLACE", …]` for the rest. */
function read(entry: JsonValue | undefined): Found | undefined {
  if (!Array.isArray(entry)) return undefined;
  const [id, url, , integrity] = entry as readonly JsonValue[];
  if (typeof id !== 'string') return undefined;
  const at = id.indexOf('@', 1);
  const name = id.slice(0, at);
  const place = id.slice(at + 1);
  if (at < 0 || place === '') return undefined;
  if (OWN.some((protocol) => place.startsWith(protocol))) return { kind: 'own' };
  if (!isPackageName(name)) return undefined;
  if (!isVersion(place)) {
    const last = (entry as readonly JsonValue[]).at(-1);
    const pinned = typeof last === 'string' && /^sha\d+-/.test(last) ? last : undefined;
    return { kind: 'foreign', id, entry: { source: foreignSource(place), integrity: pinned } };
  }
  if (typeof url !== 'string' || (integrity !== undefined && typeof integrity !== 'string')) return undefined;
  return { kind: 'pin', id, pin: { integrity, resolved: url === '' ? undefined : url } };
}

/** Where a package comes from whose version is a place. */
export function foreignSource(place: string): ForeignEntry['source'] {
  const [url = '', commit] = place.split('#', 2);
  if (/^(?:git|ssh|github|gitlab|bitbucket)\b/.test(place)) return { kind: 'git', url, commit };
  if (/^https?:/.test(place)) return { kind: 'remote', url: place };
  const path = place.replace(/^file:/, '');
  return { kind: /\.(?:tgz|tar\.gz)$/.test(path) ? 'file' : 'directory', path };
}

/** Goes over the text once; what stands in strings is left alone. */
function withoutTrailingCommas(text: string): string {
  const kept: string[] = [];
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
    } else if (c === ',') {
      let next = i + 1;
      while (next < text.length && ' \t\r\n'.includes(text[next]!)) next++;
      if (text[next] === '}' || text[next] === ']') {
        kept.push(text.slice(from, i));
        from = i + 1;
      }
      i = next - 1;
    }
  }
  kept.push(text.slice(from));
  return kept.join('');
}

function malformed(message: string, cause?: unknown): VerifyDepsError {
  return new VerifyDepsError('lockfile-malformed', message, {
    hint: 'have bun write it anew: bun install --lockfile-only, and look at the difference',
    ...(cause === undefined ? {} : { cause }),
  });
}
