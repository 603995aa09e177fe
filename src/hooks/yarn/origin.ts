/** Where a package comes from, read from the protocol of its reference. */
import { member } from '../../core/json.ts';
import type { Source } from '../../tree/types.ts';
import type { Locator, YarnCore } from './types.ts';

export type Origin =
  /** `resolved` is set where the tarball is not at the place where registries keep it. */
  | {
      readonly kind: 'registry';
      readonly name: string;
      readonly version: string;
      readonly resolved: string | undefined;
    }
  /** Made on this machine out of another package and patches of the project or of yarn itself. */
  | { readonly kind: 'patched'; readonly of: Locator }
  /** Folders of the project; also a virtual package, which is another one in truth. */
  | { readonly kind: 'own' }
  | { readonly kind: 'foreign'; readonly source: Exclude<Source, { kind: 'registry' }> };

const OWN = ['workspace:', 'link:', 'portal:', 'virtual:'];

export function originOf(locator: Locator, { structUtils }: Pick<YarnCore, 'structUtils'>): Origin {
  const { reference } = locator;
  if (OWN.some((protocol) => reference.startsWith(protocol))) return { kind: 'own' };
  if (reference.startsWith('npm:')) {
    const { selector, params } = structUtils.parseRange(reference);
    const archive = params === null ? undefined : member(params as never, '__archiveUrl');
    return {
      kind: 'registry',
      name: structUtils.stringifyIdent(locator),
      version: selector,
      resolved: typeof archive === 'string' ? archive : undefined,
    };
  }
  if (reference.startsWith('patch:')) {
    const { source } = structUtils.parseRange(reference);
    // Without one, yarn cannot make it either.
    if (source !== null) return { kind: 'patched', of: structUtils.parseLocator(source) };
  }
  return { kind: 'foreign', source: foreignSource(reference) };
}

function foreignSource(reference: string): Exclude<Source, { kind: 'registry' }> {
  const [place = ''] = reference.split('::', 1);
  // What a script generates on this disk; the script itself lies in the project or in a package that went through the gate.
  if (place.startsWith('exec:')) return { kind: 'directory', path: place.slice('exec:'.length) };
  if (place.startsWith('file:')) {
    const path = place.slice('file:'.length);
    return { kind: /\.(?:tgz|tar\.gz)$/.test(path) ? 'file' : 'directory', path };
  }
  const commit = /#(?:.*&)?commit=([0-9a-f]{7,64})(?:&|$)/.exec(place)?.[1];
  if (commit !== undefined || /^(?:git|ssh|github)\b/.test(place)) {
    return { kind: 'git', url: place.split('#', 1)[0]!, commit };
  }
  return { kind: 'remote', url: place };
}
