/**
 * dist/plugins.json: how each plugin of a package manager is joined to one file that needs nothing beside it, out of the
 * chunks that the command line loads. Texts stand as they are; a file stands for its contents (src/hooks/install/plugin-file.ts).
 */

/** What no plugin gets to: lockfiles of npm, tarballs, names in certificates, spinners of the command line. */
const ABSENT = ['@npmcli/arborist', 'pacote', '@peculiar/x509', 'reflect-metadata', 'ora'];

const REQUIRE = `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n`;
const LOAD = `const loaded = new Map();
const load = (name) => {
  if (!Object.hasOwn(chunks, name)) return require(name);
  if (!loaded.has(name)) {
    const module = { exports: {} };
    loaded.set(name, module.exports);
    chunks[name](load, module.exports, module);
  }
  return loaded.get(name);
};
`;

/** How its host loads it. Each entry sets names on its `exports`, and never another object in their place. */
const PLUGINS = {
  'pnpmfile.cjs': { entry: 'pnpm-plugin.cjs', before: '', after: (load) => `module.exports = ${load};\n` },
  'pnpmfile.mjs': {
    entry: 'pnpm-plugin.cjs',
    before: REQUIRE,
    after: (load) => `export const { hooks } = ${load};\n`,
  },
  'yarn-plugin.cjs': {
    entry: 'yarn-plugin.cjs',
    // `yarn plugin import` runs the file where there is no `require`, to see its name: all the rest waits for the factory.
    before: `module.exports = { name: 'plugin-verify-deps', factory(yarn) {\n`,
    after: (load) => `return ${load}.factory(yarn); } };\n`,
  },
  'bun-scanner.mjs': {
    entry: 'bun-scanner.cjs',
    before: REQUIRE,
    after: (load) => `export const { scanner } = ${load};\n`,
  },
};

/** @param notice  file with the licences of the libraries, which go wherever their code goes */
export function pluginPlan({ folder, byName }, { name, version, license }, notice) {
  const head = `/*! ${name} ${version}, ${license}, in one file. The licences of what it contains are at its end. */\n`;
  return Object.fromEntries(
    Object.entries(PLUGINS).map(([file, { entry, before, after }]) => [
      file,
      [
        `${head}${before}const chunks = {\n`,
        ...reached(byName, entry).flatMap((chunk) => [
          `${JSON.stringify(`./${chunk}`)}(require, exports, module) {\n`,
          { file: `${folder}/${chunk}` },
          '},\n',
        ]),
        `};\n${LOAD}${after(`load(${JSON.stringify(`./${entry}`)})`)}/*\n`,
        { file: notice },
        '*/\n',
      ],
    ]),
  );
}

/** As a module, a plugin has no `__filename`: no chunk may ask for it that the entry loads at once. */
function expectNowhere(byName, entry) {
  const found = new Set([entry]);
  for (const name of found) {
    const { imports, code } = byName.get(name);
    if (/\b__(?:filename|dirname)\b/.test(code))
      throw new Error(`${name} asks where it is, and ${entry} loads it, which is nowhere as a plugin`);
    for (const one of imports) if (byName.has(one)) found.add(one);
  }
}

/** Chunks that an entry loads at once or later, sorted by name. */
function reached(byName, entry) {
  expectNowhere(byName, entry);
  const found = new Set();
  const queue = [entry];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const { imports, dynamicImports } = byName.get(name);
    queue.push(...imports.filter((one) => byName.has(one)));
    queue.push(...dynamicImports.filter((one) => byName.has(one) && !isAbsent(byName.get(one))));
  }
  return [...found].sort();
}

function isAbsent({ modules }) {
  const ids = Object.keys(modules).map((id) => id.replaceAll('\\', '/'));
  return ABSENT.some((name) => ids.some((id) => id.includes(`/node_modules/${name}/`)));
}
