/**
 * One spelling for source repositories: `https://host/owner/repo`, without credentials, `.git`, trailing slashes, branch
 * or folder. Package manifests write them in a dozen ways; signing certificates write them in this one.
 */
import { limits } from '../core/limits.ts';

const SHORT_HOSTS: Readonly<Record<string, string>> = {
  github: 'github.com',
  gitlab: 'gitlab.com',
  bitbucket: 'bitbucket.org',
};
/** Hosts known to treat owner and repository without regard to case. */
const CASELESS = new Set(['github.com', 'gitlab.com']);
const PROTOCOLS = new Set([
  'https:',
  'http:',
  'git:',
  'ssh:',
  'git+https:',
  'git+http:',
  'git+ssh:',
  'git+git:',
]);

/** The two usual spellings, of certificates and of manifests: all that the steps below would change is around the first group. */
const USUAL = /^(?:git\+)?(https:\/\/github\.com\/[a-z0-9_-]+\/[a-z0-9_-]+)(?:\.git)?$/;

/** @returns undefined for what does not name a repository on a host */
export function normalizeRepository(text: string): string | undefined {
  const usual = text.length <= limits.urlCharsMax ? USUAL.exec(text)?.[1] : undefined;
  if (usual !== undefined) return usual;
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.length > limits.urlCharsMax || /[\s\\\u0000-\u001f\u007f]/.test(trimmed))
    return undefined;
  const short = /^(?:(github|gitlab|bitbucket):)?([^:/@#?]+(?:\/[^:/@#?]+)+)\/?(?:#.*)?$/.exec(trimmed);
  if (short !== null) {
    const host = SHORT_HOSTS[short[1] ?? 'github'] as string;
    return join(host, short[2] as string);
  }
  // git@host:owner/repo, with or without ssh:// before it
  const scp = /^(?:(?:git\+)?ssh:\/\/)?[^@/:]+@([^/:@?#]+):(?!\d+\/)\/?([^?#]+)(?:#.*)?$/.exec(trimmed);
  if (scp !== null) return join((scp[1] as string).toLowerCase(), scp[2] as string);
  if (!URL.canParse(trimmed)) return undefined;
  const protocol = new URL(trimmed).protocol;
  if (!PROTOCOLS.has(protocol)) return undefined;
  // Only special schemes have their host checked and lower-cased.
  const web = `https${trimmed.slice(protocol.length - 1)}`;
  if (!URL.canParse(web)) return undefined;
  const url = new URL(web);
  // A port of ssh or git says nothing about the web host.
  const host = protocol === 'https:' || protocol === 'http:' ? url.host : url.hostname;
  return join(host, url.pathname);
}

function join(host: string, path: string): string | undefined {
  const bare = host.replace(/^(?:www\.)+/, '').replace(/\.$/, '');
  if (!/^[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?$/.test(bare)) return undefined;
  const parts = path.split('/').filter((part) => part !== '');
  // Web pages of a repository: /tree/main/packages/x on GitHub, /-/tree/… on GitLab.
  const end = bare === 'github.com' ? 2 : parts.indexOf('-');
  const kept = end < 0 ? parts : parts.slice(0, end);
  const last = kept.pop()?.replace(/(?:\.git)+$/i, '');
  if (last === undefined || kept.length === 0) return undefined;
  kept.push(last);
  if (kept.some((part) => !/^[\w.~+-]+$/.test(part) || part === '.' || part === '..')) return undefined;
  const whole = kept.join('/');
  return `https://${bare}/${CASELESS.has(bare) ? whole.toLowerCase() : whole}`;
}

/** `https://github.com/owner` of a normalised repository; a GitLab owner can be a path of groups. */
export function ownerOf(repository: string): string {
  return repository.slice(0, repository.lastIndexOf('/'));
}
