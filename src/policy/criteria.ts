/** What a rule asks of a package besides its name: of the package itself, and of each place where it stands. */
import type Comparator from 'semver/classes/comparator.js';
import Range from 'semver/classes/range.js';
import type SemVer from 'semver/classes/semver.js';
import { normalRegistry } from '../core/registry-url.ts';
import type { PackageNode } from '../tree/types.ts';
import { semverOf } from './semver-of.ts';
import type { Criterion, Rule } from './types.ts';

/** The package as far as rules ask. */
export interface Asked {
  /** Undefined for what is not semver. */
  readonly version: SemVer | undefined;
  /** Base URL of the registry that answers for it. */
  readonly registry: string | undefined;
  /** The registry says that it runs a script when it is installed. */
  readonly declaresScript: boolean;
}

export function asked(version: string, declaresScript: boolean, registry: string | undefined): Asked {
  return { version: semverOf(version), registry, declaresScript };
}

/** The first criterion that the package does not meet wherever it stands; undefined if it meets all. */
export function unmetAnywhere(rule: Rule, { version, registry }: Asked): Criterion | undefined {
  const { match } = rule;
  if (match.registry !== undefined) {
    const spelled = registry === undefined ? undefined : (normalRegistry(registry) ?? registry);
    if (spelled === undefined || !match.registry.includes(spelled)) return 'registry';
  }
  return match.version !== undefined && !inRange(rule, match.version, version) ? 'version' : undefined;
}

/** The first criterion that this place does not meet. */
export function unmetAt(
  { match }: Rule,
  node: PackageNode,
  { declaresScript }: Asked,
): Criterion | undefined {
  if (match.dependency !== undefined && !match.dependency.includes(node.dependency)) return 'dependency';
  if (match.direct !== undefined && match.direct !== isDirect(node)) return 'direct';
  if (match.source !== undefined && !match.source.includes(node.source.kind)) return 'source';
  const hasScript = node.hasInstallScript || declaresScript;
  return match.installScript !== undefined && match.installScript !== hasScript ? 'installScript' : undefined;
}

/** The project itself depends on it. */
export function isDirect({ depth }: PackageNode): boolean {
  return depth <= 1;
}

/** One of each kind of place that rules can tell apart. */
export function placesOf(nodes: readonly PackageNode[]): readonly PackageNode[] {
  const places = new Map(nodes.map((node) => [kindOf(node, node.hasInstallScript), node]));
  return [...places.values()];
}

/** What rules can tell about the places of a package, each kind once: of equal kinds, rules demand the same. */
export function kindsOfPlace(nodes: readonly PackageNode[], declaresScript: boolean): readonly number[] {
  const kinds: number[] = [];
  for (const node of nodes) {
    const kind = kindOf(node, node.hasInstallScript || declaresScript);
    if (!kinds.includes(kind)) kinds.push(kind);
  }
  return kinds;
}

const DEPENDENCIES: Readonly<Record<PackageNode['dependency'], number>> = {
  prod: 0,
  dev: 1,
  optional: 2,
  peer: 3,
};
const SOURCES: Readonly<Record<PackageNode['source']['kind'], number>> = {
  registry: 0,
  git: 1,
  remote: 2,
  file: 3,
  directory: 4,
  workspace: 5,
  bundled: 6,
};

/** All that `unmetAt` looks at, as one number. */
function kindOf(node: PackageNode, hasScript: boolean): number {
  const place = DEPENDENCIES[node.dependency] * 8 + SOURCES[node.source.kind];
  return place * 4 + (isDirect(node) ? 2 : 0) + (hasScript ? 1 : 0);
}

const ranges = new WeakMap<Rule, Range>();

/**
 * A version that is not semver lies in no range. Prereleases count: a demand on `^2` also holds for 2.1.0-beta.1. The bounds
 * are compared here because `Range.test` reads the text of both versions again for each of them.
 */
export function inRange(rule: Rule, text: string, version: SemVer | undefined): boolean {
  if (version === undefined) return false;
  let range = ranges.get(rule);
  if (range === undefined) {
    range = new Range(text, { includePrerelease: true });
    ranges.set(rule, range);
  }
  return range.set.some((bounds) => bounds.every((bound) => isWithin(version, bound)));
}

function isWithin(version: SemVer, { operator, semver, value }: Comparator): boolean {
  // The bound of `*`, which any version keeps.
  if (value === '') return true;
  const order = version.compare(semver);
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return order === 0;
  }
}
