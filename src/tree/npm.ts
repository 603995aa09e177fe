import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { isObject, type JsonObject, member } from '../core/json.ts';
import { parseWrittenJson } from '../core/written-json.ts';
import { malformed, reading, unsupported } from './failure.ts';
import type { Graph } from './graph.ts';
import { linesOfKeys } from './lines.ts';
import { readManifest } from './manifest.ts';
import { readEntries } from './npm-entry.ts';
import { graphOf } from './npm-graph.ts';
import { listingOf } from './npm-listing.ts';
import type { Listing } from './npm-nesting.ts';

/** What is kept of a lockfile's text. Version 1 has to be converted, which takes the package.json beside it. */
export type NpmDocument =
  | { readonly version: 1; readonly lockfile: JsonObject }
  | {
      readonly version: 2 | 3;
      readonly listing: Listing;
      /** 1-based, by location. */
      readonly lines: ReadonlyMap<string, number>;
    };

/** @throws {VerifyDepsError} `lockfile-malformed`, `lockfile-unsupported` */
export function parseNpm(file: string, text: string): NpmDocument {
  const lockfile = reading(file, () => parseWrittenJson(text, 'lockfile'));
  if (!isObject(lockfile)) throw malformed(file, 'not a JSON object');
  const version = versionOf(file, lockfile);
  if (version === 1) return { version, lockfile };
  const packages = member(lockfile, 'packages');
  if (!isObject(packages)) throw malformed(file, `lockfileVersion ${version} without an object "packages"`);
  const lines = linesOfKeys(text, '"packages"', Object.keys(packages));
  return { version, lines, listing: listingOf(file, readEntries(file, packages)) };
}

/**
 * Reads package-lock.json and npm-shrinkwrap.json, versions 1 to 3. The nodes are the entries of the file, each of them;
 * npm's own rules say how they depend on one another. package.json files, node_modules and the network play no part,
 * but for the root package.json, which alone knows the direct dependencies of version 1 and the overrides, and decides with
 * the lockfile which dependencies are for development only.
 * @param file  absolute path, for messages and for the package.json beside it
 * @throws {VerifyDepsError} `lockfile-malformed`, `lockfile-unsupported`
 */
export async function readNpm(file: string, document: NpmDocument): Promise<Graph> {
  const manifest = await readManifest(path.dirname(file));
  if (document.version !== 1) return graphOf({ file, manifest, ...document });
  const { lockfile, version } = document;
  const packages = await converting(file, async () => {
    const { packagesOfVersion1 } = await import('./npm-v1.ts');
    return packagesOfVersion1(file, lockfile, manifest);
  });
  const listing = listingOf(file, readEntries(file, packages));
  return graphOf({ file, version, listing, lines: new Map(), manifest });
}

/** Every field has been checked by now; should npm's conversion still stumble, it is over the lockfile. */
async function converting<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VerifyDepsError) throw error;
    throw malformed(file, `npm cannot make a tree of it: ${error instanceof Error ? error.message : error}`);
  }
}

function versionOf(file: string, lockfile: JsonObject): 1 | 2 | 3 {
  const version = member(lockfile, 'lockfileVersion');
  if (version === undefined) throw malformed(file, 'no lockfileVersion: not a lockfile of npm 5 or later');
  if (version === 1 || version === 2 || version === 3) return version;
  if (typeof version !== 'number' || !Number.isInteger(version))
    throw malformed(file, `lockfileVersion is ${JSON.stringify(version).slice(0, 40)}, not a whole number`);
  throw unsupported(
    file,
    `lockfileVersion ${version} is not read; versions 1, 2 and 3 are`,
    'let npm write it again with: npm install --package-lock-only --lockfile-version 3',
  );
}
