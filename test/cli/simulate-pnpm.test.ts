import { rename } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { commit, git, perform } from './adopting.ts';

let served: Served;
const made: TempProject[] = [];

/** The lockfile of pnpm with these packages of the rig. */
function pnpmLock(names: readonly string[]): string {
  const { packages } = served.rig.project['package-lock.json'];
  const found = names.map((name) => ({ name, ...packages[`node_modules/${name}`]! }));
  return [
    "lockfileVersion: '9.0'",
    'importers:',
    '  .:',
    '    dependencies:',
    ...found.map(({ name, version }) => `      ${name}: { specifier: '*', version: ${version} }`),
    'packages:',
    ...found.flatMap(({ name, version, integrity }) => [
      `  ${name}@${version}:`,
      `    resolution: { integrity: ${integrity} }`,
    ]),
    'snapshots:',
    ...found.map(({ name, version }) => `  ${name}@${version}: {}`),
    '',
  ].join('\n');
}

type Files = Readonly<Record<string, string | undefined>>;

/** A repository with one commit for each step: files written, or taken away where there is no text. */
async function history(steps: readonly (readonly [subject: string, files: Files])[]): Promise<TempProject> {
  const project = await tempProject(served);
  made.push(project);
  await rename(path.join(project.cwd, 'package-lock.json'), path.join(project.dir, 'package-lock.json'));
  git(project, 'init', '--quiet', '--initial-branch=main');
  for (const [index, [subject, files]] of steps.entries()) {
    for (const [file, text] of Object.entries(files)) {
      if (text === undefined) git(project, 'rm', '--quiet', file);
      else await project.write(file, text);
    }
    commit(project, subject, `2090-0${index + 1}-10`);
  }
  return project;
}

interface Shown {
  readonly commits: readonly {
    readonly subject: string;
    readonly problem?: string;
    readonly packages?: number;
    readonly stopped?: readonly { readonly name: string; readonly isNew: boolean }[];
  }[];
}

async function told(project: TempProject): Promise<readonly string[]> {
  const { code, stdout, stderr } = await perform(
    ['simulate', '--json', '--policy', 'strict'],
    served,
    project,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as Shown).commits.map(({ subject, problem, packages, stopped = [] }) => {
    const names = stopped.map(({ name, isNew }) => `${name}${isNew ? '' : ' (again)'}`);
    return `${subject}: ${problem ?? `${names.join(', ') || 'nothing'} of ${packages}`}`;
  });
}

beforeAll(async () => {
  served = await serveRig({
    catalogue: [
      { name: 'left', version: '1.2.3', days: 30, attested: 'v0.3' },
      { name: 'middle', version: '0.1.0', days: 90 },
      { name: 'right', version: '3.0.0', days: 40 },
    ],
  });
});

afterAll(async () => {
  await served.server.close();
  await Promise.all(made.map((one) => one.remove()));
});

describe('simulate over a lockfile of pnpm', () => {
  test('tells what would have been stopped, and names a commit whose lockfile cannot be read', async () => {
    const project = await history([
      ['Begin', { 'pnpm-lock.yaml': pnpmLock(['left']) }],
      ['Add middle', { 'pnpm-lock.yaml': pnpmLock(['left', 'middle']) }],
      ['Merge badly', { 'pnpm-lock.yaml': `<<<<<<< HEAD\n${pnpmLock(['left'])}` }],
      ['Of the future', { 'pnpm-lock.yaml': "lockfileVersion: '99.0'\n" }],
      ['Add right', { 'pnpm-lock.yaml': pnpmLock(['left', 'middle', 'right']) }],
    ]);
    const lines = await told(project);
    expect(lines).toMatchInlineSnapshot(`
      [
        "Begin: nothing of 1",
        "Add middle: middle of 2",
        "Merge badly: pnpm-lock.yaml: not YAML: end of the stream or a document separator is expected at line 2",
        "Of the future: pnpm-lock.yaml: lockfileVersion 99.0 is not read; versions 6.0, 6.1 and 9.0 are",
        "Add right: middle (again), right of 3",
      ]
    `);
    // Nothing of the temporary folder in which it was read.
    expect(lines.join()).not.toMatch(/history-|\/tmp/);
  });

  test('where no lockfile could be read, nothing is known', async () => {
    const project = await history([['Merge badly', { 'pnpm-lock.yaml': '<<<<<<< HEAD\n' }]]);
    const { code, stdout } = await perform(['simulate', '--policy', 'strict'], served, project);
    expect(code).toBe(3);
    expect(stdout).toContain('1 commit changed the lockfile, and none could be judged: nothing is known.\n');
    expect(stdout).not.toContain('would have stopped');
  });

  test('a lockfile that went and came back: the commit in between is named', async () => {
    const project = await history([
      ['Begin', { 'pnpm-lock.yaml': pnpmLock(['left', 'middle']) }],
      ['Move away', { 'pnpm-lock.yaml': undefined, 'app/pnpm-lock.yaml': pnpmLock(['left', 'middle']) }],
      ['Move back', { 'app/pnpm-lock.yaml': undefined, 'pnpm-lock.yaml': pnpmLock(['left', 'middle']) }],
    ]);
    expect(await told(project)).toEqual([
      'Begin: middle of 2',
      'Move away: no lockfile that can be read',
      'Move back: middle (again) of 2',
    ]);
  });

  test('a lockfile that was renamed: its history begins with its present name', async () => {
    const project = await history([
      ['Begin', { 'frontend/pnpm-lock.yaml': pnpmLock(['left', 'middle']) }],
      ['Rename', { 'frontend/pnpm-lock.yaml': undefined, 'pnpm-lock.yaml': pnpmLock(['left', 'middle']) }],
      ['Add right', { 'pnpm-lock.yaml': pnpmLock(['left', 'middle', 'right']) }],
    ]);
    expect(await told(project)).toEqual(['Rename: middle of 2', 'Add right: middle (again), right of 3']);
  });

  test('a project that came from npm: what npm locked is not judged', async () => {
    const project = await history([
      ['Begin', { 'package-lock.json': '{}' }],
      ['Go to pnpm', { 'package-lock.json': undefined, 'pnpm-lock.yaml': pnpmLock(['left']) }],
    ]);
    expect(await told(project)).toEqual(['Go to pnpm: nothing of 1']);
  });

  test('in a folder below the root of the repository', async () => {
    const project = await history([
      ['Begin', { 'app/package.json': '{}', 'app/pnpm-lock.yaml': pnpmLock(['left']) }],
      ['Another one', { 'pnpm-lock.yaml': pnpmLock(['right']) }],
      ['Add middle', { 'app/pnpm-lock.yaml': pnpmLock(['left', 'middle']) }],
    ]);
    expect(await told({ ...project, cwd: path.join(project.cwd, 'app') })).toEqual([
      'Begin: nothing of 1',
      'Add middle: middle of 2',
    ]);
  });
});
