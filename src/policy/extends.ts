/**
 * Follows `extends` from one policy to everything it rests on: presets, paths inside the repository, and what lies
 * elsewhere (`policy/remote.ts`).
 */
import path from 'node:path';
import { limits } from '../core/limits.ts';
import { nearest } from '../core/near.ts';
import { printable } from '../core/text.ts';
import type { RegistryTrust } from '../trust/types.ts';
import type { Layer } from './convert.ts';
import { checkFile, exists, isInside, PACKAGE_KEY, readPolicyFile } from './find.ts';
import { mergeRegistries } from './merge-registries.ts';
import { presetLayer } from './preset-layer.ts';
import { type PresetName, presetNames } from './presets.ts';
import { quoted, refusal } from './refuse.ts';
import { type FetchedPolicy, type PolicySource, type RemoteRef, remoteName, remoteRef } from './remote.ts';
import type { Placed, Position } from './types.ts';

type Found = Extract<FetchedPolicy, { status: 'found' }>;

/** A policy to read: a preset, a file by its absolute path, one that lies elsewhere, or another file of such a package. */
export type Source =
  | { readonly kind: 'preset'; readonly name: PresetName }
  | { readonly kind: 'file'; readonly path: string; readonly key: string | undefined }
  | { readonly kind: 'remote'; readonly ref: RemoteRef; readonly at: Position }
  | {
      readonly kind: 'within';
      readonly ref: RemoteRef;
      readonly files: Found['files'];
      readonly path: string;
    };

export interface Surroundings {
  /** Positions name files relative to this folder, so that reports are the same on every machine. */
  readonly from: string;
  /** Folder that no path may leave. */
  readonly root: string;
  /** Without one, what lies elsewhere is refused. */
  readonly remote?: PolicySource | undefined;
}

/**
 * The policy and all it extends, the one that wins first, ending with the preset `recommended`, on which every policy
 * rests. A file that comes in twice counts where it is weakest, so that a shared base never undoes what was built on it.
 * @throws {VerifyDepsError} `policy-extends` and what reading and checking a file throws
 */
export async function collectLayers(main: Source, surroundings: Surroundings): Promise<readonly Layer[]> {
  // Whom to ask, and whose keys count, is for the project's own files to say; so they are read by themselves first.
  const local = new Walk(surroundings, undefined);
  const own = await allOf(main, local);
  if (!local.passedOver) return own;
  return allOf(main, new Walk(surroundings, { registries: mergeRegistries(own) }));
}

async function allOf(main: Source, walk: Walk): Promise<readonly Layer[]> {
  const upward = await walk.collect(main, []);
  if (!upward.some(({ file }) => file === 'preset:recommended')) {
    upward.unshift(...(await walk.collect({ kind: 'preset', name: 'recommended' }, [])));
  }
  return upward.reverse();
}

class Walk {
  readonly #surroundings: Surroundings;
  readonly #bootstrap: { readonly registries: readonly RegistryTrust[] } | undefined;
  readonly #fetched = new Map<string, Found>();
  readonly #bytes = new Map<string, Uint8Array>();
  #count = 0;
  /** There are entries that lie elsewhere. */
  passedOver = false;

  /** @param bootstrap  without it, what lies elsewhere is passed over */
  constructor(
    surroundings: Surroundings,
    bootstrap: { readonly registries: readonly RegistryTrust[] } | undefined,
  ) {
    this.#surroundings = surroundings;
    this.#bootstrap = bootstrap;
  }

  /** Layers from the weakest to the source itself. @param at  the entry that names it */
  async collect(source: Source, above: readonly string[], at?: Position): Promise<Layer[]> {
    const [layer, where] = await this.#read(source, at);
    const chain = [...above, layer.file];
    const result: Layer[] = [];
    for (const entry of layer.extends) {
      const target = await this.#resolve(entry, where);
      if (target.kind === 'remote' && this.#bootstrap === undefined) {
        this.passedOver = true;
        continue;
      }
      const name = nameOf(target, this.#surroundings.from);
      if (chain.includes(name)) {
        throw refusal(
          'policy-extends',
          entry.at,
          `extends goes in a circle: ${[...chain, name].map((n) => printable(n)).join(' -> ')}`,
        );
      }
      // Listed after something that rests on it, it would silently undo that.
      if (result.some(({ file }) => file === name)) {
        throw refusal(
          'policy-extends',
          entry.at,
          `${printable(name)} is already part of an earlier entry of this list`,
          'drop it, or list it first',
        );
      }
      if (++this.#count >= limits.policyExtendsMax) {
        throw refusal(
          'policy-extends',
          entry.at,
          `extends leads to more than ${limits.policyExtendsMax} files`,
        );
      }
      for (const inner of await this.collect(target, chain, entry.at)) {
        if (!result.some(({ file }) => file === inner.file)) result.push(inner);
      }
    }
    result.push({ ...layer, restsOn: result.map(({ file }) => file).reverse() });
    return result;
  }

  /** The layer, and where paths in it start. */
  async #read(
    source: Source,
    at: Position | undefined,
  ): Promise<readonly [Layer, Exclude<Source, { kind: 'remote' }>]> {
    const name = nameOf(source, this.#surroundings.from);
    const key = source.kind === 'file' ? source.key : undefined;
    const where = source.kind === 'remote' ? await this.#fetch(source) : source;
    if (where.kind === 'preset') return [await presetLayer(where.name), where];
    const bytes = await bytesOf(where);
    this.#refuseOther(name, bytes, at);
    const { readLayer } = await import('./read-layer.ts');
    return [readLayer(bytes, name, key), where];
  }

  /** Two that bear one name would count as one, and the first to come would stand for the other. */
  #refuseOther(name: string, bytes: Uint8Array, at: Position | undefined): void {
    const known = this.#bytes.get(name);
    this.#bytes.set(name, bytes);
    if (known === undefined || Buffer.compare(known, bytes) === 0) return;
    throw refusal(
      'policy-extends',
      at ?? { file: name, line: 1, column: 1 },
      `${quoted(name)} comes in twice, each time with other content`,
      'extend one version of it',
    );
  }

  async #fetch({
    ref,
    at,
  }: Extract<Source, { kind: 'remote' }>): Promise<Extract<Source, { kind: 'within' }>> {
    const id = JSON.stringify(ref);
    const known = this.#fetched.get(id);
    if (known !== undefined) return { kind: 'within', ref, files: known.files, path: known.main };
    const { remote } = this.#surroundings;
    const name = quoted(remoteName(ref));
    if (remote === undefined || this.#bootstrap === undefined) {
      throw refusal('policy-extends', at, `${name} lies elsewhere, and nothing is fetched here`);
    }
    const answer = await remote.obtain(ref, this.#bootstrap.registries);
    if (answer.status !== 'found') {
      throw answer.status === 'unreachable'
        ? refusal('policy-unreachable', at, `${name} ${answer.why}`, 'run it again; once fetched, it is kept')
        : refusal('policy-extends', at, `${name} ${answer.why}`);
    }
    this.#fetched.set(id, answer);
    return { kind: 'within', ref, files: answer.files, path: answer.main };
  }

  async #resolve(entry: Placed<string>, parent: Exclude<Source, { kind: 'remote' }>): Promise<Source> {
    const text = entry.value;
    const preset = presetNames.find((name) => name === text);
    if (preset !== undefined) return { kind: 'preset', name: preset };
    const refuse = (what: string, hint?: string) =>
      refusal('policy-extends', entry.at, `${quoted(withoutSecrets(text))} ${what}`, hint);
    const ref = remoteRef(text);
    if (ref !== undefined) {
      if ('problem' in ref) throw refuse(ref.problem);
      // Nobody here chose it: the digest of the policy that names it has to fix it too.
      if (parent.kind === 'within' && ref.kind === 'npm' && ref.integrity === undefined) {
        throw refuse(
          'is not pinned',
          'a policy from elsewhere names others with their digest: npm:NAME@VERSION#sha512-…',
        );
      }
      return { kind: 'remote', ref, at: entry.at };
    }
    const isPath = text.startsWith('./') || text.startsWith('../');
    if (!isPath) {
      const [near] = nearest(text, presetNames);
      if (near !== undefined) throw refuse(`is no preset, did you mean "${near}"`, `write ${near}`);
      throw refuse(
        'is neither a preset nor a path that starts with ./ or ../',
        `presets are ${presetNames.join(', ')}; packages are npm:NAME@VERSION, and URLs https://…#sha256-…`,
      );
    }
    if (parent.kind === 'preset') throw refuse('is a path, which a preset cannot extend');
    if (text.includes('\\') || text.includes('\0')) throw refuse('is not a path with forward slashes');
    if (!/\.(?:ya?ml|json)$/.test(text) || path.basename(text) === 'package.json') {
      throw refuse('is not a .yaml, .yml or .json file');
    }
    if (parent.kind === 'within') {
      const { ref: from, files } = parent;
      if (from.kind === 'https') throw refuse('is a path, which a policy at a URL cannot extend');
      const inner = path.posix.join(path.posix.dirname(parent.path), text);
      if (inner.startsWith('../')) throw refuse('leads out of its package');
      if (!files.has(inner)) throw refuse('does not exist in its package');
      return { ...parent, path: inner };
    }
    const file = path.resolve(path.dirname(parent.path), text);
    if (!isInside(file, this.#surroundings.root)) {
      throw refuse('leads out of the repository', 'copy the file into the repository');
    }
    if (!(await exists(file))) throw refuse('does not exist');
    const real = await checkFile(file, this.#surroundings.root, limits.policyBytesMax);
    return { kind: 'file', path: real, key: undefined };
  }
}

async function bytesOf(source: Exclude<Source, { kind: 'remote' | 'preset' }>): Promise<Uint8Array> {
  return source.kind === 'file' ? readPolicyFile(source.path) : source.files.get(source.path)!;
}

/** What stands before the host of a URL, or in its query, may be one. */
function withoutSecrets(text: string): string {
  return text.replace(/^([a-z]+:\/\/)[^/]*@/i, '$1').replace(/\?[^#]*/, '');
}

function nameOf(source: Source, from: string): string {
  if (source.kind === 'preset') return `preset:${source.name}`;
  if (source.kind === 'remote') return remoteName(source.ref);
  if (source.kind === 'within') return `${remoteName(source.ref)}/${source.path}`;
  const relative = path.relative(from, source.path).split(path.sep).join('/');
  // A folder can be called npm:@acme, and a file of it must not pass for one of the package.
  return /^[\w-]+:/.test(relative) ? `./${relative}` : relative;
}

/** The source of a policy file that the user or the search has named. */
export function fileSource(file: string): Source {
  return { kind: 'file', path: file, key: path.basename(file) === 'package.json' ? PACKAGE_KEY : undefined };
}
