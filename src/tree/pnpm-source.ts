import { malformed } from './failure.ts';
import { isVersion, quoted } from './identity.ts';
import { parseIntegrity } from './integrity.ts';
import type { Integrity, PackageNode, Source } from './types.ts';
import { type FieldReader, field, isMap, type YamlObject } from './yaml.ts';

/** Bytes that an entry can stand for. Only an entry with variants has several. */
export interface Origin {
  readonly source: Source;
  readonly integrity: Integrity;
  /** What tells a variant from its siblings: `linux-x64`. */
  readonly variant: string | undefined;
  readonly platform: PackageNode['platform'];
}

/** pnpm takes these for git repositories, and so runs their build scripts, whatever the key says. */
const gitHosts = /^https:\/\/(?:codeload\.github\.com|bitbucket\.org|gitlab\.com)\/.*tar\.gz/;

/**
 * Where pnpm takes the bytes of an entry from, by its `resolution`.
 * @param ref         what the key says behind the name: a version means a registry
 * @param workspaces  paths of the projects in the workspace
 * @throws {VerifyDepsError} `lockfile-malformed`
 */
export function originsOf(
  file: string,
  key: string,
  ref: string,
  resolution: YamlObject,
  read: FieldReader,
  workspaces: ReadonlySet<string>,
): readonly Origin[] {
  const where = `${key} resolution`;
  const text = (name: string): string | undefined => read.text(resolution, name, where);
  const integrity = parseIntegrity(text('integrity'));
  const one = (source: Source): readonly Origin[] => [
    { source, integrity, variant: undefined, platform: undefined },
  ];
  const tarball = text('tarball');
  const type = text('type');
  switch (type) {
    case undefined:
    case 'tarball':
      return one(tarballSource(file, key, ref, tarball, read.flag(resolution, 'gitHosted', where)));
    case 'git': {
      const url = text('repo');
      if (url === undefined) throw malformed(file, `${quoted(key)} is from git but names no repository`);
      return one({ kind: 'git', url, commit: text('commit') });
    }
    case 'directory': {
      const path = text('directory') ?? '.';
      return one(workspaces.has(path) ? { kind: 'workspace', path } : { kind: 'directory', path });
    }
    case 'variations':
      return variantsOf(file, key, resolution, read);
    default:
      // `binary`, and whatever later versions bring: it is downloaded, and no registry signs for it.
      return one({ kind: 'remote', url: text('url') ?? tarball ?? `${type}:${ref}` });
  }
}

function tarballSource(
  file: string,
  key: string,
  ref: string,
  tarball: string | undefined,
  gitHosted: boolean,
): Source {
  if (tarball?.startsWith('file:')) return { kind: 'file', path: tarball.slice('file:'.length) };
  const place = tarball ?? (isVersion(ref) ? undefined : ref);
  if (place !== undefined && (gitHosted || gitHosts.test(place))) {
    const commit = /(?:^|[/=#])([0-9a-f]{40})(?:[/&.]|$)/.exec(place)?.[1];
    return { kind: 'git', url: place, commit };
  }
  if (isVersion(ref)) return { kind: 'registry', resolved: tarball };
  if (place !== undefined && /^https?:\/\//.test(place)) return { kind: 'remote', url: place };
  throw malformed(file, `${quoted(key)} has neither a version nor a place to take it from`);
}

/** One download for each platform, such as a Node.js runtime: each is named, none is chosen. */
function variantsOf(file: string, key: string, resolution: YamlObject, read: FieldReader): readonly Origin[] {
  const variants = field(resolution, 'variants');
  if (!Array.isArray(variants) || variants.length === 0 || variants.length > 1024)
    throw malformed(file, `"variants" of ${quoted(key)} is not a list`);
  return variants.map((variant: unknown, index) => {
    if (!isMap(variant)) throw malformed(file, `"variants" of ${quoted(key)} is not a list of mappings`);
    const where = `${key} variants[${index}]`;
    const inner = read.map(variant, 'resolution', where);
    const targets = field(variant, 'targets') ?? [];
    if (!Array.isArray(targets) || !targets.every(isMap))
      throw malformed(file, `"targets" of ${quoted(where)} is not a list of mappings`);
    const values = (name: string): readonly string[] =>
      unique(targets.flatMap((target) => read.list(target, name, where)));
    const platform = { os: values('os'), cpu: values('cpu'), libc: values('libc') };
    const label = [...platform.os, ...platform.cpu, ...platform.libc].join('-');
    const type = read.text(inner, 'type', where) ?? 'unknown';
    return {
      source: {
        kind: 'remote',
        url: read.text(inner, 'url', where) ?? read.text(inner, 'tarball', where) ?? `${type}:`,
      },
      integrity: parseIntegrity(read.text(inner, 'integrity', where)),
      variant: `${index}${label === '' ? '' : `-${label}`}`,
      platform,
    };
  });
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
