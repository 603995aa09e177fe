import path from 'node:path';
import { rolldown } from 'rolldown';
import { filesInside, SEEDS } from './inside.mjs';
import { edits, leftOut } from './left-out.mjs';
import { linesOnly } from './lines.mjs';
import { presetLayers } from './presets.mjs';

/** Folder of the chunks within dist. */
const CHUNKS = 'chunks';
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
  const { plugin, groups } = grouping(root);
  const main = await bundle(
    root,
    ENTRIES,
    { ...OUTPUT, format: 'cjs', strict: true, exports: 'named', codeSplitting: { groups } },
    [filesInside(root, await presetLayers(root)), leftOut(), edits(), plugin],
  );
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
  const files = new Map();
  const byName = new Map();
  for (const chunk of [...main, ...alone]) {
    const map = `${chunk.fileName}.map`;
    const own = chunk.map === null ? undefined : linesOnly(chunk.map, (source) => ownSource(root, source));
    const mapped = own !== undefined && own.sources.length > 0;
    files.set(
      `${CHUNKS}/${chunk.fileName}`,
      `${chunk.code.trimEnd()}\n${mapped ? `//# sourceMappingURL=${map}\n` : ''}`,
    );
    if (mapped) files.set(`${CHUNKS}/${map}`, `${JSON.stringify(own)}\n`);
    byName.set(chunk.fileName, chunk);
  }
  files.set('index.js', apiText(byName.get('api.cjs').exports));
  const modules = [...main, ...alone].flatMap((chunk) => Object.keys(chunk.modules));
  return {
    chunks: { folder: CHUNKS, files, byName },
    modules: [...modules, path.join(root, 'node_modules', SEEDS, 'seeds.json')],
  };
}

/**
 * What starts every command is one chunk, and what else `check` loads in any case is another, also where it loads it later
 * than at once: the fewer files, the sooner it is done. The rest is left to who needs it.
 */
const GROUPS = {
  start: ['cli/process.ts', 'core/version.ts'],
  check: ['cli/commands/check.ts', 'policy/extends.ts', 'policy/merge.ts', 'registry/client.ts'],
};

/** Chunks of everything that a module of ours imports at once. */
function grouping(root) {
  const imported = new Map();
  const groups = new Map();
  return {
    plugin: {
      name: 'grouping',
      moduleParsed: ({ id, importedIds }) => void imported.set(id, importedIds),
    },
    groups: Object.entries(GROUPS).map(([name, entries], index, all) => ({
      name,
      priority: all.length - index,
      test(id) {
        if (!groups.has(name)) groups.set(name, closure(imported, root, entries));
        return groups.get(name).has(id);
      },
    })),
  };
}

function closure(imported, root, entries) {
  const found = new Set();
  const queue = entries.map((entry) => path.join(root, 'src', entry));
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    queue.push(...(imported.get(id) ?? []));
  }
  return found;
}

/** A library's chunk by the name of the library: `lib` and `index` say nothing. */
function chunkName({ name, moduleIds }) {
  const inside = moduleIds.map(
    (id) => /node_modules\/(?:@[^/]+\/)?([^/]+)\/(?!.*node_modules)/.exec(id)?.[1],
  );
  const last = name.includes('left-out') ? 'left-out' : inside.at(-1);
  return last === undefined || name in GROUPS ? '[name]-[hash].cjs' : `${last}-[hash].cjs`;
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
    for (const name of [...chunk.imports, ...chunk.dynamicImports])
      if (!isChunk(chunks, name) && !name.startsWith('node:'))
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
