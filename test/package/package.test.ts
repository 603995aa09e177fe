/** The package as it is published: what is in it, and that it works where nothing else is. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeWorld } from '../sigstore/world.ts';
import { type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import { isolatedEnv } from '../support/rig/environment.mjs';
import {
  assemble,
  binOf,
  filesBelow,
  type Loaded,
  link,
  loaded,
  type Modules,
  ROOT,
  readJson,
  run,
  temporary,
} from './support.ts';

const BYTES_MAX = 3_000_000;
/** Unpacking a file takes half a millisecond and more, whatever stands in it. */
const FILES_MAX = 50;
/** Three builds and an installation may share two cores with everything else. */
const LONG_MS = 300_000;

const source = temporary('package');
const elsewhere = temporary('installed');
const installed = path.join(elsewhere, 'node_modules', 'verify-deps');
const env = { ...isolatedEnv(path.join(elsewhere, 'home')), PATH: process.env.PATH };

interface Packed {
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}
let packed: Packed;
let served: Served;
let project: TempProject;
let flags: readonly string[];

beforeAll(async () => {
  await assemble(source);
  const npm = { cwd: source, env: { ...env, npm_config_offline: 'true' } };
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts'], npm);
  packed = (JSON.parse(stdout) as readonly Packed[])[0]!;
  mkdirSync(path.join(elsewhere, 'home'), { recursive: true });
  writeFileSync(path.join(elsewhere, 'package.json'), '{}\n');
  const tarball = path.join(source, packed.filename);
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { ...npm, cwd: elsewhere });
  served = await serveRig({ packages: 4 });
  project = await tempProject(served);
  flags = [
    ...['--registry', served.server.url, '--tuf-mirror', `${served.server.url}tuf`],
    ...['--tuf-root', project.tufRoot, '--cache', project.cacheDir],
  ];
}, LONG_MS);
afterAll(async () => {
  await served.server.close();
  await project.remove();
});

/** As npx starts it, where there is no repository of ours around. */
async function verifyDeps(args: readonly string[], cwd = elsewhere, more: object = {}): Promise<string> {
  const bin = path.join(elsewhere, 'node_modules', '.bin', 'verify-deps');
  const { stdout, stderr } = await run(process.execPath, [bin, ...args], { cwd, env: { ...env, ...more } });
  expect(stderr).toBe('');
  return stdout;
}

describe('what is in it', () => {
  test('these files and no others, few and within 3 MB', () => {
    const patterns = [
      /^(?:LICENSE|README\.md|package\.json)$/,
      /^(?:bin\/verify-deps\.js|docs\/findings\.md)$/,
      /^bin\/package\.json$/,
      /^dist\/(?:THIRD-PARTY-LICENSES\.txt|index\.js|index\.d\.ts|plugins\.json|sbom\.json)$/,
      /^dist\/chunks\/(?:api|bun-scanner|pnpm-plugin|process|yarn-plugin)\.cjs$/,
      /^dist\/chunks\/(?:preload|reveal)\.js$/,
      /^dist\/chunks\/[a-z][\w.-]*-[\w-]{8}\.cjs$/,
      /^dist\/chunks\/chunks\.map$/,
    ];
    const names = packed.files.map((file) => file.path);
    expect(names.filter((name) => !patterns.some((pattern) => pattern.test(name)))).toEqual([]);
    for (const pattern of patterns) expect(names.some((name) => pattern.test(name))).toBe(true);
    expect(packed.unpackedSize).toBeLessThanOrEqual(BYTES_MAX);
    expect(names.length).toBeLessThanOrEqual(FILES_MAX);
  });

  test('it needs no other package and runs nothing when it is installed', () => {
    const manifest = readJson<Record<string, object>>(path.join(installed, 'package.json'));
    const keys = ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies'];
    expect(keys.filter((key) => manifest[key] !== undefined)).toEqual([]);
    const scripts = Object.keys(manifest.scripts ?? {});
    expect(scripts.filter((name) => /^(?:pre|post)?install$|^prepare$/.test(name))).toEqual([]);
    const lock = readJson<{ packages: object }>(path.join(elsewhere, 'package-lock.json'));
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/verify-deps']);
  });

  test('the registry that npm asks by default is named by npm’s own libraries only', async () => {
    const { default: library } = await import('@npmcli/config/lib/definitions/index.js');
    const { host } = new URL(String(library.defaults.registry));
    const modules = readJson<Modules>(path.join(source, 'modules.json'));
    const naming = filesBelow(installed).filter((name) =>
      readFileSync(path.join(installed, name), 'utf8').includes(host),
    );
    // By the sources of what is in the chunk: some library of it has the name, and nothing of ours.
    const seeds = 'node_modules/@sigstore/tuf/seeds.json';
    const has = (id: string): boolean => readFileSync(path.join(ROOT, id), 'utf8').includes(host);
    const others = naming.filter((name) => {
      const ids = Object.keys(modules[path.basename(name)]?.modules ?? {})
        .map((id) => (id === 'src/trust/seed-file.ts' ? seeds : id))
        .filter(has);
      return ids.length === 0 || ids.some((id) => id.startsWith('src/'));
    });
    expect(others).toEqual([]);
  });
});

describe('installed alone, without a network', () => {
  test('--version and --help', async () => {
    const { version } = readJson<{ version: string }>(path.join(ROOT, 'package.json'));
    expect(await verifyDeps(['--version'])).toBe(`${version}\n`);
    expect(await verifyDeps(['--help'])).toContain('verify-deps [COMMAND]');
  });

  test('check', async () => {
    expect(await verifyDeps(['check', ...flags], project.cwd)).toMatch(/^✔ passed/);
    const { outcome } = JSON.parse(
      await verifyDeps(['check', ...flags, '--tarballs', '--json'], project.cwd),
    ) as { readonly outcome: string };
    expect(outcome).toBe('passed');
  });

  test('check loads nothing from the folder that it is installed in', async () => {
    // A library would colour its log with it, if it is there.
    const other = path.join(elsewhere, 'node_modules', 'supports-color');
    const loaded = path.join(elsewhere, 'loaded.txt');
    mkdirSync(other);
    writeFileSync(
      path.join(other, 'index.js'),
      `require('node:fs').writeFileSync(${JSON.stringify(loaded)}, '')`,
    );
    const cache = path.join(elsewhere, 'cold-cache');
    const bin = path.join(installed, 'bin', 'verify-deps.js');
    const args = [bin, 'check', ...flags.map((flag) => (flag === project.cacheDir ? cache : flag))];
    const options = {
      cwd: project.cwd,
      env: { ...env, http_proxy: 'http://127.0.0.1:9', npm_config_fetch_retries: '0' },
    };
    await expect(run(process.execPath, args, options)).rejects.toThrow('connection refused');
    expect(existsSync(loaded)).toBe(false);
    rmSync(other, { recursive: true });
  });

  test('check makes no code out of text', async () => {
    writeFileSync(path.join(project.cwd, 'verify-deps.yaml'), 'version: 1\nextends: observe\n');
    const bin = path.join(installed, 'bin', 'verify-deps.js');
    const args = ['--disallow-code-generation-from-strings', bin, 'check', ...flags];
    const { stdout } = await run(process.execPath, args, { cwd: project.cwd, env });
    expect(stdout).toContain('packages');
  });

  test('trust', async () => {
    expect(await verifyDeps(['trust', ...flags], project.cwd)).toContain('Trust root');
    // The certificates are described by a library that no other command loads.
    expect(await verifyDeps(['trust', ...flags, '--json'], project.cwd)).toContain('"serialNumber"');
  });

  test('policy', async () => {
    writeFileSync(path.join(project.cwd, 'verify-deps.yaml'), 'version: 1\nextends: strict\n');
    expect(await verifyDeps(['policy', 'show', ...flags], project.cwd)).toContain('strict');
    writeFileSync(path.join(project.cwd, 'verify-deps.yaml'), 'version: 1\nextends: observe\n');
    expect(await verifyDeps(['policy', 'check', ...flags], project.cwd)).not.toBe('');
  });

  test('hook, with the part of npm that reads a lockfile as npm does', async () => {
    const npm = {
      npm_config_user_agent: 'npm/12.0.0 node/v24.0.0 linux x64',
      npm_lifecycle_event: 'preinstall',
      npm_command: 'install',
    };
    expect(await verifyDeps(['hook', ...flags], project.cwd, npm)).toBe('');
    const file = path.join(project.cwd, 'package.json');
    const before = readFileSync(file, 'utf8');
    const manifest = JSON.parse(before) as { readonly dependencies: object };
    writeFileSync(
      file,
      JSON.stringify({ ...manifest, dependencies: { ...manifest.dependencies, late: '^1.0.0' } }),
    );
    await expect(verifyDeps(['hook', ...flags], project.cwd, npm)).rejects.toThrow('late@^1.0.0');
    writeFileSync(file, before);
  });

  test('bundle', async () => {
    const world = makeWorld(35);
    writeFileSync(path.join(elsewhere, 'b.json'), JSON.stringify(world.bundle('v0.3')));
    writeFileSync(path.join(elsewhere, 'root.json'), JSON.stringify(world.sigstore.trustedRoot()));
    const { workflowUri, issuer } = world.identity;
    const signer = ['--identity', workflowUri, '--issuer', issuer, '--trust-root', 'root.json'];
    expect(await verifyDeps(['bundle', 'b.json', ...signer])).toContain(workflowUri);
  });
});

describe('what a command loads', () => {
  const loadedBy = (args: readonly string[]): Promise<Loaded> =>
    loaded(installed, source, args, project.cwd, env);

  test('--help and --version load no library', async () => {
    for (const flag of ['--help', '--version']) {
      const { chunks, packages } = await loadedBy([flag]);
      expect(packages).toEqual([]);
      expect(chunks).toBeLessThanOrEqual(5);
    }
  });

  test('check loads nothing that only other commands need', async () => {
    await verifyDeps(['check', ...flags], project.cwd);
    const { packages } = await loadedBy(['check', ...flags]);
    const others = ['@npmcli/arborist', '@peculiar/x509', 'ora', 'pacote', 'reflect-metadata'];
    expect(others.filter((name) => packages.includes(name))).toEqual([]);
    expect(packages).not.toEqual([]);
  });
});

describe('the plugins of package managers', () => {
  test('are joined of the same chunks, each one file that needs nothing beside it', async () => {
    const { pluginsIn } = await import('../../src/hooks/install/plugin-file.ts');
    const plugins = pluginsIn(path.join(installed, 'dist'));
    const alone = temporary('plugin');
    const exported = {
      'pnpmfile.cjs': 'hooks',
      'pnpmfile.mjs': 'hooks',
      'bun-scanner.mjs': 'scanner',
    } as const;
    for (const name of [
      ...(Object.keys(exported) as (keyof typeof exported)[]),
      'yarn-plugin.cjs',
    ] as const) {
      const bytes = await plugins(name);
      const text = Buffer.from(bytes).toString('utf8');
      expect({ name, map: /^\/\/# sourceMappingURL/m.test(text), licences: text.includes('\nzod ') }).toEqual(
        {
          name,
          map: false,
          licences: true,
        },
      );
      writeFileSync(path.join(alone, name), bytes);
    }
    // From a file: with `-e` there would be names that a module does not have.
    const host = path.join(alone, 'host.mjs');
    writeFileSync(
      host,
      'const { 2: plugin, 3: what } = process.argv; console.log(typeof (await import(plugin))[what]);\n',
    );
    for (const [name, what] of Object.entries(exported)) {
      const args = [host, pathToFileURL(path.join(alone, name)).href, what];
      const { stdout, stderr } = await run(process.execPath, args, { cwd: alone, env });
      expect({ name, stdout, stderr }).toEqual({ name, stdout: 'object\n', stderr: '' });
    }
    // yarn sees the name where there is no `require`.
    const script = `const module = { exports: {} };
      new Function('module', require('node:fs').readFileSync('yarn-plugin.cjs', 'utf8'))(module);
      console.log(module.exports.name, typeof module.exports.factory)`;
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: alone, env });
    expect(stdout).toBe('plugin-verify-deps function\n');
  });

  test('a plugin that this installation does not have is a word of ours', async () => {
    const { pluginsIn } = await import('../../src/hooks/install/plugin-file.ts');
    await expect(pluginsIn(elsewhere)('pnpmfile.cjs')).rejects.toMatchObject({ code: 'setup-malformed' });
  });
});

describe('the public API', () => {
  test('runs', async () => {
    const script = `import * as api from 'verify-deps'; console.log(Object.keys(api).sort().join(' '));
      const { report } = await api.run({ report: 'none', ...JSON.parse(process.argv[1]) });
      console.log(report.outcome);`;
    const options = {
      ...{ cwd: project.cwd, registry: served.server.url, tufMirror: `${served.server.url}tuf` },
      ...{ tufRoot: project.tufRoot, cacheDir: project.cacheDir, env },
    };
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '-e', script, JSON.stringify(options)],
      { cwd: elsewhere, env },
    );
    const names = Object.keys(await import('../../src/index.ts')).sort();
    expect(stdout).toBe(`${names.join(' ')}\npassed\n`);
  });

  test.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
  ])('has types for module %s, moduleResolution %s', async (module, resolution) => {
    const folder = path.join(elsewhere, `types-${resolution}`);
    mkdirSync(folder);
    for (const name of ['@types/node', 'undici-types']) link(name, elsewhere);
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }\n');
    writeFileSync(
      path.join(folder, 'consumer.ts'),
      `import { loadPolicy, parseTrustRoot, run, VerifyDepsError, verifyBundle } from 'verify-deps';
import type { Check, BundleFacts, Evidence, Policy, Report, RunOptions, TrustRoot } from 'verify-deps';
const options: RunOptions = { cwd: '.', env: process.env };
const { report }: { readonly report: Report } = await run(options);
const outcome: 'passed' | 'failed' | 'undecided' = report.outcome;
const check: Check<BundleFacts> = await verifyBundle(new Uint8Array(), { trustRoot: parseTrustRoot(new Uint8Array()) });
if (check.status === 'verified') check.value.signer;
const evidence: Evidence | undefined = undefined;
const policy: Policy | undefined = undefined;
const root: TrustRoot | undefined = undefined;
console.log(outcome, evidence, policy, root, loadPolicy, new VerifyDepsError('usage', ''));
// @ts-expect-error: there is no such outcome
const none: 'maybe' = report.outcome;
// @ts-expect-error: what the inside calls it is nobody's to import
import type { ConnectOptions } from 'verify-deps';
console.log(none, undefined as unknown as ConnectOptions);
`,
    );
    const options = ['--noEmit', '--strict', '--target', 'es2022', '--types', 'node'];
    const args = [...options, '--module', module, '--moduleResolution', resolution, 'consumer.ts'];
    const { stdout } = await run(process.execPath, [binOf('typescript', 'tsc'), ...args], {
      cwd: folder,
    }).catch((error: { readonly stdout: string }) => error);
    expect(stdout).toBe('');
  });
});
