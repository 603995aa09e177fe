/**
 * Reads a policy file (YAML 1.2, which contains JSON) into plain data and remembers where each value was written.
 * The file may come with a hostile pull request: size, tokens, depth and aliases are bounded before anything recurses,
 * tags and other versions of YAML are refused, and no key can reach an object's prototype.
 */
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
} from 'yaml';
import { VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { quoted, refusal } from './refuse.ts';
import type { Position } from './types.ts';

export type Path = readonly (string | number)[];

export interface ParsedPolicy {
  readonly data: unknown;
  /** Where the value at this path is written, or the nearest thing around it. */
  at(path: Path): Position;
  /** Where the key is written that leads to this path. */
  keyAt(path: Path): Position;
}

/** A policy of 5,000 exemptions has about 100,000 tokens. */
const TOKENS_MAX = 150_000;
const ALIASES_MAX = 100;
const VALUES_MAX = 100_000;

/**
 * @param file  name for positions and errors
 * @param key   read only what stands under this key of the top-level map (package.json)
 * @returns     undefined only if `key` is given and not there
 * @throws {VerifyDepsError} `policy-malformed`, `policy-unknown-key` (`__proto__`)
 */
export function parsePolicy(bytes: Uint8Array, file: string, key?: string): ParsedPolicy | undefined {
  const text = decode(bytes, file);
  const lines = new LineCounter();
  const place = (offset: number): Position => {
    // An offset of 0 lies before the first line the counter knows.
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = compose(text, lines, place);
  let root: Node | null = document.contents;
  const problem = document.errors[0] ?? document.warnings[0];
  if (key !== undefined) {
    const pair = isMap(root)
      ? root.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    if (pair === undefined && problem === undefined) return undefined;
    root = (pair?.value ?? null) as Node | null;
  }
  if (problem !== undefined) {
    throw refusal(
      'policy-malformed',
      place(problem.pos[0]),
      `not YAML: ${printable(firstLine(problem.message))}`,
    );
  }
  const { explicit, version } = document.directives?.yaml ?? {};
  if (explicit === true && version !== '1.2') {
    throw refusal('policy-malformed', place(0), `YAML ${version} is not read here, only 1.2`);
  }
  return new Reader(document, place).read(root);
}

function decode(bytes: Uint8Array, file: string): string {
  if (bytes.length > limits.policyBytesMax) {
    throw new VerifyDepsError(
      'policy-malformed',
      `${printable(file)} is larger than ${limits.policyBytesMax} bytes`,
    );
  }
  try {
    // Drops a leading byte order mark, which editors on Windows write.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new VerifyDepsError('policy-malformed', `${printable(file)} is not UTF-8`);
  }
}

function compose(text: string, lines: LineCounter, place: (offset: number) => Position): Document.Parsed {
  lines.addNewLine(0);
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (++count > TOKENS_MAX) {
      throw refusal('policy-malformed', place(parser.offset), `more than ${TOKENS_MAX} tokens`);
    }
    // The parser keeps its own stack; what comes after it recurses. Each level takes at most two entries.
    if (parser.stack.length > 2 * limits.nestingDepthMax) {
      throw refusal('policy-malformed', place(parser.offset), 'nested too deeply');
    }
  }
  for (const token of parser.end()) tokens.push(token);
  // The library compares every key with every other; the reader below does it with a set.
  const documents = [...new Composer({ uniqueKeys: false, version: '1.2', merge: false }).compose(tokens)];
  const [document, second] = documents;
  if (document === undefined) throw refusal('policy-malformed', place(0), 'the file is empty');
  if (second !== undefined) {
    throw refusal('policy-malformed', place(second.range[0]), 'a second document in the same file');
  }
  return document as Document.Parsed;
}

class Reader {
  readonly #document: Document.Parsed;
  readonly #place: (offset: number) => Position;
  readonly #values = new Map<string, Position>();
  readonly #keys = new Map<string, Position>();
  #count = 0;
  #aliases = 0;

  constructor(document: Document.Parsed, place: (offset: number) => Position) {
    this.#document = document;
    this.#place = place;
  }

  read(root: Node | null): ParsedPolicy {
    const values = this.#values;
    const keys = this.#keys;
    values.set('', this.#place(root?.range?.[0] ?? 0));
    const data = this.#value(root, [], 0);
    const at = (path: Path): Position => {
      for (let length = path.length; length > 0; length--) {
        const found = values.get(join(path.slice(0, length)));
        if (found !== undefined) return found;
      }
      return values.get('') as Position;
    };
    return { data, at, keyAt: (path) => keys.get(join(path)) ?? at(path) };
  }

  #value(node: Node | null | undefined, path: Path, depth: number): unknown {
    if (node === null || node === undefined) return null;
    const at = this.#place(node.range?.[0] ?? 0);
    this.#values.set(join(path), at);
    if (depth > limits.nestingDepthMax) throw refusal('policy-malformed', at, 'nested too deeply');
    if (++this.#count > VALUES_MAX) {
      throw refusal('policy-malformed', at, `more than ${VALUES_MAX} values, aliases included`);
    }
    if (isAlias(node)) return this.#value(this.#resolve(node, at), path, depth + 1);
    if (node.tag !== undefined && (node as { tag?: string }).tag?.startsWith('tag:yaml.org,2002:') !== true) {
      throw refusal('policy-malformed', at, `tag ${quoted(String(node.tag))} is not read here`);
    }
    if (isScalar(node)) return node.value;
    if (isSeq(node)) {
      return node.items.map((item, index) => this.#value(item as Node, [...path, index], depth + 1));
    }
    if (!isMap(node)) throw refusal('policy-malformed', at, 'not a map, a list or a plain value');
    const object: Record<string, unknown> = {};
    for (const { key, value } of node.items) {
      const keyNode = key as Node;
      const keyPlace = this.#place(keyNode.range?.[0] ?? 0);
      if (!isScalar(keyNode) || typeof keyNode.value !== 'string') {
        throw refusal('policy-malformed', keyPlace, 'a key must be plain text');
      }
      const name = keyNode.value;
      if (name === '__proto__') throw refusal('policy-unknown-key', keyPlace, 'unknown key "__proto__"');
      if (Object.hasOwn(object, name)) {
        throw refusal('policy-malformed', keyPlace, `key ${quoted(name)} appears twice in the same map`);
      }
      const inner = [...path, name];
      this.#keys.set(join(inner), keyPlace);
      object[name] = this.#value(value as Node | null, inner, depth + 1);
    }
    return object;
  }

  #resolve(alias: Alias, at: Position): Node {
    // Each look-up walks the document.
    if (++this.#aliases > ALIASES_MAX) {
      throw refusal('policy-malformed', at, `more than ${ALIASES_MAX} aliases`);
    }
    const target = alias.resolve(this.#document);
    if (target === undefined)
      throw refusal('policy-malformed', at, `no anchor ${quoted(alias.source)} before it`);
    return target;
  }
}

function join(path: Path): string {
  return path.join('\0');
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/ at line \d+, column \d+:?$/, '').replace(/\.$/, '');
}
