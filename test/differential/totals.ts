/** Adds up what the processes counted, and prints it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Counts } from './campaign.ts';
import { referenceVersion } from './reference.ts';

export default function collect(): () => void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-differential-'));
  process.env.VERIFY_DEPS_DIFFERENTIAL_FOLDER = folder;
  return () => {
    const counts = readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Counts,
    );
    rmSync(folder, { recursive: true });
    process.stdout.write(`\n${table(counts).join('\n')}\n`);
  };
}

function table(shares: readonly Counts[]): string[] {
  const sum = (of: (counts: Counts) => number): number =>
    shares.reduce((total, counts) => total + of(counts), 0);
  const merged = (of: (counts: Counts) => Readonly<Record<string, number>>): [string, number][] => {
    const total = new Map<string, number>();
    for (const counts of shares)
      for (const [what, times] of Object.entries(of(counts))) total.set(what, (total.get(what) ?? 0) + times);
    return [...total].sort(([, a], [, b]) => b - a);
  };
  const line = (times: number, what: string): string => `${String(times).padStart(7)}  ${what}`;
  const stricter = merged(({ stricter }) => stricter);
  const lenient = merged(({ lenient }) => lenient);
  const byBundle = new Map(shares.flatMap(({ gaps }) => Object.entries(gaps)));
  const gaps: [string, number][] = [];
  for (const what of new Set(byBundle.values()))
    gaps.push([what, [...byBundle.values()].filter((own) => own === what).length]);
  return [
    `against @sigstore/verify ${referenceVersion} on Node ${process.versions.node}`,
    line(
      sum(({ bundles }) => bundles),
      'bundles as they came',
    ),
    line(
      sum(({ sound }) => sound),
      'of them verified by us',
    ),
    line(
      sum(({ mutations }) => mutations),
      'mutations',
    ),
    line(
      sum(({ sameAccept }) => sameAccept),
      'verified by both, with the same signer (bundles and mutations)',
    ),
    line(
      sum(({ sameRefuse }) => sameRefuse),
      'refused by both',
    ),
    line(
      stricter.reduce((total, [, times]) => total + times, 0),
      'refused by us alone:',
    ),
    ...stricter.map(([what, times]) => `         ${line(times, what)}`),
    line(
      lenient.reduce((total, [, times]) => total + times, 0),
      'verified by us alone, harmless:',
    ),
    ...lenient.map(([what, times]) => `         ${line(times, what)}`),
    line(
      gaps.reduce((total, [, times]) => total + times, 0),
      'bundles for which the reference had to be completed:',
    ),
    ...gaps.map(([what, times]) => `         ${line(times, what)}`),
    line(
      sum(({ failures }) => failures.length),
      'unexplained differences, or more lenient',
    ),
  ];
}
