/** Whether npm would install a lockfile as it stands. */
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

/**
 * What `npm install` would look up anew because the lockfile in this folder does not have it: dependencies that somebody
 * has added to a package.json, changed there, or overridden. Reads package.json, those of workspaces and the lockfile.
 * @returns `name@range` of each, sorted; at most a hundred
 * @throws {VerifyDepsError} `lockfile-malformed` where npm could not read it
 */
export async function unlocked(
  folder: string,
  { legacyPeerDeps }: { readonly legacyPeerDeps: boolean },
): Promise<readonly string[]> {
  const { Arborist } = await import('@npmcli/arborist');
  const tree = await new Arborist({ path: folder, legacyPeerDeps }).loadVirtual().catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new VerifyDepsError('lockfile-malformed', `npm cannot read the lockfile: ${printable(why)}`, {
      hint: 'let npm write it again: npm install --package-lock-only',
    });
  });
  const found = new Set<string>();
  for (const node of tree.inventory.values()) {
    if (node.isLink) continue;
    const bundled = node.isProjectRoot || node.isWorkspace ? [] : (node.package.bundleDependencies ?? []);
    for (const { error, type, to, name, rawSpec } of node.edgesOut.values()) {
      if (bundled.includes(name)) continue;
      // An optional peer is not installed for being asked for.
      if (error === null || (type === 'peerOptional' && (to === null || to === undefined))) continue;
      found.add(`${name}@${rawSpec}`);
    }
  }
  return [...found].sort().slice(0, 100);
}
