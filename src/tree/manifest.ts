import path from 'node:path';
import { ProofError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { isObject, type JsonObject, type JsonValue, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';

/**
 * The package.json in a folder, or undefined where there is none that can be read. It only adds names and the reasons
 * for what the lockfile says; a lockfile is read without it as well.
 */
export async function readManifest(folder: string): Promise<JsonObject | undefined> {
  try {
    const read = await readFileBounded(path.join(folder, 'package.json'), limits.manifestBytesMax);
    if (read.status !== 'read') return undefined;
    const value = parseJson(read.bytes, 'package.json', limits.manifestBytesMax);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof ProofError || isFileError(error)) return undefined;
    throw error;
  }
}

export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string';
}

/** What npm's `overrides` puts in place of what packages ask for, at any depth. */
export interface Overrides {
  /** The specs as written, URLs among them. */
  readonly specs: ReadonlySet<string>;
  /** Names that an alias (`npm:name@range`) among them leads to. */
  readonly aliased: ReadonlySet<string>;
}

export function overridesOf(manifest: JsonObject | undefined): Overrides {
  const specs = new Set<string>();
  const visit = (value: JsonValue | undefined): void => {
    if (typeof value === 'string') specs.add(value);
    else if (isObject(value)) for (const item of Object.values(value)) visit(item);
  };
  if (manifest !== undefined) {
    visit(member(manifest, 'overrides'));
    // `$name` stands for what the project itself asks for.
    if ([...specs].some((spec) => spec.startsWith('$')))
      for (const key of ['dependencies', 'devDependencies', 'optionalDependencies'])
        visit(member(manifest, key));
  }
  const aliased = new Set<string>();
  for (const spec of specs) {
    const name = /^npm:(@?[^@]+)/.exec(spec)?.[1];
    if (name !== undefined) aliased.add(name);
  }
  return { specs, aliased };
}
