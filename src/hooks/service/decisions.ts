/** A decision as it stands in the log and in the metrics. */

import { placeOf } from '../../policy/refuse.ts';
import type { Finding, Outcome } from '../../policy/types.ts';
import { gravest } from '../../report/blocked.ts';
import type { Decision } from '../proxy/types.ts';
import type { LogValue } from './log.ts';

/** The code of what stopped the verifier itself. */
const VERIFIER = 'verifier';
const NONE = 'none';

/** Values of few: outcomes, and codes of this tool. */
export function labelsOf(decision: Decision): readonly [outcome: string, code: string] {
  return [outcomeOf(decision), codeOf(decision)];
}

/** Whoever reads it later can tell what came in, for whom, from where, and which line of the policy said so. */
export function factsOf(decision: Decision): Readonly<Record<string, LogValue>> {
  const { name, version, integrity, line, bytes, registry, from } = decision;
  const decidedBy = tellingOf(decision)?.decidedBy;
  return {
    package: name,
    version,
    integrity,
    verdict: outcomeOf(decision),
    code: codeOf(decision),
    rule: decidedBy?.rule ?? null,
    at: decidedBy === undefined ? null : placeOf(decidedBy.at),
    reason: line === '' ? null : line,
    bytes,
    client: from,
    registry,
  };
}

function outcomeOf({ verdict, outcome }: Decision): Outcome {
  return verdict?.outcome ?? outcome;
}

function codeOf(decision: Decision): string {
  if (decision.verdict === undefined) return VERIFIER;
  return tellingOf(decision)?.code ?? NONE;
}

/** What blocks it, or what let it pass all the same. */
function tellingOf({ verdict }: Decision): Finding | undefined {
  if (verdict === undefined) return undefined;
  return gravest(verdict.findings)[0] ?? verdict.findings.find(({ code }) => code === 'exemption-used');
}
