/**
 * Places of packages that no registry speaks for: `https://host/owner/repo` of a git URL, `https://host/path` of a
 * tarball. Unlike `repository.ts`, which reads what people declare, this decides what is allowed: what could be read in
 * two ways, or comes over a connection that anyone on the way can change, is no place at all.
 */
import { limits } from '../core/limits.ts';
import type { Source } from '../tree/types.ts';
import type { Placed, Policy } from './types.ts';

export type PlaceKind = 'git' | 'remote';

const SHORT_HOSTS: Readonly<Record<string, string>> = {
  github: 'github.com',
  gitlab: 'gitlab.com',
  bitbucket: 'bitbucket.org',
};
/** Where anybody can have an account, and the first part of a path names it. */
const SHARED = new Set([
  'github.com',
  'gitlab.com',
  'bitbucket.org',
  'codeberg.org',
  'codeload.github.com',
  'raw.githubusercontent.com',
]);
/** Where case makes no difference in owner and repository. */
const CASELESS = new Set(['github.com', 'gitlab.com', 'codeload.github.com', 'raw.githubusercontent.com']);
/** Credentials, host and port. No escapes and no backslash: parsers differ on where the host begins then. */
const AUTHORITY = /^(?:[\w.~+:-]*@)?([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(\d{1,5}))?$/i;
const SEGMENT = /^[\w.~+-]+$/;
const FILE_SEGMENT = /^[\w.~+@!$&'(),;=:-]+$/;

/** A branch can hold other bytes tomorrow, so that an allowed repository counts only where the lockfile pins a commit. */
export function isAllowed(source: Source, { sources }: Policy): boolean {
  switch (source.kind) {
    case 'git':
      return (
        source.commit !== undefined && allowedBy(sources.git.allow, source.kind, source.url) !== undefined
      );
    case 'remote':
      return allowedBy(sources.remote.allow, source.kind, source.url) !== undefined;
    default:
      return false;
  }
}

/** The entry that allows a place. */
export function allowedBy(
  allow: readonly Placed<string>[] | undefined,
  kind: PlaceKind,
  url: string,
): Placed<string> | undefined {
  if (allow === undefined || allow.length === 0) return undefined;
  const place = placeOf(kind, url);
  if (place === undefined) return undefined;
  return allow.find(({ value }) => {
    if (!value.endsWith('*')) return place === value;
    const prefix = value.slice(0, -1);
    return place.length > prefix.length && place.startsWith(prefix);
  });
}

/** @returns undefined for what names no place that could be allowed */
export function placeOf(kind: PlaceKind, url: string): string | undefined {
  if (url.length > limits.urlCharsMax || /[\s\\\u0000-\u001f\u007f]/.test(url)) return undefined;
  const hash = url.indexOf('#');
  const bare = hash < 0 ? url : url.slice(0, hash);
  return kind === 'git' ? gitPlace(bare) : filePlace(bare);
}

/**
 * An allowed place in the spelling in which places are compared.
 * @returns what is wrong with it, where something is
 */
export function readPlace(kind: PlaceKind, text: string): { place: string } | { problem: string } {
  const star = text.indexOf('*');
  if (!/^https:\/\//.test(text)) {
    return { problem: 'must be a place that starts with https://, such as https://github.com/acme/*' };
  }
  if (star < 0) {
    const place = placeOf(kind, text);
    return place === undefined ? { problem: 'is not a place: https://github.com/acme/mono' } : { place };
  }
  if (star !== text.length - 1) return { problem: 'may have one * only, at its end' };
  const [authority = '', ...parts] = text.slice('https://'.length, -1).split('/');
  const host = hostOf(authority, '443');
  const last = parts.pop();
  const allowed = kind === 'git' ? SEGMENT : FILE_SEGMENT;
  const whole = parts.every((part) => isSegment(part, allowed));
  if (host === undefined || authority.includes('@') || !whole || (last && !isSegment(last, allowed))) {
    return { problem: 'is not a place: https://github.com/acme/*' };
  }
  if (kind === 'git' && host === 'codeload.github.com') {
    return { problem: 'must name the repository, not its downloads: https://github.com/acme/*' };
  }
  // Before the star a path has to end where a name ends, or strangers can have a place that it matches.
  const open = last === undefined || (parts.length === 0 && (last !== '' || SHARED.has(host)));
  if (open) {
    return {
      problem: SHARED.has(host)
        ? 'must have an owner and a slash before the *, or strangers match too: https://github.com/acme/*'
        : 'must have a slash before the *, or strangers match too: https://git.acme.example/*',
    };
  }
  return { place: spelled(host, [...parts, `${last}*`].join('/')) };
}

function gitPlace(url: string): string | undefined {
  const short = /^(?:(github|gitlab|bitbucket):)?([^:@?]+)$/.exec(url);
  if (short !== null) {
    const parts = short[2]!.split('/');
    if (parts.length !== 2 && short[1] !== 'gitlab') return undefined;
    return repositoryAt(SHORT_HOSTS[short[1] ?? 'github']!, parts);
  }
  const [, secure, protocol, rest] = /^((?:git\+)?(https|ssh):\/\/)?(.*)$/i.exec(url)!;
  const isHttps = protocol?.toLowerCase() === 'https';
  // git@host:owner/repo; behind ssh:// a number after the colon is a port.
  const scp = isHttps ? null : /^([\w.-]+@[^/:@]+):(?!\d+(?:\/|$))(.+)$/.exec(rest!);
  if (scp !== null) return repositoryAt(hostOf(scp[1]!, '22'), scp[2]!.split('/'));
  if (secure === undefined) return undefined;
  const [authority = '', ...parts] = rest!.split('/');
  const host = hostOf(authority, isHttps ? '443' : '22');
  return isHttps ? downloadOf(host, parts) : repositoryAt(host, parts);
}

/** pnpm records the download of a hosted repository in place of the repository. */
function downloadOf(host: string | undefined, parts: readonly string[]): string | undefined {
  if (host === 'codeload.github.com') {
    return parts.length < 4 ? undefined : repositoryAt('github.com', parts.slice(0, 2));
  }
  if (host === 'bitbucket.org' && parts[2] === 'get') return repositoryAt(host, parts.slice(0, 2));
  if (host === 'gitlab.com') {
    const api = /^api\/v4\/projects\/([^/?]+)\/repository\/archive\.tar\.gz(?:\?[^/]*)?$/.exec(
      parts.join('/'),
    );
    if (api !== null) return repositoryAt(host, api[1]!.split(/%2f/i));
    const web = /^([^?]+?)\/(?:-\/archive\/[^?]+|repository\/archive)\.tar\.gz(?:\?[^/]*)?$/.exec(
      parts.join('/'),
    );
    if (web !== null) return repositoryAt(host, web[1]!.split('/'));
  }
  return repositoryAt(host, parts);
}

function repositoryAt(host: string | undefined, parts: readonly string[]): string | undefined {
  const kept = parts.at(-1) === '' ? parts.slice(0, -1) : [...parts];
  const last = kept.at(-1)?.replace(/\.git$/i, '');
  if (host === undefined || last === undefined) return undefined;
  const path = [...kept.slice(0, -1), last];
  if (SHARED.has(host) && path.length < 2) return undefined;
  return path.every((part) => isSegment(part, SEGMENT)) ? spelled(host, path.join('/')) : undefined;
}

function filePlace(url: string): string | undefined {
  if (!/^https:\/\//i.test(url)) return undefined;
  const query = url.indexOf('?');
  const [authority = '', ...parts] = url.slice('https://'.length, query < 0 ? undefined : query).split('/');
  const host = hostOf(authority, '443');
  if (host === undefined || parts.length === 0) return undefined;
  if (!parts.every((part) => isSegment(part, FILE_SEGMENT))) return undefined;
  return `${spelled(host, parts.join('/'))}${query < 0 ? '' : url.slice(query)}`;
}

function isSegment(text: string, allowed: RegExp): boolean {
  return allowed.test(text) && text !== '.' && text !== '..';
}

/** Host in lower case, with its port where that is not the usual one. */
function hostOf(authority: string, usual: string): string | undefined {
  const [, host, port] = AUTHORITY.exec(authority) ?? [];
  if (host === undefined) return undefined;
  return `${host.toLowerCase()}${port === undefined || port === usual ? '' : `:${port}`}`;
}

function spelled(host: string, path: string): string {
  return `https://${host}/${CASELESS.has(host) ? path.toLowerCase() : path}`;
}
