/**
 * Follows `extends` from one policy to everything it rests on. Names a preset or a path inside the repository; packages
 * and URLs are refused.
 */
import path from 'node:path';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { type Layer, toLayer } from './convert.ts';
import { checkFile, exists, isInside, PACKAGE_KEY, readPolicyFile, readPreset } from './find.ts';
import { parsePolicy } from './parse.ts';
import { quoted, refusal } from './refuse.ts';
import type { Placed } from './types.ts';
import { validatePolicy } from './validate.ts';

const PRESETS = ['observe', 'recommended', 'strict'] as const;
type Preset = (typeof PRESETS)[number];

/** A policy to read: a preset, or a file by its absolute path. */
export type Source =
  | { readonly kind: 'preset'; readonly name: Preset }
  | { readonly kind: 'file'; readonly path: string; readonly key: string | undefined };

export interface Surroundings {
  /** Positions name files relative to this folder, so that reports are the same on every machine. */
  readonly from: string;
  /** Folder that no path may leave. */
  readonly root: string;
}

/**
 * The policy and all it extends, the one that wins first, ending with the preset `recommended`, on which every policy
 * rests. A file that comes in twice counts where it is weakest, so that a shared base never undoes what was built on it.
 * @throws {VerifyDepsError} `policy-extends` and what reading and checking a file throws
 */
export async function collectLayers(main: Source, surroundings: Surroundings): Promise<readonly Layer[]> {
  const walk = new Walk(surroundings);
  const upward = await walk.collect(main, []);
  if (!upward.some(({ file }) => file === 'preset:recommended')) {
    upward.unshift(...(await walk.collect({ kind: 'preset', name: 'recommended' }, [])));
  }
  return upward.reverse();
}

class Walk {
  readonly #surroundings: Surroundings;
  #count = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Layers from the weakest to the source itself. */
  async collect(source: Source, above: readonly string[]): Promise<Layer[]> {
    const layer = await this.#read(source);
    const chain = [...above, layer.file];
    const result: Layer[] = [];
    for (const entry of layer.extends) {
      const target = await this.#resolve(entry, source);
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
      for (const inner of await this.collect(target, chain)) {
        if (!result.some(({ file }) => file === inner.file)) result.push(inner);
      }
    }
    result.push(layer);
    return result;
  }

  async #read(source: Source): Promise<Layer> {
    const name = nameOf(source, this.#surroundings.from);
    const bytes =
      source.kind === 'preset' ? await readPreset(source.name) : await readPolicyFile(source.path);
    const key = source.kind === 'file' ? source.key : undefined;
    const parsed = parsePolicy(bytes, name, key);
    if (parsed === undefined) {
      throw refusal('policy-malformed', { file: name, line: 1, column: 1 }, `no key "${key}"`);
    }
    return toLayer(validatePolicy(parsed), parsed, name, bytes);
  }

  async #resolve(entry: Placed<string>, parent: Source): Promise<Source> {
    const text = entry.value;
    const preset = PRESETS.find((name) => name === text);
    if (preset !== undefined) return { kind: 'preset', name: preset };
    const refuse = (what: string, hint?: string) =>
      refusal('policy-extends', entry.at, `${quoted(text)} ${what}`, hint);
    const isPath = text.startsWith('./') || text.startsWith('../');
    if (!isPath) {
      throw refuse(
        /^[a-z][a-z0-9+.-]*:/i.test(text)
          ? 'is a URL, and this version extends presets and files only'
          : 'is neither a preset nor a path that starts with ./ or ../',
        `presets are ${PRESETS.join(', ')}; packages and https come in a later version`,
      );
    }
    if (parent.kind === 'preset') throw refuse('is a path, which a preset cannot extend');
    if (text.includes('\\') || text.includes('\0')) throw refuse('is not a path with forward slashes');
    if (!/\.(?:ya?ml|json)$/.test(text) || path.basename(text) === 'package.json') {
      throw refuse('is not a .yaml, .yml or .json file');
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

function nameOf(source: Source, from: string): string {
  if (source.kind === 'preset') return `preset:${source.name}`;
  return path.relative(from, source.path).split(path.sep).join('/');
}

/** The source of a policy file that the user or the search has named. */
export function fileSource(file: string): Source {
  return { kind: 'file', path: file, key: path.basename(file) === 'package.json' ? PACKAGE_KEY : undefined };
}
