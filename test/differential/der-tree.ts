/** DER as a tree that can be changed and written again, with lengths that fit or in any other spelling. */

export interface Node {
  tag: number;
  /** Of a constructed element, or of an octet string that holds one. */
  children?: Node[];
  content: Buffer;
  /** How the length is written; minimal if left out. */
  length?: 'long' | 'indefinite' | 'five bytes';
  /** Bytes behind the content that the length covers. */
  trailing?: Buffer;
}

/** Undefined for what is not one element of DER. */
export function parseTree(bytes: Buffer): Node | undefined {
  const list = parseList(bytes);
  return list?.length === 1 ? list[0] : undefined;
}

function parseList(bytes: Buffer): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    let length = bytes[at + 1];
    if (length === undefined || (tag & 0x1f) === 0x1f || tag === 0) return undefined;
    let body = at + 2;
    if (length & 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 3) return undefined;
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[body++] ?? 0);
    }
    if (body + length > bytes.length) return undefined;
    const content = bytes.subarray(body, body + length);
    const inside =
      tag & 0x20 ? parseList(content) : tag === 0x04 && length > 1 ? parseList(content) : undefined;
    if (tag & 0x20 && !inside) return undefined;
    nodes.push({ tag, content, ...(inside ? { children: inside } : {}) });
    at = body + length;
  }
  return nodes;
}

export function encodeTree(node: Node): Buffer {
  const parts = node.children ? node.children.map(encodeTree) : [node.content];
  const content = Buffer.concat([...parts, ...(node.trailing ? [node.trailing] : [])]);
  if (node.length === 'indefinite') {
    return Buffer.concat([Buffer.of(node.tag, 0x80), content, Buffer.of(0, 0)]);
  }
  return Buffer.concat([Buffer.of(node.tag), lengthOf(content.length, node.length), content]);
}

function lengthOf(length: number, form: Node['length']): Buffer {
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 255);
  if (form === 'long') bytes.unshift(0);
  if (form === 'five bytes') while (bytes.length < 5) bytes.unshift(0);
  return form === undefined && length < 0x80 ? Buffer.of(length) : Buffer.of(0x80 | bytes.length, ...bytes);
}

/** The element and all below it. */
export function nodesOf(node: Node): readonly Node[] {
  return [node, ...(node.children ?? []).flatMap(nodesOf)];
}
