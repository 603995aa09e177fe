import path from 'node:path';
import { printable } from '../core/text.ts';
import { percent } from '../policy/coverage.ts';
import type { TrustOrigin } from '../trust/types.ts';
import { age, decimal, plural, share, wrap } from './layout.ts';
import { compareText } from './order.ts';
import type { Style } from './style.ts';
import type { Gathered, Report } from './types.ts';
import { showTime } from './words.ts';

export interface SummaryOptions {
  readonly style: Style;
  readonly width: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly reportFile:
    | { readonly path: string; readonly outcome: 'written' | 'unchanged' | 'kept' | 'partial' }
    | undefined;
  /** Findings that are neither errors nor warnings. */
  readonly notes: number;
}

const BUILDERS_MAX = 5;
const DAY_MS = 86_400_000;
const FATES = {
  written: 'written',
  unchanged: 'unchanged',
  kept: 'kept as it was: nothing was decided',
  partial: 'kept as it was: only a part of the tree was looked at',
} as const;

/** The sums of a run, one label a line. */
export function summaryLines(report: Report, options: SummaryOptions): readonly string[] {
  const { counts } = report;
  const rows: [string, string][] = [
    ['packages', packagesText(report)],
    [
      'signed',
      `${decimal(counts.registrySigned)} by their registry (${share(counts.registrySigned, counts.packages)})`,
    ],
    ['provenance', `${decimal(counts.withProvenance)} (${share(counts.withProvenance, counts.packages)})`],
  ];
  const coverage = coverageRow(report);
  if (coverage !== '') rows.push(['coverage', coverage]);
  const builders = buildersText(report);
  if (builders !== '') rows.push(['built from', builders]);
  const elsewhere = Object.entries(counts.sources).filter(([kind]) => kind !== 'registry');
  if (elsewhere.length > 0) {
    rows.push([
      'not registry',
      elsewhere.map(([kind, count]) => `${decimal(count)} ${printable(kind)}`).join(', '),
    ]);
  }
  if (options.notes > 0) rows.push(['notes', `${decimal(options.notes)}, see explain or the report`]);
  rows.push(['lockfile', lockfileText(report)]);
  rows.push(['policy', policyText(report)]);
  rows.push(['trust root', trustText(report.trust, options.now)]);
  if (report.gathered !== undefined) rows.push(['evidence', evidenceText(report.gathered, options.now)]);
  if (options.reportFile) {
    rows.push(['report', `${printable(options.reportFile.path)} (${FATES[options.reportFile.outcome]})`]);
  }
  return rows.flatMap(([label, text]) => {
    const [first, ...rest] = wrap(text, options.width, label.padEnd(14));
    return [options.style.dim(first!.slice(0, 14)) + first!.slice(14), ...rest];
  });
}

function packagesText({ counts }: Report): string {
  const parts = [
    `${decimal(counts.passed)} passed`,
    counts.exempted > 0 ? `${decimal(counts.exempted)} exempted` : '',
    counts.failed > 0 ? `${decimal(counts.failed)} failed` : '',
    counts.undecided > 0 ? `${decimal(counts.undecided)} undecided` : '',
  ];
  return `${decimal(counts.packages)} in ${plural(counts.nodes, 'place')}: ${parts
    .filter((part) => part !== '')
    .join(', ')}`;
}

/** How much of what production installs is proven, and how much it was. */
function coverageRow({ coverage }: Report): string {
  if (coverage === undefined || coverage.now.production === 0) return '';
  const { now, before } = coverage;
  const whole = plural(now.production, 'package');
  const was = before === undefined || before.production === 0 ? '' : `, was ${percent(before)} %`;
  return `${percent(now)} % of ${whole} in production proven${was}`;
}

/** Owners of the source repositories, by how many packages they built. */
function buildersText({ verdicts }: Report): string {
  const owners = new Map<string, number>();
  for (const { evidence } of verdicts) {
    if (evidence.provenance.status !== 'verified') continue;
    const owner = ownerOf(evidence.provenance.value.claims.sourceRepository);
    owners.set(owner, (owners.get(owner) ?? 0) + 1);
  }
  const sorted = [...owners].sort(([a, m], [b, n]) => n - m || compareText(a, b));
  const named = sorted
    .slice(0, BUILDERS_MAX)
    .map(([owner, count]) => `${printable(owner, 60)} ${decimal(count)}`);
  const more = sorted.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${plural(more, 'other owner')}` : '');
}

/** `https://github.com/owner/repo` -> `github.com/owner` */
function ownerOf(repository: string): string {
  return repository
    .replace(/^https:\/\//, '')
    .split('/', 2)
    .join('/');
}

/** Which one was taken, and which ones beside it were not: they may lock something else. */
function lockfileText({ tree: { lockfile } }: Report): string {
  const others = (lockfile.others ?? []).map((file) => printable(path.basename(file)));
  const passedOver = others.length === 0 ? '' : `; not ${others.join(', ')} beside it`;
  return `${printable(lockfile.path)} (${lockfile.kind}, version ${printable(lockfile.version)})${passedOver}`;
}

function policyText({ policy }: Report): string {
  const [nearest, ...rest] = policy.files.map((file) => printable(file));
  const more = rest.length === 0 ? '' : `, on top of ${rest.join(', ')}`;
  return `${nearest ?? 'none'}${more}${policy.mode === 'observe' ? ' (observe: nothing fails)' : ''}`;
}

const TRUST_KINDS: Readonly<Record<TrustOrigin['kind'], string>> = {
  tuf: 'refreshed through TUF from',
  cache: 'kept from an earlier refresh from',
  evidence: 'from an evidence file, of',
  shipped: 'shipped with this version of verify-deps:',
  file: 'from the file',
};

function trustText({ origin, digest, expires }: Report['trust'], now: number): string {
  const old = age(origin.asOf, now);
  const freshness = old === undefined ? 'of unknown age' : `${old} old`;
  // Why it could not be refreshed stands among the warnings.
  const stale = origin.stale === undefined ? '' : ', not refreshed';
  return `${TRUST_KINDS[origin.kind]} ${printable(origin.from)}, ${freshness}, sha256:${printable(
    digest.slice(0, 12),
  )}${stale}${expires !== undefined && expires <= now ? `, expired on ${showTime(expires).slice(0, 10)}` : ''}`;
}

/** Which files, and how old what they say is. */
function evidenceText({ offline, files, ages }: Gathered, now: number): string {
  const parts = files.map(({ path: file, digest, oldest, newest }) => {
    const [from, to] = [oldest, newest].map((day) => showTime(day).slice(0, 10));
    const days = from === to ? `of ${from}` : `of ${from} to ${to}`;
    // Files know days, and may name one that is still to come.
    const old = Math.abs(now - newest) < DAY_MS ? 'less than a day' : age(newest, now);
    return `${printable(file)} (${printable(digest.slice(0, 19))}), ${days}${old === undefined ? '' : `, ${old} old`}`;
  });
  if (files.length === 0) {
    const old = age(ages?.oldest, now);
    parts.push(old === undefined ? 'none in the store' : `from the store, up to ${old} old`);
  }
  return `${parts.join('; ')}${offline ? '; nobody was asked' : ''}`;
}
