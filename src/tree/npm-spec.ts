import { limits } from '../core/limits.ts';
import { isPackageName } from './identity.ts';

/** A dependency spec, or a place that a lockfile names, as far as it tells where bytes come from. */
export interface Spec {
  readonly type: 'registry' | 'git' | 'remote' | 'file' | 'directory' | 'unknown';
  /** Name on the registry, where the spec is an alias (`npm:name@range`). */
  readonly aliased: string | undefined;
  readonly text: string;
}

const archive = /\.(?:tgz|tar\.gz|tar)$/i;
/** No URL, no `user/repository`, no path. */
const plain = /^(?:[!-"$-\-0-9;-?A-Z^-~][ !-"$-.0-9;-?A-Z^-~]*)?$/;
const alias = /^npm:((?:@[^/@:]+\/)?[^/@:]+)(?:@([^/@:]+))?$/;
/** A tag, or a range that needs no library to tell that it is one. */
const tagOrRange =
  /^(?:[\w!~*'()-][\w.!~*'()-]*|(?:\^|[<>]=?|=)\d{1,15}(?:\.\d{1,15}){0,2}|\^\d{1,15}\.\d{1,15}\.\d{1,15}-[0-9A-Za-z-]+)$/;

/** True for what can only be a range, a version or a tag, or else nothing that npm could read. */
export function isPlainSpec(text: string): boolean {
  return text.length > limits.urlCharsMax || (plain.test(text) && !archive.test(text));
}

/**
 * The name on the registry that an alias stands for, where it has the usual form.
 * @param name  that it is asked for under
 */
export function aliasedName(name: string, text: string): string | undefined {
  const [, aliased, range] = alias.exec(text) ?? [];
  if (aliased === undefined || !isNpmName(name) || !isNpmName(aliased) || archive.test(aliased))
    return undefined;
  return range === undefined || (tagOrRange.test(range) && !archive.test(range)) ? aliased : undefined;
}

/** npm's own check agrees with ours, but for a hyphen in front. */
function isNpmName(name: string): boolean {
  return !name.startsWith('-') && isPackageName(name);
}

const download = /^(https?:\/\/[a-z0-9.-]+(?::\d{1,5})?)\/[!-~]*$/;
const gitHosts = /(?:^|\.)(?:github\.com|gitlab\.com|bitbucket\.org|sr\.ht)$/;

/**
 * Tells downloads from other places; what is at one origin is the same as what is beside it. For names that
 * `isPackageName` lets through.
 */
export function downloadTester(): (name: string, url: string) => boolean {
  const origins = new Map<string, boolean>();
  return (name, url) => {
    const origin = url.length > limits.urlCharsMax ? undefined : download.exec(url)?.[1];
    if (origin === undefined || name.startsWith('-')) return false;
    const known = origins.get(origin);
    if (known !== undefined) return known;
    const usable = URL.canParse(origin) && !gitHosts.test(new URL(origin).hostname);
    origins.set(origin, usable);
    return usable;
  };
}

export type SpecReader = (name: string, text: string) => Spec;

const cacheMax = 100_000;

/** Reads any spec as npm does, with its own `npm-package-arg`. */
export async function specReader(): Promise<SpecReader> {
  const { default: npa } = await import('npm-package-arg');
  const cache = new Map<string, Spec>();
  return (name, text) => {
    const key = `${name}\n${text}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const read = readSpec(npa.resolve, name, text);
    if (cache.size < cacheMax) cache.set(key, read);
    return read;
  };
}

function readSpec(resolve: typeof import('npm-package-arg')['resolve'], name: string, text: string): Spec {
  const unknown: Spec = { type: 'unknown', aliased: undefined, text };
  if (text.length > limits.urlCharsMax) return unknown;
  try {
    const result = resolve(name, text, '/');
    switch (result.type) {
      case 'alias': {
        const { subSpec } = result as import('npm-package-arg').AliasResult;
        return { type: 'registry', aliased: subSpec.name ?? undefined, text };
      }
      case 'git':
      case 'remote':
      case 'file':
      case 'directory':
        return { type: result.type, aliased: undefined, text };
      default:
        return { type: 'registry', aliased: undefined, text };
    }
  } catch {
    return unknown;
  }
}
