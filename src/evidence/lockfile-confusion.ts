/**
 * What a lockfile entry says about its package beside what the registry says. npm and pnpm plan by the entry: one that has
 * been given a dependency brings it along, whatever the package itself says.
 */
import type { Note } from '../core/check.ts';
import { type ManifestClaims, normalSpec } from '../registry/claims.ts';
import type { VersionManifest } from '../registry/types.ts';
import type { LockfileClaims } from '../tree/types.ts';
import type { Subject } from './types.ts';

/** Of one package; the rest is counted. */
const NOTES_MAX = 8;

/** `expected` is what the registry says, `actual` what the lockfile does. What the entry leaves out takes nothing in. */
export function lockfileConfusion(
  subject: Subject,
  { claims, hasInstallScript }: Pick<VersionManifest, 'claims' | 'hasInstallScript'>,
): readonly Note[] {
  if (claims === undefined) return [];
  const notes = new Map<string, Note>();
  const add = (note: Note): void => void notes.set(JSON.stringify(note.args), note);
  for (const node of subject.nodes) {
    if (node.claims === undefined) continue;
    for (const note of ofEntry(node.claims, claims)) add(note);
    const hides = node.claims.kind === 'npm' && node.claims.tellsScripts && !node.hasInstallScript;
    if (hides && hasInstallScript) add(differs('hasInstallScript', 'true', 'nothing'));
  }
  const all = [...notes.values()];
  return all.length <= NOTES_MAX
    ? all
    : [...all.slice(0, NOTES_MAX), { code: 'lockfile-confusion', args: { count: all.length - NOTES_MAX } }];
}

function ofEntry(entry: LockfileClaims, served: ManifestClaims): readonly Note[] {
  const needed = (name: string): string | undefined =>
    served.optionalDependencies.get(name) ?? served.dependencies.get(name);
  const peer = (name: string): string | undefined => served.peerDependencies.get(name);
  if (entry.kind === 'pnpm') {
    return entry.names
      .filter((name) => needed(name) === undefined && peer(name) === undefined)
      .filter((name) => !served.optionalPeers.includes(name))
      .map((name) => differs(`dependencies.${name}`, 'nothing', name));
  }
  return [
    ...added('dependencies', entry.dependencies, needed),
    ...added('optionalDependencies', entry.optionalDependencies, needed),
    ...added('peerDependencies', entry.peerDependencies, peer),
    ...entry.bundled
      .filter((name) => !served.bundled.includes(name))
      .map((name) => differs('bundleDependencies', served.bundled.join(', ') || 'nothing', name)),
  ];
}

function added(
  field: string,
  entry: readonly string[],
  served: (name: string) => string | undefined,
): readonly Note[] {
  const notes: Note[] = [];
  for (let i = 0; i < entry.length; i += 2) {
    const [name, spec] = [entry[i]!, entry[i + 1]!];
    if (normalSpec(spec) !== served(name)) {
      notes.push(differs(`${field}.${name}`, served(name) ?? 'nothing', spec));
    }
  }
  return notes;
}

function differs(field: string, expected: string, actual: string): Note {
  return { code: 'lockfile-confusion', args: { field, expected, actual } };
}
