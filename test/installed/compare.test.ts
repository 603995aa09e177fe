import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { comparePackage, type Expected } from '../../src/installed/compare.ts';
import { contentOf } from '../../src/installed/expected.ts';
import { isModeOf, writableBits } from '../../src/installed/modes.ts';
import { listTarball } from '../../src/registry/tar-list.ts';
import { files, sha256, tgz } from '../support/tar.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-compare-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const CONTENT = {
  'package.json': '{"name":"a","bin":"cli.js"}',
  'cli.js': '#!/bin/sh\r\nx',
  'lib/a.js': '1',
};

async function compare(
  change: (folder: string) => void,
  more: Partial<Expected> = {},
  isElsewhere: (inside: string) => boolean = () => false,
) {
  const folder = path.join(root, 'node_modules', 'a');
  mkdirSync(path.join(folder, 'lib'), { recursive: true });
  for (const [name, text] of Object.entries(CONTENT)) {
    writeFileSync(path.join(folder, name), text, { mode: name === 'cli.js' ? 0o755 : 0o644 });
  }
  change(folder);
  const bins: string[] = [];
  const content = contentOf(await listTarball(tgz(files(CONTENT))), 'npm');
  const notes = await comparePackage(
    folder,
    {
      files: content.files,
      bins: new Set(content.commands.values()),
      builds: false,
      patched: false,
      ...more,
    },
    { root, isElsewhere, writable: 0, onBinFolder: (bin) => bins.push(bin) },
  );
  return notes.map(({ code, args }) => `${code} ${String(args.path)}`);
}
const at = (inside: string) => `node_modules/a/${inside}`;

describe('a package on the disk', () => {
  test('is as the tarball has it', async () => {
    expect(await compare(() => {})).toEqual([]);
  });

  test.each<[string, (folder: string) => void, string]>([
    [
      'another content',
      (f) => writeFileSync(path.join(f, 'lib/a.js'), '2'),
      `disk-file-edited ${at('lib/a.js')}`,
    ],
    [
      'the same length',
      (f) => writeFileSync(path.join(f, 'cli.js'), '#!/bin/sh\r\ny'),
      `disk-file-edited ${at('cli.js')}`,
    ],
    [
      'one more file',
      (f) => writeFileSync(path.join(f, 'lib/b.js'), ''),
      `disk-file-added ${at('lib/b.js')}`,
    ],
    ['one file less', (f) => rmSync(path.join(f, 'lib/a.js')), `disk-file-missing ${at('lib/a.js')}`],
    [
      'a folder in place of a file',
      (f) => {
        rmSync(path.join(f, 'lib/a.js'));
        mkdirSync(path.join(f, 'lib/a.js'));
      },
      `disk-file-missing ${at('lib/a.js')}`,
    ],
    [
      'a link in place of a file',
      (f) => {
        rmSync(path.join(f, 'lib/a.js'));
        symlinkSync('../cli.js', path.join(f, 'lib/a.js'));
      },
      `disk-link-swapped ${at('lib/a.js')}`,
    ],
    ['a link that is new', (f) => symlinkSync('/etc', path.join(f, 'etc')), `disk-link-swapped ${at('etc')}`],
    [
      'a package inside',
      (f) => mkdirSync(path.join(f, 'node_modules/@x/y'), { recursive: true }),
      `disk-package-extra ${at('node_modules/@x/y')}`,
    ],
    [
      'a set-uid bit',
      (f) => chmodSync(path.join(f, 'lib/a.js'), 0o4644),
      `disk-mode-changed ${at('lib/a.js')}`,
    ],
    [
      'everybody who may write',
      (f) => chmodSync(path.join(f, 'lib/a.js'), 0o666),
      `disk-mode-changed ${at('lib/a.js')}`,
    ],
  ])('differs by %s', async (_, change, expected) => {
    expect(await compare(change)).toEqual([expected]);
  });

  test('differs by a folder that leads elsewhere, and so do the files in it', async () => {
    const found = await compare((folder) => {
      rmSync(path.join(folder, 'lib'), { recursive: true });
      symlinkSync('/tmp', path.join(folder, 'lib'));
    });
    expect(found).toEqual([`disk-link-swapped ${at('lib')}`, `disk-file-missing ${at('lib/a.js')}`]);
  });

  test('may have a command with the end of its first line as npm writes it', async () => {
    expect(await compare((f) => writeFileSync(path.join(f, 'cli.js'), '#!/bin/sh\nx'))).toEqual([]);
    expect(
      await compare((f) => writeFileSync(path.join(f, 'cli.js'), '#!/bin/sh\nx'), { bins: new Set() }),
    ).toContain(`disk-file-edited ${at('cli.js')}`);
  });

  test('may have more files where it runs scripts, but none that is edited', async () => {
    const change = (folder: string) => {
      mkdirSync(path.join(folder, 'build'));
      writeFileSync(path.join(folder, 'build', 'x.node'), '');
      writeFileSync(path.join(folder, 'lib/a.js'), '2');
    };
    expect(await compare(change, { builds: true })).toEqual([
      `disk-file-edited ${at('lib/a.js')}`,
      `disk-file-built ${at('build/x.node')}`,
    ]);
  });

  test('is told as patched where the project patches it', async () => {
    const change = (folder: string) => writeFileSync(path.join(folder, 'lib/a.js'), '2');
    expect(await compare(change, { patched: true })).toEqual([`disk-file-patched ${at('lib/a.js')}`]);
  });

  test('does not answer for what belongs to another, nor for empty folders', async () => {
    const change = (folder: string) => {
      mkdirSync(path.join(folder, 'node_modules', 'b'), { recursive: true });
      writeFileSync(path.join(folder, 'node_modules', 'b', 'x'), '');
      mkdirSync(path.join(folder, 'empty'));
    };
    expect(await compare(change, {}, (inside) => inside === 'node_modules/b')).toEqual([]);
  });

  test('names both digests', async () => {
    const folder = path.join(root, 'a');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'x'), '2');
    const { files: list } = await listTarball(tgz(files({ x: '1' })));
    const [note] = await comparePackage(
      folder,
      { files: list, bins: new Set(), builds: false, patched: false },
      { root, isElsewhere: () => false, writable: 0, onBinFolder: () => {} },
    );
    expect(note!.args).toEqual({
      path: 'a/x',
      expected: `sha256:${sha256('1')}`,
      actual: `sha256:${sha256('2')}`,
    });
  });
});

describe('what a package manager makes of a tarball', () => {
  const made = async (contents: Readonly<Record<string, string>>, manager: 'npm' | 'pnpm') =>
    contentOf(await listTarball(tgz(files(contents))), manager);

  test('is a .npmignore of a .gitignore with npm, unless one stood in front of it', async () => {
    expect([...(await made({ '.gitignore': '' }, 'npm')).files.keys()]).toEqual(['.npmignore']);
    expect([...(await made({ '.gitignore': '' }, 'pnpm')).files.keys()]).toEqual(['.gitignore']);
    const both = await made({ '.npmignore': 'a', '.gitignore': 'b' }, 'npm');
    expect([...both.files].map(([name, { digest }]) => [name, digest])).toEqual([
      ['.npmignore', sha256('a')],
    ]);
  });

  test('builds where there is a script or a binding.gyp', async () => {
    expect((await made({ 'package.json': '{"scripts":{"install":"x"}}' }, 'npm')).builds).toBe(true);
    expect((await made({ 'binding.gyp': '' }, 'npm')).builds).toBe(true);
    expect((await made({ 'package.json': '{"scripts":{"test":"x"}}' }, 'npm')).builds).toBe(false);
  });
});

describe('permissions', () => {
  test.each<[number, { archived: number; isBin?: boolean; writable?: number }, boolean]>([
    [0o644, { archived: 0o644 }, true],
    [0o600, { archived: 0o644 }, true],
    [0o755, { archived: 0o755 }, true],
    [0o700, { archived: 0o755 }, true],
    [0o755, { archived: 0o644 }, false],
    [0o644, { archived: 0o755 }, false],
    [0o755, { archived: 0o644, isBin: true }, true],
    [0o644, { archived: 0o644, isBin: true }, true],
    [0o666, { archived: 0o644 }, false],
    [0o664, { archived: 0o644, writable: 0o020 }, true],
    [0o2644, { archived: 0o644, writable: 0o022 }, false],
  ])('%o of %o is what was written: %s', (mode, { archived, isBin = false, writable = 0 }, good) => {
    expect(isModeOf(mode, { archived, isBin, writable }) === undefined).toBe(good);
  });

  test('of a folder that is not there allow nothing', async () => {
    expect(await writableBits('/nowhere/at/all')).toBe(0);
  });
});
