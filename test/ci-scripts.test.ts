/** The scripts of the workflow and of the job for GitLab, run as they are; only npm is one that gives this checkout. */
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toolVersion } from '../src/core/version.ts';
import { gitlabJob } from '../src/hooks/install/ci.ts';
import { type Lab, makeLab } from './gates/support/lab.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

let lab: Lab;
let bin: string;
let temp: string;

beforeAll(async () => {
  lab = await makeLab('blocked', { packageManager: 'npm@11.0.0' });
  bin = path.join(lab.project.dir, 'fake-bin');
  temp = path.join(lab.project.dir, 'runner-temp');
  for (const folder of [bin, temp]) await mkdir(folder);
  await lab.project.write('package-lock.json', lab.served.rig.project['package-lock.json']);
  // `npm install --prefix FOLDER … verify-deps@VERSION`
  const fake = [
    '#!/bin/sh',
    'case "$*" in --version) echo 11.0.0; exit;; esac',
    `[ "$1" = install ] && [ "$2" = --prefix ] && [ "$PWD" != '${lab.project.cwd}' ] || exit 9`,
    `for last; do :; done; [ "$last" = 'verify-deps@${toolVersion()}' ] || exit 8`,
    `mkdir -p "$3/node_modules" && ln -s '${ROOT}' "$3/node_modules/verify-deps"`,
    '',
  ].join('\n');
  await writeFile(path.join(bin, 'npm'), fake, { mode: 0o755 });
});

afterAll(() => lab.close());

function shell(
  script: string,
  cwd: string,
  more: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const PATH = [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
      cwd,
      env: { ...lab.env, PATH, ...more },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
    child.once('error', reject).once('close', (code) => resolve({ code, text }));
  });
}

test('the workflow that hook install writes', async () => {
  await mkdir(path.join(lab.project.cwd, '.git'));
  await mkdir(path.join(lab.project.cwd, '.github', 'workflows'), { recursive: true });
  const PATH = [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
  const set = await lab.verifyDeps(['hook', 'install'], undefined, { PATH });
  expect(set.text).toContain('written  .github/workflows/verify-deps.yml');
  const file = path.join(lab.project.cwd, '.github', 'workflows', 'verify-deps.yml');
  const workflow = load(await readFile(file, 'utf8')) as {
    jobs: { 'verify-deps': { steps: readonly { run?: string; 'working-directory'?: string }[] } };
  };
  const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: lab.project.cwd, RUNNER_TEMP: temp };
  const ended: (number | null)[] = [];
  let log = '';
  for (const { run, 'working-directory': folder } of workflow.jobs['verify-deps'].steps) {
    if (run === undefined) continue;
    const cwd = folder?.includes('runner.temp') ? temp : lab.project.cwd;
    const { code, text } = await shell(run, cwd, env);
    ended.push(code);
    log += text;
  }
  expect(ended, log).toEqual([0, 1]);
  expect(log).toMatch(/^::error file=package-lock\.json,line=\d+,title=\S+ \S+::mallory@1\.2\.0: /m);
});

test('the job for GitLab', async () => {
  const job = (load(gitlabJob('')) as { 'verify-deps': { script: readonly string[] } })['verify-deps'];
  const env = { CI_PROJECT_DIR: lab.project.cwd, TOOL: path.join(lab.project.dir, 'gitlab-tool') };
  const { code, text } = await shell(job.script.join('\n'), lab.project.cwd, env);
  expect(code, text).toBe(1);
  const issues = JSON.parse(
    await readFile(path.join(lab.project.cwd, 'gl-code-quality-report.json'), 'utf8'),
  );
  expect(issues).toContainEqual(
    expect.objectContaining({
      check_name: 'provenance-absent',
      severity: 'critical',
      location: { path: 'package-lock.json', lines: { begin: expect.any(Number) } },
    }),
  );
});
