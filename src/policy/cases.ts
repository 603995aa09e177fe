/** Cases written beside a policy: given this evidence, expect this verdict. */
import type { Code } from '../core/codes.ts';
import type { Evidence } from '../evidence/types.ts';
import { baselineKey } from './baseline.ts';
import { evidenceOf } from './case-evidence.ts';
import { type Case, type CasesFile, casesSchema } from './case-schema.ts';
import { judge } from './evaluate.ts';
import { type ParsedPolicy, parsePolicy } from './parse.ts';
import { quoted, refusal } from './refuse.ts';
import { isRealTime } from './short-forms.ts';
import type { Baseline, Policy, Position } from './types.ts';
import { firstRefusal } from './validate.ts';

export interface CaseResult {
  readonly name: string;
  readonly at: Position;
  readonly expected: { readonly outcome: Case['expect']; readonly codes: readonly Code[] | undefined };
  /** An exemption lets a package pass. Codes of errors and warnings, sorted, each once. */
  readonly actual: { readonly outcome: Case['expect']; readonly codes: readonly Code[] };
  readonly holds: boolean;
}

/** @throws {VerifyDepsError} `policy-malformed`, `policy-unknown-key` */
export function readCases(
  bytes: Uint8Array,
  file: string,
): { readonly cases: CasesFile; readonly parsed: ParsedPolicy } {
  const parsed = parsePolicy(bytes, file)!;
  const result = casesSchema.safeParse(parsed.data);
  if (!result.success) throw firstRefusal(result.error.issues, casesSchema, parsed);
  const { cases } = result.data;
  for (const [index, { now, given }] of cases.entries()) {
    for (const [day, path] of [
      [now, ['cases', index, 'now']],
      [given.published, ['cases', index, 'given', 'published']],
      [result.data.now, ['now']],
    ] as const) {
      if (day !== undefined && !isRealTime(day)) {
        throw refusal('policy-malformed', parsed.at(path), `${quoted(day)} is not a day`);
      }
    }
  }
  return { cases: result.data, parsed };
}

/**
 * @param now              for cases that name no day; milliseconds since 1970
 * @param defaultRegistry  where packages come from if the case does not say it
 * @throws {VerifyDepsError} `policy-conflict` when two rules contradict each other about a case
 */
export function runCases(
  { cases: file, parsed }: ReturnType<typeof readCases>,
  policy: Policy,
  now: number,
  defaultRegistry: string,
): readonly CaseResult[] {
  return file.cases.map((one, index) => {
    const day = one.now ?? file.now;
    const evidence = evidenceOf(one.given, defaultRegistry);
    const verdict = judge(
      evidence,
      policy,
      baselineOf(one, evidence),
      day === undefined ? now : Date.parse(day),
    );
    const outcome = verdict.outcome === 'passed-with-exemption' ? 'passed' : verdict.outcome;
    const told = verdict.findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code);
    const codes = [...new Set(told)].sort();
    const wanted = one.codes === undefined ? undefined : [...new Set(one.codes)].sort();
    const holds = outcome === one.expect && (wanted === undefined || wanted.join() === codes.join());
    return {
      name: one.name,
      at: parsed.at(['cases', index]),
      expected: { outcome: one.expect, codes: wanted },
      actual: { outcome, codes },
      holds,
    };
  });
}

function baselineOf({ baseline }: Case, { subject }: Evidence): Baseline {
  if (baseline === undefined) return new Map();
  const { repository, ...rest } = baseline;
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const provenance = { sourceRepository: repository, ...Object.fromEntries(given) };
  return new Map([[baselineKey(subject.name, subject.version), { provenance }]]);
}
