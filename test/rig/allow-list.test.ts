/** What real package managers run under a list that was written: exactly the packages of the list. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeAllowList } from '../../src/cli/allow-list.ts';
import { scriptPackages, standingsByName } from '../../src/report/scripts.ts';
import { run } from '../../src/run.ts';
import { type ManagerId, manager } from '../gates/support/managers.ts';
import { runOptions, type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { tarball } from '../support/rig/tarball.mjs';

const NOTES = 'RAN_SCRIPTS_FILE';
const POLICY = 'version: 1\nrules:\n  - { match: { installScript: true }, require: { provenance: error } }\n';
let served: Served;
const made: TempProject[] = [];

/** A package that notes down that its script has run. */
function withScript(name: string, version: string) {
  const code = `require('fs').appendFileSync(process.env.${NOTES}, '${name}@${version} ')`;
  const manifest = { name, version, scripts: { postinstall: `node -e "${code}"` } };
  return { name, version, days: 30, tarball: tarball({ 'package.json': JSON.stringify(manifest) }) };
}

beforeAll(async () => {
  const catalogue = [
    { ...withScript('left', '1.2.3'), attested: 'v0.3' as const },
    { ...withScript('@scope/right', '2.0.0-rc.1'), attested: 'v0.2' as const },
    withScript('leftover', '1.2.3'),
    withScript('middle', '0.1.0'),
  ];
  served = await serveRig({ catalogue });
  const { docs } = served.rig;
  for (const { name, version } of catalogue) {
    for (const key of [`manifest ${name}@${version}`, `full ${name}`, `corgi ${name}`]) {
      const doc = docs.get(key)!;
      const value = JSON.parse(gunzipSync(doc.gz!).toString('utf8')) as { versions?: object };
      for (const manifest of Object.values(value.versions ?? { only: value })) {
        Object.assign(manifest, { hasInstallScript: true, scripts: { postinstall: 'node x' } });
      }
      docs.set(key, { ct: doc.ct, gz: gzipSync(JSON.stringify(value)) });
    }
  }
});

afterAll(async () => {
  await served.server.close();
  await Promise.all(made.map((one) => one.remove()));
});

/** A project with aliases, locked by the package manager itself. */
async function locked(id: ManagerId, lock: readonly string[]): Promise<TempProject> {
  const project = await tempProject(served, {
    'package.json': {
      name: 'shop',
      version: '1.0.0',
      dependencies: {
        '@scope/right': '2.0.0-rc.1',
        innocent: 'npm:middle@0.1.0',
        left: '1.2.3',
        leftover: '1.2.3',
        middle: '0.1.0',
        renamed: 'npm:left@1.2.3',
      },
      devDependencies: {},
    },
  } as unknown as Served['rig']['project']);
  made.push(project);
  await project.write('verify-deps.yaml', POLICY);
  await start(project, id, [...lock, '--ignore-scripts']);
  return project;
}

/** Runs a package manager that asks the rig and keeps everything in the folder of the project. */
function start(project: TempProject, id: ManagerId, args: readonly string[]): Promise<void> {
  const store = path.join(project.dir, 'store');
  const isPnpm = id.startsWith('pnpm');
  const { command, nodeFolder } = manager(id)!;
  const [program, ...first] = command;
  const env = {
    ...project.env,
    PATH: [nodeFolder, process.env.PATH].join(path.delimiter),
    CI: '1',
    npm_config_registry: served.server.url,
    ...(isPnpm
      ? { npm_config_store_dir: store, pnpm_config_store_dir: store, pnpm_config_registry: served.server.url }
      : {}),
    [NOTES]: path.join(project.dir, 'ran'),
  };
  return new Promise((resolve, reject) => {
    execFile(program, [...first, ...args], { cwd: project.cwd, env }, (error, stdout, stderr) => {
      // pnpm 12 fails as long as the list is silent about a package with a script.
      const silent = `${stdout}${stderr}`.includes('ERR_PNPM_IGNORED_BUILDS');
      if (error === null || silent) resolve();
      else reject(new Error(`${stdout}${stderr}`));
    });
  });
}

async function ran(project: TempProject): Promise<readonly string[]> {
  const text = await readFile(path.join(project.dir, 'ran'), 'utf8').catch(() => '');
  return [...new Set(text.split(' ').filter((name) => name !== ''))].sort();
}

const PNPM = { lock: ['install', '--lockfile-only'], install: ['install', '--frozen-lockfile'] };

describe.each<{ id: ManagerId; lock: readonly string[]; install: readonly string[] }>([
  { id: 'pnpm-10', ...PNPM },
  { id: 'pnpm-11', ...PNPM },
  { id: 'pnpm-12', ...PNPM },
  { id: 'npm-12', lock: ['install', '--package-lock-only'], install: ['ci'] },
])('$id', ({ id, lock, install }) => {
  test.skipIf(manager(id) === undefined)(
    'runs no script without a list, and with it those of the list',
    async () => {
      const project = await locked(id, lock);
      await start(project, id, install);
      expect(await ran(project)).toEqual([]);
      const { report } = await run({ ...runOptions(served, project), report: 'none' });
      const { plan } = await writeAllowList(
        report.tree.lockfile,
        standingsByName(report, scriptPackages(report)),
      );
      const passing = ['@scope/right@2.0.0-rc.1', 'left@1.2.3'];
      expect(plan.added).toEqual(passing);
      await start(project, id, install);
      expect(await ran(project)).toEqual(passing);
    },
  );
});
