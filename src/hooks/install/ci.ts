/** The CI job and the git hook of a repository. A file that is there is never edited: what to add is said instead. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { printable } from '../../core/text.ts';
import { toolVersion } from '../../core/version.ts';
import { change } from './managers.ts';
import { malformed, type Project, readText } from './project.ts';
import { type FoundManager, NOTHING, type SetUp } from './types.ts';

const WORKFLOW = 'verify-deps.yml';
const WORKFLOWS_MAX = 200;

/** The job verifies lockfiles that this version of the tool reads. */
export async function setUpCi(project: Project, { name }: FoundManager): Promise<SetUp> {
  const workflows = path.join(project.repository, '.github', 'workflows');
  const found = await readdir(workflows).catch(() => undefined);
  const gitlab = await readText(path.join(project.repository, '.gitlab-ci.yml'));
  if (name !== 'npm' && name !== 'pnpm') {
    const lines = [
      `verify-deps reads no lockfile of ${name} by itself: let the CI job install through it,`,
      `verify-deps run -- ${name} install`,
    ];
    return { ...NOTHING, gates: ['run'], notes: [lines] };
  }
  const folder = path.relative(project.repository, project.folder).split(path.sep).join('/');
  const parts = [
    ...(found === undefined ? [] : [await github(workflows, found, folder)]),
    ...(gitlab === undefined ? [] : [gitlabOf(gitlab, folder)]),
  ];
  if (parts.length === 0) {
    const lines = [
      'no CI found (.github/workflows, .gitlab-ci.yml); in any other, before the install:',
      checkLine(),
    ];
    return { ...NOTHING, gates: ['ci-check'], notes: [lines] };
  }
  return {
    gates: parts.some(({ gates }) => gates.length > 0) ? ['ci-check'] : [],
    changes: parts.flatMap(({ changes }) => changes),
    notes: parts.flatMap(({ notes }) => notes),
  };
}

function checkLine(): string {
  return `npx --yes verify-deps@${toolVersion()}`;
}

async function github(workflows: string, found: readonly string[], folder: string): Promise<SetUp> {
  const file = path.join(workflows, WORKFLOW);
  const text = workflowText(folder);
  const there = await readText(file);
  if (there === text) return { ...NOTHING, gates: ['ci-check'] };
  const by = await usedBy(workflows, found);
  if (by !== undefined) {
    const lines = [`${printable(by)} speaks of verify-deps already and is left as it is; the steps are:`];
    return {
      ...NOTHING,
      gates: ['ci-check'],
      notes: [[...lines, ...text.split('\n').slice(text.split('\n').indexOf('    steps:'), -1)]],
    };
  }
  return {
    gates: ['ci-check'],
    changes: [change(file, undefined, text)],
    notes: [['to stop a merge, make the check `verify-deps` required for the branch']],
  };
}

/** Name of a workflow that runs this tool. */
async function usedBy(workflows: string, found: readonly string[]): Promise<string | undefined> {
  for (const name of [...found].sort().slice(0, WORKFLOWS_MAX)) {
    if (!/\.ya?ml$/.test(name)) continue;
    const text = await readText(path.join(workflows, name));
    if (text?.includes('verify-deps') === true) return name;
  }
  return undefined;
}

/** Least rights, no word of a stranger in a script, and the tool from outside of the project and its settings. */
function workflowText(folder: string): string {
  if (folder !== '' && !/^[\w./@ -]+$/.test(folder)) {
    throw malformed(
      `the path ${printable(folder)} cannot stand in a workflow`,
      'write the CI job by hand: docs/ci.md',
    );
  }
  const at = folder === '' ? '' : `        working-directory: ${JSON.stringify(folder)}\n`;
  return `name: verify-deps
on:
  pull_request:
  push:
    branches: [main, master]
permissions:
  contents: read
jobs:
  verify-deps:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
      # Pin it to the commit of a release that you have looked at.
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      # Not in the folder of the project: a pull request could bring settings of npm with it.
      - name: Get verify-deps
        working-directory: \${{ runner.temp }}
        run: npm install --prefix verify-deps --ignore-scripts --no-audit --no-fund verify-deps@${toolVersion()}
      - name: Verify the lockfile
${at}        run: node "$RUNNER_TEMP/verify-deps/node_modules/verify-deps/bin/verify-deps.js" --github --no-report
`;
}

function gitlabOf(text: string, folder: string): SetUp {
  if (text.includes('verify-deps')) return { ...NOTHING, gates: ['ci-check'] };
  return {
    ...NOTHING,
    notes: [
      [
        '.gitlab-ci.yml is left as it is; add this job, or include the template of docs/ci.md:',
        ...gitlabJob(folder).split('\n'),
      ],
    ],
  };
}

/** A job for `.gitlab-ci.yml`. */
export function gitlabJob(folder: string): string {
  const check =
    'node "$TOOL/node_modules/verify-deps/bin/verify-deps.js" --gitlab "$CI_PROJECT_DIR/gl-code-quality-report.json" --no-report';
  return `verify-deps:
  stage: .pre
  image: node:22
  variables:
    TOOL: /tmp/verify-deps
  script:
    - (cd /tmp && npm install --prefix "$TOOL" --ignore-scripts --no-audit --no-fund verify-deps@${toolVersion()})
    - ${folder === '' ? check : `cd ${JSON.stringify(folder)} && ${check}`}
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json`;
}
