import { limits } from './limits.ts';

/**
 * Base URL of a registry in one spelling: host in lower case, default port, credentials, query and fragment left out,
 * exactly one slash at the end. The protocol counts: what is pinned for https says nothing about http.
 * @returns undefined if it is not an http(s) URL
 */
export function normalRegistry(url: string): string | undefined {
  if (url.length > limits.urlCharsMax || !URL.canParse(url)) return undefined;
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
