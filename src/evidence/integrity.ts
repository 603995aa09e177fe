/** The lockfile's digest and tarball place against what the registry says. The lockfile is the identity, never the registry. */
import { type Check, type Unproven, unproven, verified } from '../core/check.ts';
import type { VersionManifest } from '../registry/types.ts';
import type { Integrity } from '../tree/types.ts';
import type { Subject } from './types.ts';

/** What no proof can cover: the lockfile does not pin a sha512. */
export function unpinned(integrity: Integrity): Unproven | undefined {
  if (integrity.kind === 'none') return unproven('uncovered', 'integrity-missing');
  if (integrity.kind === 'weak')
    return unproven('uncovered', 'integrity-weak', { algorithm: integrity.algorithm, actual: integrity.sri });
  return undefined;
}

export function checkIntegrity(subject: Subject, manifest: VersionManifest): Check<string> {
  const { integrity } = subject;
  if (integrity.kind === 'weak' && integrity.algorithm === 'sha1' && manifest.shasum !== undefined) {
    const served = `sha1-${Buffer.from(manifest.shasum, 'hex').toString('base64')}`;
    if (served !== integrity.sri)
      return unproven('invalid', 'integrity-mismatch', { expected: integrity.sri, actual: served });
  }
  if (integrity.kind !== 'sha512') return unpinned(integrity) ?? unproven('uncovered', 'integrity-missing');
  const served = (manifest.integrity ?? '').split(/\s+/).filter((sri) => sri.startsWith('sha512-'));
  if (served.length === 0) return unproven('absent', 'integrity-withheld', { expected: integrity.sri });
  // Several sha512 values would leave it open which of them was signed.
  if (served.length > 1 || served[0] !== integrity.sri) {
    return unproven('invalid', 'integrity-mismatch', { expected: integrity.sri, actual: served.join(' ') });
  }
  return verified(integrity.sri);
}

/**
 * The tarball URL of a lockfile entry must be this version's: at the place the registry names, or where registries keep
 * it by convention (`NAME/-/BASENAME-VERSION.tgz`). Another host with that path is no proof of anything, either way.
 */
export function checkResolved(
  subject: Subject,
  manifest: VersionManifest | undefined,
  registry: string,
  defaultRegistry: string,
): Check<string> {
  const resolved = subject.source.kind === 'registry' ? subject.source.resolved : undefined;
  // npm leaves it out when asked to, and computes the conventional place then.
  if (resolved === undefined) return verified('');
  if (isAtHome(resolved, subject, registry) || isAtHome(resolved, subject, defaultRegistry)) {
    return verified(resolved);
  }
  const url = parse(resolved);
  if (!url)
    return unproven('invalid', 'resolved-mismatch', {
      actual: resolved,
      expected: `a tarball of ${subject.name}@${subject.version}`,
    });
  const served = manifest?.tarball === undefined ? undefined : parse(manifest.tarball);
  const base = subject.name.split('/').pop() ?? subject.name;
  const conventional = `/${subject.name}/-/${base}-${subject.version}.tgz`;
  const path = decoded(url.pathname);
  // `/@scope/NAME/-/NAME-1.0.0.tgz` ends like the place of NAME, and is that of a stranger's package.
  const elsewhere = /(?:^|\/)(?:\.\.|@[^/]*)$/.test(path.slice(0, -conventional.length));
  const rightPlace =
    (path.endsWith(conventional) && !elsewhere) ||
    (served !== undefined && served.host === url.host && decoded(served.pathname) === path);
  const hosts = [registry, defaultRegistry, manifest?.tarball].map((text) => parse(text ?? '')?.host);
  const known = hosts.includes(url.host);
  if (rightPlace && known) return verified(resolved);
  if (known) {
    return unproven('invalid', 'resolved-mismatch', {
      actual: resolved,
      expected: `a tarball of ${subject.name}@${subject.version}`,
    });
  }
  return unproven('uncovered', 'resolved-elsewhere', { url: resolved, host: url.host, registry });
}

const PLAIN_BASE = /^https?:\/\/[\w.:-]+\/(?:[\w-]+\/)*$/;
const PLAIN_NAME = /^(?:@\w[\w.-]*\/)?\w[\w.-]*$/;
const PLAIN_VERSION = /^[\w.+-]+$/;

/** The conventional place, letter by letter, and nothing in it that an URL could be read otherwise by: nearly every entry. */
function isAtHome(resolved: string, { name, version }: Subject, registry: string): boolean {
  return (
    resolved === `${registry}${name}/-/${name.slice(name.indexOf('/') + 1)}-${version}.tgz` &&
    PLAIN_BASE.test(registry) &&
    PLAIN_NAME.test(name) &&
    PLAIN_VERSION.test(version)
  );
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
