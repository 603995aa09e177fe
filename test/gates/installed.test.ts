/** What real package managers install is what the tarballs hold; each change of it is found and named. */
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/run.ts';
import { runOptions } from '../support/project.ts';
import { tarball } from '../support/rig/tarball.mjs';
import { type Lab, makeLab } from './support/lab.ts';
import { type ManagerId, manager } from './support/managers.ts';

const LIAR = tarball({
  'package.json': JSON.stringify({
    name: 'liar',
    version: '1.0.0',
    scripts: { postinstall: 'node -e 0' },
    dependencies: { deep: '^1.0.0' },
  }),
});
const plain = { version: '1.0.0', days: 60, attested: 'v0.3' } as const;
const packages = [
  { ...plain, name: 'plain', files: { 'lib/a.js': 'module.exports = 1;\n', 'lib/b.js': '' } },
  { ...plain, name: 'liar', tarball: LIAR, scripts: {} },
];

const INSTALL: Partial<Record<ManagerId, readonly string[]>> = {
  'npm-11': ['install', '--no-audit'],
  'pnpm-10': ['install', '--no-frozen-lockfile'],
  'pnpm-12': ['install', '--no-frozen-lockfile'],
};

interface Told {
  readonly outcome: string;
  readonly found: readonly string[];
}

async function check(lab: Lab): Promise<Told> {
  const { report } = await run(runOptions(lab.served, lab.project, { installed: true, report: 'none' }));
  const all = [...report.findings, ...report.verdicts.flatMap(({ findings }) => findings)];
  return {
    outcome: report.outcome,
    found: all
      .filter(({ code }) => /^(?:disk|manifest|lockfile|tarball)-/.test(code))
      .map(({ code, severity, args }) => `${severity} ${code} ${String(args.path ?? args.field)}`)
      .sort(),
  };
}

for (const id of Object.keys(INSTALL) as ManagerId[]) {
  describe.skipIf(manager(id) === undefined)(`node_modules as ${id} makes it`, () => {
    let lab: Lab;
    const modules = () => path.join(lab.project.cwd, 'node_modules');
    const folder = () => realpathSync(path.join(modules(), 'plain'));
    const at = (...parts: string[]) =>
      path
        .relative(realpathSync(lab.project.cwd), path.join(folder(), ...parts))
        .split(path.sep)
        .join('/');

    beforeAll(async () => {
      lab = await makeLab('sound', { dependencies: { app: '^1.0.0', plain: '^1.0.0' } }, { packages });
      const ended = await lab.manager(id, INSTALL[id]!);
      expect(ended.code, ended.text).toBe(0);
    }, 120_000);
    afterAll(() => lab?.close());

    test('is as the tarballs have it, without a finding', async () => {
      expect(await check(lab)).toEqual({ outcome: 'passed', found: [] });
    });

    interface Change {
      readonly name: string;
      readonly apply: () => void;
      readonly undo: () => void;
      readonly expected: () => readonly string[];
    }
    const a = () => path.join(folder(), 'lib', 'a.js');
    const rewrite = () => {
      // Hard links lead into the store: a file of its own, as whoever replaces one makes it.
      rmSync(a(), { force: true, recursive: true });
      writeFileSync(a(), 'module.exports = 1;\n', { mode: 0o644 });
    };
    const changes: readonly Change[] = [
      {
        name: 'a file that was edited',
        apply: () => {
          rewrite();
          appendFileSync(a(), 'evil();\n');
        },
        undo: rewrite,
        expected: () => [`error disk-file-edited ${at('lib/a.js')}`],
      },
      {
        name: 'a file that was added',
        apply: () => writeFileSync(path.join(folder(), 'lib', 'evil.js'), ''),
        undo: () => rmSync(path.join(folder(), 'lib', 'evil.js')),
        expected: () => [`error disk-file-added ${at('lib/evil.js')}`],
      },
      {
        name: 'a file that is missing',
        apply: () => rmSync(a()),
        undo: rewrite,
        expected: () => [`error disk-file-missing ${at('lib/a.js')}`],
      },
      {
        name: 'a file that can be executed now',
        apply: () => {
          rewrite();
          chmodSync(a(), 0o755);
        },
        undo: rewrite,
        expected: () => [`error disk-mode-changed ${at('lib/a.js')}`],
      },
      {
        name: 'a link in place of a file',
        apply: () => {
          rmSync(a());
          symlinkSync('/etc/hostname', a());
        },
        undo: rewrite,
        expected: () => [`error disk-link-swapped ${at('lib/a.js')}`],
      },
      {
        name: 'a package that nobody asked for',
        apply: () => {
          mkdirSync(path.join(modules(), 'evil'));
          writeFileSync(path.join(modules(), 'evil', 'index.js'), '');
        },
        undo: () => rmSync(path.join(modules(), 'evil'), { recursive: true }),
        expected: () => ['error disk-package-extra node_modules/evil'],
      },
      {
        name: 'a single file that passes for a package',
        apply: () => writeFileSync(path.join(modules(), 'evil.js'), ''),
        undo: () => rmSync(path.join(modules(), 'evil.js')),
        expected: () => ['error disk-package-extra node_modules/evil.js'],
      },
      {
        name: 'a package inside another',
        apply: () => mkdirSync(path.join(folder(), 'node_modules', 'evil'), { recursive: true }),
        undo: () => rmSync(path.join(folder(), 'node_modules', 'evil'), { recursive: true }),
        expected: () => [`error disk-package-extra ${at('node_modules/evil')}`],
      },
      {
        name: 'a command that runs something else',
        apply: () => {
          mkdirSync(path.join(modules(), '.bin'), { recursive: true });
          symlinkSync('../../package.json', path.join(modules(), '.bin', 'evil'));
        },
        undo: () => unlinkSync(path.join(modules(), '.bin', 'evil')),
        expected: () => ['error disk-link-swapped node_modules/.bin/evil'],
      },
    ];
    for (const { name, apply, undo, expected } of changes) {
      test(`with ${name}, is told and fails`, async () => {
        apply();
        const told = expected();
        try {
          expect(await check(lab)).toEqual({ outcome: 'failed', found: told });
        } finally {
          undo();
        }
      });
    }

    test('with files that its scripts write, passes with a warning', async () => {
      const built = path.join(realpathSync(path.join(modules(), 'app')), 'build');
      mkdirSync(built);
      writeFileSync(path.join(built, 'a.node'), '');
      const { outcome, found } = await check(lab);
      rmSync(built, { recursive: true });
      expect(outcome).toBe('passed');
      expect(found).toHaveLength(1);
      expect(found[0]).toMatch(/^warn disk-file-built .*app\/build\/a\.node$/);
    });

    test('with a folder of a package that leads elsewhere, is told and fails', async () => {
      const place = path.join(modules(), 'plain');
      const elsewhere = path.join(lab.project.dir, 'elsewhere');
      mkdirSync(elsewhere, { recursive: true });
      renameSync(place, path.join(lab.project.dir, 'aside'));
      symlinkSync(elsewhere, place);
      const { outcome, found } = await check(lab);
      unlinkSync(place);
      renameSync(path.join(lab.project.dir, 'aside'), place);
      expect(outcome).toBe('failed');
      expect(found).toContain('error disk-link-swapped node_modules/plain');
    });

    test('without a package of the lockfile, is told and fails', async () => {
      const place = path.join(modules(), 'plain');
      renameSync(place, path.join(lab.project.dir, 'aside'));
      const { outcome, found } = await check(lab);
      renameSync(path.join(lab.project.dir, 'aside'), place);
      expect(outcome).toBe('failed');
      expect(found).toContain('error disk-package-missing node_modules/plain');
      expect(readdirSync(modules())).toContain('plain');
    });
  });
}

describe.skipIf(manager('npm-11') === undefined)(
  'a package whose tarball says something else than the registry',
  () => {
    test('is named, with the field and both values', async () => {
      const lab = await makeLab('sound', { dependencies: { liar: '^1.0.0' } }, { packages });
      try {
        await lab.manager('npm-11', ['install', '--no-audit', '--ignore-scripts']);
        const { outcome, found } = await check(lab);
        expect(outcome).toBe('failed');
        expect(found).toContain('error manifest-confusion scripts.postinstall');
        expect(found).toContain('error manifest-confusion dependencies.deep');
        const { report } = await run(runOptions(lab.served, lab.project, { tarballs: true, report: 'none' }));
        const notes = report.verdicts.flatMap(({ findings }) => findings);
        expect(notes.find(({ args }) => args.field === 'scripts.postinstall')).toMatchObject({
          code: 'manifest-confusion',
          args: { expected: 'nothing', actual: 'node -e 0' },
        });
      } finally {
        await lab.close();
      }
    }, 120_000);
  },
);
