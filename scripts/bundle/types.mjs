/**
 * index.d.ts: the declarations of the public API and of whatever they refer to, in one file, out of the build of single files.
 * Of each file only the statements that the API needs, so that nobody has to install what only the inside knows.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { compare } from './components.mjs';

/** `import('./other.ts').` */
const QUALIFIER = /\bimport\(['"]\.{1,2}\/[^'"]+['"]\)\./g;

/**
 * @param from  folder with index.d.ts
 * @returns     the text
 * @throws      where the API itself names a package: consumers would have to install it; where two files have different
 *              things by one name
 */
export function declarations(from) {
  const files = new Map();
  const fileOf = (name) => {
    if (!files.has(name)) files.set(name, readFile(from, name));
    return files.get(name);
  };
  const queue = [...fileOf('index.d.ts').exported].map((name) => ['index.d.ts', name]);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [name, symbol] = next;
    const file = fileOf(name);
    const known = file.statements.filter(
      (statement) => statement.names.has(symbol) && !statement.needed.has(symbol),
    );
    for (const statement of known) {
      statement.needed.add(symbol);
      if (statement.source === undefined) {
        for (const used of statement.uses) if (file.declared.has(used)) queue.push([name, used]);
        for (const [source, used] of statement.imports) queue.push([resolve(name, source), used]);
      } else if (statement.source.startsWith('.')) {
        queue.push([resolve(name, statement.source), statement.names.get(symbol)]);
      } else if (!statement.source.startsWith('node:')) {
        throw new Error(`the public API needs ${symbol} of ${statement.source} (${name})`);
      }
    }
  }
  return together(files);
}

function together(files) {
  const needed = [...files]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([file, { statements }]) => statements.filter(isNeeded).map((one) => ({ ...one, file })));
  expectOwnNames(needed);
  const platform = needed.flatMap(({ source, needed: names }) =>
    source?.startsWith('node:') ? [...names].map((name) => `import { type ${name} } from '${source}';`) : [],
  );
  const own = needed.filter(({ source }) => source === undefined).map(({ text }) => text.trim());
  const { exported, typeOnly } = files.get('index.d.ts');
  const list = exported.map((name) => `${typeOnly.has(name) ? 'type ' : ''}${name}`);
  return `${[...new Set(platform), ...own, `export { ${list.join(', ')} };`].join('\n')}\n`;
}

/** Whoever asks for a thing asks by the name that it has where it is: no name is changed here. */
function expectOwnNames(statements) {
  const homes = new Map();
  for (const { file, names, needed, source } of statements) {
    for (const name of needed) {
      const other = names.get(name);
      if (other !== name) throw new Error(`${file}: ${other} goes by the name of ${name}`);
      if (source?.startsWith('.')) continue;
      const home = source ?? file;
      if ((homes.get(name) ?? home) !== home)
        throw new Error(`the public API needs ${name} of ${homes.get(name)} and of ${home}`);
      homes.set(name, home);
    }
  }
}

/** Statements with the names that others may ask for, each with the name behind it, and what they ask for themselves. */
function readFile(from, name) {
  const text = fs.readFileSync(path.join(from, name), 'utf8');
  let end = 0;
  const statements = parseAst(text, { lang: 'dts' }).body.map((node) => {
    // One file with one list of what it exports.
    const own = text.slice(end, node.start) + text.slice((node.declaration ?? node).start, node.end);
    end = node.end;
    return { text: own.replace(QUALIFIER, ''), needed: new Set(), ...understood(node, name) };
  });
  const declared = new Set(statements.flatMap(({ names }) => [...names.keys()]));
  const exporting = statements.filter(({ kind }) => kind !== 'import');
  const exported = exporting.flatMap(({ names }) => [...names.keys()]);
  const typeOnly = new Set(exporting.flatMap((statement) => [...statement.typeOnly]));
  return { statements, declared, exported, typeOnly };
}

function understood(node, file) {
  if (node.type === 'ImportDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source !== null)) {
    const names = node.specifiers.map(({ type, imported, local, exported }) => {
      if (type === 'ImportSpecifier') return [local.name, imported.name];
      if (type === 'ExportSpecifier') return [exported.name, local.name];
      throw new Error(`${file}: ${type} is not understood`);
    });
    const kind = node.type === 'ImportDeclaration' ? 'import' : 'export';
    return { kind, names: new Map(names), source: node.source.value, typeOnly: typesAmong(node) };
  }
  const declaration = node.declaration ?? node;
  const ids = declaration.declarations?.map(({ id }) => id) ?? [declaration.id];
  const names = ids.map((id) => [id?.name, id?.name]);
  if (names.some(([id]) => id === undefined)) {
    // `export {};`
    if (node.type === 'ExportNamedDeclaration' && node.specifiers.length === 0)
      return { names: new Map(), uses: new Set(), imports: [], typeOnly: new Set() };
    throw new Error(`${file}: ${node.type} is not understood`);
  }
  const uses = new Set();
  const imports = [];
  walk(declaration, (one) => {
    if (one.type === 'Identifier') uses.add(one.name);
    if (one.type === 'TSImportType') imports.push([one.source.value, leftmost(one.qualifier)]);
  });
  const isType = /^TS(?:Interface|TypeAlias)Declaration$/.test(declaration.type);
  return { names: new Map(names), uses, imports, typeOnly: new Set(isType ? names.map(([id]) => id) : []) };
}

function typesAmong(node) {
  const all = node.importKind === 'type' || node.exportKind === 'type';
  return new Set(
    node.specifiers
      .filter((one) => all || one.importKind === 'type' || one.exportKind === 'type')
      .map(({ local, exported }) => (exported ?? local).name),
  );
}

function walk(node, visit) {
  if (Array.isArray(node)) for (const one of node) walk(one, visit);
  else if (node !== null && typeof node === 'object') {
    visit(node);
    for (const value of Object.values(node)) walk(value, visit);
  }
}

function leftmost(name) {
  return name.type === 'Identifier' ? name.name : leftmost(name.left);
}

function resolve(name, source) {
  return path.posix.join(path.posix.dirname(name), source.replace(/\.ts$/, '.d.ts'));
}

function isNeeded({ needed }) {
  return needed.size > 0;
}
