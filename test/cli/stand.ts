/** What tests of commands need around them: a served registry, projects that depend on its packages, and a place to write to. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Context } from '../../src/cli/context.ts';
import { silent } from '../../src/cli/ui.ts';
import { plain } from '../../src/report/style.ts';
import { type Served, serveRig } from '../support/project.ts';
import type { RigOptions } from '../support/rig/registry.mjs';
import { scratch } from './command.ts';
import { type ProjectFiles, type ProjectOptions, writeProject } from './project.ts';

/** `left` and `@scope/right` have provenance, `middle` and `devtool` have none. */
const CATALOGUE: Readonly<Record<string, NonNullable<RigOptions['catalogue']>[number]>> = {
  left: { name: 'left', version: '1.2.3', days: 30, attested: 'v0.3' },
  '@scope/right': { name: '@scope/right', version: '2.0.0', days: 60, attested: 'v0.2', needs: ['middle'] },
  middle: { name: 'middle', version: '0.1.0', days: 90 },
  devtool: { name: 'devtool', version: '4.0.0', days: 45, dev: true },
};

export interface Stand extends Served {
  folder(): Promise<string>;
  /** A project that depends on the packages, with this text as its policy. */
  project(policy?: string, options?: ProjectOptions): Promise<ProjectFiles>;
}

/** Serves these packages to the tests of a file, and afterwards takes away what they wrote. */
export function standWith(...names: readonly string[]): Stand {
  const { folder, remove } = scratch();
  let served: Served | undefined;
  beforeAll(async () => {
    served = await serveRig({ catalogue: names.map((name) => CATALOGUE[name]!) });
  });
  afterAll(async () => {
    await served?.server.close();
    await remove();
  });
  const stand: Stand = {
    get rig() {
      return served!.rig;
    },
    get server() {
      return served!.server;
    },
    folder,
    async project(policy, options) {
      const files = await writeProject(await folder(), stand.rig, options);
      if (policy !== undefined) await writeFile(path.join(files.folder, 'verify-deps.yaml'), policy);
      return files;
    },
  };
  return stand;
}

/** For a command that is called in this process: nothing of the machine's own environment, and its output as text. */
export function contextOf(
  { folder }: ProjectFiles,
  columns: number,
): { readonly context: Context; text(): string } {
  let text = '';
  const context: Context = {
    input: process.stdin,
    say: async () => undefined,
    output: {
      write: async (part) => {
        text += part;
      },
    },
    style: plain,
    columns,
    ui: silent,
    signal: new AbortController().signal,
    env: { HOME: folder, XDG_CACHE_HOME: path.join(folder, '.xdg') },
  };
  return { context, text: () => text };
}
