import type { Args } from '../core/check.ts';
import type { Code } from '../core/codes.ts';
import { printable } from '../core/text.ts';
import { placeOf } from '../policy/refuse.ts';
import type { Finding, Verdict } from '../policy/types.ts';
import { compareText } from './order.ts';
import type { Report } from './types.ts';

/** A finding with the package it is about; none if it is about a registry or the run. */
export interface Told {
  readonly finding: Finding;
  readonly verdict: Verdict | undefined;
  /** Codes of what else is said of the package, where this finding speaks for all. */
  readonly also?: readonly Code[];
}

/**
 * What explains other findings of the same package, most telling first: where the lockfile pins other bytes, no signature
 * and no attestation can hold for them either.
 */
const CAUSES: readonly Code[] = [
  'version-absent',
  'manifest-mismatch',
  'integrity-mismatch',
  'integrity-missing',
  'integrity-weak',
  'tarball-mismatch',
  'claim-mismatch',
  'identity-mismatch',
  'repository-mismatch',
  'issuer-changed',
  'repository-changed',
  'owner-changed',
  'attestations-withheld',
  'provenance-withheld',
  'provenance-lost',
];

/** Findings of one code. */
export interface Group {
  readonly code: Code;
  readonly status: Finding['status'];
  readonly told: readonly Told[];
  /** Distinct packages among them. */
  readonly packages: number;
  /** Facts that all of them have in common. */
  readonly shared: Args;
  /** Rules that decided, each with its place. */
  readonly rules: readonly string[];
}

/** Every finding of a report: of the run first, then of the packages in their order. */
export function tellAll(report: Report): readonly Told[] {
  return [
    ...report.findings.map((finding): Told => ({ finding, verdict: undefined })),
    ...report.verdicts.flatMap((verdict) => verdict.findings.map((finding): Told => ({ finding, verdict }))),
  ];
}

/** One line of thought a package: its most telling finding, with the codes of the others. */
export function oneEach(told: readonly Told[]): readonly Told[] {
  const byVerdict = new Map<Verdict, Told[]>();
  for (const item of told) {
    if (item.verdict === undefined) continue;
    const list = byVerdict.get(item.verdict);
    if (list) list.push(item);
    else byVerdict.set(item.verdict, [item]);
  }
  const spoken = [...byVerdict.values()].flatMap((items): readonly Told[] => {
    // Each file on the disk is told: one does not explain the other.
    const files = items.filter(({ finding }) => finding.code.startsWith('disk-'));
    const [first, ...rest] = items
      .filter((item) => !files.includes(item))
      .sort((a, b) => telling(a) - telling(b));
    if (first === undefined) return files;
    const also = [...new Set(rest.map(({ finding }) => finding.code))].filter(
      (code) => code !== first.finding.code,
    );
    return [...files, { ...first, also: also.sort(compareText) }];
  });
  return [...told.filter(({ verdict }) => verdict === undefined), ...spoken];
}

function telling({ finding: { code, status } }: Told): number {
  const at = CAUSES.indexOf(code);
  if (status === 'invalid') return at < 0 ? CAUSES.length : at;
  return (at < 0 ? CAUSES.length : at) + CAUSES.length + 1;
}

/** Evidence that does not hold comes first, then the largest group. */
export function byCode(told: readonly Told[]): readonly Group[] {
  const groups = new Map<string, Told[]>();
  for (const item of told) {
    // `invalid` and `absent` under one code are two different things to a reader.
    const key = `${item.finding.status === 'invalid' ? 0 : 1} ${item.finding.code}`;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()]
    .map(groupOf)
    .sort(
      (a, b) =>
        Number(b.status === 'invalid') - Number(a.status === 'invalid') ||
        Number(a.packages > 0) - Number(b.packages > 0) ||
        b.told.length - a.told.length ||
        compareText(a.code, b.code),
    );
}

function groupOf(told: readonly Told[]): Group {
  const first = told[0]!.finding;
  const verdicts = new Set(told.flatMap(({ verdict }) => (verdict ? [verdict] : [])));
  const rules = new Set(told.map(({ finding }) => ruleOf(finding)));
  return {
    code: first.code,
    status: first.status,
    told,
    packages: verdicts.size,
    shared: sharedArgs(told),
    rules: [...rules].filter((rule) => rule !== '').sort(compareText),
  };
}

/** `defaults (verify-deps.yaml:12:5)`; empty if no rule decided. */
export function ruleOf({ decidedBy }: Finding): string {
  return decidedBy ? `${printable(decidedBy.rule)} (${placeOf(decidedBy.at)})` : '';
}

function sharedArgs(told: readonly Told[]): Args {
  const first = told[0]!.finding.args;
  return Object.fromEntries(
    Object.entries(first).filter(
      ([key, value]) => typeof value !== 'object' && told.every(({ finding }) => finding.args[key] === value),
    ),
  );
}
