/** Dated exceptions for single packages. Nothing here reads a clock: the time comes from the caller. */
import Range from 'semver/classes/range.js';
import valid from 'semver/functions/valid.js';
import type { Subject } from '../evidence/types.ts';
import { sortFindings } from './findings.ts';
import type { Exemption, Finding, Position } from './types.ts';

/** Whether an exemption is about these very bytes; neither its date nor its codes are looked at. */
export function covers(exemption: Exemption, { name, version, integrity }: Subject): boolean {
  if (exemption.name !== name) return false;
  if (exemption.integrity !== undefined) {
    if (integrity.kind === 'none' || integrity.sri !== exemption.integrity) return false;
  }
  if (exemption.version === undefined) return exemption.integrity !== undefined;
  return isExact(exemption) ? exemption.version === version : rangeOf(exemption).test(version);
}

/** Whether an exemption accepts this finding about this package; its date is not looked at. */
export function accepts(exemption: Exemption, subject: Subject, finding: Finding): boolean {
  if (finding.severity === 'info' || !covers(exemption, subject)) return false;
  const named = exemption.codes?.includes(finding.code);
  // A proof that is wrong is accepted only in full knowledge: this finding, of this version, for these bytes.
  if (finding.status === 'invalid') {
    return named === true && exemption.integrity !== undefined && isExact(exemption);
  }
  return named ?? true;
}

export interface Exempted {
  readonly findings: readonly Finding[];
  /** An error among them is accepted. */
  readonly exempted: boolean;
}

/** Turns what valid exemptions accept into infos and says which exemption did: the narrowest that does. */
export function applyExemptions(
  subject: Subject,
  findings: readonly Finding[],
  exemptions: readonly Exemption[],
  now: number,
): Exempted {
  const lasting = exemptionsOf(exemptions, subject.name).filter(({ expires }) => now <= expires);
  if (lasting.length === 0) return { findings, exempted: false };
  const used = new Set<Exemption>();
  let exempted = false;
  const result = findings.map((finding): Finding => {
    const exemption = lasting.find((candidate) => accepts(candidate, subject, finding));
    if (exemption === undefined) return finding;
    used.add(exemption);
    if (finding.severity === 'error') exempted = true;
    return { ...finding, severity: 'info', decidedBy: decidedBy(exemption) };
  });
  const notes = lasting.filter((exemption) => used.has(exemption)).map(noteOfUse);
  return { findings: sortFindings([...result, ...notes]), exempted };
}

function noteOfUse(exemption: Exemption): Finding {
  return {
    code: 'exemption-used',
    severity: 'info',
    args: { ...factsOf(exemption), ...(exemption.codes === undefined ? {} : { codes: exemption.codes }) },
    status: undefined,
    about: 'exemption',
    decidedBy: decidedBy(exemption),
  };
}

/** What every finding about an exemption tells of it. */
export function factsOf(exemption: Exemption): Readonly<Record<string, string>> {
  const { name, version, integrity, reason, owner, expires } = exemption;
  return {
    package: version === undefined ? name : `${name}@${version}`,
    ...(version === undefined && integrity !== undefined ? { integrity } : {}),
    reason,
    owner,
    expires: new Date(expires).toISOString().slice(0, 10),
  };
}

export function decidedBy(exemption: Exemption): { readonly rule: string; readonly at: Position } {
  const { name, version, integrity, at } = exemption;
  // Enough of the digest to tell two exemptions of one package apart.
  const what = version === undefined ? `${name} ${integrity?.slice(0, 15)}…` : `${name}@${version}`;
  return { rule: `exemption of ${what}`, at };
}

/** The identity of an exemption in findings. Entries that YAML repeats by an alias share it, and say the same. */
export function placeKey({ file, line, column }: Position): string {
  return `${file}\0${line}\0${column}`;
}

export function isExact({ version }: Exemption): boolean {
  return version !== undefined && valid(version) === version;
}

const byNameOf = new WeakMap<readonly Exemption[], ReadonlyMap<string, readonly Exemption[]>>();
const NONE: readonly Exemption[] = [];

/** Exemptions of a package, the narrowest first, so that their order in the file decides nothing. */
export function exemptionsOf(exemptions: readonly Exemption[], name: string): readonly Exemption[] {
  let byName = byNameOf.get(exemptions);
  if (byName === undefined) {
    const made = new Map<string, Exemption[]>();
    for (const exemption of [...exemptions].sort(compareWidth)) {
      const same = made.get(exemption.name);
      if (same === undefined) made.set(exemption.name, [exemption]);
      else same.push(exemption);
    }
    byName = made;
    byNameOf.set(exemptions, byName);
  }
  return byName.get(name) ?? NONE;
}

/**
 * One digest before one version before a range; fewer codes before more; of equally narrow ones the one that lasts
 * longest, which leaves those it renews unused. What they say decides between the rest, and their place only between
 * copies.
 */
function compareWidth(a: Exemption, b: Exemption): number {
  return (
    widthOf(a) - widthOf(b) ||
    codesWidth(a) - codesWidth(b) ||
    b.expires - a.expires ||
    byText(contentOf(a), contentOf(b)) ||
    byText(a.at.file, b.at.file) ||
    a.at.line - b.at.line ||
    a.at.column - b.at.column
  );
}

function widthOf(exemption: Exemption): number {
  const range = exemption.version !== undefined && !isExact(exemption) ? 1 : 0;
  if (exemption.integrity === undefined) return 3 + range;
  return exemption.version === undefined ? 2 : range;
}

function codesWidth({ codes }: Exemption): number {
  return codes === undefined ? Number.MAX_SAFE_INTEGER : new Set(codes).size;
}

function contentOf({ name, version, integrity, codes, reason, owner }: Exemption): string {
  return JSON.stringify([name, version ?? '', integrity ?? '', [...(codes ?? [])].sort(), reason, owner]);
}

const ranges = new WeakMap<Exemption, Range>();

function rangeOf(exemption: Exemption): Range {
  let range = ranges.get(exemption);
  if (range === undefined) {
    // A prerelease is covered where the range names one of the same version, as npm has it.
    range = new Range(exemption.version ?? '<0.0.0-0');
    ranges.set(exemption, range);
  }
  return range;
}

/** By code units: the same on every machine. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
