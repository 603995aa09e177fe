/** Other timestamps about the same signature, signed by the authority of the instance. */
import { createHash, sign } from 'node:crypto';
import type { Random } from '../support/rig/sigstore.mjs';
import type { Resign } from './base.ts';
import { encodeTree, type Node, nodesOf, parseTree } from './der-tree.ts';
import { changeTree } from './mutate-der.ts';

const MESSAGE_DIGEST = '06092a864886f70d010904';
const TST_INFO = '060b2a864886f70d0109100104';

type Change = (info: Node, random: Random) => [string, string] | undefined;
const MINUTE = 60_000;

/** On the fields of TSTInfo (RFC 3161 section 2.4.2): version, policy, imprint, serial number, time, accuracy, nonce. */
const changes: readonly Change[] = [
  ({ children = [] }, random) => {
    const from = new Date(Date.UTC(2026, 0, 15, 12) + random.int(-15, 15) * MINUTE);
    const digits = from.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
    const form = random.pick(['Z', '', '.5Z', '.50Z', '.123456Z', '+0100', '.Z', 'z']);
    children[4]!.content = Buffer.from(digits + form);
    return [form === 'Z' ? 'another time' : `time in the form "${form}"`, digits];
  },
  ({ children = [] }) => {
    children[0]!.content = Buffer.of(2);
    return ['version 2', ''];
  },
  ({ children = [] }, random) => {
    const parameters = children[2]!.children![0]!.children!;
    if (random.int(0, 1) === 0) parameters.pop();
    else parameters.push({ tag: 0x05, content: Buffer.alloc(0) });
    return ['parameters of the imprint', ''];
  },
  ({ children = [] }) => {
    children.push({
      tag: 0xa1,
      children: [{ tag: 0x30, children: [], content: Buffer.alloc(0) }],
      content: Buffer.alloc(0),
    });
    return ['extensions', ''];
  },
];

export const resignTimestamp: Resign = (base, { world: { modern } }, random) => {
  const bundle = JSON.parse(base.text);
  const stamp = bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps?.[0];
  const root = stamp && parseTree(Buffer.from(stamp.signedTimestamp, 'base64'));
  const info = root && infoOf(root);
  if (!root || !info) return undefined;
  const onInfo = random.int(0, 2);
  const change =
    onInfo === 0
      ? random.pick(changes)(info, random)
      : Object.values(changeTree(onInfo === 1 ? info : root, random) ?? {});
  const [kind, detail] = change ?? [];
  if (kind === undefined) return undefined;
  resignTree(root, info, modern.tsa.key);
  stamp.signedTimestamp = encodeTree(root).toString('base64');
  return { kind: `stamped: ${kind}`, detail: detail ?? '', text: JSON.stringify(bundle) };
};

/** The content of the octet string that follows the content type. */
function infoOf(root: Node): Node | undefined {
  const holder = nodesOf(root).find(
    (node) =>
      node.children?.[0] &&
      encodeTree(node.children[0]).toString('hex') === TST_INFO &&
      node.children.length === 2 &&
      node.tag === 0x30 &&
      node.children[1]!.tag === 0xa0,
  );
  return holder?.children?.[1]?.children?.[0]?.children?.[0];
}

/** Digest and signature made to fit, as far as the tree still has places for them. */
function resignTree(root: Node, info: Node, key: Parameters<typeof sign>[2]): void {
  const digest = nodesOf(root).find(
    (node) => node.children?.[0] && encodeTree(node.children[0]).toString('hex') === MESSAGE_DIGEST,
  );
  const octets = digest?.children?.[1]?.children?.[0];
  if (octets) octets.content = createHash('sha384').update(encodeTree(info)).digest();
  const signer = nodesOf(root).findLast(
    (node) => node.children?.some(({ tag }) => tag === 0xa0) && node.children.at(-1)?.tag === 0x04,
  );
  const attributes = signer?.children?.find(({ tag }) => tag === 0xa0);
  const signature = signer?.children?.at(-1);
  if (!attributes || !signature) return;
  delete signature.children;
  signature.content = sign('sha384', encodeTree({ ...attributes, tag: 0x31 }), key as never);
}
