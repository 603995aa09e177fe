/** Members and elements dropped, doubled, moved, replaced, and borrowed from other bundles. */
import type { Random } from '../support/rig/sigstore.mjs';
import type { Mutation, SlotMutator } from './mutation.ts';
import { type Loose, valueAt, withValue } from './slots.ts';

/** Every path in a document, holders and leaves. */
export function pathsOf(value: Loose, path = ''): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.keys(value).flatMap((key) => {
    const own = path === '' ? key : `${path}.${key}`;
    return [own, ...pathsOf(value[key], own)];
  });
}

/** By shape first, so that a list of thirty hashes does not outweigh the rest. */
function pickPath(document: Loose, random: Random): string | undefined {
  const paths = pathsOf(document);
  if (paths.length === 0) return undefined;
  const shape = (path: string): string => path.replaceAll(/\d+/g, '*');
  const picked = random.pick([...new Set(paths.map(shape))]);
  return random.pick(paths.filter((path) => shape(path) === picked));
}

const VALUES: readonly Loose[] = [
  '',
  null,
  0,
  1,
  -1,
  '0',
  '1',
  'AAAA',
  true,
  false,
  [],
  {},
  [null],
  [''],
  [{}],
  { a: 1 },
  1e21,
  'x',
];

type Change = (document: Loose, path: string, random: Random) => [string, Loose] | undefined;
const changes: readonly Change[] = [
  (document, path) => ['dropped', withValue(document, path, undefined)],
  (document, path) => ['null', withValue(document, path, null)],
  (document, path, random) => ['value replaced', withValue(document, path, random.pick(VALUES))],
  (document, path) => ['value in a list', withValue(document, path, [valueAt(document, path)])],
  (document, path, random) => {
    const from = random.pick(pathsOf(document));
    return ['value of another member', withValue(document, path, valueAt(document, from))];
  },
];
const onLists: readonly ((list: Loose[], random: Random) => [string, Loose[]] | undefined)[] = [
  (list) => ['element doubled', [...list, structuredClone(list[0])]],
  (list) => (list.length < 2 ? undefined : ['list reversed', list.toReversed()]),
  (list) => ['list emptied', list.slice(0, 0)],
  (list, random) => ['foreign element', [...list, random.pick(VALUES)]],
  (list, random) => ['foreign element first', [random.pick(VALUES), ...list]],
  (list) => ['list many times', Array.from({ length: 40 }, () => list[0])],
];

export const rearrange: SlotMutator = (slot, random) => {
  if (slot.kind !== 'json') return undefined;
  const document: Loose = JSON.parse(slot.bytes.toString('utf8'));
  const lists = pathsOf(document).filter(
    (path) => Array.isArray(valueAt(document, path)) && valueAt(document, path).length > 0,
  );
  const onList = lists.length > 0 && random.int(0, 2) === 0;
  const path = onList ? random.pick(lists) : pickPath(document, random);
  if (path === undefined) return undefined;
  const [how, changed] = onList
    ? (random.pick(onLists)(valueAt(document, path), random) ?? [])
    : (random.pick(changes)(document, path, random) ?? []);
  if (how === undefined) return undefined;
  const other = onList ? withValue(document, path, changed) : changed;
  return { kind: how, detail: `${slot.label} ${path}`, text: slot.write(Buffer.from(JSON.stringify(other))) };
};

/** A value of another bundle in its own place, or a list with the other's elements beside its own. */
export function borrow(own: Loose, other: Loose, random: Random): Mutation | undefined {
  const path = pickPath(other, random);
  if (path === undefined) return undefined;
  const theirs = valueAt(other, path);
  const holder = path.includes('.') ? valueAt(own, path.slice(0, path.lastIndexOf('.'))) : own;
  if (holder === null || typeof holder !== 'object') return undefined;
  const mine = valueAt(own, path);
  if (Array.isArray(theirs) && Array.isArray(mine) && random.int(0, 1) === 0) {
    const list = random.pick([
      [...mine, ...theirs],
      [...theirs, ...mine],
    ]);
    return {
      kind: 'elements of another bundle beside',
      detail: path,
      text: JSON.stringify(withValue(own, path, list)),
    };
  }
  const text = JSON.stringify(withValue(own, path, theirs));
  return {
    kind: mine === undefined ? 'member of another bundle beside' : 'value of another bundle',
    detail: path,
    text,
  };
}
