import { limits } from './limits.ts';

/**
 * Base URL of a registry in one spelling: host in lower case, default port, credentials, query and fragment left out,
 * exactly one slash at the end. The protocol counts: what is pinned for https says nothing about http.
 * @returns undefined if it is not an http(s) URL
 */
export function normalRegistry(url: string): string | undefined {
  if (url.length > limits.urlCharsMax) return undefined;
  // Four times for each package, and nearly always one of two.
  if (known.has(url)) return known.get(url);
  if (known.size >= KNOWN_MAX) known.clear();
  const normal = normalize(url);
  known.set(url, normal);
  return normal;
}

const KNOWN_MAX = 64;
const known = new Map<string, string | undefined>();

function normalize(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') return undefined;
  return `${protocol}//${host}${withoutSlashes(pathname)}/`;
}

/** Not a regular expression: `/+$` takes quadratic time on a long run of slashes that something else follows. */
export function withoutSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === 0x2f) end--;
  return text.slice(0, end);
}
