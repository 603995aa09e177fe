import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import type { Project } from '../support/rig/registry.mjs';
import { git, perform } from './adopting.ts';

const POLICY = 'verify-deps.yaml';
const REPORT = 'verify-deps.lock.json';
let served: Served;
const projects: TempProject[] = [];

beforeAll(async () => {
  served = await serveRig({
    name: '@acme/app',
    catalogue: [
      { name: '@acme/log', version: '2.0.0', days: 60, attested: 'v0.3', repo: 'acme/mono' },
      { name: '@acme/ui', version: '1.4.0', days: 50, attested: 'v0.3', repo: 'acme/mono' },
      { name: 'left', version: '1.2.3', days: 30, attested: 'v0.2', needs: ['middle'] },
      { name: 'middle', version: '0.1.0', days: 90 },
      { name: 'devtool', version: '4.0.0', days: 45, dev: true },
    ],
  });
});

afterAll(async () => {
  await served.server.close();
  await Promise.all(projects.map((project) => project.remove()));
});

async function fresh(change?: (lockfile: Project['package-lock.json']) => void): Promise<TempProject> {
  const copy = structuredClone(served.rig.project);
  change?.(copy['package-lock.json']);
  const project = await tempProject(served, copy);
  projects.push(project);
  return project;
}

const read = (project: TempProject, file: string): Promise<string> =>
  readFile(path.join(project.cwd, file), 'utf8');
const swapped = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;

describe('init', () => {
  test('pins the own scope, exempts nothing that passes, and writes the report', async () => {
    const project = await fresh();
    const { code, stdout, stderr } = await perform(['init', '--owner', 'web-team'], served, project);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('pinned      @acme/* (2 packages) to https://github.com/acme/mono');
    expect(stdout).toContain('exempted    nothing');
    expect(stdout).toContain('75 % of 4 packages in production proven');
    const policy = await loadPolicy({ from: project.cwd });
    expect(policy.files).toEqual([POLICY, 'preset:recommended']);
    expect(policy.exemptions).toEqual([]);
    const [rule] = policy.rules;
    expect(rule!.match.name).toEqual(['@acme/*']);
    expect(rule!.identity!.value).toMatchObject({
      repository: ['https://github.com/acme/mono'],
      issuer: ['https://token.actions.githubusercontent.com'],
    });
    expect(await read(project, REPORT)).toContain('"coverage": { "production": 4, "proven": 3 }');
    expect(await perform(['check'], served, project)).toMatchObject({ code: 0 });
  });

  test('strict: exempts what fails today, with digest, codes, owner and an end', async () => {
    const project = await fresh();
    const args = ['init', '--preset', 'strict', '--owner', "O'Brien: #1"];
    const { code, stdout } = await perform(args, served, project);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {4}middle@0\.1\.0 {2}provenance-absent$/m);
    const { exemptions } = await loadPolicy({ from: project.cwd });
    const days = Math.round((exemptions[0]!.expires - Date.now()) / 86_400_000);
    expect(days).toBeGreaterThanOrEqual(89);
    expect(days).toBeLessThanOrEqual(91);
    expect(exemptions).toMatchObject([
      { name: 'middle', version: '0.1.0', codes: ['provenance-absent'], owner: "O'Brien: #1" },
    ]);
    expect(exemptions[0]!.integrity).toMatch(/^sha512-/);
    expect(await perform(['check'], served, project)).toMatchObject({ code: 0 });
  });

  test("tomorrow's surprise fails: another version of what was exempted, bytes that were swapped", async () => {
    const project = await fresh();
    await perform(['init', '--preset', 'strict', '--owner', 'me'], served, project);
    const lockfile = structuredClone(served.rig.project['package-lock.json']);
    lockfile.packages['node_modules/middle']!.integrity = swapped;
    await project.write('package-lock.json', lockfile);
    expect(await perform(['check'], served, project)).toMatchObject({ code: 1 });
  });

  test('what is wrong is listed and never exempted', async () => {
    const project = await fresh((lockfile) => {
      lockfile.packages['node_modules/left']!.integrity = swapped;
    });
    const { code, stdout } = await perform(['init', '--preset', 'strict', '--owner', 'me'], served, project);
    expect(code).toBe(1);
    expect(stdout).toContain('nothing of this is exempted');
    expect(stdout).toMatch(/^ {4}left@1\.2\.3 {2}integrity-mismatch/m);
    const { exemptions } = await loadPolicy({ from: project.cwd });
    expect(exemptions.map(({ name }) => name)).toEqual(['middle']);
    expect(await perform(['check'], served, project)).toMatchObject({ code: 1 });
  });

  test('a scope of which one package has no provenance is not pinned', async () => {
    const one = await serveRig({
      name: '@acme/app',
      catalogue: [
        { name: '@acme/log', version: '2.0.0', days: 60, attested: 'v0.3' },
        { name: '@acme/old', version: '1.0.0', days: 50 },
      ],
    });
    const project = await tempProject(one);
    projects.push(project);
    try {
      const { code, stdout } = await perform(['init', '--owner', 'me'], one, project);
      expect(code).toBe(0);
      expect(stdout).toContain('not pinned  @acme/*: @acme/old@1.0.0 has no verified provenance');
      expect((await loadPolicy({ from: project.cwd })).rules).toEqual([]);
    } finally {
      await one.server.close();
    }
  });

  test('a policy that is there stays, unless --force', async () => {
    const project = await fresh();
    const text = 'version: 1\nextends: observe\n';
    await project.write(POLICY, text);
    const refused = await perform(['init', '--owner', 'me'], served, project);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('there is a policy already');
    expect(await read(project, POLICY)).toBe(text);
    expect(await readdir(project.cwd)).not.toContain(REPORT);
    expect(await perform(['init', '--owner', 'me', '--force'], served, project)).toMatchObject({ code: 0 });
    expect(await read(project, POLICY)).toContain('extends: recommended');
  });

  test('a policy of another name in the folder stays, --force or not', async () => {
    const project = await fresh();
    await project.write('.verify-depsrc', 'version: 1\n');
    expect(await perform(['init', '--owner', 'me', '--force'], served, project)).toMatchObject({ code: 2 });
    expect(await readdir(project.cwd)).not.toContain(POLICY);
  });

  test("the owner is git's user.email, and without any nothing is written", async () => {
    const project = await fresh();
    const none = await perform(['init'], served, project);
    expect(none).toMatchObject({ code: 2 });
    expect(none.stderr).toContain('--owner');
    git(project, 'init', '--quiet');
    git(project, 'config', 'user.email', 'ada@acme.example');
    const { code, stdout } = await perform(['init', '--preset', 'strict'], served, project);
    expect(code).toBe(0);
    expect(stdout).toContain('answered for by ada@acme.example');
  });

  test('nothing is written while something could not be asked', async () => {
    const project = await fresh();
    served.server.overrides.set('manifest left@1.2.3', { status: 403, json: {} });
    served.server.overrides.set('full left', { status: 403, json: {} });
    try {
      const { code, stdout } = await perform(['init', '--owner', 'me'], served, project);
      expect(code).toBe(3);
      expect(stdout).toContain('nothing was written');
      expect(await readdir(project.cwd)).not.toContain(POLICY);
    } finally {
      served.server.overrides.clear();
    }
  });

  test.each([
    ['an unknown preset', ['--preset', 'stric'], 'did you mean strict'],
    ['an owner of two lines', ['--owner', 'a\nb'], '--owner needs a name'],
    ['a policy', ['--policy', 'x.yaml'], 'does not go with init'],
  ])('%s is refused', async (_, args, why) => {
    const project = await fresh();
    const { code, stderr } = await perform(['init', ...args], served, project);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });
});
