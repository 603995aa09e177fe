import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { freePort } from '../support/rig/server.mjs';
import type { ProjectFiles } from './project.ts';
import { standWith } from './stand.ts';

const REPORT = 'verify-deps.lock.json';
const WHY = 'moved to the organisation, see issue 12';
const stand = standWith('left', '@scope/right', 'middle');

function collector(): { stream: NodeJS.WriteStream; text(): string } {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  return { stream: stream as NodeJS.WriteStream, text: () => text };
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function call(project: ProjectFiles, ...argv: readonly string[]): Promise<Ended> {
  const [out, err] = [collector(), collector()];
  const streams = { stdin: process.stdin, stdout: out.stream, stderr: err.stream };
  const code = await main([...argv, '-C', project.folder, ...project.flags], streams);
  return { code, out: out.text(), err: err.text() };
}

const accept = (project: ProjectFiles, name: string, ...more: readonly string[]): Promise<Ended> =>
  call(project, 'accept', name, '--reason', WHY, ...more);
const fileOf = (project: ProjectFiles): string => path.join(project.folder, REPORT);
const textOf = (project: ProjectFiles): Promise<string> => readFile(fileOf(project), 'utf8');

interface Loose {
  baseline: Record<string, { provenance?: Record<string, string>; accepted?: { reason: string } }>;
}

/** A project after a passing run whose report then remembers something else. */
async function remembering(change: (baseline: Loose['baseline']) => void): Promise<ProjectFiles> {
  const project = await stand.project();
  expect(await call(project, 'check', '-q')).toEqual({ code: 0, out: '', err: '' });
  const report = JSON.parse(await textOf(project)) as Loose;
  change(report.baseline);
  await writeFile(fileOf(project), JSON.stringify(report));
  return project;
}

const moved = (): Promise<ProjectFiles> =>
  remembering((baseline) => {
    const provenance = baseline['left@1']!.provenance!;
    const sourceRepository = 'https://github.com/somebody/left';
    Object.assign(provenance, {
      signer: provenance.signer!.replace(provenance.sourceRepository!, sourceRepository),
      sourceRepository,
      repositoryId: '4711',
      trigger: 'schedule',
    });
  });

describe('a change', () => {
  test('is objected to until it is accepted, and not after', async () => {
    const project = await moved();
    const before = await call(project, 'check', '--json');
    expect(before.code).toBe(1);
    expect(before.out).toContain('"repository-changed"');
    expect(before.out).toContain('"trigger-changed"');
    const kept = await textOf(project);
    expect(kept).toContain('github.com/somebody/left');

    const accepted = await accept(project, 'left');
    expect(accepted).toMatchObject({ code: 0, err: '' });
    expect(accepted.out).toMatch(/^left@1 {2}1\.2\.3\n/);
    expect(accepted.out).toMatch(
      /repository +https:\/\/github\.com\/somebody\/left\n +→ https:\/\/github\.com\//,
    );
    expect(accepted.out).toMatch(/repository id +4711\n +→ \d+/);
    expect(accepted.out).toMatch(/trigger +schedule\n +→ \w+/);
    expect(accepted.out).not.toMatch(/^ {2}(?:workflow|signer|runner|issuer)/m);
    expect(accepted.out).toContain(`recorded in ${REPORT}: ${WHY}`);

    const text = await textOf(project);
    const { baseline } = JSON.parse(text) as Loose;
    expect(baseline['left@1']?.accepted).toEqual({ reason: WHY });
    expect(Object.keys(baseline)).toEqual(['@scope/right@2', 'left@1']);
    expect(baseline['@scope/right@2']?.accepted).toBeUndefined();
    // Nothing but the one entry is touched, and no clock gets into it.
    const lines = kept.split('\n');
    expect(text.split('\n').filter((line, i) => line !== lines[i])).toEqual([
      expect.stringContaining('"left@1"'),
    ]);

    const again = await accept(project, 'left@1.2.3');
    expect(again).toMatchObject({ code: 0, err: '' });
    expect(again.out).toContain('nothing has changed');
    expect(await textOf(project)).toBe(text);
    expect((await call(project, 'check', '-q')).code).toBe(0);
    const passed = await textOf(project);
    expect((JSON.parse(passed) as Loose).baseline).toEqual(baseline);
    expect((await call(project, 'check', '-q')).code).toBe(0);
    expect(await textOf(project)).toBe(passed);
    expect((await readdir(project.folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('as JSON', async () => {
    const project = await moved();
    const { code, out } = await accept(project, 'left', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      outcome: 'recorded',
      report: REPORT,
      reason: WHY,
      lines: [
        {
          key: 'left@1',
          name: 'left',
          versions: ['1.2.3'],
          mixed: false,
          changes: [
            { claim: 'sourceRepository', before: 'https://github.com/somebody/left' },
            { claim: 'repositoryId', before: '4711' },
            { claim: 'trigger', before: 'schedule' },
          ],
          entry: { accepted: { reason: WHY } },
        },
      ],
      refusals: [],
    });
  });

  test('lost provenance can be given up on purpose', async () => {
    const project = await remembering((baseline) => {
      baseline['middle@0.1'] = { provenance: { sourceRepository: 'https://github.com/somebody/middle' } };
    });
    expect((await call(project, 'check', '-q')).code).toBe(1);
    const { code, out } = await accept(project, 'middle');
    expect(code).toBe(0);
    expect(out).toMatch(/repository +https:\/\/github\.com\/somebody\/middle\n +→ nothing/);
    expect((await call(project, 'check', '-q')).code).toBe(0);
    expect((JSON.parse(await textOf(project)) as Loose).baseline['middle@0.1']).toEqual({
      accepted: { reason: WHY },
    });
  });
});

describe('refused, and the report left as it is', () => {
  const untouched = async (project: ProjectFiles, work: () => Promise<Ended>): Promise<Ended> => {
    const before = await textOf(project);
    const ended = await work();
    expect(await textOf(project)).toBe(before);
    return ended;
  };

  test('what does not verify', async () => {
    const project = await moved();
    const lockfile = path.join(project.folder, 'package-lock.json');
    const entry = stand.rig.project['package-lock.json'].packages['node_modules/left']!;
    const other = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
    await writeFile(lockfile, (await readFile(lockfile, 'utf8')).replace(entry.integrity!, other));
    const { code, out } = await untouched(project, () => accept(project, 'left'));
    expect(code).toBe(1);
    expect(out).toMatch(/^✖ left@1\.2\.3 {2}.*\(integrity-mismatch\)/);
    expect(out).toContain('it does not verify');
    const json = await untouched(project, () => accept(project, 'left', '--json'));
    expect(JSON.parse(json.out)).toMatchObject({
      outcome: 'refused',
      lines: [],
      refusals: [{ name: 'left' }],
    });
  });

  test('attestations that are announced and not handed over', async () => {
    const project = await moved();
    stand.server.overrides.set('att left@1.2.3', { status: 404, json: { error: 'Not found' } });
    const cold = ['--cache', path.join(project.folder, '.cold')];
    const flags = project.flags.filter((_, i, all) => all[i] !== '--cache' && all[i - 1] !== '--cache');
    const { code } = await untouched(project, () =>
      accept({ ...project, flags: [...flags, ...cold] }, 'left'),
    );
    stand.server.overrides.clear();
    expect(code).toBe(1);
  });

  test('a package that never had provenance', async () => {
    const project = await moved();
    const { code, out } = await untouched(project, () => accept(project, 'middle'));
    expect(code).toBe(1);
    expect(out).toContain('no provenance, and none was recorded');
    expect(out).toContain('there is nothing to accept');
  });

  test('a registry that cannot be asked ends with 3', async () => {
    const project = await moved();
    const flags = [
      '--registry',
      `http://127.0.0.1:${await freePort()}/`,
      '--cache',
      path.join(project.folder, '.cold'),
    ];
    const kept = project.flags.filter((flag, i, all) => {
      return (
        !['--registry', '--cache'].includes(flag) && !['--registry', '--cache'].includes(all[i - 1] ?? '')
      );
    });
    const { code, out } = await untouched(project, () =>
      accept({ ...project, flags: [...kept, ...flags] }, 'left'),
    );
    expect(code).toBe(3);
    expect(out).toContain('not everything could be asked');
  });

  test.each([
    ['an unknown package', ['accept', 'lfet', '--reason', WHY], /lfet/],
    ['an unknown version', ['accept', 'left@9.9.9', '--reason', WHY], /left@9\.9\.9/],
    ['no package', ['accept', '--reason', WHY], /accept needs a package/],
    ['two packages', ['accept', 'left', 'middle', '--reason', WHY], /takes one package/],
    ['no reason', ['accept', 'left'], /accept needs a reason/],
    ['a blank reason', ['accept', 'left', '--reason', ' \t '], /accept needs a reason/],
    [
      'a reason that cannot be shown',
      ['accept', 'left', '--reason', 'a\u202eb'],
      /cannot be shown: a\\u\{202e\}b/,
    ],
    ['an endless reason', ['accept', 'left', '--reason', 'x'.repeat(501)], /at most 500 characters/],
    ['a reason for something else', ['check', '--reason', WHY], /--reason does not go with check/],
    [
      'a part of the tree',
      ['accept', 'left', '--reason', WHY, '--omit', 'dev'],
      /--omit does not go with accept/,
    ],
  ])('%s ends with 2', async (_, argv, message) => {
    const project = await moved();
    const { code, out, err } = await untouched(project, () => call(project, ...argv));
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/^verify-deps: [^\n]+\n(?: {2}[^\n]+\n)?$/);
  });

  test('without a report there is nothing to hold against; nobody is asked', async () => {
    const project = await stand.project();
    const { code, out, err } = await accept(project, 'left');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^verify-deps: there is no report [^\n]+\n {2}run verify-deps first[^\n]+\n$/);
    expect(await readdir(project.folder)).not.toContain(REPORT);
  });

  test('a report that cannot be read stays unread', async () => {
    const project = await stand.project();
    await writeFile(fileOf(project), '<<<<<<< HEAD\n');
    const { code, err } = await untouched(project, () => accept(project, 'left'));
    expect(code).toBe(2);
    expect(err).toContain('merge conflict');
  });
});
