/** Certificates that no authority would issue: other usages, names, periods, extensions. */
import { encodeDer } from '../../src/core/der.ts';
import {
  bitString,
  bool,
  CODE_SIGNING,
  claim,
  constraints,
  extendedKeyUsage,
  extension,
  integer,
  keyUsage,
  legacyClaim,
  nameOf,
  seq,
  subjectAltName,
  TIME_STAMPING,
  uriName,
  utcTime,
} from '../sigstore/forge.ts';
import { NOW } from '../sigstore/world.ts';
import type { Random } from '../support/rig/sigstore.mjs';
import { encodeTree, type Node, parseTree } from './der-tree.ts';

const URI = 'https://github.com/acme/log/.github/workflows/release.yml@refs/heads/main';
const ISSUER = 'https://token.actions.githubusercontent.com';
const mail = (address: string): Uint8Array => encodeDer(0x81, Buffer.from(address));

/** Put in the place of the extension of the same identifier, or added where there is none. */
const EXTENSIONS: Readonly<Record<string, Uint8Array>> = {
  'key usage without digital signature': keyUsage(0x40, 6),
  'key usage for signing certificates': keyUsage(0x84, 2),
  'key usage of all kinds': keyUsage(0xff, 0),
  'key usage not critical': extension('2.5.29.15', bitString(Uint8Array.of(0x80), 7)),
  'key usage empty': keyUsage(0x00, 7),
  'extended usage for timestamps': extendedKeyUsage(TIME_STAMPING),
  'extended usage for both': extendedKeyUsage(CODE_SIGNING, TIME_STAMPING),
  'extended usage for anything': extendedKeyUsage('2.5.29.37.0'),
  'extended usage empty': extendedKeyUsage(),
  'extended usage critical': extension('2.5.29.37', seq(), true),
  'an authority': constraints(true),
  'an authority of length 0': constraints(true, 0),
  'not an authority': constraints(false),
  'not an authority, spelled out': extension('2.5.29.19', seq(bool(0)), true),
  'name of mail': subjectAltName(mail('a@acme.example')),
  'two names': subjectAltName(uriName(URI), mail('a@acme.example')),
  'the same name twice': subjectAltName(uriName(URI), uriName(URI)),
  'no name': subjectAltName(),
  'a name with a zero byte': subjectAltName(uriName(`${URI}\0x`)),
  'an empty name': subjectAltName(uriName('')),
  'a name not critical': extension('2.5.29.17', seq(uriName(URI))),
  'a DNS name': subjectAltName(encodeDer(0x82, Buffer.from('acme.example'))),
  'another authority key': extension('2.5.29.35', seq(encodeDer(0x80, Buffer.alloc(20, 7)))),
  'no authority key inside': extension('2.5.29.35', seq()),
  'authority key with a serial number': extension('2.5.29.35', seq(encodeDer(0x82, Buffer.of(1)))),
  'another subject key': extension('2.5.29.14', encodeDer(0x04, Buffer.alloc(20, 7))),
  'another issuer of the identity': claim(8, 'https://issuer.example'),
  'another old issuer of the identity': legacyClaim(1, 'https://issuer.example'),
  'issuer of the identity not encoded': legacyClaim(8, ISSUER),
  'issuer of the identity with trailing bytes': extension(
    '1.3.6.1.4.1.57264.1.8',
    Buffer.concat([claim(8, ISSUER), Buffer.of(0)]),
  ),
  'an unknown claim': claim(99, 'x'),
  'a claim not encoded': legacyClaim(12, 'https://github.com/acme/log'),
  'unknown extension': extension('1.2.3.4', Buffer.of(5, 0)),
  'unknown critical extension': extension('1.2.3.4', Buffer.of(5, 0), true),
  'name constraints': extension('2.5.29.30', seq(), true),
  'certificate policies': extension('2.5.29.32', seq(seq()), true),
  'poison of a precertificate': extension('1.3.6.1.4.1.11129.2.4.3', Buffer.of(5, 0), true),
};

const tree = (der: Uint8Array): Node => parseTree(Buffer.from(der))!;
const idOf = (node: Node): string => encodeTree(node.children![0]!).toString('hex');

type Change = (tbs: Node, extensions: Node, random: Random) => [string, string] | undefined;

const replaced: Change = (_, { children = [] }, random) => {
  const name = random.pick(Object.keys(EXTENSIONS));
  const made = tree(EXTENSIONS[name]!);
  const at = children.findIndex((node) => idOf(node) === idOf(made));
  children.splice(at < 0 ? children.length : at, at < 0 ? 0 : 1, made);
  return [name, ''];
};

const SECOND = 1000;
const PERIODS: Readonly<Record<string, readonly [number, number]>> = {
  'over before it was logged': [NOW - 600 * SECOND, NOW - SECOND],
  'begun after it was logged': [NOW + 3600 * SECOND, NOW + 7200 * SECOND],
  'over in the second it was logged': [NOW - 600 * SECOND, NOW + 4 * SECOND],
  'begun in the second it was logged': [NOW + 4 * SECOND, NOW + 600 * SECOND],
  'begun a second later': [NOW + 5 * SECOND, NOW + 600 * SECOND],
  'over a second earlier': [NOW - 600 * SECOND, NOW + 3 * SECOND],
  'ended before it began': [NOW + 600 * SECOND, NOW - 600 * SECOND],
  'of ten years': [NOW - 1000 * SECOND, NOW + 315_360_000 * SECOND],
};

const changes: readonly Change[] = [
  replaced,
  replaced,
  replaced,
  (_, { children = [] }, random) => {
    const at = random.int(0, children.length - 1);
    const [dropped] = children.splice(at, 1) as [Node];
    return ['extension dropped', idOf(dropped)];
  },
  (_, { children = [] }, random) => {
    const twice = random.pick(children);
    children.push(twice);
    return ['extension twice', idOf(twice)];
  },
  (_, { children = [] }, random) => {
    const { children: parts = [] } = random.pick(children);
    if (parts[1]?.tag === 0x01) parts.splice(1, 1);
    else parts.splice(1, 0, tree(bool(0xff)));
    return [
      'extension made critical, or no longer',
      idOf({ tag: 0x30, content: Buffer.alloc(0), children: parts }),
    ];
  },
  ({ children = [] }, _, random) => {
    const name = random.pick(Object.keys(PERIODS));
    const [from, to] = PERIODS[name]!;
    children[4] = tree(seq(utcTime(from), utcTime(to)));
    return [`period ${name}`, ''];
  },
  ({ children = [] }, _, random) => {
    const [name, at, der] = random.pick<[string, number, Uint8Array]>([
      ['version 1', 0, encodeDer(0xa0, integer(0))],
      ['version 2', 0, encodeDer(0xa0, integer(1))],
      ['version 4', 0, encodeDer(0xa0, integer(3))],
      ['serial number zero', 1, integer(0)],
      ['serial number negative', 1, integer(0x80)],
      ['serial number of 30 bytes', 1, integer(...Array.from({ length: 30 }, () => 7))],
      ['another algorithm inside', 2, seq(encodeDer(0x06, Buffer.from('2a8648ce3d040302', 'hex')))],
      ['another issuer', 3, nameOf('other')],
      ['a subject', 5, nameOf('acme')],
    ]);
    children[at] = tree(der);
    return [name, ''];
  },
];

/** Changes the tree in place. */
export function changeExtensions(
  tbs: Node,
  extensions: Node,
  random: Random,
): { kind: string; detail: string } | undefined {
  const [kind, detail] = random.pick(changes)(tbs, extensions, random) ?? [];
  return kind === undefined || detail === undefined ? undefined : { kind, detail };
}
