/**
 * Addresses in lockfiles of yarn, bun and deno, which ask the address that a lockfile names, whatever registry they are told of: so
 * each has to be one that the proxy can stand in for, and of the package under whose name it is installed.
 */
import { isObject, member, optionalString, parseJsonText } from '../../core/json.ts';
import { printable } from '../../core/text.ts';
import { isPackageName, isVersion } from '../../tree/identity.ts';
import { pathOf, tarballOf } from '../proxy/route.ts';

export type LockKind = 'yarn-1' | 'yarn-4' | 'bun' | 'deno';

export interface LockedPackage {
  /** As which it is installed. */
  readonly name: string;
  readonly version: string;
  /** Subresource Integrity; undefined where the lockfile has none. */
  readonly integrity: string | undefined;
  /** Of its tarball, as it is written; undefined where the registry decides. */
  readonly url: string | undefined;
}

export interface LockUrls {
  /** Packages of registries. */
  readonly packages: readonly LockedPackage[];
  /** What comes from elsewhere, or cannot be read: one printable line each. */
  readonly past: readonly string[];
}

export function kindOfLock(file: string, text: string): LockKind | undefined {
  if (file === 'bun.lock') return 'bun';
  if (file === 'deno.lock') return 'deno';
  if (file !== 'yarn.lock') return undefined;
  return /^__metadata:/m.test(text) ? 'yarn-4' : 'yarn-1';
}

export function lockUrlsOf(kind: LockKind, text: string): LockUrls {
  const found = READERS[kind](text);
  const packages = [];
  const past = [...found.past];
  for (const entry of found.packages) {
    const { url, name, version } = entry;
    if (url === undefined) {
      if (isPackageName(name) && isVersion(version)) packages.push(entry);
      else past.push(printable(`${name}@${version}`));
      continue;
    }
    const path = URL.canParse(url) ? pathOf(new URL(url).pathname) : undefined;
    const route = path === undefined ? undefined : tarballOf(path);
    if (route?.name === name && route.version === version && /^https?:/.test(url)) packages.push(entry);
    else past.push(`${printable(`${name}@${version}`)} from ${printable(url)}`);
  }
  return { packages, past };
}

interface Read {
  readonly packages: LockedPackage[];
  readonly past: string[];
}

const LOCAL = /^(?:file|link|portal|workspace|root|patch|exec):/;

/** Blocks of `PATTERN, PATTERN:` and indented fields. */
function yarn1(text: string): Read {
  const read: Read = { packages: [], past: [] };
  for (const block of text.split(/\r?\n(?=[^\s#])/)) {
    const [head = '', ...fields] = block.split(/\r?\n/);
    const pattern = /^"?((?:@[^/"@]+\/)?[^@"]+)@([^",]*)/.exec(head);
    const field = (name: string): string | undefined =>
      fields
        .map((line) => new RegExp(`^ {2}${name} "?([^"]*)"?$`).exec(line)?.[1])
        .find((one) => one !== undefined);
    const resolved = field('resolved');
    if (pattern === null) {
      if (resolved !== undefined) read.past.push(`an entry that cannot be read: ${printable(head)}`);
      continue;
    }
    const range = pattern[2]!;
    // An alias is installed as the package that it stands for.
    const alias = /^npm:((?:@[^/@]+\/)?[^@]+)(?:@|$)/.exec(range)?.[1];
    const name = alias ?? pattern[1]!;
    if (resolved === undefined || (LOCAL.test(range) && !/^https?:/.test(resolved))) continue;
    const url = resolved.split('#', 1)[0]!;
    read.packages.push({ url, name, version: field('version') ?? '', integrity: field('integrity') });
  }
  return read;
}

/** Of yarn 4, only what is not a plain package of a registry names an address; its checksums are of its own archives, and tell
 * nothing about tarballs. */
function yarn4(text: string): Read {
  const read: Read = { packages: [], past: [] };
  for (const [, resolution] of text.matchAll(/^ {2}resolution: "?([^"\r\n]*)"?$/gm)) {
    const [, name = '', reference = ''] = /^((?:@[^/@]+\/)?[^@]+)@(.*)$/.exec(resolution!) ?? [];
    const plain = /^npm:[0-9][^:]*$/.test(reference);
    const patched = /^patch:[^#]*#/.test(reference) || /^virtual:/.test(reference);
    if ((plain && isPackageName(name)) || LOCAL.test(reference) || patched) continue;
    read.past.push(printable(resolution!));
  }
  return read;
}

/** Lines `"KEY": ["NAME@VERSION", "URL", …]`; the address is empty for the default registry. */
function bun(text: string): Read {
  const read: Read = { packages: [], past: [] };
  const start = text.search(/^\s*"packages"\s*:\s*\{/m);
  if (start < 0) return read;
  for (const line of text.slice(start).split(/\r?\n/).slice(1)) {
    const entry = /^\s*"[^"]*"\s*:\s*\[\s*"((?:@[^/"@]+\/)?[^@"]+)@([^"]*)"(?:\s*,\s*("[^"]*")?)?/.exec(line);
    if (entry === null) {
      if (/https?:|git\+|github:/.test(line))
        read.past.push(`a line that cannot be read: ${printable(line.trim())}`);
      continue;
    }
    const [, name = '', version = '', quoted] = entry;
    if (LOCAL.test(version)) continue;
    if (!/^\d/.test(version) || quoted === undefined) read.past.push(printable(`${name}@${version}`));
    else {
      const url = quoted === '""' ? undefined : quoted.slice(1, -1);
      const integrity = /"(sha512-[A-Za-z0-9+/=]+)"\s*\]\s*,?\s*$/.exec(line)?.[1];
      read.packages.push({ url, name, version, integrity });
    }
  }
  return read;
}

/** Of its packages from npm; modules by URL and those of JSR are no packages of npm's registries. */
function deno(text: string): Read {
  const read: Read = { packages: [], past: [] };
  const value = parseJsonText(text, 'deno.lock');
  const packages = isObject(value) ? member(value, 'npm') : undefined;
  if (!isObject(packages)) return read;
  for (const [key, entry] of Object.entries(packages)) {
    const url = isObject(entry) ? optionalString(member(entry, 'tarball')) : undefined;
    const integrity = isObject(entry) ? optionalString(member(entry, 'integrity')) : undefined;
    // Behind the version stands what it was resolved with: `react-dom@18.0.0_react@18.0.0`.
    const [, name = key, version = ''] = /^((?:@[^/@]+\/)?[^@]+)@([^_]*)/.exec(key) ?? [];
    read.packages.push({ url, name, version, integrity });
  }
  return read;
}

const READERS: Readonly<Record<LockKind, (text: string) => Read>> = {
  'yarn-1': yarn1,
  'yarn-4': yarn4,
  bun,
  deno,
};
