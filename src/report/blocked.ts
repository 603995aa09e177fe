/** What a gate says of a package that it stops: one line that fits a status line, a header and a log. */
import { printable } from '../core/text.ts';
import type { Finding, Verdict } from '../policy/types.ts';
import { ruleOf } from './groups.ts';
import { docsFor, sentence } from './words.ts';

const REASON_CHARS_MAX = 300;
const LINES_MAX = 20;

/** What may be done about it, the same for all gates: an exception that is written down, with a reason and an end. */
export const WAY_OUT =
  'verify-deps explain shows the evidence; an exemption in the policy (reason, owner, expiry) lets a version through';

/** `foo@1.0.0: no provenance (provenance-absent, require.provenance (verify-deps.yaml:3:5))`; printable, no line feed. */
export function blockedLine({ evidence: { subject }, findings }: Verdict): string {
  const what = printable(`${subject.name}@${subject.version}`);
  const [first] = gravest(findings);
  if (first === undefined) return `${what}: not proven`;
  const rule = ruleOf(first);
  const reason = printable(sentence(first.code, first.args), REASON_CHARS_MAX);
  return `${what}: ${reason} (${first.code}${rule === '' ? '' : `, ${rule}`})`;
}

/** All of them with the way out; what does not fit is counted. @returns lines without indentation */
export function blockedLines(blocked: readonly Verdict[]): readonly string[] {
  const lines = blocked.slice(0, LINES_MAX).map(blockedLine);
  const more = blocked.length - lines.length;
  const codes = new Set(
    blocked.flatMap(({ findings }) => gravest(findings).slice(0, 1)).map(({ code }) => code),
  );
  return [
    ...lines,
    ...(more > 0 ? [`and ${more} more: run verify-deps for all of them`] : []),
    WAY_OUT,
    ...[...codes].slice(0, 3).map((code) => `what ${code} means: ${docsFor(code)}`),
  ];
}

/** Errors, those that say something is wrong before those that could not be asked. */
export function gravest(findings: readonly Finding[]): readonly Finding[] {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const wrong = errors.filter(({ status }) => status !== 'unreachable');
  return wrong.length > 0 ? wrong : errors;
}
