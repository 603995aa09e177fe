import { isBuiltin } from 'node:module';
import path from 'node:path';
import { rolldown } from 'rolldown';
import { compare } from './components.mjs';
import { grouping, groupNames } from './groups.mjs';
import { filesInside, SEEDS } from './inside.mjs';
import { edits, leftOut } from './left-out.mjs';
import { linesOnly } from './lines.mjs';
import { presetLayers } from './presets.mjs';

/** Folder of the chunks within dist. */
const CHUNKS = 'chunks';
/** Beside them. */
const MAP = 'chunks.map';
/** Entries that share their chunks. CommonJS, so that the same chunks can be joined to one file: src/hooks/install/plugin-file.ts. */
const ENTRIES = {
  api: 'index.ts',
  process: 'cli/process.ts',
  'pnpm-plugin': 'hooks/pnpm-plugin.ts',
  'yarn-plugin': 'hooks/yarn-plugin.ts',
  'bun-scanner': 'hooks/bun-scanner.ts',
};
/** Loaded into npm by their path, beside whatever asks for them (`./preload.js`), and alone. */
const ALONE = { preload: 'hooks/npm/preload.ts', reveal: 'hooks/npm/reveal.ts' };

const NAMES = { function: true, class: true };
const OUTPUT = {
  // Names of functions and classes stand in stacks, and libraries tell errors by them.
  minify: { compress: { keepNames: NAMES }, mangle: { keepNames: NAMES } },
  comments: { legal: true, annotation: false, jsdoc: false },
  // Node.js reads a file of other characters at twice the cost.
  charset: 'ascii',
  sourcemap: 'hidden',
  sourcemapExcludeSources: true,
  entryFileNames: '[name].cjs',
  chunkFileNames: chunkName,
};

/**
 * @returns  `chunks.files`: texts by their path in dist; `chunks.byName`: `{ entry, imports, dynamicImports, packages, code }`
 *   by file name; `modules`: ids of everything that is in them
 */
export async function build(root) {
  const { groups, expectUsed } = grouping(root);
  const main = await bundle(
    root,
    ENTRIES,
    { ...OUTPUT, format: 'cjs', strict: true, exports: 'named', codeSplitting: { groups } },
    [filesInside(root, await presetLayers(root)), leftOut(), edits()],
  );
  expectUsed();
  const alone = [];
  for (const [name, entry] of Object.entries(ALONE))
    alone.push(
      ...(await bundle(
        root,
        { [name]: entry },
        { ...OUTPUT, format: 'esm', entryFileNames: '[name].js' },
        [],
      )),
    );
  const all = [...main, ...alone];
  const byName = new Map(all.map((chunk) => [chunk.fileName, chunk]));
  const files = withMap(root, all);
  files.set('index.js', apiText(byName.get('api.cjs').exports));
  const modules = all.flatMap((chunk) => Object.keys(chunk.modules));
  return {
    chunks: { folder: CHUNKS, files, byName },
    modules: [...modules, path.join(root, 'node_modules', SEEDS, 'seeds.json')],
  };
}

/**
 * Texts of the chunks and of their source map, by path. They share one, as a package of fewer files is unpacked sooner: so
 * that a line tells the chunk, each with code of ours begins below the last line of the one before it.
 */
function withMap(root, chunks) {
  const files = new Map();
  const maps = [];
  let line = 0;
  const keep = (source) => ownSource(root, source);
  const texts = chunks.map(({ fileName, code, map }) => {
    const text = code.trimEnd();
    const own = map?.sources.some((source) => keep(source) !== undefined) === true;
    return { fileName, text, map: own ? { ...map, lines: text.split('\n').length } : undefined };
  });
  for (const { fileName, text, map } of texts.sort(byLines)) {
    const name = `${CHUNKS}/${fileName}`;
    if (map === undefined) {
      files.set(name, `${text}\n`);
      continue;
    }
    files.set(name, `${'\n'.repeat(line)}${text}\n//# sourceMappingURL=${MAP}\n`);
    maps.push(map);
    line += map.lines;
  }
  return files.set(`${CHUNKS}/${MAP}`, `${JSON.stringify(linesOnly(maps, keep))}\n`);
}

/** Few first, which leaves the fewest lines empty. */
function byLines(a, b) {
  return (a.map?.lines ?? 0) - (b.map?.lines ?? 0) || compare(a.fileName, b.fileName);
}

/** A library's chunk by the name of the library: `lib` and `index` say nothing. */
function chunkName({ name, moduleIds }) {
  const inside = moduleIds.map(
    (id) => /node_modules\/(?:@[^/]+\/)?([^/]+)\/(?!.*node_modules)/.exec(id)?.[1],
  );
  const last = inside.at(-1);
  return last === undefined || groupNames.includes(name) ? '[name]-[hash].cjs' : `${last}-[hash].cjs`;
}

/** Bytes of each module before they were made small, by chunk. */
export function contentsOf(root, { byName }) {
  const relative = (id) => path.relative(root, id).split(path.sep).join('/');
  return Object.fromEntries(
    [...byName].map(([name, { modules, code }]) => [
      name,
      {
        bytes: code.length,
        modules: Object.fromEntries(
          Object.entries(modules)
            .filter(([id]) => path.isAbsolute(id))
            .map(([id, { renderedLength }]) => [relative(id), renderedLength]),
        ),
      },
    ]),
  );
}

async function bundle(root, entries, output, plugins) {
  const input = Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, path.join(root, 'src', entry)]),
  );
  const work = await rolldown({
    input,
    cwd: root,
    platform: 'node',
    plugins,
    // A node_modules that is a link is as good. Modules before CommonJS: of those, what nobody asks for can be left out.
    resolve: { symlinks: false, mainFields: ['module', 'main'] },
    transform: { target: 'node20.17' },
    onLog(level, log, handler) {
      // A dependency of npm's configuration that uses eval of its own; what a chunk has at once, whoever would ask later.
      if (log.code !== 'EVAL' && log.code !== 'INEFFECTIVE_DYNAMIC_IMPORT') handler(level, log);
    },
  });
  const { output: chunks } = await work.generate({ ...output, dir: path.join(root, 'dist', CHUNKS) });
  await work.close();
  for (const chunk of chunks) {
    if (chunk.type === 'asset') continue;
    // Also what a library would rather do without: it would come from wherever the package is installed.
    const asked = chunk.code.matchAll(/\b(?:require|import)\((["'`])([^"'`$]+)\1\)/g);
    for (const name of [...chunk.imports, ...chunk.dynamicImports, ...[...asked].map(([, , name]) => name)])
      if (!isChunk(chunks, name.replace(/^\.\//, '')) && !isBuiltin(name))
        throw new Error(`${chunk.fileName} would load ${name}`);
  }
  return chunks.filter(({ type }) => type === 'chunk');
}

function isChunk(chunks, name) {
  return chunks.some(({ fileName }) => fileName === name);
}

/** As seen from the chunk; undefined for a library. */
function ownSource(root, source) {
  const file = path
    .relative(root, path.resolve(root, 'dist', CHUNKS, source))
    .split(path.sep)
    .join('/');
  return file.startsWith('src/') ? `../../${file}` : undefined;
}

/** The public entry, with names that a reader of modules sees without running anything. */
function apiText(exports) {
  const names = exports.filter((name) => name !== 'default').sort();
  return `import api from './${CHUNKS}/api.cjs';\n\nexport const { ${names.join(', ')} } = api;\n`;
}
