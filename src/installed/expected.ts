import { isObject, parsePackageJson } from '../core/json.ts';
import { claimsOf, commandsOf } from '../registry/claims.ts';
import type { TarballList, TarFile } from '../registry/tar-list.ts';

/** What a package manager makes of a tarball. */
export interface PackageContent {
  /** By path in the package. */
  readonly files: ReadonlyMap<string, TarFile>;
  /** Command to path. */
  readonly commands: ReadonlyMap<string, string>;
  /** It runs scripts when it is installed, by its own package.json or for its binding.gyp. */
  readonly builds: boolean;
}

export function contentOf(list: TarballList, manager: 'npm' | 'pnpm'): PackageContent {
  const manifest = list.packageJson === undefined ? undefined : parsePackageJson(list.packageJson);
  const claims = isObject(manifest) ? claimsOf(manifest) : undefined;
  const files = manager === 'npm' ? withoutGitignore(list.files) : list.files;
  return {
    files,
    commands: claims === undefined ? new Map() : commandsOf(claims, list.files.keys()),
    builds: list.files.has('binding.gyp') || (claims !== undefined && claims.scripts.size > 0),
  };
}

/** npm unpacks a .gitignore as .npmignore, unless the tarball had one in front of it. */
function withoutGitignore(files: ReadonlyMap<string, TarFile>): ReadonlyMap<string, TarFile> {
  const written = new Map<string, TarFile>();
  for (const [path, file] of files) {
    if (!/(?:^|\/)\.gitignore$/.test(path)) {
      written.set(path, file);
      continue;
    }
    const renamed = path.replace(/\.gitignore$/, '.npmignore');
    if (!written.has(renamed)) written.set(renamed, file);
  }
  return written;
}
