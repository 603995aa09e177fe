/**
 * Reads a policy file (YAML 1.2, which contains JSON) into plain data and remembers where each value was written.
 * The file may come with a hostile pull request: size, tokens, depth and aliases are bounded before anything recurses,
 * tags and other versions of YAML are refused, and no key can reach an object's prototype.
 */
import { isUtf8 } from 'node:buffer';
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
    const pairs = isMap(root)
      ? root.items.filter((item) => isScalar(item.key) && item.key.value === key)
      : [];
    const [pair, second] = pairs;
    if (pair === undefined && problem === undefined) return undefined;
    // npm takes the last of them; who reviews the first must not be led to think that it counts.
    if (second !== undefined) {
      const at = place((second.key as Node).range?.[0] ?? 0);
      throw refusal('policy-malformed', at, `key ${quoted(key)} appears twice in the same map`);
    }
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
    const at = { file, line: badLine(bytes), column: 1 };
    throw refusal('policy-malformed', at, 'this line is not UTF-8', 'save the file as UTF-8 text');
  }
}

/** The first line that is not UTF-8. A line feed is never a part of another character. */
function badLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(10, start);
    const end = feed < 0 ? bytes.length : feed + 1;
    if (!isUtf8(bytes.subarray(start, end))) break;
    start = end;
  }
  return line;
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

/** Where a value is written, with what is inside of it: positions cost no more than the values they are of. */
interface Spot {
  at: Position;
  /** Of the key that leads to it. */
  key: Position | undefined;
  readonly inner: Map<string | number, Spot>;
}

class Reader {
  readonly #document: Document.Parsed;
  readonly #place: (offset: number) => Position;
  #count = 0;
  #aliases = 0;

  constructor(document: Document.Parsed, place: (offset: number) => Position) {
    this.#document = document;
    this.#place = place;
  }

  read(root: Node | null): ParsedPolicy {
    const top = this.#spot(root);
    const data = this.#value(root, top, 0);
    const spotAt = (path: Path): { readonly spot: Spot; readonly isWhole: boolean } => {
      let spot = top;
      for (const part of path) {
        const next = spot.inner.get(part);
        if (next === undefined) return { spot, isWhole: false };
        spot = next;
      }
      return { spot, isWhole: true };
    };
    return {
      data,
      at: (path) => spotAt(path).spot.at,
      keyAt: (path) => {
        const { spot, isWhole } = spotAt(path);
        return isWhole ? (spot.key ?? spot.at) : spot.at;
      },
    };
  }

  #spot(node: Node | null | undefined, key?: Position): Spot {
    return { at: this.#place(node?.range?.[0] ?? 0), key, inner: new Map() };
  }

  #value(node: Node | null | undefined, spot: Spot, depth: number): unknown {
    if (node === null || node === undefined) return null;
    const { at } = spot;
    if (depth > limits.nestingDepthMax) throw refusal('policy-malformed', at, 'nested too deeply');
    if (++this.#count > VALUES_MAX) {
      throw refusal('policy-malformed', at, `more than ${VALUES_MAX} values, aliases included`);
    }
    if (isAlias(node)) {
      const target = this.#resolve(node, at);
      spot.at = this.#place(target.range?.[0] ?? 0);
      return this.#value(target, spot, depth + 1);
    }
    if (node.tag !== undefined && (node as { tag?: string }).tag?.startsWith('tag:yaml.org,2002:') !== true) {
      throw refusal('policy-malformed', at, `tag ${quoted(String(node.tag))} is not read here`);
    }
    if (isScalar(node)) return node.value;
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        const inner = this.#spot(item as Node);
        spot.inner.set(index, inner);
        return this.#value(item as Node, inner, depth + 1);
      });
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
      const inner = this.#spot((value ?? keyNode) as Node, keyPlace);
      spot.inner.set(name, inner);
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

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').replace(/ at line \d+, column \d+:?$/, '').replace(/\.$/, '');
}
