import { escapeUnseen, type JsonOut } from '../report/json-text.ts';
import type { ScriptPackage } from '../report/scripts.ts';
import type { Report } from '../report/types.ts';
import type { ScriptsResult } from './scripts-text.ts';

/** Version of the form; raised when a member changes its meaning or goes, not when one is added. */
const SCRIPTS_JSON_VERSION = 1;

/** @returns text with a final line feed; its form is documented in docs/scripts.md */
export function scriptsJson({ packages, outcome, list, written }: ScriptsResult, report: Report): string {
  const document: JsonOut = {
    version: SCRIPTS_JSON_VERSION,
    tool: { ...report.tool },
    outcome,
    lockfile: { kind: report.tree.lockfile.kind, path: report.tree.lockfile.path },
    packages: packages.map(packageOut),
    allowList: {
      file: list.file,
      key: list.key,
      outcome: written?.outcome ?? 'not-asked',
      added: written?.plan.added,
      removed: written?.plan.removed.map((entry) => ({ ...entry })),
      denied: written?.plan.denied,
      left: written?.plan.left,
      besides: written?.besides,
    },
  };
  return `${escapeUnseen(JSON.stringify(document, undefined, 2))}\n`;
}

function packageOut({ verdict, word, standing }: ScriptPackage): JsonOut {
  const { subject, registrySignature, publish, provenance } = verdict.evidence;
  return {
    purl: subject.purl,
    name: subject.name,
    version: subject.version,
    source: subject.source.kind,
    saidBy: word,
    standing,
    outcome: verdict.outcome,
    checks: {
      registrySignature: registrySignature.status,
      publish: publish.status,
      provenance: provenance.status,
    },
    builtFrom:
      provenance.status === 'verified'
        ? {
            repository: provenance.value.claims.sourceRepository,
            ref: provenance.value.claims.ref,
            commit: provenance.value.claims.commit,
          }
        : undefined,
    findings: verdict.findings
      .filter(({ severity }) => severity !== 'info')
      .map(({ code, severity }) => ({ code, severity })),
  };
}
