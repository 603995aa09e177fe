/** Findings about a run as a whole: its trust root, and whether it established anything at all. */
import type { Trust } from '../trust/types.ts';
import type { Finding, Policy, Verdict } from './types.ts';

const WHOLE_RUN = { status: undefined, decidedBy: undefined } as const;

export function runFindings(trust: Trust, verdicts: readonly Verdict[], policy: Policy): readonly Finding[] {
  return [...staleTrust(trust), ...nothingVerified(verdicts, policy)];
}

function staleTrust({ origin }: Trust): readonly Finding[] {
  if (origin.stale === undefined) return [];
  const args = { reason: origin.stale, kind: origin.kind };
  return [{ code: 'trust-root-stale', severity: 'warn', args, about: 'trust root', ...WHOLE_RUN }];
}

/** A run that could check nothing is not a pass, whatever the levels of the policy add up to. */
function nothingVerified(verdicts: readonly Verdict[], policy: Policy): readonly Finding[] {
  const fromRegistries = verdicts.filter(({ evidence }) => evidence.subject.source.kind === 'registry');
  const proven = fromRegistries.some(({ evidence }) => {
    const { integrity, registrySignature, publish, provenance } = evidence;
    return [integrity, registrySignature, publish, provenance].some(({ status }) => status === 'verified');
  });
  const open = fromRegistries.some(({ outcome }) => outcome === 'undecided');
  if (fromRegistries.length === 0 || proven || open) return [];
  const severity = policy.mode.value === 'observe' ? 'warn' : 'error';
  const args = { count: fromRegistries.length };
  return [{ code: 'nothing-verified', severity, args, about: 'run', ...WHOLE_RUN }];
}
