/** The gate that goes with a package manager, and the files that put it in place. */

import { createHash } from 'node:crypto';
import path from 'node:path';
import { utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { toolVersion } from '../../core/version.ts';
import { addScanner, addScript, addToList, yamlMap } from './edit.ts';
import type { PluginName, PluginSource } from './plugin-file.ts';
import { type Project, readOwn, readText, textAt } from './project.ts';
import { type FileChange, type FoundManager, NOTHING, type SetUp } from './types.ts';

/** What `preinstall` of a project runs under npm 12. */
export const NPM_HOOK = 'verify-deps hook';
/** Folder of the project in which plugins lie that are committed with it. */
const FOLDER = '.verify-deps';

export async function setUpManager(
  project: Project,
  manager: FoundManager,
  plugins: PluginSource,
): Promise<SetUp> {
  const { name, major } = manager;
  if (name === 'npm') return npm(project, manager);
  if (name === 'pnpm' && (major === undefined || major >= 10)) return pnpm(project, plugins);
  if (name === 'yarn' && major !== undefined && major >= 4) return yarn(project, plugins);
  if (name === 'bun') return bun(project, plugins);
  return without(manager);
}

/** No gate of its own: what is left is to start it through the proxy. */
function without({ name, version }: FoundManager): SetUp {
  const which = version === undefined ? name : `${name} ${version}`;
  const why =
    name === 'deno'
      ? 'deno has no place for a gate'
      : version === undefined
        ? `nothing says which ${name} installs here: name it in packageManager of package.json and run this again`
        : `${which} has no place for a gate that could be relied upon`;
  return { ...NOTHING, gates: ['run'], notes: [[why, `use: verify-deps run -- ${name} install`]] };
}

async function npm(project: Project, { version, major }: FoundManager): Promise<SetUp> {
  if (major === undefined || major < 12) {
    const why =
      version === undefined
        ? 'no npm on PATH: nothing says whether it runs preinstall in time, which npm 12 does'
        : `npm ${version} runs preinstall of the project after the code of the packages: a hook would be no gate`;
    return {
      ...NOTHING,
      gates: ['npm-command'],
      notes: [[why, 'use: verify-deps ci instead of npm ci, and verify-deps install instead of npm install']],
    };
  }
  const file = path.join(project.folder, 'package.json');
  const there = textAt(project, 'scripts', 'preinstall');
  const notes = [
    [
      'npm runs it before node_modules is there: verify-deps has to be on PATH of whoever installs, CI included',
      `npm install -g verify-deps@${toolVersion()}`,
      'where it is missing, npm stops with "not found", and nothing is installed',
    ],
    ...(project.names.has('package-lock.json') || project.names.has('npm-shrinkwrap.json')
      ? []
      : [['without a lockfile it stops every install: write the first one with verify-deps install']]),
  ];
  if (there !== undefined && /(?:^|&&\s*)verify-deps hook(?:\s*&&|$)/.test(there))
    return { gates: ['npm-hook'], changes: [], notes };
  const edited = addScript(project.manifest.text, 'preinstall', NPM_HOOK);
  if (edited === undefined) {
    const line =
      there === undefined ? NPM_HOOK : `${NPM_HOOK} && ${there.length > 200 ? '(what stands there)' : there}`;
    return {
      ...NOTHING,
      notes: [
        [
          'package.json has a preinstall of its own, which is left as it is; write it so:',
          `"preinstall": ${JSON.stringify(line)}`,
        ],
        ...notes,
      ],
    };
  }
  return { gates: ['npm-hook'], changes: [change(file, project.manifest.text, edited)], notes };
}

/** Of CommonJS, which every pnpm loads. */
const LOAD = 'require';
const PNPMFILE = `// Every package is verified before it is installed; see ${FOLDER}/README.md.
module.exports = ${LOAD}('./${FOLDER}/pnpmfile.cjs');
`;

const README = `# verify-deps

The files in this folder are gates of package managers: each is one file without dependencies, written by
\`verify-deps hook install\` and committed, so that they are there before anything is installed. Do not edit them; after an
update of verify-deps run \`verify-deps hook install\` again.
`;

async function pnpm(project: Project, plugins: PluginSource): Promise<SetUp> {
  const { folder, names } = project;
  const settings = names.has('pnpm-workspace.yaml')
    ? ((await readText(path.join(folder, 'pnpm-workspace.yaml'))) ?? '')
    : '';
  const file = path.join(folder, '.pnpmfile.cjs');
  const own = await readText(file);
  const named = yamlMap(settings)?.pnpmfile;
  const elsewhere = names.has('.pnpmfile.mjs') || named !== undefined;
  const ownName =
    named !== undefined ? '(what stands there)' : own === undefined ? '.pnpmfile.mjs' : '.pnpmfile.cjs';
  if ((own !== undefined && own !== PNPMFILE) || elsewhere) {
    return {
      ...NOTHING,
      changes: await vendored(folder, plugins, 'pnpmfile.cjs'),
      notes: [
        [
          'there is a pnpmfile already, which is left as it is; name both in pnpm-workspace.yaml:',
          'pnpmfile:',
          `  - ${FOLDER}/pnpmfile.cjs`,
          `  - ${ownName}`,
        ],
      ],
    };
  }
  return {
    gates: ['pnpm-plugin'],
    changes: [
      ...(await vendored(folder, plugins, 'pnpmfile.cjs')),
      ...(own === PNPMFILE ? [] : [change(file, own, PNPMFILE)]),
    ],
    notes: [
      [
        'run pnpm install once and commit pnpm-lock.yaml: it notes that there is a pnpmfile, and from then on',
        'pnpm install --frozen-lockfile stops where somebody has taken it away',
      ],
    ],
  };
}

async function yarn(project: Project, plugins: PluginSource): Promise<SetUp> {
  const { folder } = project;
  // The name that `yarn plugin import` gives it.
  const at = '.yarn/plugins/plugin-verify-deps.cjs';
  const file = path.join(folder, '.yarnrc.yml');
  const text = (await readText(file)) ?? '';
  const changes = await copied(path.join(folder, at), plugins, 'yarn-plugin.cjs');
  const item = { path: at, spec: 'verify-deps' };
  const list = yamlMap(text)?.plugins;
  const there = (Array.isArray(list) ? list : []).find(
    (one) => one === at || (typeof one === 'object' && one !== null && one.path === at),
  );
  const checksum = changes[0] === undefined ? undefined : sha512(changes[0].after);
  if (checksum !== undefined && there?.checksum !== undefined && there.checksum !== checksum) {
    // Of another version: yarn holds the file to the checksum that it noted itself.
    const lines = [
      'yarn noted a checksum of the plugin that is there; write that of the new one into .yarnrc.yml,',
      `checksum: ${checksum}`,
      'and run verify-deps hook install again',
    ];
    return { ...NOTHING, gates: ['yarn-plugin'], notes: [lines] };
  }
  if (there !== undefined) return { gates: ['yarn-plugin'], changes, notes: [] };
  const edited = addToList(text, 'plugins', item);
  if (edited === undefined) {
    return {
      ...NOTHING,
      changes,
      notes: [
        [
          '.yarnrc.yml is written in a form that is not edited here; add:',
          'plugins:',
          `  - path: ${at}`,
          '    spec: verify-deps',
        ],
      ],
    };
  }
  return {
    gates: ['yarn-plugin'],
    changes: [...changes, change(file, text === '' ? undefined : text, edited)],
    notes: [],
  };
}

async function bun(project: Project, plugins: PluginSource): Promise<SetUp> {
  const { folder } = project;
  const scanner = `./${FOLDER}/bun-scanner.mjs`;
  const file = path.join(folder, 'bunfig.toml');
  const text = (await readText(file)) ?? '';
  const changes = await vendored(folder, plugins, 'bun-scanner.mjs');
  const edited = addScanner(text, scanner);
  if (edited === 'there') return { gates: ['bun-scanner'], changes, notes: [] };
  if (edited === undefined) {
    return {
      ...NOTHING,
      changes,
      notes: [
        [
          'bunfig.toml speaks of security already, which is left as it is; bun takes one scanner:',
          '[install.security]',
          `scanner = ${JSON.stringify(scanner)}`,
        ],
      ],
    };
  }
  return {
    gates: ['bun-scanner'],
    changes: [...changes, change(file, text === '' ? undefined : text, edited)],
    notes: [],
  };
}

/** A plugin in the project's folder for such, with a page that says what it is. */
async function vendored(
  folder: string,
  plugins: PluginSource,
  name: PluginName,
): Promise<readonly FileChange[]> {
  const page = path.join(folder, FOLDER, 'README.md');
  const before = await readText(page);
  return [
    ...(await copied(path.join(folder, FOLDER, name), plugins, name)),
    ...(before === README ? [] : [change(page, before, README)]),
  ];
}

/** As yarn writes it. */
function sha512(bytes: Uint8Array): string {
  return createHash('sha512').update(bytes).digest('hex');
}

async function copied(
  target: string,
  plugins: PluginSource,
  name: PluginName,
): Promise<readonly FileChange[]> {
  const after = await plugins(name);
  const before = await readOwn(target, limits.tarballBytesMax);
  return before !== undefined && Buffer.from(before).equals(after) ? [] : [{ path: target, before, after }];
}

export function change(file: string, before: string | undefined, after: string, mode?: number): FileChange {
  return {
    path: file,
    before: before === undefined ? undefined : utf8(before),
    after: utf8(after),
    ...(mode === undefined ? {} : { mode }),
  };
}
