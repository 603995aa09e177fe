import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { toolVersion } from '../../../src/core/version.ts';
import { coverage } from '../../../src/hooks/coverage.ts';
import { gitInit, manifest, PNPM_PLUGIN, projectWith, type Stand } from './support.ts';

const LOCK = { 'package-lock.json': '{}\n' };

/** Files that differ from before, with their text. */
async function changedBy(stand: Stand, work: () => Promise<unknown>): Promise<Record<string, string>> {
  const before = await stand.all();
  await work();
  const after = await stand.all();
  expect(Object.keys(before).filter((file) => !(file in after))).toEqual([]);
  return Object.fromEntries(Object.entries(after).filter(([file, text]) => before[file] !== text));
}

/** Whatever was set up: a dry run writes nothing, a run does, a second one changes nothing, and says the same gates. */
async function settled(stand: Stand, more: { readonly gitHook?: boolean } = {}) {
  const planned = { dry: undefined as unknown };
  expect(
    await changedBy(stand, async () => {
      planned.dry = await stand.install({ ...more, dryRun: true });
    }),
  ).toEqual({});
  const first = { installed: undefined as unknown as Awaited<ReturnType<Stand['install']>> };
  const files = await changedBy(stand, async () => {
    first.installed = await stand.install(more);
  });
  expect(planned.dry).toEqual(first.installed);
  const again = await stand.install(more);
  expect(again.changes).toEqual([]);
  expect(again.gates).toEqual(first.installed.gates);
  return { files, ...first.installed };
}

describe('npm', () => {
  test('12: the hook, with the format of the file kept', async () => {
    const text = '{\n    "name": "p",\n    "scripts": {\n        "test": "x"\n    }\n}\n';
    const stand = await projectWith({ 'package.json': text, ...LOCK }, { npm: '12.2.0' });
    const { files, gates } = await settled(stand);
    expect(files).toEqual({
      'package.json': text.replace('"scripts": {', '"scripts": {\n        "preinstall": "verify-deps hook",'),
    });
    expect(gates).toEqual(['npm-hook', 'ci-check']);
  });

  test('12: without a lockfile it says how to get one', async () => {
    const stand = await projectWith({ 'package.json': manifest() }, { npm: '12.2.0' });
    const { notes } = await settled(stand);
    expect(notes.flat().join('\n')).toContain('write the first one with verify-deps install');
  });

  test('12: a preinstall that is there is left alone, and the line is said', async () => {
    const text = manifest({ scripts: { preinstall: 'node check.js' } });
    const stand = await projectWith({ 'package.json': text, ...LOCK }, { npm: '12.2.0' });
    const { files, gates, notes } = await settled(stand);
    expect(files).toEqual({});
    expect(gates).not.toContain('npm-hook');
    expect(notes.flat()).toContain('"preinstall": "verify-deps hook && node check.js"');
  });

  test.each(['verify-deps hook && node check.js', 'node check.js && verify-deps hook'])(
    '12: %s is the hook',
    async (preinstall) => {
      const stand = await projectWith(
        { 'package.json': manifest({ scripts: { preinstall } }), ...LOCK },
        { npm: '12.2.0' },
      );
      expect((await settled(stand)).gates).toContain('npm-hook');
    },
  );

  test.each([
    'verify-deps hook || true',
    'echo verify-deps hook',
    'verify-deps hooked',
    'verify-deps hook; true',
  ])('12: %s is no hook', async (preinstall) => {
    const stand = await projectWith(
      { 'package.json': manifest({ scripts: { preinstall } }), ...LOCK },
      { npm: '12.2.0' },
    );
    expect((await settled(stand)).gates).not.toContain('npm-hook');
  });

  test.each([['11.19.1'], ['10.9.0'], [undefined]])('%s: no hook is claimed', async (version) => {
    const stand = await projectWith(
      { 'package.json': manifest(), ...LOCK },
      version === undefined ? {} : { npm: version },
    );
    const { files, gates, notes } = await settled(stand);
    expect(files).toEqual({});
    expect(gates).toEqual(['npm-command', 'ci-check']);
    expect(notes.flat().join('\n')).toContain('verify-deps ci instead of npm ci');
  });
});

describe('pnpm', () => {
  test.each(['10.34.9', '11.28.11', '12.21.0'])(
    '%s: the plugin in one file, and what loads it',
    async (version) => {
      const stand = await projectWith(
        { 'package.json': manifest(), 'pnpm-lock.yaml': '' },
        { pnpm: version },
      );
      const { files, gates } = await settled(stand);
      expect(Object.keys(files)).toEqual([
        '.pnpmfile.cjs',
        '.verify-deps/README.md',
        '.verify-deps/pnpmfile.cjs',
      ]);
      expect(files['.verify-deps/pnpmfile.cjs']).toBe(PNPM_PLUGIN);
      expect(gates).toEqual(['pnpm-plugin', 'ci-check']);
    },
  );

  test('a newer plugin takes the place of an older one', async () => {
    const stand = await projectWith({ 'package.json': manifest(), 'pnpm-lock.yaml': '' }, { pnpm: '11.0.0' });
    await stand.install();
    await stand.write('.verify-deps/pnpmfile.cjs', 'older');
    const { changes } = await stand.install();
    expect(changes.map((change) => path.basename(change.path))).toEqual(['pnpmfile.cjs']);
    expect(await stand.read('.verify-deps/pnpmfile.cjs')).toBe(PNPM_PLUGIN);
  });

  test.each<[string, Record<string, string>]>([
    ['.pnpmfile.cjs', { '.pnpmfile.cjs': 'module.exports = {};\n' }],
    ['.pnpmfile.mjs', { '.pnpmfile.mjs': 'export const hooks = {};\n' }],
    ['a pnpmfile that the settings name', { 'pnpm-workspace.yaml': 'pnpmfile: my.cjs\n' }],
  ])('%s of the project is left alone, and no gate is claimed', async (_, more) => {
    const stand = await projectWith(
      { 'package.json': manifest(), 'pnpm-lock.yaml': '', ...more },
      { pnpm: '11.0.0' },
    );
    const { files, gates, notes } = await settled(stand);
    for (const file of Object.keys(more)) expect(files).not.toHaveProperty([file]);
    expect(files).not.toHaveProperty(['.pnpmfile.cjs']);
    expect(gates).not.toContain('pnpm-plugin');
    expect(notes.flat()).toContain('  - .verify-deps/pnpmfile.cjs');
  });

  test('from the folder of a package, the gate is set up where the lockfile is', async () => {
    const stand = await projectWith(
      { 'package.json': manifest(), 'pnpm-lock.yaml': '', 'packages/a/package.json': manifest() },
      { pnpm: '11.0.0' },
    );
    const folder = path.join(stand.folder, 'packages', 'a');
    const { changes } = await stand.install({ dryRun: true, folder });
    expect(changes.map((change) => path.relative(stand.folder, change.path))).toContain('.pnpmfile.cjs');
  });

  test('9: nothing is claimed', async () => {
    const stand = await projectWith({ 'package.json': manifest(), 'pnpm-lock.yaml': '' }, { pnpm: '9.15.0' });
    expect(await settled(stand)).toMatchObject({ files: {}, gates: ['run', 'ci-check'] });
  });
});

describe('yarn and bun', () => {
  test('yarn 4: the plugin, with the comments of the settings kept', async () => {
    const settings = '# ours\nnodeLinker: node-modules\n';
    const stand = await projectWith(
      { 'package.json': manifest(), 'yarn.lock': '', '.yarnrc.yml': settings },
      { yarn: '4.18.1' },
    );
    const { files, gates } = await settled(stand);
    expect(Object.keys(files)).toEqual(['.yarn/plugins/plugin-verify-deps.cjs', '.yarnrc.yml']);
    expect(files['.yarnrc.yml']).toMatch(/^# ours\nnodeLinker: node-modules\nplugins:\n/);
    expect(gates).toEqual(['yarn-plugin', 'run']);
  });

  test('yarn 4: a plugin that is named by its path alone is there', async () => {
    const settings = 'plugins: [.yarn/plugins/plugin-verify-deps.cjs]\n';
    const stand = await projectWith(
      { 'package.json': manifest(), 'yarn.lock': '', '.yarnrc.yml': settings },
      { yarn: '4.18.1' },
    );
    expect(Object.keys((await settled(stand)).files)).toEqual(['.yarn/plugins/plugin-verify-deps.cjs']);
  });

  test('yarn 4: what yarn itself imported, with its checksum, is left to yarn', async () => {
    const settings =
      'plugins:\n  - checksum: abc\n    path: .yarn/plugins/plugin-verify-deps.cjs\n    spec: x\n';
    const stand = await projectWith(
      {
        'package.json': manifest(),
        'yarn.lock': '',
        '.yarnrc.yml': settings,
        '.yarn/plugins/plugin-verify-deps.cjs': 'older',
      },
      { yarn: '4.18.1' },
    );
    const { files, gates, notes } = await settled(stand);
    expect({ files, gates }).toEqual({ files: {}, gates: ['yarn-plugin', 'run'] });
    const checksum = createHash('sha512').update('module.exports = {};\n').digest('hex');
    expect(notes.flat()).toContain(`checksum: ${checksum}`);
    await stand.write('.yarnrc.yml', settings.replace('abc', checksum));
    const second = await settled(stand);
    expect(Object.keys(second.files)).toEqual(['.yarn/plugins/plugin-verify-deps.cjs']);
    expect(second.notes.flat().join('\n')).not.toContain('checksum');
  });

  test.each([['1.22.22'], ['3.8.0'], [undefined]])('yarn %s: through run', async (version) => {
    const stand = await projectWith(
      { 'package.json': manifest(), 'yarn.lock': '' },
      version === undefined ? {} : { yarn: version },
    );
    const { files, gates, notes } = await settled(stand);
    expect({ files, gates }).toEqual({ files: {}, gates: ['run'] });
    expect(notes.flat()).toContain('use: verify-deps run -- yarn install');
  });

  test('bun: the scanner', async () => {
    const stand = await projectWith({
      'package.json': manifest(),
      'bun.lock': '',
      'bunfig.toml': '[install]\nexact = true\n',
    });
    const { files, gates } = await settled(stand);
    expect(files['bunfig.toml']).toBe(
      '[install]\nexact = true\n\n[install.security]\nscanner = "./.verify-deps/bun-scanner.mjs"\n',
    );
    expect(Object.keys(files)).toContain('.verify-deps/bun-scanner.mjs');
    expect(gates).toEqual(['bun-scanner', 'run']);
  });

  test('bun: another scanner is left alone, and no gate is claimed', async () => {
    const stand = await projectWith({
      'package.json': manifest(),
      'bun.lock': '',
      'bunfig.toml': '[install.security]\nscanner = "other"\n',
    });
    const { files, gates } = await settled(stand);
    expect(files).not.toHaveProperty(['bunfig.toml']);
    expect(gates).not.toContain('bun-scanner');
  });
});

describe('CI', () => {
  test('GitHub: a workflow of its own with least rights', async () => {
    const stand = await projectWith(
      { 'package.json': manifest(), ...LOCK, '.github/workflows/test.yml': 'on: push\n' },
      { npm: '11.0.0' },
    );
    gitInit(stand.folder);
    const { files, gates } = await settled(stand);
    const text = files['.github/workflows/verify-deps.yml']!;
    const workflow = load(text) as {
      permissions: unknown;
      jobs: { 'verify-deps': { steps: { run?: string; uses?: string }[] } };
    };
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const { steps } = workflow.jobs['verify-deps'];
    expect(steps.flatMap(({ run }) => run ?? []).join('\n')).not.toContain('${{');
    expect(text).toContain(`verify-deps@${toolVersion()}`);
    expect(gates).toEqual(['npm-command', 'ci-check']);
  });

  test('GitHub: a workflow that runs it already is left alone, and the steps are said', async () => {
    const own = 'on: push\njobs: { a: { steps: [{ run: npx verify-deps }] } }\n';
    const stand = await projectWith(
      { 'package.json': manifest(), ...LOCK, '.github/workflows/ci.yml': own },
      { npm: '11.0.0' },
    );
    const { files, notes } = await settled(stand);
    expect(files).toEqual({});
    expect(notes.flat().join('\n')).toMatch(
      /ci\.yml speaks of verify-deps already[\s\S]*- name: Verify the lockfile/,
    );
  });

  test('a project in a folder of a repository is verified there', async () => {
    const stand = await projectWith({ 'package.json': manifest(), ...LOCK }, { npm: '11.0.0' });
    const repository = path.dirname(stand.folder);
    gitInit(repository);
    await mkdir(path.join(repository, '.github', 'workflows'), { recursive: true });
    const { changes } = await stand.install({ dryRun: true });
    expect(path.relative(repository, changes[0]!.path)).toBe(
      path.join('.github', 'workflows', 'verify-deps.yml'),
    );
    const workflow = load(Buffer.from(changes[0]!.after).toString()) as {
      jobs: { 'verify-deps': { steps: Record<string, string>[] } };
    };
    expect(workflow.jobs['verify-deps'].steps.at(-1)).toMatchObject({ 'working-directory': 'project' });
  });

  test('GitLab: the file is left alone, and the job is said', async () => {
    const stand = await projectWith(
      { 'package.json': manifest(), ...LOCK, '.gitlab-ci.yml': 'test:\n  script: [npm test]\n' },
      { npm: '11.0.0' },
    );
    const { files, gates, notes } = await settled(stand);
    expect({ files, gates }).toEqual({ files: {}, gates: ['npm-command'] });
    const [job] = notes.filter((lines) => lines[0]!.startsWith('.gitlab-ci.yml'));
    const parsed = load(job!.slice(1).join('\n')) as {
      'verify-deps': { script: string[]; artifacts: object };
    };
    expect(parsed['verify-deps'].artifacts).toEqual({
      when: 'always',
      reports: { codequality: 'gl-code-quality-report.json' },
    });
    expect(parsed['verify-deps'].script).toHaveLength(2);
  });
});

describe('the hook of git', () => {
  test('is written once, and can be run', async () => {
    const stand = await projectWith({ 'package.json': manifest(), ...LOCK }, { npm: '11.0.0' });
    gitInit(stand.folder);
    const { gates } = await settled(stand, { gitHook: true });
    expect(gates).toContain('git-hook');
    const { mode } = await stat(path.join(stand.folder, '.git', 'hooks', 'pre-commit'));
    expect(mode & 0o777).toBe(0o755);
  });

  test('one that is there is left alone, and the lines are said', async () => {
    const stand = await projectWith({ 'package.json': manifest(), ...LOCK }, { npm: '11.0.0' });
    gitInit(stand.folder);
    await stand.write('.git/hooks/pre-commit', '#!/bin/sh\nnpm test\n');
    const { gates, notes } = await settled(stand, { gitHook: true });
    expect(gates).not.toContain('git-hook');
    expect(await stand.read('.git/hooks/pre-commit')).toBe('#!/bin/sh\nnpm test\n');
    expect(notes.flat().join('\n')).toContain('git diff --cached');
  });

  test('without a repository there is none', async () => {
    const stand = await projectWith({ 'package.json': manifest(), ...LOCK }, { npm: '11.0.0' });
    expect((await settled(stand, { gitHook: true })).gates).not.toContain('git-hook');
  });
});

describe('what cannot be done', () => {
  test('without package.json', async () => {
    const stand = await projectWith({ 'package-lock.json': '' });
    await expect(stand.install()).rejects.toMatchObject({ code: 'setup-malformed' });
  });

  test.each([['{'], ['[]'], ['{"a":1,"a":2}'], ['"x"']])('package.json is %s', async (text) => {
    const stand = await projectWith({ 'package.json': text });
    await expect(stand.install()).rejects.toMatchObject({ code: 'setup-malformed' });
  });

  test('nothing is written through a link', async () => {
    const stand = await projectWith({ 'package.json': manifest(), 'bun.lock': '' });
    await stand.write('elsewhere.toml', '');
    await symlink(path.join(stand.folder, 'elsewhere.toml'), path.join(stand.folder, 'bunfig.toml'));
    await expect(stand.install()).rejects.toMatchObject({ code: 'setup-malformed' });
    expect(await stand.read('elsewhere.toml')).toBe('');
  });

  test('nothing is written into a folder behind a link', async () => {
    const stand = await projectWith({ 'package.json': manifest(), 'pnpm-lock.yaml': '' }, { pnpm: '11.0.0' });
    const elsewhere = path.join(path.dirname(stand.folder), 'elsewhere');
    await mkdir(elsewhere);
    await symlink(elsewhere, path.join(stand.folder, '.verify-deps'));
    await expect(stand.install()).rejects.toMatchObject({ code: 'setup-malformed' });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  test('where one file cannot be written, none has changed', async () => {
    const stand = await projectWith({ 'package.json': manifest(), 'pnpm-lock.yaml': '' }, { pnpm: '11.0.0' });
    await mkdir(path.join(stand.folder, '.verify-deps', 'README.md', 'x'), { recursive: true });
    const before = await stand.all();
    await expect(stand.install()).rejects.toMatchObject({ code: 'setup-malformed' });
    expect(await stand.all()).toEqual(before);
    await rm(path.join(stand.folder, '.verify-deps'), { recursive: true });
    // A file in the place of a folder.
    await stand.write('.verify-deps', '');
    const again = await stand.all();
    await expect(stand.install()).rejects.toMatchObject({ code: 'setup-unwritable' });
    expect(await stand.all()).toEqual(again);
  });

  test('a file that is added to keeps its permissions', async () => {
    const stand = await projectWith({ 'package.json': manifest(), ...LOCK }, { npm: '12.2.0' });
    const file = path.join(stand.folder, 'package.json');
    await chmod(file, 0o600);
    await stand.install();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

test('the table says of each gate what it stops, and at least two things that it does not', () => {
  for (const [id, { gate, title, stops, misses }] of Object.entries(coverage)) {
    expect(gate).toBe(id);
    expect(title).not.toBe('');
    expect(stops).not.toBe('');
    expect(misses.length, id).toBeGreaterThanOrEqual(2);
    for (const { what, instead } of misses)
      for (const text of [what, instead]) expect(text).toMatch(/^\S.*[^.\s]$/);
  }
});
