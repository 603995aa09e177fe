/** What is built, from the sources in two places: the same bytes, and an SBOM and licences of what is in them. */
import { mkdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { build, clone, filesBelow, type Modules, otherClone, ROOT, readJson, temporary } from './support.ts';

const first = path.join(temporary('build'), 'a');
const second = path.join(temporary('build'), 'further', 'down', 'b');
const dist = path.join(first, 'dist');

beforeAll(async () => {
  mkdirSync(first);
  mkdirSync(second, { recursive: true });
  clone(first);
  otherClone(second);
  await Promise.all([build(first), build(second, { TZ: 'Asia/Tokyo', LC_ALL: 'C', FORCE_COLOR: '1' })]);
}, 300_000);

test('two builds are the same in every byte', () => {
  const names = filesBelow(dist);
  expect(names.length).toBeGreaterThan(50);
  expect(filesBelow(path.join(second, 'dist'))).toEqual(names);
  const differing = names.filter(
    (name) => !readFileSync(path.join(dist, name)).equals(readFileSync(path.join(second, 'dist', name))),
  );
  expect(differing).toEqual([]);
});

test('nothing tells where it was built', () => {
  const told = filesBelow(dist).filter((name) => {
    const text = readFileSync(path.join(dist, name), 'utf8');
    return [first, ROOT].some((folder) => text.includes(folder));
  });
  expect(told).toEqual([]);
});

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly object[];
  readonly 'bom-ref': string;
}
interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: { readonly purl: string; readonly 'bom-ref': string } };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** By walking up from every module that is in a chunk, and from the seeds that are inside as a text. */
function packagesInside(): ReadonlyMap<string, string> {
  const modules = readJson<Modules>(path.join(first, 'build', 'modules.json'));
  const ids = Object.values(modules).flatMap((chunk) => Object.keys(chunk.modules));
  const found = new Map<string, string>();
  for (const id of [...ids, 'node_modules/@sigstore/tuf/seeds.json']) {
    for (let folder = path.dirname(path.join(ROOT, id)); folder !== ROOT; folder = path.dirname(folder)) {
      const manifest = manifestIn(folder);
      if (manifest?.name === undefined || manifest.version === undefined) continue;
      found.set(`pkg:npm/${manifest.name.replace('@', '%40')}@${manifest.version}`, folder);
      break;
    }
  }
  return found;
}

function manifestIn(folder: string): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return readJson(path.join(folder, 'package.json'));
  } catch {
    return undefined;
  }
}

describe('sbom.json', () => {
  const sbom = (): Sbom => readJson(path.join(dist, 'sbom.json'));

  test('lists exactly the packages whose modules are in the chunks', () => {
    const { components } = sbom();
    expect(components.length).toBeGreaterThan(20);
    expect(components.map(({ purl }) => purl)).toEqual([...packagesInside().keys()].sort());
  });

  test('each with its name, version, licence, and the digest of package-lock.json', () => {
    const lock = readJson<{
      packages: Record<string, { version: string; license: string; integrity: string }>;
    }>(path.join(ROOT, 'package-lock.json'));
    const inside = packagesInside();
    for (const { group, name, version, purl, hashes, licenses, ...component } of sbom().components) {
      const full = group === undefined ? name : `${group}/${name}`;
      expect(purl).toBe(`pkg:npm/${full.replace('@', '%40')}@${version}`);
      expect(component['bom-ref']).toBe(purl);
      const place = path.relative(ROOT, inside.get(purl)!).split(path.sep).join('/');
      const locked = lock.packages[place]!;
      expect({ purl, version, licenses }).toEqual({
        purl,
        version: locked.version,
        licenses: [{ license: { id: locked.license } }],
      });
      const digest = Buffer.from(hashes[0]!.content, 'hex').toString('base64');
      expect(`${hashes[0]!.alg.replace('SHA-', 'sha')}-${digest}`).toBe(locked.integrity);
    }
  });

  test('is CycloneDX 1.6, has no serial and no time, and every reference leads somewhere', () => {
    const { bomFormat, specVersion, metadata, components, dependencies } = sbom();
    expect({ bomFormat, specVersion }).toEqual({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    expect(readFileSync(path.join(dist, 'sbom.json'), 'utf8')).not.toMatch(/"serialNumber"|"timestamp"/);
    const refs = [metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])];
    expect(dependencies.map(({ ref }) => ref).sort()).toEqual([...refs].sort());
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.includes(ref))).toEqual(
      [],
    );
    // Whatever is inside is needed by something that is.
    const needed = new Set(dependencies.flatMap(({ dependsOn }) => dependsOn));
    expect(components.map(({ purl }) => purl).filter((purl) => !needed.has(purl))).toEqual([]);
  });
});

test('the licence of every package is there, word for word', () => {
  const words = (text: string): string => text.replace(/\s+/g, ' ').trim();
  const notice = readFileSync(path.join(dist, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  const all = words(notice);
  const missing: string[] = [];
  for (const [purl, folder] of packagesInside()) {
    const [name, version] = decodeURIComponent(purl)
      .slice('pkg:npm/'.length)
      .split(/(?<=.)@/);
    if (!notice.includes(`${name} ${version} (`)) missing.push(purl);
    const files = filesBelow(folder).filter((file) => /^(?:licen[sc]e|copying|notice)[^/]*$/i.test(file));
    for (const file of files)
      if (!all.includes(words(readFileSync(path.join(folder, file), 'utf8'))))
        missing.push(`${purl} ${file}`);
  }
  expect(missing).toEqual([]);
});

test('source maps lead to the line', () => {
  const chunks = filesBelow(dist).filter((name) => name.endsWith('.map'));
  expect(chunks.length).toBeGreaterThan(20);
  for (const name of chunks) {
    const map = readJson<{ version: number; sources: readonly string[]; sourcesContent?: unknown }>(
      path.join(dist, name),
    );
    const leads = map.sources.filter((source) => !source.startsWith('../../src/'));
    expect({ name, leads, version: map.version, content: map.sourcesContent }).toEqual({
      name,
      leads: [],
      version: 3,
      content: undefined,
    });
  }
  const sentence = 'the work stopped before it was done';
  const name = chunks.find((one) =>
    readFileSync(path.join(dist, one.slice(0, -4)), 'utf8').includes(sentence),
  )!;
  const lines = readFileSync(path.join(dist, name.slice(0, -4)), 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes(sentence));
  const payload = readJson<ConstructorParameters<typeof SourceMap>[0]>(path.join(dist, name));
  const entry = new SourceMap(payload).findEntry(line, lines[line]!.indexOf(sentence));
  const source = path.resolve(dist, 'chunks', (entry as { originalSource: string }).originalSource);
  const original = readFileSync(source, 'utf8').split('\n');
  expect(original[(entry as { originalLine: number }).originalLine]).toContain(sentence);
});
