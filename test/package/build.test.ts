/** What is built, from the sources in two places: the same bytes, and an SBOM and licences of what is in them. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  build,
  clone,
  filesBelow,
  type Modules,
  otherClone,
  ROOT,
  readJson,
  run,
  temporary,
} from './support.ts';

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
  expect(names.length).toBeGreaterThan(30);
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

describe('the source map', () => {
  const folder = path.join(dist, 'chunks');
  const chunks = (): readonly (readonly [string, readonly string[]])[] =>
    filesBelow(folder)
      .filter((name) => !name.endsWith('.map'))
      .map((name) => [name, readFileSync(path.join(folder, name), 'utf8').split('\n')]);
  const mapped = (): ReturnType<typeof chunks> =>
    chunks().filter(([, lines]) => lines.at(-2) === '//# sourceMappingURL=chunks.map');

  test('is one for all chunks, no two of which have code on the same line', () => {
    expect(mapped().length).toBeGreaterThan(15);
    const taken = new Set<number>();
    for (const [name, lines] of mapped()) {
      const first = lines.findIndex((line) => line !== '');
      const own = lines.slice(first, -2).map((_, index) => first + index);
      expect({ name, shared: own.filter((line) => taken.has(line)) }).toEqual({ name, shared: [] });
      for (const line of own) taken.add(line);
    }
  });

  test('names sources of ours by their place in the repository, and has none of them inside', () => {
    const map = readJson<{ version: number; sources: readonly string[]; sourcesContent?: unknown }>(
      path.join(folder, 'chunks.map'),
    );
    expect(map.version).toBe(3);
    expect(map.sourcesContent).toBeUndefined();
    expect(new Set(map.sources).size).toBe(map.sources.length);
    expect(map.sources.filter((source) => !existsSync(path.join(ROOT, 'dist', 'chunks', source)))).toEqual(
      [],
    );
    expect(map.sources.filter((source) => !source.startsWith('../../src/'))).toEqual([]);
  });

  test.each([
    ['the work stopped before it was done', /^start-/],
    ['this installation of verify-deps has no plugin', /^hook-install-/],
    ['is not an http(s) URL', /^check-/],
    ['a plan of another form than npm makes', /^preload\.js$/],
  ])('leads to the line that says: %s', (sentence, where) => {
    const [, lines] = mapped().find(
      ([name, all]) => where.test(name) && all.some((line) => line.includes(sentence)),
    )!;
    const line = lines.findIndex((text) => text.includes(sentence));
    const payload = readJson<ConstructorParameters<typeof SourceMap>[0]>(path.join(folder, 'chunks.map'));
    const entry = new SourceMap(payload).findEntry(line, lines[line]!.indexOf(sentence));
    const source = path.resolve(folder, (entry as { originalSource: string }).originalSource);
    const original = readFileSync(source, 'utf8').split('\n');
    expect(original[(entry as { originalLine: number }).originalLine]).toContain(sentence);
  });

  test('is what Node.js shows stacks with', async () => {
    const start = mapped().find(([name]) => name.startsWith('check-'))![0];
    const script = `require(${JSON.stringify(path.join(folder, start))});
      const map = require('node:module').findSourceMap(${JSON.stringify(path.join(folder, start))});
      console.log(map.payload.sources.length > 100);`;
    const { stdout } = await run(process.execPath, ['--enable-source-maps', '-e', script]);
    expect(stdout).toBe('true\n');
  });
});

test('chunks are ASCII, which Node.js reads at half the cost', () => {
  const other = filesBelow(path.join(dist, 'chunks')).filter((name) =>
    /[^\0-\x7f]/.test(readFileSync(path.join(dist, 'chunks', name), 'utf8')),
  );
  expect(other).toEqual([]);
});
