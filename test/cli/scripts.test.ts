import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { planAllowList } from '../../src/cli/allow-plan.ts';
import { parseCommandLine } from '../../src/cli/args.ts';
import { scripts } from '../../src/cli/commands/scripts.ts';
import { failureOf } from '../../src/cli/exit.ts';
import type { Project } from '../support/rig/registry.mjs';
import { freePort } from '../support/rig/server.mjs';
import type { ProjectFiles } from './project.ts';
import { contextOf, standWith } from './stand.ts';

const stand = standWith('left', '@scope/right', 'middle');

/** A project in which all three packages run scripts. */
async function project(policy?: string, change?: (lockfile: Lockfile) => void): Promise<ProjectFiles> {
  const lockfile: Lockfile = structuredClone(stand.rig.project['package-lock.json']);
  for (const [location, entry] of Object.entries(lockfile.packages)) {
    if (location !== '') entry.hasInstallScript = true;
  }
  change?.(lockfile);
  return stand.project(policy === undefined ? undefined : `version: 1\n${policy}`, { lockfile });
}
type Lockfile = Project['package-lock.json'];

interface Said {
  readonly code: number;
  readonly text: string;
}

async function call(files: ProjectFiles, ...argv: readonly string[]): Promise<Said> {
  const args = parseCommandLine(['scripts', ...argv, ...files.flags], files.folder);
  if (args.command !== 'scripts') throw new Error(`read as ${args.command}`);
  const { context, text } = contextOf(files, 80);
  try {
    return { code: await scripts(args.write, args.work, context), text: text() };
  } catch (error) {
    const failure = failureOf(error);
    return { code: failure.exitCode, text: failure.text };
  }
}

async function manifest({ folder: at }: ProjectFiles): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path.join(at, 'package.json'), 'utf8')) as Record<string, unknown>;
}

const PROVEN = 'rules:\n  - match: { installScript: true }\n    require: { provenance: error }\n';
const allowed = { '@scope/right@2.0.0': true, 'left@1.2.3': true };

describe('scripts', () => {
  test('lists who runs code, and changes nothing', async () => {
    const files = await project();
    const before = await readFile(path.join(files.folder, 'package.json'));
    const { code, text } = await call(files);
    expect(code).toBe(0);
    expect(text).toContain('3 packages may run scripts when installed, the policy holds for each');
    expect(text).toMatch(/✔ left@1\.2\.3 +signed, built from https:/);
    expect(text).toMatch(/✔ middle@0\.1\.0 +signed\n/);
    expect(text).toContain('scripts --write puts those that pass into allowScripts of package.json');
    expect(await readFile(path.join(files.folder, 'package.json'))).toEqual(before);
  });

  test('a rule holds packages with scripts to more, and --write allows those that meet it', async () => {
    const files = await project(PROVEN);
    const first = await call(files, '--write');
    expect(first.code).toBe(1);
    expect(first.text).toMatch(/✖ middle@0\.1\.0 .*provenance-absent/);
    expect(first.text).toContain('  + left@1.2.3\n');
    expect((await manifest(files)).allowScripts).toEqual(allowed);
    const bytes = await readFile(path.join(files.folder, 'package.json'));
    expect((await call(files, '--write')).text).toContain('package.json, allowScripts: unchanged');
    expect(await readFile(path.join(files.folder, 'package.json'))).toEqual(bytes);
  });

  test('--write takes out what does not pass and what would allow any version', async () => {
    const files = await project(PROVEN);
    const file = path.join(files.folder, 'package.json');
    const written = { ...(await manifest(files)), allowScripts: { left: true, 'middle@0.1.0': true } };
    await writeFile(file, JSON.stringify(written));
    const { text } = await call(files, '--write');
    expect(text).toContain('  - middle@0.1.0  (it does not pass, or nobody signed for it)');
    expect(text).toContain('  - left  (it allows any version');
    expect(await manifest(files)).toEqual({ ...written, allowScripts: allowed });
  });

  test('in JSON', async () => {
    const { code, text } = await call(await project(PROVEN), '--write', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({
      version: 1,
      outcome: 'failed',
      packages: [
        { name: '@scope/right', standing: 'passed', saidBy: 'lockfile', checks: { provenance: 'verified' } },
        { name: 'left', standing: 'passed' },
        { name: 'middle', standing: 'failed', findings: [{ code: 'provenance-absent', severity: 'error' }] },
      ],
      allowList: {
        file: 'package.json',
        key: 'allowScripts',
        outcome: 'written',
        added: ['@scope/right@2.0.0', 'left@1.2.3'],
        removed: [],
      },
    });
  });

  test('what fails elsewhere in the tree is not its business', async () => {
    const { code, text } = await call(
      await project('require: { provenance: error }\n', (lockfile) => {
        delete lockfile.packages['node_modules/middle']!.hasInstallScript;
      }),
    );
    expect(text).not.toContain('middle');
    expect(code).toBe(0);
  });

  test('nobody signed for a git dependency: it is listed, and never allowed', async () => {
    const files = await project('sources: { git: warn }\n', (lockfile) => {
      Object.assign(lockfile.packages['node_modules/middle']!, {
        resolved: `git+ssh://git@git.example/o/middle.git#${'a'.repeat(40)}`,
        integrity: undefined,
      });
    });
    const { code, text } = await call(files, '--write');
    expect(text).toMatch(/○ middle@0\.1\.0 .*never put into the list/);
    expect(code).toBe(0);
    expect((await manifest(files)).allowScripts).toEqual(allowed);
  });

  test('--write refuses a policy under which everything passes', async () => {
    const files = await project('mode: observe\n');
    expect(await call(files, '--write')).toMatchObject({ code: 2 });
    expect(await manifest(files)).not.toHaveProperty('allowScripts');
    expect(await call(files)).toMatchObject({ code: 0 });
  });

  test('a registry that cannot be asked leaves every entry as it is', async () => {
    const files = await project();
    const file = path.join(files.folder, 'package.json');
    await writeFile(file, JSON.stringify({ ...(await manifest(files)), allowScripts: { left: true } }));
    const before = await readFile(file);
    const closed = `http://127.0.0.1:${await freePort()}/`;
    const nowhere = {
      ...files,
      flags: files.flags.map((flag) => (flag === `${stand.rig.origin}/` ? closed : flag)),
    };
    expect(await call(nowhere, '--write')).toMatchObject({ code: 3 });
    expect(await readFile(file)).toEqual(before);
  });

  test('a list that cannot be edited is an error, and stays as it is', async () => {
    const files = await project();
    const file = path.join(files.folder, 'package.json');
    await writeFile(file, '{"allowScripts": 1}');
    expect(await call(files, '--write')).toMatchObject({ code: 2 });
    expect(await readFile(file, 'utf8')).toBe('{"allowScripts": 1}');
  });

  test('of pnpm: the registry says who has scripts, and allowBuilds is written', async () => {
    const files = await project();
    const { integrity } = stand.rig.project['package-lock.json'].packages['node_modules/left']!;
    const name = 'manifest left@1.2.3';
    const before = stand.rig.docs.get(name)!;
    const text = before.gz === undefined ? before.body! : gunzipSync(before.gz);
    const manifestWith = { ...(JSON.parse(text.toString('utf8')) as object), hasInstallScript: true };
    const lines = [
      "lockfileVersion: '9.0'",
      'importers:',
      '  .:',
      '    dependencies:',
      '      left: { specifier: 1.2.3, version: 1.2.3 }',
      'packages:',
      '  left@1.2.3:',
      `    resolution: { integrity: ${integrity} }`,
      'snapshots:',
      '  left@1.2.3: {}',
      '',
    ];
    await rm(path.join(files.folder, 'package-lock.json'));
    await writeFile(path.join(files.folder, 'pnpm-lock.yaml'), lines.join('\n'));
    const workspace = path.join(files.folder, 'pnpm-workspace.yaml');
    await writeFile(workspace, '# ours\nallowBuilds:\n  left: true # since ever\n  gone@1.0.0: true\n');
    stand.rig.docs.set(name, { ct: before.ct, gz: gzipSync(JSON.stringify(manifestWith)) });
    try {
      const { code, text: said } = await call(files, '--write');
      expect(said).toContain('✔ left@1.2.3');
      expect(said).toContain('pnpm-workspace.yaml, allowBuilds: written');
      expect(code).toBe(0);
    } finally {
      stand.rig.docs.set(name, before);
    }
    expect(await readFile(workspace, 'utf8')).toBe('# ours\nallowBuilds:\n  left@1.2.3: true\n');
  });

  test('npm reads the list as it is meant', async () => {
    const allow = createRequire(import.meta.url)('@npmcli/arborist/lib/script-allowed.js') as (
      node: object,
      policy: unknown,
    ) => boolean | null;
    const files = await project(PROVEN);
    await call(files, '--write');
    const { allowScripts } = await manifest(files);
    const { packages } = stand.rig.project['package-lock.json'];
    const answers = ['left', '@scope/right', 'middle'].map((name) =>
      allow({ ...packages[`node_modules/${name}`], isRegistryDependency: true }, allowScripts),
    );
    expect(answers).toEqual([true, true, null]);
    const other = { resolved: packages['node_modules/left']!.resolved!.replaceAll('1.2.3', '1.2.4') };
    expect(allow({ ...other, isRegistryDependency: true }, allowScripts)).toBe(null);
  });

  test('what npm would take for an entry about a package that fails is taken out', () => {
    const allow = createRequire(import.meta.url)('@npmcli/arborist/lib/script-allowed.js') as (
      node: object,
      policy: unknown,
    ) => boolean | null;
    const { packages } = stand.rig.project['package-lock.json'];
    const middle = { ...packages['node_modules/middle'], isRegistryDependency: true };
    const forms = [
      '',
      '@',
      '@*',
      '@0.1.0',
      '@ 0.1.0',
      '@v0.1.0',
      '@=0.1.0',
      '@0.1.0+x',
      '@0.1.0 || 9.9.9',
      '@9||0.1.0',
    ];
    const others = ['@^0.1.0', '@latest', '@0.1.0(x)', '@npm:middle@0.1.0', '@0.1', '@0.1.x', '@>=0'];
    const failing = new Map([['middle', new Map([['0.1.0', 'failed'] as const])]]);
    for (const form of [...forms, ...others]) {
      const { entries } = planAllowList(new Map([[`middle${form}`, true]]), failing);
      expect([form, allow(middle, Object.fromEntries(entries))]).toEqual([form, null]);
    }
    expect(allow(middle, { middle: true })).toBe(true);
  });

  test('takes no package', () => {
    expect(() => parseCommandLine(['scripts', 'left'], '/')).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});
