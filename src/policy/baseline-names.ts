/**
 * Names that one repository has had. A rename leaves the old name in the manifests of releases, and only the numbers in
 * the signing certificate prove that both names are of one repository.
 */
import { whoChange } from './baseline-changes.ts';
import { normalizeRepository } from './repository.ts';
import type { BaselineEntry, RecordedProvenance } from './types.ts';

/** Of one repository, its name of today not among them. */
export const FORMER_NAMES_MAX = 4;

/**
 * The name under which a repository that is declared was recorded, if it is the one of this build: its numbers and those
 * of its owner are signed on both sides, and the same.
 * @param declared  normalised
 */
export function recordedName(
  declared: string,
  now: RecordedProvenance,
  recorded: BaselineEntry | undefined,
): string | undefined {
  const before = recorded?.provenance;
  if (before === undefined || !isSameRepository(before, now)) return undefined;
  if (nameOf(before) === declared) return before.sourceRepository;
  return recorded?.formerly?.find((name) => name === declared);
}

/**
 * What is to be kept of names with the next record. Those that somebody declares come first, so that what is cut off is
 * what nobody misses.
 * @param declared  normalised, by versions of the line
 */
export function formerNames(
  previous: BaselineEntry | undefined,
  next: RecordedProvenance | undefined,
  declared: ReadonlySet<string>,
): Pick<BaselineEntry, 'formerly'> {
  const before = previous?.provenance;
  if (before === undefined || next === undefined || !isSameRepository(before, next)) return {};
  const known = [nameOf(before), ...(previous?.formerly ?? [])].filter(
    (name, at, all) => name !== undefined && name !== nameOf(next) && all.indexOf(name) === at,
  ) as readonly string[];
  const wanted = known.filter((name) => declared.has(name));
  const formerly = [...wanted, ...known.filter((name) => !declared.has(name))].slice(0, FORMER_NAMES_MAX);
  return formerly.length === 0 ? {} : { formerly };
}

/** Whether a name of a report can be one that this repository had: in the one spelling, on the same host. */
export function isFormerName(name: string, { sourceRepository }: RecordedProvenance): boolean {
  return normalizeRepository(name) === name && isOnSameHost(name, sourceRepository);
}

/** False for what names no repository on a host. */
export function isOnSameHost(a: string, b: string): boolean {
  const [one, other] = [normalizeRepository(a), normalizeRepository(b)];
  return one !== undefined && other !== undefined && new URL(one).host === new URL(other).host;
}

function isSameRepository(a: RecordedProvenance, b: RecordedProvenance): boolean {
  for (const id of ['repositoryId', 'ownerId'] as const) {
    if (a[id] === undefined || a[id] === '' || a[id] !== b[id]) return false;
  }
  const who = whoChange(a, b);
  return who === undefined || who.gravity === 'info';
}

function nameOf({ sourceRepository }: RecordedProvenance): string | undefined {
  return normalizeRepository(sourceRepository);
}
