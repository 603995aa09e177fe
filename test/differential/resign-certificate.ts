/** Another certificate for the same key: logged for transparency, issued, and named in the log entry. */
import { sign } from 'node:crypto';
import { pem } from '../support/rig/sigstore.mjs';
import type { Resign } from './base.ts';
import { encodeTree, type Node, nodesOf, parseTree } from './der-tree.ts';
import { changeTree } from './mutate-der.ts';
import { changeExtensions } from './mutate-extensions.ts';
import { entryOf, relog } from './relog.ts';
import { oddList, soundList } from './sct-lists.ts';
import type { Loose } from './slots.ts';

const SCT_LIST = '06 0a 2b 06 01 04 01 d6 79 02 04 02'.replaceAll(' ', '');

export const resignCertificate: Resign = (base, instance, random) => {
  if (!instance.leaf) return undefined;
  const { sigstore } = instance.world;
  const root = parseTree(instance.leaf.der)!;
  const [tbs, algorithm] = root.children as [Node, Node];
  const extensions = tbs.children!.at(-1)!.children![0]!;
  const sct = extensions.children!.findIndex((node) => encodeTree(node).toString('hex').includes(SCT_LIST));
  const [list] = extensions.children!.splice(sct, 1) as [Node];
  const how = random.int(0, 4);
  const onTree =
    how < 2 ? changeTree(tbs, random) : how < 4 ? changeExtensions(tbs, extensions, random) : undefined;
  if (!onTree && how < 4) return undefined;
  const octets = nodesOf(list).findLast((node) => node.tag === 0x04)!;
  const precertificate = encodeTree(tbs);
  const [odd, content] =
    how === 4
      ? oddList(precertificate, octets.content, instance, random)
      : ['', soundList(precertificate, octets.content, instance)];
  const change = how === 4 ? { kind: `certificate timestamps: ${odd}`, detail: '' } : onTree!;
  octets.content = content;
  delete octets.children;
  extensions.children?.push(list);
  const signed = encodeTree(tbs);
  const signature = Buffer.concat([Buffer.of(0), sign('sha384', signed, sigstore.keys.intermediate!)]);
  const der = encodeTree({
    tag: 0x30,
    content: Buffer.alloc(0),
    children: [tbs, algorithm, { tag: 0x03, content: signature }],
  });
  const bundle = replaceLeaf(JSON.parse(base.text), instance.leaf.der, der);
  relog(bundle, instance);
  return { kind: `issued: ${change.kind}`, detail: change.detail, text: JSON.stringify(bundle) };
};

/** The certificate exchanged in the bundle and in the log entry's body. */
function replaceLeaf(bundle: Loose, from: Buffer, to: Buffer): Loose {
  const { verificationMaterial: material } = bundle;
  const holder = material.certificate ?? material.x509CertificateChain.certificates[0];
  holder.rawBytes = to.toString('base64');
  const entry = entryOf(bundle);
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const body = Buffer.from(entry.canonicalizedBody, 'base64')
    .toString('utf8')
    .replace(base64(pem('CERTIFICATE', from)), base64(pem('CERTIFICATE', to)))
    .replace(from.toString('base64'), to.toString('base64'));
  entry.canonicalizedBody = base64(body);
  return bundle;
}
