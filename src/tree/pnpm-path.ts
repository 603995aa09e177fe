/**
 * The dependency paths of pnpm: the keys of `packages` and `snapshots` and the references to them.
 * Lockfile 9.0: `name@1.2.3(peer@4.5.6)`, `name@https://…`, `name@file:…`. Lockfile 6.x: `/name@1.2.3(peer@4.5.6)`, or
 * anything else with the name inside the entry.
 */
export interface DepPath {
  readonly name: string;
  /** Version, URL or path, without the peer suffix. */
  readonly ref: string;
}

/** Splits off the parenthesised groups at the end: peers, and the hash of a patch. */
export function splitSuffix(path: string): { readonly base: string; readonly suffix: string } {
  let depth = 0;
  for (let i = path.length - 1; i > 0; i--) {
    const char = path.charCodeAt(i);
    if (char === 0x29) depth++;
    else if (char === 0x28) depth--;
    if (depth > 0) continue;
    if (depth < 0 || char !== 0x28) break;
    // A group is complete; the base begins in front of it unless another group does.
    if (path.charCodeAt(i - 1) !== 0x29) return { base: path.slice(0, i), suffix: path.slice(i) };
  }
  return { base: path, suffix: '' };
}

/** Name and reference of a 9.0 key without its suffix. */
export function parsePath9(base: string): DepPath | undefined {
  const at = base.indexOf('@', 1);
  return at < 0 || at === base.length - 1 ? undefined : { name: base.slice(0, at), ref: base.slice(at + 1) };
}

/** The same for 6.x: `/name@1.2.3`, and `/name/1.2.3` as in its first releases. */
export function parsePath6(base: string): DepPath | undefined {
  if (!base.startsWith('/')) return undefined;
  const path = base.slice(1);
  const at = path.indexOf('@', 1);
  const slash = path.indexOf('/', path.startsWith('@') ? path.indexOf('/') + 1 : 0);
  const split = at >= 0 ? at : slash;
  return split < 1 || split === path.length - 1
    ? undefined
    : { name: path.slice(0, split), ref: path.slice(split + 1) };
}

/** Keys that the reference `ref` under the name `name` can stand for, the one pnpm takes first. */
export function candidates9(name: string, ref: string): readonly string[] {
  if (ref.startsWith('@')) return [ref];
  const at = ref.indexOf('@');
  const before = (char: string): boolean => {
    const index = ref.indexOf(char);
    return index < 0 || at < index;
  };
  // An alias is a whole path; a version or URL belongs to the name it is listed under.
  return at >= 0 && before(':') && before('(') ? [ref] : [`${name}@${ref}`];
}

export function candidates6(name: string, ref: string): readonly string[] {
  const { base } = splitSuffix(ref);
  if (ref.startsWith('file:') || base.includes('/')) return [ref];
  return [`/${name}@${ref}`, `/${name}/${ref}`];
}
