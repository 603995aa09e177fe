/** Where things are: which registry is asked for a package, which tarball URL stands for which, and who is never asked. */
import type { NpmOptions } from '../../registry/npmrc.ts';
import { pickRegistry } from '../../registry/urls.ts';
import { pathOf, type TarballRoute, tarballOf } from './route.ts';

/** Tarballs at unusual places that packuments have named; the oldest goes first. */
const LEARNED_MAX = 100_000;

export interface Places {
  registryFor(name: string): string;
  /** Of the place that a packument names, as a client of this proxy is to ask for it. */
  publicOf(name: string, version: string): string;
  /** A packument says where this version's tarball is. @returns false if no registry of the configuration has it */
  learn(name: string, version: string, url: string): boolean;
  /** The address to ask first. */
  addressOf(route: TarballRoute): string;
  /** The same with the protocol of the registry on that host, or undefined if it is none of the configured ones. */
  allowed(url: string): string | undefined;
  originalOf(url: string): string | undefined;
}

export function placesOf(npm: NpmOptions, more: readonly string[], publicUrl: string): Places {
  const bases = [npm.registry, ...npm.scopes.values(), ...more].filter((url) => URL.canParse(url));
  const protocols = new Map<string, string>();
  for (const base of bases) {
    const { host, protocol } = new URL(base);
    // Once with TLS and once without: with it.
    if (protocols.get(host) !== 'https:') protocols.set(host, protocol);
  }
  /** By their conventional path. */
  const learned = new Map<string, string>();

  const allowed = (url: string): string | undefined => {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    const protocol = parsed === undefined ? undefined : protocols.get(parsed.host);
    if (parsed === undefined || protocol === undefined || !/^https?:$/.test(parsed.protocol))
      return undefined;
    parsed.protocol = protocol;
    parsed.username = '';
    parsed.password = '';
    parsed.hash = '';
    return parsed.href;
  };
  const registryFor = (name: string): string => pickRegistry(name, npm);

  const addressOf = ({ name, version, prefix, path }: TarballRoute): string => {
    const registry = registryFor(name);
    if (prefix !== '') return new URL(encodePath(path), registry).href;
    return learned.get(`/${conventionalOf(name, version)}`) ?? `${registry}${conventionalOf(name, version)}`;
  };

  return {
    registryFor,
    allowed,
    addressOf,
    publicOf: (name, version) => `${publicUrl}${conventionalOf(name, version)}`,
    learn(name, version, url) {
      const address = allowed(url);
      if (address === undefined) return false;
      if (address === `${registryFor(name)}${conventionalOf(name, version)}`) return true;
      const path = `/${conventionalOf(name, version)}`;
      learned.delete(path);
      learned.set(path, address);
      if (learned.size > LEARNED_MAX) learned.delete(learned.keys().next().value!);
      return true;
    },
    originalOf(url) {
      const rest = url.startsWith(publicUrl) ? pathOf(`/${url.slice(publicUrl.length)}`) : undefined;
      const route = rest === undefined ? undefined : tarballOf(rest);
      return route === undefined ? undefined : addressOf(route);
    },
  };
}

/** As registries have it by convention; the slash of a scope is one of the path here. */
export function conventionalOf(name: string, version: string): string {
  const base = name.slice(name.indexOf('/') + 1);
  return `${name}/-/${base}-${version}.tgz`;
}

function encodePath(path: string): string {
  return path
    .split('/')
    .map((segment) => encodeURIComponent(segment).replace(/%40/g, '@'))
    .join('/');
}
