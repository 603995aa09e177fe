/** The same DER in other encodings, and elements of it exchanged, dropped and doubled. */
import type { Random } from '../support/rig/sigstore.mjs';
import { encodeTree, type Node, nodesOf, parseTree } from './der-tree.ts';
import type { SlotMutator } from './mutation.ts';

type Change = (root: Node, node: Node, random: Random) => string | undefined;

const parentOf = (root: Node, node: Node): Node | undefined =>
  nodesOf(root).find((candidate) => candidate.children?.includes(node));

/** Each changes the tree in place and names what it did; undefined where it does not apply. */
const changes: readonly Change[] = [
  (_, node) => {
    node.length = 'long';
    return 'long length';
  },
  (_, node) => {
    node.length = 'five bytes';
    return 'length of five bytes';
  },
  (_, node) => {
    if (!(node.tag & 0x20)) return undefined;
    node.length = 'indefinite';
    return 'indefinite length';
  },
  (_, node, random) => {
    node.trailing = Buffer.from(random.pick(['00', '0500', '0000', 'ff']), 'hex');
    return 'trailing bytes inside';
  },
  (root, node) => {
    const siblings = parentOf(root, node)?.children;
    siblings?.splice(siblings.indexOf(node), 1);
    return siblings && 'element dropped';
  },
  (root, node) => {
    const siblings = parentOf(root, node)?.children;
    siblings?.splice(siblings.indexOf(node), 0, node);
    return siblings && 'element doubled';
  },
  (root, node, random) => {
    const siblings = parentOf(root, node)?.children;
    if (!siblings || siblings.length < 2) return undefined;
    const other = random.int(0, siblings.length - 1);
    const own = siblings.indexOf(node);
    [siblings[own], siblings[other]] = [siblings[other]!, node];
    return own === other ? undefined : 'elements exchanged';
  },
  (_, node, random) => {
    node.tag = random.pick([
      0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x30, 0x31, 0x80, 0xa0, 0xa3,
    ]);
    return 'another tag';
  },
  (_, node) => {
    if (node.tag !== 0x02) return undefined;
    node.content = Buffer.concat([Buffer.of(0), node.content]);
    return 'padded integer';
  },
  (_, node, random) => {
    if (node.tag !== 0x01) return undefined;
    node.content = Buffer.of(random.pick([0x00, 0x01, 0x7f]));
    return 'another boolean';
  },
  (_, node) => {
    if (node.tag !== 0x04 || node.children) return undefined;
    node.children = [{ tag: 0x04, content: node.content }];
    node.tag = 0x24;
    return 'octet string in pieces';
  },
  (_, node, random) => {
    if (node.tag !== 0x03 || node.content.length < 2) return undefined;
    node.content = Buffer.concat([Buffer.of(random.int(1, 9)), node.content.subarray(1)]);
    return 'unused bits';
  },
  (_, node) => {
    if (node.tag !== 0x17) return undefined;
    node.tag = 0x18;
    node.content = Buffer.concat([Buffer.from('20'), node.content]);
    return 'generalized time';
  },
  (_, node, random) => {
    if (node.tag !== 0x17 && node.tag !== 0x18) return undefined;
    const text = node.content.toString('latin1').slice(0, -1);
    node.content = Buffer.from(
      random.pick([
        `${text}+0000`,
        `${text}.500Z`,
        `${text}.000Z`,
        text,
        `${text.slice(0, -2)}Z`,
        `${text}z`,
      ]),
    );
    return 'time in another form';
  },
  (_, node, random) => {
    if (node.children || node.content.length === 0) return undefined;
    const at = random.int(0, node.content.length - 1);
    node.content = Buffer.from(node.content);
    node.content[at] = node.content[at]! ^ (1 << random.int(0, 7));
    return 'bit of an element';
  },
  (_, node) => {
    if (node.children || node.content.length === 0) return undefined;
    node.content = Buffer.alloc(0);
    return 'element emptied';
  },
];

/** Changes a tree in place. */
export function changeTree(root: Node, random: Random): { kind: string; detail: string } | undefined {
  const nodes = nodesOf(root);
  const at = random.int(0, nodes.length - 1);
  const how = random.pick(changes)(root, nodes[at]!, random);
  return how === undefined ? undefined : { kind: `der ${how}`, detail: `element ${at}` };
}

export const recode: SlotMutator = (slot, random) => {
  if (slot.kind !== 'der') return undefined;
  if (random.int(0, 9) === 0) {
    const text = slot.write(
      Buffer.concat([slot.bytes, Buffer.from(random.pick(['00', '0500', '3000']), 'hex')]),
    );
    return { kind: 'der trailing bytes', detail: slot.label, text };
  }
  const root = parseTree(slot.bytes);
  const change = root && changeTree(root, random);
  if (!change) return undefined;
  const bytes = encodeTree(root);
  if (bytes.equals(slot.bytes)) return undefined;
  return { kind: change.kind, detail: `${slot.label}, ${change.detail}`, text: slot.write(bytes) };
};
