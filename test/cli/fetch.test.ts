import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/args.ts';
import { check } from '../../src/cli/commands/check.ts';
import { fetchCommand } from '../../src/cli/commands/fetch.ts';
import { trust } from '../../src/cli/commands/trust.ts';
import type { ProjectFiles } from './project.ts';
import { contextOf, standWith } from './stand.ts';

const stand = standWith('left', '@scope/right', 'middle', 'devtool');

async function call(project: ProjectFiles, ...argv: readonly string[]) {
  const args = parseCommandLine([...argv, ...project.flags], project.folder);
  const { context, text } = contextOf(project, 100);
  const work = 'work' in args ? args.work : undefined;
  const code =
    args.command === 'fetch'
      ? await fetchCommand(args.output, work!, context)
      : args.command === 'trust'
        ? await trust(work!, context)
        : await check(work!, context);
  return { code, text: text() };
}

describe('fetch', () => {
  test('says what it has written, and where', async () => {
    const project = await stand.project();
    const { code, text } = await call(project, 'fetch');
    expect(code).toBe(0);
    const file = path.join(project.folder, 'verify-deps.evidence');
    const bytes = await readFile(file);
    expect(text).toMatch(
      /^✔ written {2}\S+verify-deps\.evidence, [\d,]+ bytes\npackages {6}4, 2 of them with attestations\n/,
    );
    expect(text).toContain(
      `digest        ${JSON.parse(String(bytes.subarray(0, bytes.indexOf(10)))).digest}\n`,
    );
    expect((await call(project, 'fetch', '--quiet')).text).toBe('');
    expect((await call(project, 'fetch')).text).toMatch(/^✔ unchanged/);
  });

  test('--json has the digest for whoever vouches for it', async () => {
    const project = await stand.project();
    const { code, text } = await call(project, 'fetch', '--json', '-o', 'sub.evidence');
    const told = JSON.parse(text) as Record<string, unknown>;
    expect(code).toBe(0);
    expect(told).toMatchObject({
      path: path.join(project.folder, 'sub.evidence'),
      outcome: 'written',
      packages: 4,
      attested: 2,
      failed: 0,
      missing: [],
      lacking: [],
    });
    const evidence = ['--offline', '--evidence', 'sub.evidence', '--evidence-digest', String(told.digest)];
    const checked = JSON.parse((await call(project, 'check', '--json', ...evidence)).text) as Record<
      string,
      unknown
    >;
    expect(checked).toMatchObject({
      outcome: 'passed',
      evidence: { offline: true, files: [{ digest: told.digest, oldest: told.oldest, newest: told.newest }] },
      stats: { requests: 0 },
    });
  });

  test('--omit leaves out what production does not need', async () => {
    const project = await stand.project();
    expect((await call(project, 'fetch', '--omit', 'dev')).text).toContain('packages      3,');
    const checked = await call(project, 'check', '--offline', '--evidence', 'verify-deps.evidence');
    expect(checked.code).toBe(3);
    expect(checked.text).toMatch(/\? offline-missing {2}1 package\n[^?]+\n {2}devtool@4\.0\.0/);
    const omitting = await call(
      project,
      'check',
      '--omit',
      'dev',
      '--offline',
      '--evidence',
      'verify-deps.evidence',
    );
    expect(omitting.code).toBe(0);
  });

  test('ends with 3 and leaves everything where something cannot be asked', async () => {
    const project = await stand.project();
    await writeFile(path.join(project.folder, 'verify-deps.evidence'), 'as it was');
    stand.server.overrides.set('att left@1.2.3', { status: 403, json: {} });
    try {
      const { code, text } = await call(project, 'fetch', '--quiet');
      expect(code).toBe(3);
      expect(text).toMatch(
        /^\? incomplete {2}1 question could not be asked; \S+ stands as it was\n {2}left@1\.2\.3: registry-refused\n/,
      );
      const json = JSON.parse((await call(project, 'fetch', '--json')).text) as object;
      expect(json).toMatchObject({
        outcome: 'incomplete',
        digest: null,
        missing: [{ about: 'left@1.2.3', why: 'registry-refused' }],
      });
    } finally {
      stand.server.overrides.clear();
    }
    expect(await readFile(path.join(project.folder, 'verify-deps.evidence'), 'utf8')).toBe('as it was');
    expect((await readdir(project.folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('tells packages that fail, and what no file can carry', async () => {
    const project = await stand.project('version: 1\nextends: strict\n');
    stand.server.overrides.set('att left@1.2.3', { status: 404, json: {} });
    try {
      const { code, text } = await call(project, 'fetch');
      expect(code).toBe(0);
      expect(text).toContain('policy        2 packages fail it today: verify-deps check says why\n');
      expect(text).toContain(
        '▲ that there is none is not taken from a file, and stays undecided offline\n  left@1.2.3\n',
      );
    } finally {
      stand.server.overrides.clear();
    }
  });
});

describe('offline', () => {
  test('tells in the sums what the answer rests on', async () => {
    const project = await stand.project();
    await call(project, 'fetch');
    const { code, text } = await call(project, 'check', '--offline', '--evidence', 'verify-deps.evidence');
    expect(code).toBe(0);
    expect(text.replace(/\s+/g, ' ')).toMatch(
      /evidence \S+verify-deps\.evidence \(sha256:[0-9a-f]{12}\), of \d{4}-\d\d-\d\d, less than a day old; nobody was asked/,
    );
  });

  test('the trust root of a file needs nobody', async () => {
    const project = await stand.project();
    expect((await call(project, 'trust', '--offline')).text).toMatch(/^Trust root from the file/);
  });

  test.each([
    [['fetch', '--offline'], '--offline does not go with fetch'],
    [['proxy', '--offline'], '--offline does not go with proxy'],
    [['check', '-o', 'x'], '--output does not go with check'],
    [
      ['check', '--evidence-digest', `sha256:${'a'.repeat(64)}`],
      '--evidence-digest goes with --evidence only',
    ],
    [
      ['check', '--evidence', 'x', '--evidence-digest', 'a'],
      '--evidence-digest needs sha256: and 64 hex digits, but got a',
    ],
    [['bundle', '--evidence', 'x', 'f'], '--evidence does not go with bundle'],
  ])('%j is refused', (argv, message) => {
    expect(() => parseCommandLine(argv, '/project')).toThrow(message);
  });
});
