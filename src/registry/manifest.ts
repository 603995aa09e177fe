/**
 * Reads what a registry says about one version. Real registries differ in what they leave out, so only name and version
 * must be there; what has the wrong shape counts as left out, except the list of signatures, which is bounded.
 */
import { MalformedError } from '../core/errors.ts';
import {
  asArray,
  asObject,
  isObject,
  type JsonValue,
  member,
  optionalString,
  parseJson,
} from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { claimsOf, INSTALL_SCRIPTS, type ManifestClaims } from './claims.ts';
import type { RegistrySignature, VersionManifest } from './types.ts';

const WHAT = 'manifest';

/** @throws {MalformedError} `malformed`, {ProofError} `limit-exceeded` */
export function parseManifest(bytes: Uint8Array): VersionManifest {
  return manifestOf(parseJson(bytes, WHAT, limits.manifestBytesMax));
}

/** The same for a version out of a packument. */
export function manifestOf(value: JsonValue | undefined): VersionManifest {
  const manifest = asObject(value, WHAT);
  const dist = objectOr(member(manifest, 'dist'));
  const attestations = member(dist, 'attestations');
  const repository = member(manifest, 'repository');
  const scripts = objectOr(member(manifest, 'scripts'));
  return {
    name: name(member(manifest, 'name'), 'name', limits.packageNameCharsMax),
    version: name(member(manifest, 'version'), 'version', limits.versionCharsMax),
    integrity: bounded(member(dist, 'integrity')),
    shasum: bounded(member(dist, 'shasum')),
    tarball: bounded(member(dist, 'tarball')),
    signatures: signatures(member(dist, 'signatures')),
    announcesAttestations: isObject(attestations),
    announcesProvenance: isObject(attestations) && isObject(member(attestations, 'provenance')),
    repository: bounded(isObject(repository) ? member(repository, 'url') : repository),
    repositoryDirectory: isObject(repository) ? bounded(member(repository, 'directory')) : undefined,
    hasInstallScript:
      member(manifest, 'hasInstallScript') === true ||
      member(manifest, 'gypfile') === true ||
      INSTALL_SCRIPTS.some((script) => optionalString(member(scripts, script)) !== undefined),
    claims: claimsOf(manifest),
  };
}

/** The facts again as a manifest of the registry's form, for the store. */
export function encodeManifest(manifest: VersionManifest): Uint8Array {
  const { announcesAttestations, announcesProvenance, integrity, shasum, tarball } = manifest;
  const attestations = announcesAttestations
    ? { ...(announcesProvenance ? { provenance: {} } : {}) }
    : undefined;
  return Buffer.from(
    JSON.stringify({
      name: manifest.name,
      version: manifest.version,
      dist: { integrity, shasum, tarball, signatures: manifest.signatures, attestations },
      repository: { url: manifest.repository, directory: manifest.repositoryDirectory },
      hasInstallScript: manifest.hasInstallScript,
      ...(manifest.claims === undefined ? {} : encodeClaims(manifest.claims)),
    }),
  );
}

function encodeClaims(claims: ManifestClaims): object {
  const { bundled, bin, binFolder, gypfile, optionalPeers } = claims;
  return {
    dependencies: Object.fromEntries(claims.dependencies),
    optionalDependencies: Object.fromEntries(claims.optionalDependencies),
    peerDependencies: Object.fromEntries(claims.peerDependencies),
    peerDependenciesMeta: Object.fromEntries(optionalPeers.map((name) => [name, {}])),
    bundleDependencies: bundled,
    bin: Object.fromEntries(bin),
    directories: { bin: binFolder },
    scripts: Object.fromEntries(claims.scripts),
    gypfile,
  };
}

function signatures(value: JsonValue | undefined): readonly RegistrySignature[] {
  // Some mirrors write an object here; it carries no signature in any form that could be checked.
  if (!Array.isArray(value)) return [];
  const list: RegistrySignature[] = [];
  for (const item of asArray(value, 'dist.signatures', limits.registrySignaturesMax)) {
    const keyid = isObject(item) ? bounded(member(item, 'keyid')) : undefined;
    const sig = isObject(item) ? bounded(member(item, 'sig')) : undefined;
    if (keyid !== undefined && sig !== undefined) list.push({ keyid, sig });
  }
  return list;
}

function name(value: JsonValue | undefined, what: string, charsMax: number): string {
  if (typeof value !== 'string') throw new MalformedError(WHAT, `no ${what}`);
  // Old packages have longer names than npm allows now; this only keeps the absurd out.
  if (value === '' || value.length > charsMax * 2)
    throw new MalformedError(WHAT, `${what} of ${value.length} characters`);
  return value;
}

function bounded(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= limits.urlCharsMax ? value : undefined;
}

function objectOr(value: JsonValue | undefined): { readonly [key: string]: JsonValue | undefined } {
  return isObject(value) ? value : {};
}
