import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/args.ts';
import { check } from '../../src/cli/commands/check.ts';
import { makeRig } from '../support/rig/registry.mjs';
import { freePort } from '../support/rig/server.mjs';
import { type ProjectFiles, writeProject } from './project.ts';
import { contextOf, standWith } from './stand.ts';

const stand = standWith('left', 'middle', 'devtool');

const HEAD = 'version: 1\nrules:\n  - { match: middle, require: { provenance: error } }\nexemptions:\n';
const NEEDED = '  - { package: middle@^0.1, reason: old, owner: web, expires: 9000-01-01 }\n';
const EXPIRED =
  '  # long gone\n  - { package: left@1.2.3, reason: was new, owner: web, expires: 2020-01-01 }\n';
const UNUSED = '  - { package: devtool@4.0.1, reason: typo, owner: web, expires: 9000-01-01 }\n';
const ALL = HEAD + EXPIRED + NEEDED + UNUSED;
const POLICY = 'verify-deps.yaml';
const REPORT = 'verify-deps.lock.json';

async function call(
  files: ProjectFiles,
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly text: string }> {
  const args = parseCommandLine(['check', ...argv, ...files.flags], files.folder);
  if (args.command !== 'check') throw new Error(`read as ${args.command}`);
  const { context, text } = contextOf(files, 100);
  return { code: await check(args.work, context), text: text() };
}

const read = (files: ProjectFiles, name: string): Promise<string> =>
  readFile(path.join(files.folder, name), 'utf8');
const absent = (files: ProjectFiles, name: string): Promise<boolean> =>
  read(files, name).then(
    () => false,
    () => true,
  );

describe('check --fix', () => {
  test('removes what is dead, says so, and reports by the policy as it then stands', async () => {
    const files = await stand.project(ALL);
    const { code, text } = await call(files, '--fix');
    expect(code).toBe(0);
    expect(text).toMatch(
      /^removed 2 exemptions from verify-deps\.yaml\n {2}left@1\.2\.3 \(line 6, expired on 2020-01-01\), of web: was new\n {2}devtool@4\.0\.1 \(line 8, unused, until 9000-01-01\), of web: typo\n\n✔ passed/,
    );
    expect(text).not.toMatch(/exemption-(?:expired|unused)/);
    expect(await read(files, POLICY)).toBe(HEAD + NEEDED);
    const report = await read(files, REPORT);
    // What comes after finds nothing more to do, and writes the same report.
    const again = await call(files, '--fix');
    expect(again.text).toMatch(
      /^nothing was removed from the policy: no exemption of this project is dead\n\n✔/,
    );
    expect(await read(files, POLICY)).toBe(HEAD + NEEDED);
    expect(await read(files, REPORT)).toBe(report);
    await call(files);
    expect(await read(files, REPORT)).toBe(report);
  });

  test('without it the same findings are told, with their lines', async () => {
    const files = await stand.project(ALL);
    const { code, text } = await call(files);
    expect(code).toBe(0);
    expect(text).toContain('rule: exemption of left@1.2.3 (verify-deps.yaml:6:5)');
    expect(text).toContain('rule: exemption of devtool@4.0.1 (verify-deps.yaml:8:5)');
    expect(text.replace(/\s+/g, ' ')).toContain(
      'an exemption for middle@^0.1 of web, until 9000-01-01, accepts more than it is needed for (old): write package: middle@0.1.0, codes: [provenance-absent]',
    );
    expect(await read(files, POLICY)).toBe(ALL);
  });

  test('--json says it in JSON, and --quiet says only what was removed', async () => {
    const json = await stand.project(ALL);
    const said = JSON.parse((await call(json, '--fix', '--json')).text) as Record<string, unknown>;
    expect(said).toMatchObject({
      outcome: 'passed',
      fix: {
        outcome: 'removed',
        file: POLICY,
        removed: [
          { code: 'exemption-expired', line: 6, package: 'left@1.2.3', owner: 'web', reason: 'was new' },
          { code: 'exemption-unused', line: 8, package: 'devtool@4.0.1', expires: '9000-01-01' },
        ],
      },
    });
    const quiet = await stand.project(ALL);
    expect((await call(quiet, '--fix', '-q')).text).toMatch(/^removed 2 exemptions .*\n.*\n.*\n\n$/);
    expect((await call(quiet, '--fix', '-q')).text).toBe('');
  });

  test('--no-report keeps to the policy file', async () => {
    const files = await stand.project(ALL);
    expect((await call(files, '--fix', '--no-report')).code).toBe(0);
    expect(await read(files, POLICY)).toBe(HEAD + NEEDED);
    expect(await absent(files, REPORT)).toBe(true);
  });
});

describe('check --fix changes nothing', () => {
  test('of a part of the tree', async () => {
    const files = await stand.project(ALL);
    const { text } = await call(files, '--fix', '--omit', 'dev');
    expect(text).toMatch(/^nothing was removed from the policy: only a part of the tree was looked at/);
    expect(await read(files, POLICY)).toBe(ALL);
  });

  test('where something could not be asked', async () => {
    const nobody = makeRig({
      origin: `http://127.0.0.1:${await freePort()}`,
      catalogue: [{ name: 'left', version: '1.2.3', days: 30, attested: 'v0.3' }],
    });
    const files = await writeProject(await stand.folder(), nobody);
    await writeFile(path.join(files.folder, POLICY), ALL);
    await writeFile(path.join(files.folder, '.npmrc'), 'fetch-retries=0\n');
    const { code, text } = await call(files, '--fix');
    expect(code).toBe(3);
    expect(text).toMatch(/^nothing was removed from the policy: something could not be asked/);
    expect(await read(files, POLICY)).toBe(ALL);
  });

  test('in a file that is extended', async () => {
    const files = await stand.project('version: 1\nextends: ./team.yaml\n');
    await writeFile(path.join(files.folder, 'team.yaml'), ALL);
    const { text } = await call(files, '--fix');
    expect(text).toMatch(/^nothing was removed from the policy: no exemption of this project is dead/);
    expect(await read(files, 'team.yaml')).toBe(ALL);
  });

  test('without a policy of its own', async () => {
    const files = await stand.project();
    expect((await call(files, '--fix')).text).toMatch(/^nothing was removed/);
    expect(await absent(files, POLICY)).toBe(true);
  });

  test('that other projects under the same policy may need: of a policy above the lockfile only what has expired goes', async () => {
    const files = await stand.project(ALL);
    const inner = path.join(files.folder, 'shop');
    await mkdir(inner);
    await mkdir(path.join(files.folder, '.git'));
    for (const name of ['package.json', 'package-lock.json']) {
      await rename(path.join(files.folder, name), path.join(inner, name));
    }
    const { text } = await call({ ...files, folder: inner }, '--fix');
    expect(text).toMatch(/^removed 1 exemption from \.\.\/verify-deps\.yaml\n {2}left@1\.2\.3/);
    expect(await read(files, POLICY)).toBe(HEAD + NEEDED + UNUSED);
    const again = await call({ ...files, folder: inner }, '--fix');
    expect(again.text).toMatch(
      /^nothing was removed from the policy: what is unused here may be used by other projects/,
    );
  });
});

test('a failing run is fixed as well, and still fails', async () => {
  const files = await stand.project(ALL.replace('middle@^0.1', 'middle@0.1.1'));
  const { code, text } = await call(files, '--fix');
  expect(code).toBe(1);
  expect(text).toMatch(/^removed 3 exemptions/);
  expect(await read(files, POLICY)).toBe(HEAD.replace('exemptions:', 'exemptions: []'));
});

test('beside another lockfile only what has expired goes: that one may use the rest', async () => {
  const files = await stand.project(ALL);
  await writeFile(path.join(files.folder, 'pnpm-lock.yaml'), "lockfileVersion: '9.0'\n");
  expect((await call(files, '--fix')).text).toMatch(
    /^removed 1 exemption from verify-deps\.yaml\n {2}left@1\.2\.3/,
  );
  expect(await read(files, POLICY)).toBe(HEAD + NEEDED + UNUSED);
  expect((await call(files, '--fix')).text).toContain('other projects or lockfiles under the same policy');
});
