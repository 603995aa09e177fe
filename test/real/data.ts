import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Folder of real packages' signatures and attestations, read in place and never copied. It lies beside the checkout in
 * CI; elsewhere these suites say that it is missing and run nothing.
 */
export const dataFolder: string = path.resolve(ROOT, process.env.VERIFY_DEPS_TEST_DATA ?? '../shared/data');
export const hasData: boolean = existsSync(path.join(dataFolder, 'INDEX.json'));
export const missing: string = hasData
  ? ''
  : ` (not run: no test data at ${path.relative(ROOT, dataFolder)})`;

export function readBytes(...parts: readonly string[]): Buffer {
  return readFileSync(path.join(dataFolder, ...parts));
}

export function readJson<T>(...parts: readonly string[]): T {
  return JSON.parse(readBytes(...parts).toString('utf8')) as T;
}

export interface Dist {
  readonly name: string;
  readonly version: string;
  readonly dist: {
    readonly integrity: string;
    readonly shasum?: string;
    readonly signatures?: readonly { readonly keyid: string; readonly sig: string }[];
  };
  readonly publishTime?: string;
}

export interface RealPackage extends Dist {
  readonly folder: string;
  readonly attestations: Buffer;
  /** Predicate types of its attestations with the verdict the data's makers found. */
  readonly listed: readonly {
    readonly predicateType: string;
    readonly verdict: string;
    readonly san?: string;
  }[];
}

export function realPackages(): readonly RealPackage[] {
  return readdirSync(path.join(dataFolder, 'npm-real'))
    .filter((folder) => folder.includes('@'))
    .sort()
    .map((folder) => {
      const meta = readJson<{ attestations: RealPackage['listed'] }>('npm-real', folder, 'meta.json');
      return {
        ...readJson<Dist>('npm-real', folder, 'dist.json'),
        folder,
        attestations: readBytes('npm-real', folder, 'attestations.json'),
        listed: meta.attestations,
      };
    });
}

export interface Tuple {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
  readonly publishTime?: string;
}

export function tuples(file: string): readonly Tuple[] {
  const text = readBytes('npm-real', 'registry-signatures', file).toString('utf8');
  if (file.endsWith('.json')) return JSON.parse(text) as readonly Tuple[];
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Tuple);
}
