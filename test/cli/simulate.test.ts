import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { commit, git, perform } from './adopting.ts';

let served: Served;
let project: TempProject;
let ids: readonly string[] = [];
const others: TempProject[] = [];

/** The lockfile of the rig with these packages only. */
function lockfileOf(names: readonly string[]): object {
  const lockfile = structuredClone(served.rig.project['package-lock.json']);
  const [root, ...entries] = Object.entries(lockfile.packages);
  const dependencies = Object.fromEntries(names.map((name) => [name, '*']));
  const kept = entries.filter(([location]) => names.includes(location.replace('node_modules/', '')));
  return {
    ...lockfile,
    packages: Object.fromEntries([[root![0], { ...root![1], dependencies, devDependencies: {} }], ...kept]),
  };
}

async function fresh(): Promise<TempProject> {
  const one = await tempProject(served);
  others.push(one);
  return one;
}

beforeAll(async () => {
  served = await serveRig({
    catalogue: [
      { name: 'left', version: '1.2.3', days: 30, attested: 'v0.3' },
      { name: 'middle', version: '0.1.0', days: 90 },
      { name: 'right', version: '3.0.0', days: 40 },
    ],
  });
  project = await fresh();
  git(project, 'init', '--quiet', '--initial-branch=main');
  const steps: readonly (readonly [subject: string, day: string, lockfile: string | object | undefined])[] = [
    ['Begin', '2090-01-10', lockfileOf(['left'])],
    ['Add middle', '2090-02-10', lockfileOf(['left', 'middle'])],
    ['Write docs', '2090-03-01', undefined],
    ['Break the lockfile', '2090-03-10', '<<<<<<< HEAD\n'],
    ['Add right \u202e', '2090-04-10', lockfileOf(['left', 'middle', 'right'])],
  ];
  const made: string[] = [];
  for (const [subject, day, lockfile] of steps) {
    if (lockfile !== undefined) await project.write('package-lock.json', lockfile);
    made.push(commit(project, subject, day));
  }
  ids = made;
});

afterAll(async () => {
  await served.server.close();
  await Promise.all(others.map((one) => one.remove()));
});

interface Shown {
  readonly commits: readonly {
    readonly commit: string;
    readonly time: string;
    readonly subject: string;
    readonly problem?: string;
    readonly stopped?: readonly {
      readonly name: string;
      readonly codes: string[];
      readonly isNew: boolean;
    }[];
  }[];
}

async function asJson(args: readonly string[], from: TempProject = project): Promise<Shown> {
  const { stdout, stderr } = await perform(['simulate', '--json', ...args], served, from);
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Shown;
}

describe('simulate', () => {
  test('tells for each commit that changed the lockfile what strict would have stopped', async () => {
    const { code, stdout, stderr } = await perform(['simulate', '--policy', 'strict'], served, project);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const shown = stdout.replace(/^[0-9a-f]{10} /gm, 'COMMIT ');
    expect(shown).toMatchInlineSnapshot(`
      "COMMIT  2090-04-10  Add right \\u{202e}
        stops 1 package, 1 package stopped earlier, of 3
          right@3.0.0  provenance-absent
      COMMIT  2090-03-10  Break the lockfile
        not judged: package-lock.json: lockfile: not JSON
      COMMIT  2090-02-10  Add middle
        stops 1 package, of 2
          middle@0.1.0  provenance-absent
      COMMIT  2090-01-10  Begin
        passes as before, of 1

      4 commits changed the lockfile; preset:strict instead of preset:recommended would have stopped 2.
      1 commit could not be judged: see above.
      Evidence is what can be had today; ages and exemptions are judged as of each commit.
      "
    `);
  });

  test('--json: the same for programs', async () => {
    const { commits } = await asJson(['--policy', 'strict']);
    expect(commits.map(({ commit: id }) => id)).toEqual([ids[0], ids[1], ids[3], ids[4]]);
    const stopped = commits.map((entry) => entry.stopped?.map(({ name, isNew }) => `${name} ${isNew}`));
    expect(stopped).toEqual([[], ['middle true'], undefined, ['middle false', 'right true']]);
    expect(commits[2]!.problem).toContain('package-lock.json');
    expect(commits[1]!.stopped![0]!.codes).toEqual(['provenance-absent']);
    expect(commits[0]!.time).toBe('2090-01-10T12:00:00.000Z');
  });

  test('--since: only what came after, and nothing that was stopped before is new', async () => {
    const { commits } = await asJson(['--policy', 'strict', '--since', ids[1]!]);
    expect(commits.map(({ commit: id }) => id)).toEqual([ids[3], ids[4]]);
    expect(commits[1]!.stopped!.map(({ name, isNew }) => `${name} ${isNew}`)).toEqual([
      'middle false',
      'right true',
    ]);
  });

  test('a policy that is no stricter stops nothing', async () => {
    const { commits } = await asJson(['--policy', 'recommended']);
    expect(commits.flatMap(({ stopped }) => stopped ?? [])).toEqual([]);
  });

  test('a file, against the policy in force: what that exempts or fails itself is not told', async () => {
    const one = await fresh();
    git(one, 'clone', '--quiet', project.cwd, 'clone');
    const clone = { ...one, cwd: path.join(one.cwd, 'clone') };
    const write = (file: string, text: string): Promise<void> => one.write(`clone/${file}`, text);
    await write('new.yaml', "version: 1\nrules:\n  - { match: 'right', require: { provenance: error } }\n");
    const first = await asJson(['--policy', 'new.yaml'], clone);
    expect(first.commits.map(({ stopped }) => stopped?.map(({ name }) => name))).toEqual([
      [],
      [],
      undefined,
      ['right'],
    ]);
    await write('verify-deps.yaml', 'version: 1\nextends: strict\n');
    const second = await asJson(['--policy', 'new.yaml'], clone);
    expect(second.commits.flatMap(({ stopped }) => stopped ?? [])).toEqual([]);
  });

  test('undecided where something could not be asked', async () => {
    const one = await fresh();
    const cold = { ...project, cacheDir: path.join(one.dir, 'cold') };
    served.server.overrides.set('manifest right@3.0.0', { status: 403, json: {} });
    served.server.overrides.set('full right', { status: 403, json: {} });
    try {
      const { code, stdout } = await perform(['simulate', '--policy', 'strict'], served, cold);
      expect(code).toBe(3);
      expect(stdout).toContain('the answer is not complete');
    } finally {
      served.server.overrides.clear();
    }
  });

  test.each([
    ['no policy', ['simulate'], 'simulate needs the policy'],
    ['an unknown revision', ['simulate', '--policy', 'strict', '--since', 'nowhere'], 'no commit nowhere'],
    ['a flag for a revision', ['simulate', '--policy', 'strict', '--since=--output=x'], 'is no revision'],
    ['two revisions', ['simulate', '--policy', 'strict', '--since', 'HEAD~1..HEAD'], 'is no revision'],
    ['nothing since', ['simulate', '--policy', 'strict', '--since', 'HEAD'], 'no commit changed'],
    ['a preset with a typo', ['simulate', '--policy', 'strct'], 'unknown preset strct; did you mean strict?'],
    ['a file without a dot, without a slash', ['simulate', '--policy', 'x'], 'a file is written ./x'],
    ['a file with a slash', ['simulate', '--policy', './strct'], 'does not exist'],
    ['a missing file', ['simulate', '--policy', 'none.yaml'], 'none.yaml'],
  ])('%s is refused', async (_, args, why) => {
    const { code, stderr } = await perform(args, served, project);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });

  test('runs nothing that the repository names', async () => {
    const one = await fresh();
    git(one, 'clone', '--quiet', project.cwd, 'clone');
    const clone = { ...one, cwd: path.join(one.cwd, 'clone') };
    const marker = path.join(one.dir, 'marker');
    const script = path.join(one.dir, 'script.sh');
    await writeFile(script, `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
    await one.write('clone/.gitattributes', 'package-lock.json diff=evil filter=evil\n');
    for (const [key, value] of [
      ['core.fsmonitor', script],
      ['core.pager', script],
      ['log.showSignature', 'true'],
      ['gpg.program', script],
      ['diff.evil.textconv', script],
      ['diff.evil.command', script],
      ['filter.evil.smudge', script],
      ['diff.external', script],
    ] as const) {
      git(clone, 'config', key, value);
    }
    expect((await asJson(['--policy', 'strict'], clone)).commits).toHaveLength(4);
    expect(existsSync(marker)).toBe(false);
  });

  test('a commit with a subject of megabytes is cut, and stops nothing', async () => {
    const one = await fresh();
    git(one, 'clone', '--quiet', project.cwd, 'clone');
    const clone = { ...one, cwd: path.join(one.cwd, 'clone') };
    await one.write('clone/package-lock.json', lockfileOf(['right']));
    await writeFile(path.join(one.dir, 'message'), `Swap everything ${'é'.repeat(3_000_000)}\n`);
    git(clone, 'commit', '--quiet', '--all', '--file', path.join(one.dir, 'message'));
    const { commits } = await asJson(['--policy', 'strict'], clone);
    expect(commits).toHaveLength(5);
    expect(commits[4]!.subject).toMatch(/^Swap everything é{20,190}…$/);
  });

  test('a repository that the environment names is not looked at', async () => {
    const one = await fresh();
    git(one, 'init', '--quiet', 'other');
    const elsewhere = path.join(one.cwd, 'other', '.git');
    const env = {
      GIT_DIR: elsewhere,
      GIT_COMMON_DIR: elsewhere,
      GIT_OBJECT_DIRECTORY: `${elsewhere}/objects`,
    };
    const inHook = { ...project, env: { ...project.env, ...env } };
    expect((await asJson(['--policy', 'strict'], inHook)).commits).toHaveLength(4);
  });

  test('outside of a repository there is no history', async () => {
    const one = await fresh();
    await rm(path.join(one.cwd, '.git'), { recursive: true, force: true });
    const { code, stderr } = await perform(['simulate', '--policy', 'strict'], served, one);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot read the history');
  });
});
