import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkCommands } from '../../src/installed/commands.ts';
import { isKnownForm, readShim } from '../../src/installed/shim.ts';

let root: string;
let bin: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'verify-deps-bin-')));
  bin = path.join(root, 'node_modules', '.bin');
  for (const folder of [bin, path.join(root, 'node_modules/a/node_modules/b'), path.join(root, 'own')]) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'cli.js'), '');
  }
  rmSync(path.join(bin, 'cli.js'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** As pnpm 10 writes it. */
const shim = (target: string, nodePath = '$basedir/..', program = 'node') => `#!/bin/sh
basedir=$(dirname "$(echo "$0" | sed -e 's,\\\\,/,g')")

case \`uname\` in
    *CYGWIN*|*MINGW*|*MSYS*)
        if command -v cygpath > /dev/null 2>&1; then
            basedir=\`cygpath -w "$basedir"\`
        fi
    ;;
esac

if [ -z "$NODE_PATH" ]; then
  export NODE_PATH="${nodePath}"
else
  export NODE_PATH="${nodePath}:$NODE_PATH"
fi
if [ -x "$basedir/${program}" ]; then
  exec "$basedir/${program}"  "$basedir/${target}" "$@"
else
  exec ${program}  "$basedir/${target}" "$@"
fi
`;

const check = async () => {
  const notes = await checkCommands(root, [bin], {
    byFile: new Map([[path.join(root, 'node_modules/a/cli.js'), new Set(['a'])]]),
    unlisted: [path.join(root, 'own')],
    searchable: [path.join(root, 'node_modules')],
  });
  return notes.map(({ code, args }) => `${code} ${String(args.path)}`);
};
const inside = (folder: string) => path.join(root, 'node_modules', folder);

describe('a folder of commands', () => {
  beforeEach(() => writeFileSync(inside('a/cli.js'), ''));

  test.each<[string, string, string, boolean]>([
    ['the file that the package names', 'a', '../a/cli.js', true],
    ['that file under another name', 'b', '../a/cli.js', false],
    ['another file of it', 'a', '../a/node_modules/b/cli.js', false],
    ['a file of the project', 'x', '../../own/cli.js', true],
    ['what the project does not own', 'a', '/etc/hostname', false],
    ['nothing', 'gone', '../gone/cli.js', true],
  ])('has a link to %s', async (_, name, target, good) => {
    symlinkSync(target, path.join(bin, name));
    expect(await check()).toEqual(good ? [] : [`disk-link-swapped node_modules/.bin/${name}`]);
  });

  test.each<[string, string, string | undefined]>([
    ['as pnpm writes it', shim('../a/cli.js', '/r/node_modules'), undefined],
    ['for another program', shim('../a/cli.js', '/r/node_modules', 'bash'), undefined],
    ['that runs another file', shim('../a/node_modules/b/cli.js', '/r/node_modules'), 'disk-link-swapped'],
    ['that looks elsewhere', shim('../a/cli.js', '/tmp'), 'disk-link-swapped'],
    [
      'that runs something while it looks',
      shim('../a/cli.js', '/r/node_modules$(evil)'),
      'disk-link-swapped',
    ],
    ['that runs nothing of a package', '#!/bin/sh\nevil\n', 'disk-link-swapped'],
    ['of another form', `${shim('../a/cli.js', '/r/node_modules')}evil\n`, 'disk-command-unknown'],
    [
      'that runs a program of no kind',
      shim('../a/cli.js', '/r/node_modules', 'evil'),
      'disk-command-unknown',
    ],
  ])('has a script %s', async (_, text, code) => {
    writeFileSync(path.join(bin, 'a'), text.replaceAll('/r/', `${root}/`), { mode: 0o755 });
    expect(await check()).toEqual(code === undefined ? [] : [`${code} node_modules/.bin/a`]);
  });

  test('has one script that was edited among others', async () => {
    const good = shim('../a/cli.js', `${root}/node_modules`);
    writeFileSync(path.join(bin, 'a'), good);
    const more = path.join(root, 'more');
    mkdirSync(more);
    writeFileSync(path.join(more, 'a'), `${good.replace('../a', '../node_modules/a')}\nevil\n`);
    const notes = await checkCommands(root, [bin, more], {
      byFile: new Map([[inside('a/cli.js'), new Set(['a'])]]),
      unlisted: [],
      searchable: [path.join(root, 'node_modules')],
    });
    expect(notes.map(({ code, args }) => `${code} ${String(args.path)}`)).toEqual([
      'disk-file-edited more/a',
    ]);
  });

  test('has a folder in it', async () => {
    mkdirSync(path.join(bin, 'x'));
    expect(await check()).toEqual(['disk-file-added node_modules/.bin/x']);
  });

  test('knows the form of the script above', () => {
    const read = readShim(shim('../a/cli.js', '/r'));
    expect(isKnownForm(read)).toBe(true);
    expect(read).toMatchObject({ targets: ['../a/cli.js', '../a/cli.js'], searched: ['/r', '/r'] });
    expect(readFileSync(inside('a/cli.js'), 'utf8')).toBe('');
  });
});
