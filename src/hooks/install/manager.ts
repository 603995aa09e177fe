/** Which package manager installs a project, and in which version. */
import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { printable } from '../../core/text.ts';
import { LOCKFILES, malformed, type Project, readText, textAt } from './project.ts';
import type { FoundManager, ManagerName } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const TIMEOUT_MS = 10_000;
const OUTPUT_BYTES_MAX = 4096;

/** Files that only one manager writes. */
const FILES: Readonly<Record<ManagerName, readonly string[]>> = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json'],
  pnpm: ['pnpm-lock.yaml', 'pnpm-workspace.yaml'],
  yarn: ['yarn.lock', '.yarnrc.yml', '.yarnrc'],
  bun: ['bun.lock', 'bun.lockb', 'bunfig.toml'],
  deno: ['deno.lock', 'deno.json', 'deno.jsonc'],
};
const names = Object.keys(FILES) as readonly ManagerName[];

/**
 * By `packageManager` of package.json, then `devEngines.packageManager`, then the lockfile, then other files; npm where there
 * is nothing of all that.
 * @throws {VerifyDepsError} `setup-malformed` where two contradict each other
 */
export async function findManager(project: Project, env: Environment): Promise<FoundManager> {
  const { name, why, version } = chosen(project);
  const said = version ?? (name === 'yarn' ? await yarnOf(project) : undefined);
  // npm and bun run as what is on PATH, whatever package.json says; pnpm and yarn fetch the version it names.
  const own = name === 'npm' || name === 'bun';
  const found = own || said === undefined ? await versionOnPath(name, project, env) : undefined;
  const known = own ? (found ?? said) : (said ?? found);
  return { name, why, version: known, major: majorOf(known) };
}

function chosen(project: Project): Pick<FoundManager, 'name' | 'why' | 'version'> {
  for (const [keys, why] of [
    [['packageManager'], 'packageManager in package.json'],
    [['devEngines', 'packageManager', 'name'], 'devEngines in package.json'],
  ] as const) {
    const text = textAt(project, ...keys);
    const [word = '', rest] = text?.split('@', 2) ?? [];
    const name = names.find((known) => known === word);
    if (name !== undefined) return { name, why, version: /^\d+\.\d+\.\d+[^+\s]*/.exec(rest ?? '')?.[0] };
  }
  const by = (isWanted: (file: string) => boolean): readonly (readonly [ManagerName, string])[] =>
    names.flatMap((name) => {
      const file = FILES[name].find((one) => isWanted(one) && project.names.has(one));
      return file === undefined ? [] : [[name, file] as const];
    });
  const locked = by((file) => LOCKFILES.has(file));
  const found = locked.length > 0 ? locked : by(() => true);
  if (found.length > 1) {
    const files = found.map(([, file]) => file).join(' and ');
    throw malformed(
      `${files} are of different package managers`,
      'say which one installs here: packageManager in package.json, as "pnpm@10.34.9"',
    );
  }
  const [name, file] = found[0] ?? ['npm', undefined];
  return { name, why: file ?? 'default, as there is no lockfile', version: undefined };
}

/** The file that `yarnPath` names bears the version; a yarn 1 on PATH only starts it. */
async function yarnOf({ folder, names: files }: Project): Promise<string | undefined> {
  if (!files.has('.yarnrc.yml')) return undefined;
  const text = (await readText(path.join(folder, '.yarnrc.yml'))) ?? '';
  return /^yarnPath:\s*["']?[^\s"']*yarn-(\d+\.\d+\.\d+[\w.-]*?)\.c?js["']?\s*$/m.exec(text)?.[1];
}

export function majorOf(version: string | undefined): number | undefined {
  const digits = /^(\d{1,4})\./.exec(version ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * What the program on PATH says. It is started in the folder for temporary files, so that no setting and no program of the
 * project takes part, and what lies in a node_modules folder is passed over, because npx puts those on PATH.
 */
async function versionOnPath(
  name: ManagerName,
  { folder }: Project,
  env: Environment,
): Promise<string | undefined> {
  const inside = await realpath(folder).catch(() => folder);
  const folders = (env.PATH ?? env.Path ?? '')
    .split(path.delimiter)
    .filter((it) => path.isAbsolute(it) && !isIn(inside, it) && !/[\\/]node_modules[\\/]\.bin$/.test(it));
  const isWindows = process.platform === 'win32';
  const output = await new Promise<string>((resolve) => {
    execFile(
      name,
      ['--version'],
      {
        cwd: os.tmpdir(),
        env: {
          ...env,
          PATH: folders.join(path.delimiter),
          // Wrappers that would fetch a program first.
          COREPACK_ENABLE_NETWORK: '0',
          COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
        },
        encoding: 'utf8',
        timeout: TIMEOUT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: OUTPUT_BYTES_MAX,
        windowsHide: true,
        // Both words are ours; without a shell Windows starts no .cmd.
        shell: isWindows,
      },
      (error, stdout) => resolve(error === null ? stdout : ''),
    );
  });
  return /^(?:deno )?v?(\d+\.\d+\.\d+[\w.-]*)/.exec(printable(output.split('\n', 1)[0] ?? '').trim())?.[1];
}

function isIn(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return !relative.startsWith('..') && !path.isAbsolute(relative);
}
