/**
 * What libraries ask for and this tool never gets to: `from` and `what` as they stand in the library's `require`, `why` as
 * it can be looked up. In its place stands a module that throws on any use (or `stands`), so that a mistake here is an error
 * and not a different answer. A line that fits nothing any more stops the build.
 */
const LEFT_OUT = [
  ...['./build-ideal-tree.js', './load-actual.js', './rebuild.js', './reify.js', './isolated-reifier.js'].map(
    (what) => ({
      from: /\/node_modules\/@npmcli\/arborist\/lib\/arborist\/index\.js$/,
      what,
      why: 'only `loadVirtual` is asked for; each of them adds methods to the class that it is given',
      stands: 'module.exports = (base) => base;',
    }),
  ),
  {
    from: /\/node_modules\/@npmcli\/arborist\/lib\/arborist\/index\.js$/,
    what: '../audit-report.js',
    why: 'only `loadVirtual` is asked for',
  },
  {
    from: /\/node_modules\/@npmcli\/arborist\/lib\/node\.js$/,
    what: './query-selector-all.js',
    why: 'no node is asked `querySelectorAll`',
  },
  {
    from: /\/node_modules\/@npmcli\/arborist\/lib\/node\.js$/,
    what: 'bin-links',
    why: 'no node is asked for its `binPaths`',
    stands: 'exports.getPaths = no;',
  },
  ...['./git.js', './registry.js', './dir.js'].map((what) => ({
    from: /\/node_modules\/pacote\/lib\/(?:index|fetcher)\.js$/,
    what,
    why: 'tarballs are asked for by URL: RemoteFetcher',
  })),
  ...['tar', '@npmcli/package-json', '@npmcli/installed-package-contents'].map((what) => ({
    from: /\/node_modules\/pacote\/lib\/fetcher\.js$/,
    what,
    why: 'nothing is unpacked, no manifest is read out of a tarball',
  })),
  {
    from: /\/node_modules\/minipass-fetch\/lib\/body\.js$/,
    what: 'iconv-lite',
    why: 'optional there, for the text of pages in other encodings',
    stands: 'no();',
  },
  {
    from: /\/node_modules\/tuf-js\/dist\/fetcher\.js$/,
    what: 'make-fetch-happen',
    why: 'the fetcher is one of ours: src/trust/tuf-source.ts',
  },
  ...['fetcher', 'updater'].map((name) => ({
    from: new RegExp(`/node_modules/tuf-js/dist/${name}\\.js$`),
    what: 'debug',
    why: 'a log that DEBUG would turn on; what is to be said of the trust root, this tool says itself',
    stands: 'module.exports = () => () => undefined;',
  })),
  {
    from: /\/node_modules\/debug\/src\/node\.js$/,
    what: 'supports-color',
    why: 'optional there; it would be loaded from whatever folder this package is installed in',
    stands: 'no();',
  },
  ...['@npmcli/git', './normalize-data.js'].map((what) => ({
    from: /\/node_modules\/@npmcli\/package-json\/lib\/normalize\.js$/,
    what,
    why: 'steps of `prepare`; only `normalize` is asked for',
  })),
  ...['import-fresh', 'parse-json', 'js-yaml', 'typescript'].map((what) => ({
    from: /\/node_modules\/cosmiconfig\/dist\/loaders\.js$/,
    what,
    why: 'all loaders are ours: src/policy/find.ts',
  })),
];

/** Whatever is done with it throws. */
const EXPORTS = `const get = (_, key) => (key === '__esModule' ? undefined : no());
  module.exports = new Proxy(no, { get, construct: no });`;

const PREFIX = '\0left-out:';

export function leftOut() {
  const unused = new Set(LEFT_OUT);
  return {
    name: 'left-out',
    resolveId(what, importer) {
      if (importer === undefined) return undefined;
      const file = importer.replaceAll('\\', '/');
      const line = LEFT_OUT.find((one) => one.what === what && one.from.test(file));
      if (line === undefined) return undefined;
      unused.delete(line);
      return `${PREFIX}${LEFT_OUT.indexOf(line)}:${what}`;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return undefined;
      const { what, stands = EXPORTS } = LEFT_OUT[Number.parseInt(id.slice(PREFIX.length), 10)];
      return `const no = () => { throw new Error(${JSON.stringify(`${what} is not part of verify-deps`)}); };\n${stands}`;
    },
    buildEnd(error) {
      if (error !== undefined || unused.size === 0) return;
      const lines = [...unused].map(({ from, what }) => `${what} in ${from.source}`);
      throw new Error(`left out in scripts/bundle/left-out.mjs, but nobody asks for it: ${lines.join(', ')}`);
    },
  };
}

/** What is changed in libraries: a text that is there once, or whatever a pattern finds. What finds nothing stops the build. */
const EDITS = [
  // Of each setting what `npm help` says, half of the file, and what is made of it when it is loaded.
  {
    file: /\/node_modules\/@npmcli\/config\/lib\/definitions\/definitions\.js$/,
    before: /^ {4}description: `(?:[^`\\]|\\.)*`,$/gm,
    after: "    description: '',",
  },
  {
    file: /\/node_modules\/@npmcli\/config\/lib\/definitions\/definition\.js$/,
    before: `    this.validate()
    if (!this.defaultDescription) {`,
    after: `    this.validate()
    return
    if (!this.defaultDescription) {`,
  },
  {
    // It reads URLs with a function that newer versions of Node.js complain of where it stands outside of node_modules.
    file: /\/node_modules\/nopt\/lib\/type-defs\.js$/,
    before: `val = url.parse(String(val))
  if (!val.host) {`,
    after: `val = URL.canParse(String(val)) ? new URL(String(val)) : {}
  if (!val.host) {`,
  },
  // Only below a folder that may be the root of its workspace, and half of what reading an npmrc would load.
  ...['@npmcli/package-json', '@npmcli/map-workspaces'].map((name) => ({
    file: /\/node_modules\/@npmcli\/config\/lib\/index\.js$/,
    before: `= require('${name}')`,
    after: `= (await import('${name}')).default`,
  })),
];

export function edits() {
  const unused = new Set(EDITS);
  return {
    name: 'edits',
    transform(code, id) {
      const file = id.replaceAll('\\', '/');
      const here = EDITS.filter((edit) => edit.file.test(file));
      if (here.length === 0) return undefined;
      let edited = code;
      for (const edit of here) {
        const found = edited.split(edit.before).length - 1;
        if (edit.before instanceof RegExp ? found === 0 : found !== 1)
          throw new Error(`not as it was: ${id}`);
        edited = edited.replace(edit.before, () => edit.after);
        unused.delete(edit);
      }
      // Lines stay where they are, and maps tell no more than the line.
      return { code: edited, map: null };
    },
    buildEnd(error) {
      if (error === undefined && unused.size > 0)
        throw new Error(`nothing to edit: ${[...unused].map(({ file }) => file.source).join(', ')}`);
    },
  };
}
