import type { BundleFacts, BundleJudgement, BundleOutcome } from '../bundle.ts';
import { toolVersion } from '../core/version.ts';
import { bundleOut, noteOut, trustOut } from '../report/bundle-json.ts';
import { escapeUnseen, type JsonOut } from '../report/json-text.ts';
import { adviceFor } from '../report/words.ts';
import type { LoadedTrust } from './bundle-trust.ts';

/** Version of the form; raised when a member changes its meaning or goes, not when one is added. */
const JSON_VERSION = 1;

/** Documented in docs/bundle.md. @returns text with a final line feed */
export function bundleJson(
  judgements: readonly BundleJudgement[],
  outcome: BundleOutcome,
  trust: LoadedTrust,
): string {
  const document: JsonOut = {
    version: JSON_VERSION,
    tool: { name: 'verify-deps', version: toolVersion() },
    outcome,
    trust: trustOut(trust.root.digest, trust.origin),
    bundles: judgements.map((judgement) => ({
      outcome: judgement.outcome,
      failures: judgement.failures.map((failure) => ({
        ...noteOut(failure),
        status: failure.status,
        advice: adviceFor(failure.code),
      })),
      facts: judgement.facts && factsOut(judgement.facts),
    })),
  };
  return `${escapeUnseen(JSON.stringify(document, undefined, 2))}\n`;
}

function factsOut(facts: BundleFacts): JsonOut {
  return {
    ...bundleOut(facts),
    artifact: facts.artifact && { ...facts.artifact },
    statement: facts.statement && {
      type: facts.statement.type,
      predicateType: facts.statement.predicateType,
      subjects: facts.statement.subjects.map(({ name, digests }) => ({
        name,
        digests: Object.fromEntries(digests),
      })),
    },
  };
}
