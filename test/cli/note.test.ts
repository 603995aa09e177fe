import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { commit, git, perform } from './adopting.ts';

const REPORT = 'verify-deps.lock.json';
let served: Served;
const projects: TempProject[] = [];

beforeAll(async () => {
  served = await serveRig({
    catalogue: [
      { name: 'left', version: '1.2.3', days: 30, attested: 'v0.3' },
      { name: 'middle', version: '1.1.0', days: 20 },
    ],
  });
});

afterAll(async () => {
  await served.server.close();
  await Promise.all(projects.map((project) => project.remove()));
});

interface Lock {
  packages: Record<string, { provenance?: object }>;
  baseline: Record<string, object>;
}

/** A project with a report, changed by hand as if an earlier release had stood in the tree. */
async function recorded(change: (lock: Lock, provenance: object) => void): Promise<TempProject> {
  const project = await tempProject(served);
  projects.push(project);
  await perform(['check'], served, project);
  const lock = JSON.parse(await readFile(path.join(project.cwd, REPORT), 'utf8')) as Lock;
  change(lock, lock.packages['pkg:npm/left@1.2.3']!.provenance!);
  await project.write(REPORT, lock);
  return project;
}

/** As if `middle` had been there in these versions, with the provenance of `left`. */
function had(...versions: readonly string[]): (lock: Lock, provenance: object) => void {
  return (lock, provenance) => {
    for (const version of versions) {
      const key = `pkg:npm/middle@${version}`;
      lock.packages[key] = { ...lock.packages['pkg:npm/middle@1.1.0'], provenance };
    }
  };
}

describe('explain --note', () => {
  test('names both releases and what was verified of the earlier one', async () => {
    const project = await recorded(had('1.0.2', '1.0.10', '0.9.0'));
    const { code, stdout, stderr } = await perform(['explain', 'middle', '--note'], served, project);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const shown = stdout
      .replaceAll(served.server.url, 'REGISTRY/')
      .replace(/sha512-[\w+/=]+/g, 'DIGEST')
      .replace(/\b[0-9a-f]{40}\b/g, 'COMMIT')
      .replace(/^(\| log entry \| )\S+/m, '$1INDEX')
      .replace(/verify-deps \d+\.\d+\.\d+/, 'verify-deps VERSION');
    expect(shown).toMatchInlineSnapshot(`
      "## \`middle\` \`1.1.0\` was published without provenance

      Hello, and thank you for maintaining \`middle\`.

      When we checked our dependencies, \`1.1.0\` had no provenance attestation, while \`1.0.10\` had one. There may be a simple reason, such as a release from another machine or a changed workflow. We cannot tell from outside, so we ask.

      | | before | now |
      | --- | --- | --- |
      | version | \`1.0.10\` | \`1.1.0\` |
      | provenance | verified | none |
      | built from | \`https://github.com/left/left\` | – |
      | commit | \`COMMIT\` | – |
      | workflow | \`.github/workflows/publish.yml\` | – |
      | log entry | INDEX | – |
      | registry signature | – | verified |
      | digest | – | \`DIGEST\` |
      | registry | – | \`REGISTRY/\` |

      It would help us to know:

      - Was \`1.1.0\` published by the project, and was it meant to go out without provenance?
      - Will later releases have it again?

      If it was not meant: a release from the CI workflow has provenance again, with trusted publishing or with \`npm publish --provenance\`. If nobody of the project recognises \`1.1.0\`, please look at who can publish the package.

      Until we know more we stay with \`1.0.10\`. Thank you for your time.

      *Found with verify-deps VERSION. The facts under “before” were verified and recorded when that release was in our lockfile; anybody can look them up in the transparency log.*
      "
    `);
  });

  test('finds the release in the history of the report', async () => {
    const project = await recorded(had('1.0.2'));
    git(project, 'init', '--quiet');
    commit(project, 'Record', '2026-01-10');
    await rm(path.join(project.cwd, REPORT));
    await perform(['check'], served, project);
    commit(project, 'Update middle', '2026-02-10');
    await project.write(REPORT, '<<<<<<< HEAD');
    commit(project, 'Merge badly', '2026-02-11');
    await rm(path.join(project.cwd, REPORT));
    const { stdout } = await perform(['explain', 'middle', '--note'], served, project);
    expect(stdout).toContain('while `1.0.2` had one');
  });

  test('of a line of which only prereleases had provenance names one of them', async () => {
    const named = await recorded(had('1.1.0-rc.1', '1.1.0-rc.2', '2.0.0-rc.1'));
    expect((await perform(['explain', 'middle', '--note'], served, named)).stdout).toContain(
      'while `1.1.0-rc.2` had one',
    );
    const both = await recorded(had('1.1.0-rc.1', '1.0.2'));
    expect((await perform(['explain', 'middle', '--note'], served, both)).stdout).toContain(
      'while `1.0.2` had one',
    );
    const line = await recorded((lock) => {
      lock.baseline['middle@1-prerelease'] = lock.baseline['left@1']!;
    });
    expect((await perform(['explain', 'middle', '--note'], served, line)).stdout).toContain(
      'while an earlier release had one',
    );
  });

  test('is content with the line where no release is recorded', async () => {
    const project = await recorded((lock) => {
      lock.baseline['middle@1'] = lock.baseline['left@1']!;
    });
    const { stdout } = await perform(['explain', 'middle', '--note'], served, project);
    expect(stdout).toContain('while an earlier release had one');
    expect(stdout).not.toContain('undefined');
  });

  test('what a report says cannot break out of the note', async () => {
    const project = await recorded((lock, provenance) => {
      had('1.0.2')(lock, {
        ...provenance,
        repository: 'https://x.example/`|<img src=x>\n# you stole it',
        logIndex: '1) [x](https://x.example',
      });
    });
    const { stdout } = await perform(['explain', 'middle', '--note'], served, project);
    expect(stdout).not.toMatch(/^# you/m);
    expect(stdout).toContain('`https://x.example/<img src=x>\\u{a}# you stole it`');
    expect(stdout).toContain('`1) [x](https://x.example`');
  });

  test.each([
    ['one that has provenance', 'left', 'it has provenance'],
    ['one that never had', 'middle', 'no report here or in the history'],
  ])('there is no note about %s', async (_, name, why) => {
    const project = await recorded(() => undefined);
    const { code, stderr } = await perform(['explain', name, '--note'], served, project);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });

  test('undecided where it could not be asked', async () => {
    const project = await recorded(had('1.0.2'));
    served.server.overrides.set('manifest middle@1.1.0', { status: 403, json: {} });
    served.server.overrides.set('full middle', { status: 403, json: {} });
    try {
      const cold = { ...project, cacheDir: path.join(project.dir, 'cold') };
      const { code, stdout } = await perform(['explain', 'middle', '--note'], served, cold);
      expect(code).toBe(3);
      expect(stdout).not.toContain('Hello');
    } finally {
      served.server.overrides.clear();
    }
  });

  test('--json contradicts it', async () => {
    const project = await recorded(() => undefined);
    const { stderr } = await perform(['explain', 'left', '--note', '--json'], served, project);
    expect(stderr).toContain('--note contradicts --json');
  });
});

describe('coverage', () => {
  test('the summary says how much is proven and how much was, and --verbose what is nearest', async () => {
    const project = await tempProject(served);
    projects.push(project);
    const first = await perform(['check'], served, project);
    expect(first.stdout).toContain('50 % of 2 packages in production proven');
    const report = await readFile(path.join(project.cwd, REPORT), 'utf8');
    await project.write(
      REPORT,
      report.replace('"production": 2, "proven": 1', '"production": 5, "proven": 3'),
    );
    const second = await perform(['check', '--verbose'], served, project);
    expect(second.stdout).toContain('50 % of 2 packages in production proven, was 60 %');
    expect(second.stdout).toContain('1 direct dependency in production without provenance\n  middle@1.1.0');
    const json = await perform(['check', '--json'], served, project);
    expect(JSON.parse(json.stdout)).toMatchObject({
      coverage: { now: { production: 2, proven: 1 }, before: { production: 2, proven: 1 } },
    });
  });

  test('a ratchet fails on a fall, twice, and starts anew when its record is removed', async () => {
    const project = await tempProject(served);
    projects.push(project);
    await perform(['check'], served, project);
    const file = path.join(project.cwd, REPORT);
    const report = (await readFile(file, 'utf8')).replace('"proven": 1 }', '"proven": 2 }');
    await project.write(REPORT, report);
    await project.write('verify-deps.yaml', 'version: 1\nrequire: { coverage: error }\n');
    for (let n = 0; n < 2; n++) {
      const { code, stdout } = await perform(['check'], served, project);
      expect(code).toBe(1);
      expect(stdout).toContain('coverage-fell');
      expect(stdout.replace(/\s+/g, ' ')).toContain('100 % (2 of 2) but got 50 % (1 of 2)');
    }
    expect(await perform(['check', '--omit', 'dev'], served, project)).toMatchObject({ code: 1 });
    await project.write(REPORT, (await readFile(file, 'utf8')).replace(/ *"coverage": .*\n/, ''));
    expect(await perform(['check'], served, project)).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).toContain('"coverage": { "production": 2, "proven": 1 }');
  });
});
