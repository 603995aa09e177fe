/**
 * Settings of a project by which install scripts run although the allow list does not say so. They are named, never
 * changed: what they mean to the project only a person knows. Measured with npm 12, pnpm 10 and pnpm 12.
 */
import path from 'node:path';
import { readFileBounded } from '../core/files.ts';
import { parseJsonText } from '../core/json.ts';
import { limits } from '../core/limits.ts';

/** pnpm's, in pnpm-workspace.yaml. */
const WORKSPACE = [
  'dangerouslyAllowAllBuilds',
  'neverBuiltDependencies',
  'onlyBuiltDependencies',
  'onlyBuiltDependenciesFile',
] as const;
/** The same under `pnpm` of package.json, of which pnpm 10 takes these in place of what pnpm-workspace.yaml says. */
const MANIFEST = ['allowBuilds', ...WORKSPACE] as const;
/** npm's, in .npmrc. The list there counts as long as that of package.json is empty. */
const NPMRC = ['allow-scripts', 'dangerously-allow-all-scripts'] as const;

/** @param workspace  top level of pnpm-workspace.yaml */
export async function besidesOfPnpm(
  folder: string,
  workspace: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const root = jsonOf(await textOf(path.join(folder, 'package.json')));
  const manifest = isMap(root) && Object.hasOwn(root, 'pnpm') && isMap(root.pnpm) ? root.pnpm : {};
  return [
    ...WORKSPACE.filter((name) => isSet(workspace, name)),
    ...MANIFEST.filter((name) => isSet(manifest, name)).map((name) => `pnpm.${name} of package.json`),
  ];
}

export async function besidesOfNpm(folder: string): Promise<readonly string[]> {
  const text = await textOf(path.join(folder, '.npmrc'));
  const lines = (text ?? '').split(/\r?\n/).map((line) => line.trim());
  return NPMRC.filter((name) => lines.some((line) => setsNpmrc(line, name))).map(
    (name) => `${name} of .npmrc`,
  );
}

/** `name = value`, `name[] = value`, or the name alone, which means true. */
function setsNpmrc(line: string, name: string): boolean {
  const at = line.indexOf('=');
  const key = (at < 0 ? line : line.slice(0, at)).trim().replace(/^["']|["']$|\[\]$/g, '');
  return key === name && !(at >= 0 && /^["']?(?:false)?["']?$/.test(line.slice(at + 1).trim()));
}

function isSet(map: Readonly<Record<string, unknown>>, name: string): boolean {
  return Object.hasOwn(map, name) && map[name] !== false && map[name] !== null;
}

/** Undefined where it cannot be read: then the package manager cannot read it either. */
async function textOf(file: string): Promise<string | undefined> {
  const found = await readFileBounded(file, limits.manifestBytesMax).catch(() => undefined);
  return found?.status === 'read' ? new TextDecoder().decode(found.bytes) : undefined;
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : parseJsonText(text, 'package.json');
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
