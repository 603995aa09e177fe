/**
 * Policies that lie elsewhere, as `extends` names them. This folder reads the names only; who fetches what they name, and
 * proves that it is that, is handed in.
 */
import valid from 'semver/functions/valid.js';
import { limits } from '../core/limits.ts';
import type { RegistryTrust } from '../trust/types.ts';

export type RemoteRef =
  | {
      readonly kind: 'npm';
      readonly name: string;
      /** Exact. */
      readonly version: string;
      /** `sha512-…`, where it is pinned. */
      readonly integrity: string | undefined;
    }
  | {
      readonly kind: 'https';
      /** Without fragment. */
      readonly url: string;
      /** Lower-case hex. */
      readonly sha256: string;
    };

export type FetchedPolicy =
  | {
      readonly status: 'found';
      /** Path of the policy among `files`. */
      readonly main: string;
      /** What it may extend by path, by its path below the root of the package. */
      readonly files: ReadonlyMap<string, Uint8Array>;
    }
  /** `refused`: it is not there, or not what it has to be. `why` continues a sentence that begins with the entry. */
  | { readonly status: 'refused' | 'unreachable'; readonly why: string };

/** Fetches policies and proves that they are what was named. */
export interface PolicySource {
  /**
   * Never throws for what a stranger sent.
   * @param registries  what the project's own files say of registries: an extended policy cannot vouch for itself
   * @throws {VerifyDepsError} when there is no trust root
   */
  obtain(ref: RemoteRef, registries: readonly RegistryTrust[]): Promise<FetchedPolicy>;
}

const NPM = /^npm:((?:@[a-z0-9~._-]+\/)?[a-z0-9~._-]+)@([^#@\s]+)(?:#(.*))?$/i;
const LOOPBACK: readonly string[] = ['127.0.0.1', '[::1]', 'localhost'];

/** @returns undefined for what is no name of this kind at all */
export function remoteRef(text: string): RemoteRef | { readonly problem: string } | undefined {
  if (text.startsWith('npm:')) return npmRef(text);
  return /^https?:/i.test(text) ? httpsRef(text) : undefined;
}

function npmRef(text: string): RemoteRef | { readonly problem: string } {
  const [, name, version, integrity] = text.length > limits.urlCharsMax ? [] : (NPM.exec(text) ?? []);
  if (name === undefined || version === undefined || name.length > limits.packageNameCharsMax) {
    return { problem: 'is not of the form npm:NAME@VERSION or npm:NAME@VERSION#sha512-…' };
  }
  if (version.length > limits.versionCharsMax || valid(version) !== version) {
    return { problem: 'names no exact version' };
  }
  if (integrity !== undefined && !/^sha512-[A-Za-z0-9+/]{85}[AQgw]==$/.test(integrity)) {
    return { problem: 'is pinned to something else than sha512- and 88 characters of base64' };
  }
  return { kind: 'npm', name, version, integrity };
}

function httpsRef(text: string): RemoteRef | { readonly problem: string } {
  if (text.length > limits.urlCharsMax || !URL.canParse(text)) return { problem: 'is not a URL' };
  const url = new URL(text);
  if (url.protocol !== 'https:' && !LOOPBACK.includes(url.hostname)) {
    return { problem: 'is not https' };
  }
  if (url.username !== '' || url.password !== '') return { problem: 'carries credentials' };
  const [, sha256] = /^#sha256-([0-9a-f]{64})$/i.exec(url.hash) ?? [];
  if (sha256 === undefined) {
    return { problem: 'is not pinned: write the sha256 of the file behind it, as in #sha256-0123…' };
  }
  url.hash = '';
  return { kind: 'https', url: url.href, sha256: sha256.toLowerCase() };
}

/** Name of its policy in positions and reports; a query may be a secret. */
export function remoteName(ref: RemoteRef): string {
  if (ref.kind === 'npm') return `npm:${ref.name}@${ref.version}`;
  const { origin, pathname } = new URL(ref.url);
  return `${origin}${pathname}`;
}
