import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { perform } from './adopting.ts';

const POLICY = `version: 1
rules:
  - { name: production, match: { dependency: prod }, require: { provenance: error } }
  - { name: middle, match: middle, require: { provenance: warn } }
  - { name: left, match: left, identity: { repository: https://github.com/acme/elsewhere } }
`;
let served: Served;
let project: TempProject;

beforeAll(async () => {
  served = await serveRig({
    catalogue: [
      { name: 'left', version: '1.2.3', days: 30, attested: 'v0.3' },
      { name: 'middle', version: '1.1.0', days: 20 },
    ],
  });
  project = await tempProject(served);
  await project.write('verify-deps.yaml', POLICY);
});

afterAll(async () => {
  await served.server.close();
  await project.remove();
});

test('shows which rules were considered, and by which place each finding was decided', async () => {
  const { code, stdout } = await perform(['explain', 'middle'], served, project);
  expect(code).toBe(0);
  expect(stdout).toContain('decided by middle (verify-deps.yaml:4:59)');
  expect(stdout.slice(stdout.indexOf('rules considered'))).toBe(`rules considered, most specific first
  ✔ middle (verify-deps.yaml:4:5)
      decides provenance
  · production (verify-deps.yaml:3:5)
      less specific than middle (verify-deps.yaml:4:5), which decides provenance
  · left (verify-deps.yaml:5:5)
      does not apply: the name is middle, the rule is about left
  what none of them decides, the defaults decide

✔ passed
`);
});

test('the same for programs', async () => {
  const { code, stdout } = await perform(['explain', 'left', '--json'], served, project);
  expect(code).toBe(1);
  const { packages } = JSON.parse(stdout) as { packages: readonly Record<string, unknown>[] };
  expect(packages[0]).toMatchObject({
    rules: [
      {
        rule: 'left',
        file: 'verify-deps.yaml',
        line: 5,
        column: 5,
        applies: true,
        decides: ['identity'],
        overruled: [],
      },
      { rule: 'production', applies: true, decides: ['provenance'] },
      {
        rule: 'middle',
        applies: false,
        decides: [],
        unmet: { criterion: 'name', expected: ['middle'], actual: ['left'] },
      },
    ],
    findings: [{ code: 'identity-mismatch', decidedBy: { rule: 'left', line: 5, column: 42 } }],
  });
});

test('check does not carry them', async () => {
  const { stdout } = await perform(['check', '--json'], served, project);
  expect(stdout).not.toContain('"overruled"');
});

test('shows what the release line is held to, and how this version differs', async () => {
  const one = await tempProject(served);
  try {
    expect((await perform(['explain', 'left'], served, one)).stdout).toContain(
      'baseline\n  nothing is recorded yet: the first report records who built each package\n',
    );
    await perform(['check'], served, one);
    const report = JSON.parse(await readFile(path.join(one.cwd, 'verify-deps.lock.json'), 'utf8')) as {
      baseline: Record<string, { provenance: Record<string, string> }>;
    };
    report.baseline['left@1']!.provenance.runner = 'self-hosted';
    report.baseline['left@1']!.provenance.trigger = 'schedule';
    await one.write('verify-deps.lock.json', report);
    const { stdout, code } = await perform(['explain', 'left'], served, one);
    expect(code).toBe(0);
    const text = stdout.slice(stdout.indexOf('\nbaseline\n'), stdout.indexOf('rules considered'));
    expect(text.replace(/(id +)\d+/g, '$1N').replace(/https:\/\/\S+/g, 'URL')).toMatchInlineSnapshot(`
      "
      baseline
        held to what was recorded for release line 1
        = repository      URL
        = repository id   N
        = owner id        N
        = workflow        .github/workflows/publish.yml
        = signer          URL
        = kind of ref     tag
        ≠ trigger         schedule
            this version  release
        ≠ runner          self-hosted
            this version  github-hosted
        = builder         URL
        = issuer          URL
        differs: trigger-changed (warn)
        differs: runner-changed (info)

      "
    `);
    const { packages } = JSON.parse((await perform(['explain', 'left', '--json'], served, one)).stdout) as {
      packages: readonly { baseline: unknown }[];
    };
    expect(packages[0]!.baseline).toMatchObject({
      line: '1',
      record: 'own',
      compared: true,
      changes: [
        { code: 'trigger-changed', expected: 'schedule', actual: 'release', severity: 'warn' },
        { code: 'runner-changed', expected: 'self-hosted', actual: 'github-hosted', severity: 'info' },
      ],
    });
    expect((await perform(['check', '--json'], served, one)).stdout).not.toContain('"comparison"');
    await one.write('verify-deps.lock.json', '<<<<<<< HEAD\n');
    expect(await perform(['explain', 'left'], served, one)).toMatchObject({ code: 2, stdout: '' });
  } finally {
    await one.remove();
  }
});
