/**
 * The declarations of the public API: of index.d.ts, and of what it refers to, out of the build of single files. Of each file
 * only the statements that the API needs, so that nobody has to install what only the inside knows.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/**
 * @param from  folder with index.d.ts
 * @returns     texts by name; paths as whoever imports them writes them, `./run.js`
 * @throws      where the API itself names a package: consumers would have to install it
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
  const needed = [...files].filter(([, { statements }]) => statements.some(isNeeded));
  return new Map(
    needed.map(([name, { statements }]) => [
      name,
      `${statements.filter(isNeeded).map(textOf).join('').trim()}\n`,
    ]),
  );
}

/** Statements with the names that others may ask for, each with the name behind it, and what they ask for themselves. */
function readFile(from, name) {
  const text = fs.readFileSync(path.join(from, name), 'utf8');
  let end = 0;
  const statements = parseAst(text, { lang: 'dts' }).body.map((node) => {
    const own = text.slice(end, node.end);
    end = node.end;
    return { text: own, needed: new Set(), ...understood(node, name) };
  });
  const declared = new Set(statements.flatMap(({ names }) => [...names.keys()]));
  const exported = statements
    .filter(({ kind }) => kind !== 'import')
    .flatMap(({ names }) => [...names.keys()]);
  return { statements, declared, exported };
}

function understood(node, file) {
  if (node.type === 'ImportDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source !== null)) {
    const names = node.specifiers.map(({ type, imported, local, exported }) => {
      if (type === 'ImportSpecifier') return [local.name, imported.name];
      if (type === 'ExportSpecifier') return [exported.name, local.name];
      throw new Error(`${file}: ${type} is not understood`);
    });
    const kind = node.type === 'ImportDeclaration' ? 'import' : 'export';
    return { kind, names: new Map(names), source: node.source.value, typeOnly: typeOnly(node) };
  }
  const declaration = node.declaration ?? node;
  const ids = declaration.declarations?.map(({ id }) => id) ?? [declaration.id];
  const names = ids.map((id) => [id?.name, id?.name]);
  if (names.some(([id]) => id === undefined)) {
    // `export {};`
    if (node.type === 'ExportNamedDeclaration' && node.specifiers.length === 0)
      return { names: new Map(), uses: new Set(), imports: [] };
    throw new Error(`${file}: ${node.type} is not understood`);
  }
  const uses = new Set();
  const imports = [];
  walk(declaration, (one) => {
    if (one.type === 'Identifier') uses.add(one.name);
    if (one.type === 'TSImportType') imports.push([one.source.value, leftmost(one.qualifier)]);
  });
  return { names: new Map(names), uses, imports };
}

function typeOnly(node) {
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

function textOf({ kind, names, source, needed, typeOnly, text }) {
  if (kind === undefined) return text.replace(/(\bimport\(['"]\.{1,2}\/[^'"]+)\.ts(?=['"]\))/g, '$1.js');
  const list = [...names]
    .filter(([name]) => needed.has(name))
    .map(
      ([name, other]) =>
        `${typeOnly.has(name) ? 'type ' : ''}${other === name ? name : `${other} as ${name}`}`,
    );
  return `\n${kind} { ${list.join(', ')} } from '${source.replace(/\.ts$/, '.js')}';`;
}
