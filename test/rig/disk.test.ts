/** The attacks of the rig on an installed project: each is found, or there is nothing to find. */
import { spawn } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/run.ts';
import { manager } from '../gates/support/managers.ts';
import { runOptions, type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { applyTamper, TAMPERS } from '../support/rig/tamper.mjs';

/** Codes by id; what stands in the report beside them follows from the first. */
const EXPECTED: Readonly<Record<string, string>> = {
  'disk-lock-integrity': 'integrity-mismatch',
  'disk-hidden-lock-integrity': 'integrity-mismatch',
  'disk-file-modified': 'disk-file-edited',
  'disk-scripts-added': 'disk-file-edited',
  'disk-extraneous': 'disk-package-extra',
  'disk-version-lie': 'disk-file-edited',
};
const npm = manager('npm-11');

describe.skipIf(npm === undefined)('an installed project', () => {
  let served: Served;
  let project: TempProject;
  beforeAll(async () => {
    served = await serveRig({ packages: 12, attested: 1, seed: 5 });
    project = await tempProject(served);
    const [program, ...args] = npm!.command;
    const code = await new Promise((resolve) =>
      spawn(program, [...args, 'ci', `--registry=${served.server.url}`, '--no-audit'], {
        cwd: project.cwd,
        env: project.env,
        stdio: 'ignore',
      }).once('close', resolve),
    );
    expect(code).toBe(0);
  }, 60_000);
  afterAll(async () => {
    await served.server.close();
    await project.remove();
  });

  const codesOf = async (cwd: string, installed = true) => {
    const { report } = await run({ ...runOptions(served, project), cwd, installed, report: 'none' });
    const all = [...report.findings, ...report.verdicts.flatMap(({ findings }) => findings)];
    return {
      outcome: report.outcome,
      codes: all.filter(({ severity }) => severity === 'error').map(({ code }) => code),
    };
  };
  const copy = (name: string) => {
    const folder = path.join(project.dir, name);
    cpSync(project.cwd, folder, { recursive: true, verbatimSymlinks: true });
    return folder;
  };

  test('passes as npm made it', async () => {
    expect(await codesOf(project.cwd)).toEqual({ outcome: 'passed', codes: [] });
  });

  const disk = TAMPERS.filter(({ where }) => where === 'disk').map(({ id }) => id);
  test('is attacked in all the ways that the rig knows', () => {
    expect(disk.sort()).toEqual([...Object.keys(EXPECTED), 'disk-no-node-modules'].sort());
  });

  test.each(Object.entries(EXPECTED))('%s is told as %s', async (id, code) => {
    const dir = copy(id);
    applyTamper(id, { rig: served.rig, server: served.server, dir });
    const { outcome, codes } = await codesOf(dir);
    expect(outcome).toBe('failed');
    expect(codes).toContain(code);
  });

  test('disk-no-node-modules is no finding about the lockfile, and nothing to compare with', async () => {
    const dir = copy('nothing');
    applyTamper('disk-no-node-modules', { rig: served.rig, server: served.server, dir });
    expect(await codesOf(dir, false)).toEqual({ outcome: 'passed', codes: [] });
    await expect(codesOf(dir)).rejects.toMatchObject({ code: 'installed-absent' });
  });

  test('is told where only what npm noted about it was changed', async () => {
    const dir = copy('record');
    const file = path.join(dir, 'node_modules', '.package-lock.json');
    const text = readFileSync(file, 'utf8').replace(/("integrity": "sha512-)../, '$1AA');
    writeFileSync(file, text);
    expect(await codesOf(dir)).toEqual({ outcome: 'failed', codes: ['disk-record-differs'] });
  });

  test('leaves the report file as it would be without a look at the disk', async () => {
    const dir = copy('report');
    const file = path.join(dir, 'verify-deps.lock.json');
    await run({ ...runOptions(served, project), cwd: dir });
    const before = readFileSync(file, 'utf8');
    applyTamper('disk-extraneous', { rig: served.rig, server: served.server, dir });
    const { report, reportFile } = await run({ ...runOptions(served, project), cwd: dir, installed: true });
    expect([report.outcome, reportFile?.outcome]).toEqual(['failed', 'unchanged']);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});
