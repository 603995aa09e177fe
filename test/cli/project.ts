import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Project, Rig } from '../support/rig/registry.mjs';

export interface ProjectFiles {
  readonly folder: string;
  /** Flags that make it independent of the world: registry, trust root, keys, cache. */
  readonly flags: readonly string[];
}

export interface ProjectOptions {
  readonly lockfile?: Project['package-lock.json'];
  readonly registry?: string;
}

/** A project with the lockfile of a rig, the rig's trust root beside it, and nothing else. */
export async function writeProject(
  folder: string,
  rig: Rig,
  options: ProjectOptions = {},
): Promise<ProjectFiles> {
  const trust = path.join(folder, '.trust');
  await mkdir(trust);
  const json = (file: string, value: unknown): Promise<void> =>
    writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
  await json(path.join(folder, 'package.json'), rig.project['package.json']);
  await json(path.join(folder, 'package-lock.json'), options.lockfile ?? rig.project['package-lock.json']);
  await json(path.join(trust, 'trusted_root.json'), rig.sigstore.trustedRoot());
  await json(path.join(trust, 'keys.json'), rig.sigstore.keysTarget());
  return {
    folder,
    flags: [
      ...['--registry', options.registry ?? `${rig.origin}/`],
      ...['--trust-root', path.join(trust, 'trusted_root.json')],
      ...['--registry-keys', path.join(trust, 'keys.json')],
      ...['--cache', path.join(folder, '.cache')],
    ],
  };
}
