/** The plugin in a project of the lab, and lockfiles as pnpm writes them. */
import { copyFile, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { CatalogueEntry } from '../../support/rig/registry.mjs';
import { tarball } from '../../support/rig/tarball.mjs';
import type { Lab } from './lab.ts';

export type Pnpm = 'pnpm-10' | 'pnpm-11' | 'pnpm-12.10' | 'pnpm-12';
export const PNPMS: readonly Pnpm[] = ['pnpm-10', 'pnpm-11', 'pnpm-12.10', 'pnpm-12'];

export const PLUGINS: string = path.join(import.meta.dirname, '..', '..', '..', 'build', 'plugins');
export const PLUGIN_NAME = '@verify-deps/pnpm-plugin-verify-deps';

/** pnpm 10 knows no `.pnpmfile.mjs`. */
export function pnpmfileFor(id: Pnpm): string {
  return id === 'pnpm-10' ? 'pnpmfile.cjs' : 'pnpmfile.mjs';
}

export async function putPlugin(lab: Lab, id: Pnpm, folder: string = lab.project.cwd): Promise<void> {
  const file = pnpmfileFor(id);
  await copyFile(path.join(PLUGINS, file), path.join(folder, `.${file}`));
}

/** The folder that is published, as a package of the lab's registry. */
export async function publishedPlugin(): Promise<CatalogueEntry> {
  const folder = path.join(PLUGINS, 'pnpm-plugin');
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  const files = names.map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')] as const);
  const { version } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  const entries = Object.fromEntries(await Promise.all(files));
  return { name: PLUGIN_NAME, version, days: 60, attested: 'v0.3', tarball: tarball(entries) };
}

export function integrityOf(lab: Lab, id: string): string {
  const { gz } = lab.served.rig.docs.get(`manifest ${id}`)!;
  const manifest = JSON.parse(gunzipSync(gz!).toString('utf8')) as { dist: { integrity: string } };
  return manifest.dist.integrity;
}

/** Of a project that depends on `app` and `mallory`. @param resolution  of mallory, where it is not what it should be */
export function lockfileOf(
  lab: Lab,
  resolution = `{integrity: ${integrityOf(lab, 'mallory@1.2.0')}}`,
): string {
  const entry = (id: string, text: string): string => `  ${id}:\n    resolution: ${text}\n`;
  const sound = (id: string): string => entry(id, `{integrity: ${integrityOf(lab, id)}}`);
  return `lockfileVersion: '9.0'

settings:
  autoInstallPeers: true
  excludeLinksFromLockfile: false

importers:

  .:
    dependencies:
      app:
        specifier: ^1.0.0
        version: 1.2.0
      mallory:
        specifier: ^1.0.0
        version: 1.2.0

packages:

${sound('app@1.2.0')}
${sound('deep@1.2.0')}
${entry('mallory@1.2.0', resolution)}
snapshots:

  app@1.2.0:
    dependencies:
      deep: 1.2.0

  deep@1.2.0: {}

  mallory@1.2.0: {}
`;
}
