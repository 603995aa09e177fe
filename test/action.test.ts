import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, makeLab } from './gates/support/lab.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly shell?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const action = load(await readFile(path.join(ROOT, 'action.yml'), 'utf8')) as Action;
const labs: Record<'sound' | 'blocked', Lab> = {} as never;
let count = 0;

beforeAll(async () => {
  for (const kind of ['sound', 'blocked'] as const) {
    labs[kind] = await makeLab(kind);
    await labs[kind].project.write('package-lock.json', labs[kind].served.rig.project['package-lock.json']);
  }
});

afterAll(async () => {
  for (const lab of Object.values(labs)) await lab.close();
});

interface Ran {
  readonly code: number | null;
  readonly log: string;
  readonly outputs: string;
  readonly summary: string;
}

/** Runs the steps as a runner does: a file for bash, inputs put in place of expressions, files for what a step says. */
async function runAction(
  lab: Lab,
  inputs: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const temp = path.join(lab.project.dir, `runner-${++count}`);
  await mkdir(temp);
  const [outputs, summary] = [path.join(temp, 'output'), path.join(temp, 'summary.md')];
  for (const file of [outputs, summary]) await writeFile(file, '');
  let log = '';
  let code: number | null = 0;
  for (const step of action.runs.steps) {
    const script = path.join(temp, 'script.sh');
    await writeFile(script, step.run!);
    const given = Object.entries(step.env ?? {}).map(([name, text]) => [
      name,
      text.replace(
        /\$\{\{ inputs\.([\w-]+) \}\}/g,
        (_, input: string) => inputs[input] ?? action.inputs[input]!.default ?? '',
      ),
    ]);
    const env = {
      ...lab.env,
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
      GITHUB_ACTIONS: 'true',
      GITHUB_WORKSPACE: lab.project.cwd,
      GITHUB_ACTION_PATH: ROOT.replace(/\/$/, ''),
      GITHUB_OUTPUT: outputs,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: temp,
      ...Object.fromEntries(given),
      ...more,
    };
    const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: lab.project.cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (log += text));
    code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) break;
  }
  return { code, log, outputs: await readFile(outputs, 'utf8'), summary: await readFile(summary, 'utf8') };
}

describe('its text', () => {
  test('no expression stands inside of a script, and no step fetches another action', () => {
    expect(action.runs.using).toBe('composite');
    for (const { run, shell, uses } of action.runs.steps) {
      expect(uses).toBeUndefined();
      expect(shell).toBe('bash');
      expect(run).not.toContain('${{');
    }
  });

  test('every input reaches the script by a variable, and every variable is an input', () => {
    const [{ env = {} } = {}] = action.runs.steps;
    const used = Object.values(env).map((text) => /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(text)?.[1]);
    expect(used.sort()).toEqual(Object.keys(action.inputs).sort());
  });

  test('every output is one that the step gives', () => {
    for (const [name, { value }] of Object.entries(action.outputs)) {
      expect(value).toBe(`\${{ steps.verify.outputs.${name} }}`);
      expect(action.runs.steps[0]!.run).toContain(`${name}=%s`);
    }
  });
});

describe('its script', () => {
  test('a sound lockfile passes', async () => {
    const { code, log, outputs, summary } = await runAction(labs.sound, { sarif: 'out.sarif' });
    expect(code, log).toBe(0);
    expect(outputs).toBe('exit-code=0\nsarif-file=./out.sarif\n');
    expect(summary).toMatch(/^## verify-deps: ✔ the policy holds/);
    expect(log).not.toMatch(/^::error/m);
    expect(JSON.parse(await readFile(path.join(labs.sound.project.cwd, 'out.sarif'), 'utf8'))).toMatchObject({
      version: '2.1.0',
    });
  });

  test('a blocked one fails, with an annotation at the line of the lockfile', async () => {
    const { code, log, outputs, summary } = await runAction(labs.blocked);
    expect(code, log).toBe(1);
    expect(outputs).toBe('exit-code=1\n');
    const lines = JSON.stringify(labs.blocked.served.rig.project['package-lock.json'], null, 2).split('\n');
    const line = lines.findIndex((text) => text.includes('"node_modules/mallory"')) + 1;
    expect(log).toMatch(
      new RegExp(
        `^::error file=package-lock\\.json,line=${line},title=verify-deps%3A \\S+::mallory@1\\.2\\.0: `,
        'm',
      ),
    );
    expect(summary).toContain('mallory');
  });

  test('fail-on: never lets the job go on, and says what it found all the same', async () => {
    const { code, log, outputs } = await runAction(labs.blocked, { 'fail-on': 'never' });
    expect(code).toBe(0);
    expect(outputs).toBe('exit-code=1\n');
    expect(log).toMatch(/^::error .*mallory/m);
  });

  test('fail-on: never does not hide that it was started wrongly', async () => {
    const { code, log } = await runAction(labs.sound, { 'fail-on': 'never', args: '--nonsense' });
    expect(code).toBe(2);
    expect(log).toContain('unknown flag --nonsense');
  });

  test('further flags stand one a line, and a space belongs to the flag', async () => {
    const { code, log } = await runAction(labs.sound, {
      args: '--omit=dev\n\n--lockfile=no such file.json\n',
    });
    expect(code).toBe(2);
    expect(log).toContain('no such file.json: no such file');
    expect(log).toMatch(/^::error title=verify-deps could not do its work::/m);
  });

  test('a policy and a folder', async () => {
    await labs.blocked.project.write(
      'sub/package-lock.json',
      labs.blocked.served.rig.project['package-lock.json'],
    );
    await labs.blocked.project.write('sub/observe.yaml', 'version: 1\nextends: observe\n');
    const inputs = { 'working-directory': 'sub', policy: 'observe.yaml', sarif: 'x.sarif' };
    const { code, log, outputs } = await runAction(labs.blocked, inputs);
    expect(code, log).toBe(0);
    expect(outputs).toBe('exit-code=0\nsarif-file=sub/x.sarif\n');
    expect(log).toMatch(/^::warning file=sub\/package-lock\.json,/m);
  });

  test.each([
    ['working-directory', '$(touch ran)'],
    ['working-directory', '"; touch ran; "'],
    ['policy', "'; touch ran; '"],
    ['args', '$(touch ran)'],
    ['sarif', 'a/$(touch ran)'],
    ['fail-on', 'any) touch ran ;; any'],
    ['version', '1.0.0; touch ran'],
    ['version', '$(touch ran)'],
    ['version', 'latest'],
    ['version', '1.0.0\n--registry=https://evil.example'],
    ['policy', 'a\nexit-code=0'],
  ])('%s %j runs nothing and fails', async (input, value) => {
    const { code, outputs } = await runAction(labs.sound, { [input]: value });
    expect(code).not.toBe(0);
    expect(outputs).not.toContain('exit-code=0');
    await expect(readFile(path.join(labs.sound.project.cwd, 'ran'))).rejects.toThrow();
  });

  test('where the checkout is not built, the version of its package.json is installed outside of the project', async () => {
    const lab = labs.sound;
    const bin = path.join(lab.project.dir, 'fake-bin');
    const checkout = path.join(lab.project.dir, 'checkout');
    const said = path.join(lab.project.dir, 'npm-said');
    for (const folder of [bin, checkout]) await mkdir(folder, { recursive: true });
    await writeFile(path.join(checkout, 'package.json'), '{ "name": "verify-deps", "version": "7.8.9" }');
    // In the place of npm: it says where it was started and with what, and gives this very checkout.
    const fake = [
      '#!/bin/sh',
      `printf '%s\\n' "$PWD" "$@" > '${said}'`,
      `mkdir -p node_modules && ln -s '${ROOT.replace(/\/$/, '')}' node_modules/verify-deps`,
      '',
    ].join('\n');
    await writeFile(path.join(bin, 'npm'), fake, { mode: 0o755 });
    const PATH = [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter);
    const { code, log } = await runAction(lab, {}, { PATH, GITHUB_ACTION_PATH: checkout });
    expect(code, log).toBe(0);
    const [cwd, ...args] = (await readFile(said, 'utf8')).trim().split('\n');
    expect(path.basename(cwd!)).toBe('verify-deps-7.8.9');
    expect(cwd!.startsWith(lab.project.cwd)).toBe(false);
    expect(args).toEqual([
      'install',
      '--prefix',
      cwd,
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      'verify-deps@7.8.9',
    ]);
  });
});
