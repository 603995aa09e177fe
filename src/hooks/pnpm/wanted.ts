/** The lockfile as pnpm has it in its memory, which may be another one than lies on the disk. */
import { limits } from '../../core/limits.ts';
import type { Subject } from '../../evidence/types.ts';
import type { Offer } from '../../gate.ts';
import { localVersion } from '../../tree/identity.ts';
import { parsePath6, parsePath9, splitSuffix } from '../../tree/pnpm-path.ts';
import { originsOf } from '../../tree/pnpm-source.ts';
import { fieldReader, type YamlObject, type YamlValue } from '../../tree/yaml.ts';
import { isMembers, type Members, membersOf, textOf } from './types.ts';

const DEPTH_MAX = 16;
const PLACE = 'the lockfile in the memory of pnpm';

/**
 * Every package of it, as it is to be judged.
 * @throws {VerifyDepsError} `lockfile-malformed`
 */
export function offersOf(lockfile: unknown): readonly Offer[] {
  if (!isMembers(lockfile)) return [];
  const packages = membersOf(lockfile, 'packages');
  if (packages.length > limits.packagesMax) throw new RangeError(`more than ${limits.packagesMax} packages`);
  const projects = new Set(membersOf(lockfile, 'importers').map(([path]) => path));
  return packages.flatMap(([key, entry]) => offersOfEntry(key, isMembers(entry) ? entry : {}, projects));
}

function offersOfEntry(key: string, entry: Members, projects: ReadonlySet<string>): readonly Offer[] {
  const { base } = splitSuffix(key);
  const parsed = base.startsWith('/') ? parsePath6(base) : parsePath9(base);
  const name = textOf(entry, 'name') ?? parsed?.name ?? base;
  const ref = parsed?.ref ?? base;
  const resolution = asRead(entry.resolution, 0);
  const map: YamlObject =
    typeof resolution === 'object' && resolution !== null ? (resolution as YamlObject) : {};
  return originsOf(PLACE, key, ref, map, fieldReader(PLACE), projects).map(({ source, integrity }) => ({
    name,
    version: source.kind === 'registry' ? ref : localVersion(textOf(entry, 'version') ?? ref),
    integrity: integrity.kind === 'none' ? undefined : integrity.sri,
    ...(source.kind === 'registry' ? { resolved: source.resolved } : { source }),
    hasInstallScript: entry.requiresBuild === true,
  }));
}

/** As the reader of lockfiles sees values: texts. */
function asRead(value: unknown, depth: number): YamlValue {
  if (depth > DEPTH_MAX || value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.map((item) => asRead(item, depth + 1));
  if (isMembers(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asRead(item, depth + 1)]));
  return String(value);
}

/** The same for the same bytes of the same package from the same place. */
export function identityOfOffer({ name, version, integrity, resolved, source }: Offer): string {
  return JSON.stringify([name, version, integrity ?? '', source ?? { kind: 'registry', resolved }]);
}

export function identityOfSubject({ name, version, integrity, source }: Subject): string {
  return JSON.stringify([name, version, integrity.kind === 'none' ? '' : integrity.sri, source]);
}
