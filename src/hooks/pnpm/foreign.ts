/**
 * Dependencies that come from no registry. pnpm shows their manifest only once they are there and made ready, so what
 * counts is the range by which somebody asks for them.
 */
import { readFileBounded } from '../../core/files.ts';
import { limits } from '../../core/limits.ts';
import type { Source } from '../../tree/types.ts';
import { parseYaml } from '../../tree/yaml.ts';
import { isMembers, type Manifest, type Members, membersOf } from './types.ts';

type ForeignSource = Exclude<Source, { kind: 'registry' }>;
export type Catalogs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Want {
  readonly name: string;
  readonly range: string;
  readonly source: ForeignSource;
}

const KINDS = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** What a manifest asks for elsewhere than in a registry. @param ofProject  its development dependencies count */
export function foreignWants(manifest: Manifest, catalogs: Catalogs, ofProject: boolean): readonly Want[] {
  const kinds = ofProject ? [...KINDS, 'devDependencies'] : KINDS;
  return kinds
    .flatMap((kind) => membersOf(manifest, kind))
    .flatMap(([name, given]) => {
      const range = typeof given === 'string' ? followed(name, given.trim(), catalogs) : '';
      const source = foreignSource(range);
      return source === undefined ? [] : [{ name, range, source }];
    });
}

function followed(name: string, range: string, catalogs: Catalogs): string {
  if (!range.startsWith('catalog:')) return range;
  const catalog = range.slice('catalog:'.length) || 'default';
  const ranges = Object.hasOwn(catalogs, catalog) ? catalogs[catalog]! : {};
  return (Object.hasOwn(ranges, name) ? ranges[name] : undefined) ?? range;
}

/** Part of the project, or looked up in a registry, whose answer is judged. */
const OF_REGISTRY = /^(?:npm|jsr|catalog|workspace|link):|^[a-z][\w.-]*:@|^[^/:\\]*$/i;
const OF_GIT = /^(?:git|git\+[a-z]+|ssh|github|gitlab|bitbucket|gist):|^[\w.-]+@[\w.-]+:|\.git(?:#|$)/i;
const GIT_HOST = /^https?:\/\/(?:[^@/]*@)?(?:codeload\.)?(?:github\.com|gitlab\.com|bitbucket\.org)\//i;
const LOCAL = /^(?:\.{1,2}(?:[/\\]|$)|[/\\~]|[a-z]:[/\\])/i;
const TARBALL = /\.(?:tgz|tar\.gz|tar)$/i;

/** Undefined for what comes from a registry or is part of the project. */
export function foreignSource(range: string): ForeignSource | undefined {
  if (range.startsWith('runtime:')) return { kind: 'remote', url: range };
  const isUrl = /^https?:/i.test(range);
  const isLocal = range.startsWith('file:') || LOCAL.test(range) || (TARBALL.test(range) && !isUrl);
  if (isLocal) {
    const file = range.replace(/^file:/, '');
    return { kind: TARBALL.test(file) ? 'file' : 'directory', path: file };
  }
  if (OF_REGISTRY.test(range)) return undefined;
  if (OF_GIT.test(range) || GIT_HOST.test(range)) return { kind: 'git', url: range, commit: undefined };
  if (isUrl) return { kind: 'remote', url: range };
  // `name:range` is a registry with a name; `owner/repository` is what is left.
  return /^[a-z][\w.-]*:[^/]*$/i.test(range) ? undefined : { kind: 'git', url: range, commit: undefined };
}

/**
 * What a lockfile on the disk, which is verified as a whole, has for such ranges: pnpm takes it from there.
 * @returns tells whether it does so for a want
 */
export async function lockedWants(lockfile: string): Promise<(want: Want) => boolean> {
  const read = await readFileBounded(lockfile, limits.lockfileBytesMax);
  if (read.status !== 'read') return () => false;
  const text = new TextDecoder('utf-8', { fatal: true }).decode(read.bytes);
  const locked = new Set<string>();
  const document = (parseYaml(lockfile, text).at(-1) ?? {}) as Members;
  for (const [, importer] of [...membersOf(document, 'importers'), ['', document] as const]) {
    if (!isMembers(importer)) continue;
    for (const kind of [...KINDS, 'devDependencies'])
      for (const [name, entry] of membersOf(importer, kind))
        if (isMembers(entry) && typeof entry.specifier === 'string') locked.add(idOf(name, entry.specifier));
  }
  // A package out of the lockfile asks for what is in the lockfile.
  for (const [key] of membersOf(document, 'packages')) locked.add(key);
  return ({ name, range }) => locked.has(idOf(name, range)) || locked.has(`${name}@${range}`);
}

function idOf(name: string, range: string): string {
  return JSON.stringify([name, range]);
}
