/** Clones of what a build needs, each in a folder of its own, and builds of them. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';

export const ROOT: string = path.join(import.meta.dirname, '..', '..');
export const run: typeof promised = promisify(execFile) as typeof promised;
declare function promised(
  file: string,
  args: readonly string[],
  options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> },
): Promise<{ readonly stdout: string; readonly stderr: string }>;

const INPUTS = [
  'LICENSE',
  'README.md',
  'bin',
  'package-lock.json',
  'package.json',
  'policies',
  'scripts',
  'src',
  'tsconfig.build.json',
  'tsconfig.json',
];

const made: string[] = [];

/** A temporary folder that is gone after the tests of the file. */
export function temporary(name: string): string {
  if (made.length === 0) afterAll(() => made.map((one) => rmSync(one, { recursive: true, force: true })));
  const folder = mkdtempSync(path.join(tmpdir(), `verify-deps-${name}-`));
  made.push(folder);
  return folder;
}

/** As `git clone` and `npm ci` would leave it. @param inputs  in the order in which they are written */
export function clone(folder: string, inputs: readonly string[] = INPUTS, time?: Date): void {
  for (const name of inputs) {
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
    if (time === undefined) continue;
    for (const file of [name, ...filesBelow(path.join(folder, name)).map((one) => path.join(name, one))])
      utimesSync(path.join(folder, file), time, time);
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
}

/** Another clone of the same, made otherwise: deeper, later, the other way round. */
export function otherClone(folder: string): void {
  clone(folder, [...INPUTS].reverse(), new Date(1_000_000_000_000));
}

/** What `npm pack` runs before it packs. */
export async function build(folder: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  const options = { cwd: folder, env: { ...process.env, ...env } };
  await run(process.execPath, [binOf('typescript', 'tsc'), '-p', 'tsconfig.build.json'], options);
  await run(process.execPath, [path.join(folder, 'scripts', 'bundle.mjs'), '--clean'], options);
}

/** The package of the sources as they are, with the declarations of the last `npm run build`. */
export async function assemble(folder: string): Promise<void> {
  for (const name of ['LICENSE', 'README.md', 'bin', 'docs/findings.md', 'package.json'])
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  const options = [
    '--clean',
    '--out',
    path.join(folder, 'dist'),
    '--modules',
    path.join(folder, 'modules.json'),
  ];
  await run(process.execPath, [path.join(ROOT, 'scripts', 'bundle.mjs'), ...options]);
}

/** The program of a package, to be run by node. */
export function binOf(name: string, program: string): string {
  const folder = path.join(ROOT, 'node_modules', name);
  const { bin } = readJson<{ readonly bin: Readonly<Record<string, string>> }>(
    path.join(folder, 'package.json'),
  );
  return path.join(folder, bin[program]!);
}

/** Puts a package of ours into the node_modules of a folder. */
export function link(name: string, folder: string): void {
  const target = path.join(folder, 'node_modules', name);
  mkdirSync(path.dirname(target), { recursive: true });
  if (!existsSync(target)) symlinkSync(path.join(ROOT, 'node_modules', name), target);
}

/** Paths with slashes, sorted. */
export function filesBelow(folder: string): readonly string[] {
  let entries: readonly { isFile(): boolean; parentPath: string; name: string }[];
  try {
    entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

/** build/modules.json: bytes of each module by chunk, paths from the root. */
export interface Modules {
  readonly [chunk: string]: { readonly bytes: number; readonly modules: Readonly<Record<string, number>> };
}

/** Names of the packages that a chunk has modules of. */
function packagesIn(modules: Modules, chunk: string): readonly string[] {
  const ids = Object.keys(modules[chunk]?.modules ?? {});
  const names = ids.map((id) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

export interface Loaded {
  readonly chunks: number;
  /** Names of the packages that the chunks have modules of. */
  readonly packages: readonly string[];
}

/** What a command of an installed package loads. @param source  where it was assembled */
export async function loaded(
  installed: string,
  source: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Loaded> {
  const folder = temporary('loaded');
  const list = path.join(folder, 'loaded.txt');
  const trace = path.join(folder, 'trace.cjs');
  const text = `require('node:fs').writeFileSync(${JSON.stringify(list)}, Object.keys(require.cache).join('\\n'))`;
  writeFileSync(trace, `process.on('exit', () => ${text});\n`);
  const bin = path.join(installed, 'bin', 'verify-deps.js');
  await run(process.execPath, ['--require', trace, bin, ...args], { cwd, env });
  const chunks = readFileSync(list, 'utf8')
    .split('\n')
    .filter((file) => file !== trace && file.endsWith('.cjs'))
    .map((file) => path.basename(file));
  const modules = readJson<Modules>(path.join(source, 'modules.json'));
  return { chunks: chunks.length, packages: chunks.flatMap((chunk) => packagesIn(modules, chunk)) };
}
