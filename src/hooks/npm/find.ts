/** Which npm a person gets who types `npm`: that one plans and installs. */
import { execFile } from 'node:child_process';
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { VerifyDepsError } from '../../core/errors.ts';
import { isObject, member, parseJson, parseJsonText } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { printable } from '../../core/text.ts';
import { parseUserAgent } from './user-agent.ts';

export interface Npm {
  /** Absolute path of npm-cli.js. */
  readonly cli: string;
  /** The node that runs it. */
  readonly node: string;
  readonly version: string;
  readonly major: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The oldest npm whose parts are patched the way that is tested. */
const MAJOR_MIN = 10;
/** How long a wrapper may take to start npm, and what it may say meanwhile. */
const ASK_MS_MAX = 20_000;
const ASK_CHARS_MAX = 65_536;

/**
 * npm names itself in `npm_execpath` to what it starts (npx, scripts); else it is the first on PATH, and if that is a
 * wrapper (of a version manager, of a company) the one that it starts. What lies in a node_modules folder at or above the
 * project is passed over: npx puts these on PATH, and an installed package must not be what installs.
 * @throws {VerifyDepsError} `npm-unusable`
 */
export async function findNpm(env: Environment, cwd: string): Promise<Npm> {
  const { npm_execpath: named, npm_node_execpath: itsNode } = env;
  if (named !== undefined && path.isAbsolute(named)) {
    const node = itsNode !== undefined && path.isAbsolute(itsNode) ? itsNode : process.execPath;
    const npm = await npmAt(await real(named), node, cwd);
    if (npm !== undefined) return usable(npm);
  }
  const folders = (env.PATH ?? env.Path ?? '').split(path.delimiter).filter((it) => path.isAbsolute(it));
  for (const folder of folders) {
    const file = path.join(folder, process.platform === 'win32' ? 'npm.cmd' : 'npm');
    if (!(await isFile(file)) || (await isOfProject(file, cwd))) continue;
    const npm = (await npmAt(await real(file), process.execPath, cwd)) ?? (await startedBy(file, env, cwd));
    if (npm !== undefined) return usable(npm);
    throw unusable(
      `${printable(file)} starts no npm that can be found`,
      'put npm itself on PATH, or name its npm-cli.js in npm_execpath',
    );
  }
  throw unusable('no npm on PATH', 'install npm, or name its npm-cli.js in npm_execpath');
}

function usable(npm: Npm): Npm {
  if (npm.major >= MAJOR_MIN) return npm;
  throw unusable(
    `npm ${printable(npm.version, 40)} is older than npm ${MAJOR_MIN}`,
    'update npm, or run `verify-deps && npm ci`',
  );
}

function unusable(why: string, hint: string): VerifyDepsError {
  return new VerifyDepsError('npm-unusable', why, { hint });
}

async function npmAt(cli: string, node: string, cwd: string): Promise<Npm | undefined> {
  if (path.basename(cli) !== 'npm-cli.js' || !(await isFile(cli)) || (await isOfProject(cli, cwd)))
    return undefined;
  const version = await versionOf(path.join(path.dirname(cli), '..', 'package.json'));
  const major = parseUserAgent(`npm/${version}`)?.major;
  return version === undefined || major === undefined ? undefined : { cli, node, version, major };
}

/** The npm behind a wrapper, which only the wrapper knows: it is asked for npm's version, and npm gives itself away. */
async function startedBy(wrapper: string, env: Environment, cwd: string): Promise<Npm | undefined> {
  if (process.platform === 'win32') {
    const beside = path.join(path.dirname(wrapper), 'node_modules', 'npm', 'bin', 'npm-cli.js');
    return npmAt(beside, process.execPath, cwd);
  }
  const options = `${env.NODE_OPTIONS ?? ''} --import=${new URL('./reveal.js', import.meta.url).href}`;
  const said = await new Promise<string>((resolve) => {
    execFile(
      wrapper,
      ['--version'],
      { cwd, env: { ...env, NODE_OPTIONS: options }, timeout: ASK_MS_MAX, maxBuffer: ASK_CHARS_MAX },
      (_error, stdout) => resolve(stdout),
    );
  });
  for (const line of said.split('\n')) {
    if (!line.startsWith('{')) continue;
    const found = parseJsonText(line, 'npm');
    const [cli, node] = isObject(found) ? [member(found, 'npm'), member(found, 'node')] : [];
    if (typeof cli === 'string' && typeof node === 'string') return npmAt(await real(cli), node, cwd);
  }
  return undefined;
}

async function versionOf(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  if (bytes === undefined || bytes.length > limits.manifestBytesMax) return undefined;
  const manifest = parseJson(bytes, 'package.json', limits.manifestBytesMax);
  const version = isObject(manifest) && member(manifest, 'name') === 'npm' && member(manifest, 'version');
  return typeof version === 'string' ? version : undefined;
}

/** In the node_modules of this folder or of one above it. */
async function isOfProject(file: string, cwd: string): Promise<boolean> {
  const places = [file, await real(file)];
  for (let folder = await real(cwd); ; folder = path.dirname(folder)) {
    const modules = path.join(folder, 'node_modules') + path.sep;
    if (places.some((place) => place.startsWith(modules))) return true;
    if (path.dirname(folder) === folder) return false;
  }
}

function real(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}

async function isFile(file: string): Promise<boolean> {
  const info = await stat(file).catch(() => undefined);
  return info?.isFile() === true;
}
