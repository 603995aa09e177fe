import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { failureCommand, leaveForCi } from '../../src/cli/ci-reports.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { forLog } from '../../src/core/workflow-command.ts';
import type { Report } from '../../src/report/types.ts';
import { mixed } from '../report/ci-samples.ts';
import { command } from './command.ts';
import { standWith } from './stand.ts';

const stand = standWith('left', 'middle');
const nothing = { sarif: undefined, gitlab: undefined, github: false };
const POLICY = 'version: 1\nextends: recommended\nrequire: { provenance: error }\n';

/** The mixed sample with its lockfile in this folder. */
function reportIn(folder: string): Report {
  const report = mixed();
  const lockfile = { ...report.tree.lockfile, path: path.join(folder, 'package-lock.json') };
  return { ...report, tree: { ...report.tree, lockfile } };
}

/** Path of the lockfile in the first entry of GitLab's report. */
async function gitlabPath(folder: string, env: Readonly<Record<string, string>>): Promise<string> {
  const file = path.join(folder, 'quality.json');
  expect(await leaveForCi(reportIn(folder), { ...nothing, gitlab: file }, env, 1)).toBe('');
  return JSON.parse(await readFile(file, 'utf8'))[0].location.path;
}

describe('paths are counted from', () => {
  test.each(['GITHUB_WORKSPACE', 'CI_PROJECT_DIR'])('%s', async (name) => {
    const root = await stand.folder();
    const folder = path.join(root, 'packages', 'a');
    await mkdir(folder, { recursive: true });
    await mkdir(path.join(root, 'packages', '.git'));
    expect(await gitlabPath(folder, { [name]: root })).toBe('packages/a/package-lock.json');
  });

  test('the repository, where that is elsewhere or not said', async () => {
    const root = await stand.folder();
    const folder = path.join(root, 'a');
    for (const name of ['.git', 'a', 'other']) await mkdir(path.join(root, name));
    expect(await gitlabPath(folder, {})).toBe('a/package-lock.json');
    expect(await gitlabPath(folder, { GITHUB_WORKSPACE: path.join(root, 'other') })).toBe(
      'a/package-lock.json',
    );
    expect(await gitlabPath(folder, { CI_PROJECT_DIR: 'relative' })).toBe('a/package-lock.json');
  });

  test('the folder of the lockfile, where there is no repository', async () => {
    expect(await gitlabPath(await stand.folder(), {})).toBe('package-lock.json');
  });
});

describe('the job summary', () => {
  test('is put behind what stands there', async () => {
    const folder = await stand.folder();
    const file = path.join(folder, 'summary.md');
    await writeFile(file, 'of another command\n');
    await leaveForCi(reportIn(folder), { ...nothing, github: true }, { GITHUB_STEP_SUMMARY: file }, 1);
    expect(await readFile(file, 'utf8')).toMatch(/^of another command\n## verify-deps: ✖/);
  });

  test('leaves a full file as it is', async () => {
    const folder = await stand.folder();
    const file = path.join(folder, 'summary.md');
    const text = 'x'.repeat(1_048_570);
    await writeFile(file, text);
    await leaveForCi(reportIn(folder), { ...nothing, github: true }, { GITHUB_STEP_SUMMARY: file }, 1);
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  test('is an error where it cannot be written', async () => {
    const folder = await stand.folder();
    const env = { GITHUB_STEP_SUMMARY: path.join(folder, 'none', 'summary.md') };
    const written = leaveForCi(reportIn(folder), { ...nothing, github: true }, env, 1);
    await expect(written).rejects.toMatchObject({ code: 'report-unwritable' });
  });
});

test('nothing is left where nothing was asked for', async () => {
  const folder = await stand.folder();
  const env = { GITHUB_STEP_SUMMARY: path.join(folder, 'summary.md'), GITHUB_ACTIONS: 'true' };
  expect(await leaveForCi(reportIn(folder), nothing, env, 1)).toBe('');
  await expect(readFile(env.GITHUB_STEP_SUMMARY)).rejects.toThrow();
});

test('text is only shown under GitHub Actions, and left alone elsewhere', () => {
  expect(forLog('a\n::error::x\n', { GITHUB_ACTIONS: 'true' })).toMatch(/^::stop-commands::/);
  expect(forLog('a\n::error::x\n', {})).toBe('a\n::error::x\n');
});

test('why there is no report is an annotation', () => {
  const error = new VerifyDepsError('lockfile-absent', 'no lockfile in /a: b,c\n::x', { hint: 'write one' });
  expect(failureCommand(error)).toBe(
    '::error title=verify-deps could not do its work::no lockfile in /a: b,c\\u{a}::x%0Awrite one\n',
  );
  expect(failureCommand(new TypeError('inner::text'))).toMatch(
    /^::error .*::this is a bug in verify-deps[^:]*\n$/,
  );
});

describe('check', () => {
  test('writes the files it is asked for, the same ones again, and ends as before', async () => {
    const project = await stand.project(POLICY);
    const args = ['--sarif', 'a.sarif', '--gitlab', 'b.json', '--github', '--no-report', ...project.flags];
    const first = await command(args, { cwd: project.folder });
    expect(first).toMatchObject({ code: 1, stderr: '' });
    expect(first.stdout).toMatch(
      /^::error file=package-lock\.json,line=\d+,title=verify-deps%3A .*::middle@0\.1\.0: /m,
    );
    const sarif = await readFile(path.join(project.folder, 'a.sarif'), 'utf8');
    const run = JSON.parse(sarif).runs[0];
    expect(run.invocations[0]).toMatchObject({ exitCode: 1, executionSuccessful: true });
    const lines = (await readFile(path.join(project.folder, 'package-lock.json'), 'utf8')).split('\n');
    for (const { locations } of run.results) {
      const [{ physicalLocation, logicalLocations }] = locations;
      const name = logicalLocations[0].name;
      expect(lines[physicalLocation.region.startLine - 1]).toContain(`"node_modules/${name}"`);
    }
    expect(JSON.parse(await readFile(path.join(project.folder, 'b.json'), 'utf8'))[0]).toMatchObject({
      location: { path: 'package-lock.json' },
    });
    await command(args, { cwd: project.folder });
    expect(await readFile(path.join(project.folder, 'a.sarif'), 'utf8')).toBe(sarif);
  });

  test('says as an annotation why it could not do its work', async () => {
    const { code, stdout } = await command(['--github'], { cwd: await stand.folder() });
    expect(code).toBe(2);
    expect(stdout).toMatch(/^::error title=verify-deps could not do its work::no lockfile in /);
  });

  test('a file that cannot be written is an error, and no verdict', async () => {
    const project = await stand.project();
    const args = ['--sarif', 'no/such/folder.sarif', ...project.flags];
    expect(await command(args, { cwd: project.folder })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot write the report'),
    });
  });

  test('--github and --json contradict each other', async () => {
    const { code, stderr } = await command(['--github', '--json'], { cwd: await stand.folder() });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--github contradicts --json'),
    });
  });
});
