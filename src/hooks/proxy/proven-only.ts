/**
 * Leaves versions that would be blocked out of a packument, so that a client resolves to others in silence. A package can
 * have thousands of versions, and each verdict asks the registry: so of each release line only the newest are judged, until
 * one passes, since that is the one a range chooses. What is not judged here stays in, and is judged when its tarball is asked for.
 */
import semver from 'semver';
import { isObject, type JsonObject, type JsonValue, member } from '../../core/json.ts';
import { type Gate, isBlocked } from '../../gate.ts';
import type { Places } from './places.ts';

/** Versions of one release line that may be passed over, and versions of a package that are judged at all. */
const LINE_MAX = 8;
const PACKAGE_MAX = 40;

export function provenOnly(
  gate: () => Gate | Promise<Gate>,
  places: Places,
): (document: JsonObject, name: string) => Promise<JsonObject> {
  return async (document, name) => {
    const versions = member(document, 'versions');
    if (!isObject(versions)) return document;
    const judge = await gate();
    const isOut = async (version: string): Promise<boolean> => {
      const dist = distOf(versions[version]);
      const integrity = dist === undefined ? undefined : member(dist, 'integrity');
      if (typeof integrity !== 'string') return false;
      try {
        const verdict = await judge.judge({
          name,
          version,
          integrity,
          resolved: places.originalOf(places.publicOf(name, version)),
        });
        // What cannot be decided now is no reason to choose another: it is blocked if it is chosen.
        return isBlocked(verdict) && verdict.outcome !== 'undecided';
      } catch {
        return false;
      }
    };
    const out = await outOf(Object.keys(versions), isOut);
    if (out.size === 0) return document;
    const kept = Object.entries(versions).filter(([version]) => !out.has(version));
    const tags = member(document, 'dist-tags');
    return {
      ...document,
      versions: Object.fromEntries(kept),
      ...(isObject(tags)
        ? {
            'dist-tags': tagsOf(
              tags,
              kept.map(([version]) => version),
              out,
            ),
          }
        : {}),
    };
  };
}

/** Newest first, line after line, newest line first. */
async function outOf(
  versions: readonly string[],
  isOut: (version: string) => Promise<boolean>,
): Promise<ReadonlySet<string>> {
  const lines = new Map<string, string[]>();
  for (const version of semver.rsort(versions.filter((one) => semver.valid(one) === one))) {
    const line = lineOf(version);
    lines.set(line, [...(lines.get(line) ?? []), version]);
  }
  const out = new Set<string>();
  let judged = 0;
  for (const line of lines.values()) {
    for (const version of line.slice(0, LINE_MAX)) {
      if (judged++ >= PACKAGE_MAX) return out;
      if (!(await isOut(version))) break;
      out.add(version);
    }
  }
  return out;
}

/** What `^` stays within; prereleases are chosen by nobody who did not ask for them. */
function lineOf(version: string): string {
  const { major, minor, prerelease } = semver.parse(version)!;
  const line = major === 0 ? `0.${minor}` : String(major);
  return prerelease.length > 0 ? `${line}-` : line;
}

/** `latest` leads to the newest that is left and is no prerelease; other tags that lead nowhere go. */
function tagsOf(tags: JsonObject, kept: readonly string[], out: ReadonlySet<string>): JsonObject {
  const left: [string, JsonValue][] = [];
  for (const [tag, version] of Object.entries(tags)) {
    if (typeof version !== 'string') continue;
    if (!out.has(version)) left.push([tag, version]);
    else if (tag === 'latest') {
      const stable = kept.filter((one) => semver.valid(one) === one && semver.prerelease(one) === null);
      const newest = semver.rsort([...stable])[0];
      if (newest !== undefined) left.push([tag, newest]);
    }
  }
  return Object.fromEntries(left);
}

function distOf(entry: JsonValue | undefined): JsonObject | undefined {
  const dist = isObject(entry) ? member(entry, 'dist') : undefined;
  return isObject(dist) ? dist : undefined;
}
