import { bytesText, decimal, plural, share } from '../report/layout.ts';
import type { TimedPhase, TimingFacts } from './timing.ts';

const words: Readonly<Record<TimedPhase, string>> = {
  node: 'Node.js starts',
  loading: 'verify-deps loads',
  lockfile: 'lockfile',
  policy: 'policy, earlier report',
  trust: 'trust root',
  packages: 'packages',
  again: 'packages, asked again',
  judgement: 'judgement',
  installed: 'installed packages',
  report: 'report',
  npm: 'npm',
};

/** A table of where the time went, and what was used; ends in a newline. */
export function timingText(facts: TimingFacts): string {
  const { totalMs, phases, cpuMs, peakMemoryBytes } = facts;
  const rows = [
    ...phases.map(({ phase, ms }) => [words[phase], ms] as const),
    ['in all', totalMs] as const,
  ].map(([name, ms]) => [name, `${decimal(ms)} ms`, share(ms, totalMs)] as const);
  const [first, second, third] = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at]!.length)));
  const cores = totalMs === 0 ? 0 : (cpuMs.user + cpuMs.system) / totalMs;
  return [
    'where the time went',
    ...rows.map(
      ([name, time, part]) => `  ${name.padEnd(first!)}  ${time.padStart(second!)}  ${part.padStart(third!)}`,
    ),
    `  CPU ${decimal(cpuMs.user)} ms, system ${decimal(cpuMs.system)} ms (${cores.toFixed(1)} cores); memory ${bytesText(peakMemoryBytes)} at most`,
    `  ${plural(facts.requests, 'request')}, ${bytesText(facts.bytes)}; ${plural(facts.fromStore, 'answer')} from the store`,
    ...verifiedLine(facts),
    '',
  ].join('\n');
}

function verifiedLine({ verified }: TimingFacts): readonly string[] {
  if (verified === undefined) return [];
  const { attestations, registrySignatures } = verified;
  return [
    `  verified: ${plural(registrySignatures, 'registry signature')}, ${plural(attestations, 'attestation')}`,
  ];
}
