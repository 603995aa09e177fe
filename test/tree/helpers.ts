import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { loadTree } from '../../src/tree/load.ts';
import type { DependencyTree, LockfileKind, TreeOptions } from '../../src/tree/types.ts';

export const trees: string = fileURLToPath(new URL('../../fixtures/trees/', import.meta.url));
export const everything: TreeOptions = { omit: new Set(), workspaces: [] };
export const sha512: string = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;

/** A new folder for the files of one test file, removed at its end. */
export function folder(): (files: Readonly<Record<string, string | Uint8Array>>) => string {
  const made: string[] = [];
  afterAll(() => {
    for (const dir of made) rmSync(dir, { recursive: true, force: true });
  });
  return (files) => {
    const dir = mkdtempSync(path.join(tmpdir(), 'verify-deps-tree-'));
    made.push(dir);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
      writeFileSync(path.join(dir, name), content);
    }
    return dir;
  };
}

export function fixture(name: string, options: Partial<TreeOptions> = {}): Promise<DependencyTree> {
  const kind: LockfileKind = name.endsWith('.yaml') ? 'pnpm' : 'npm';
  return loadTree({ path: path.join(trees, name), kind }, { ...everything, ...options });
}

/** One line for each node: what a reader would want to compare. */
export function summary(tree: DependencyTree): Record<string, string> {
  return Object.fromEntries(
    [...tree.nodes].map(([key, node]) => {
      const { source } = node;
      const place =
        source.kind === 'registry'
          ? ''
          : ` ${'commit' in source ? source.commit?.slice(0, 6) : 'path' in source ? source.path : 'within' in source ? source.within : source.url}`;
      const alias = node.alias === undefined ? '' : ` as ${node.alias}`;
      return [
        key,
        `${node.name}@${node.version}${alias} ${source.kind}${place} ${node.integrity.kind} ${node.dependency} ${node.depth}`,
      ];
    }),
  );
}

export async function failureOf(promise: Promise<unknown>): Promise<VerifyDepsError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof VerifyDepsError)) throw error ?? new Error('nothing was thrown');
  return error;
}
