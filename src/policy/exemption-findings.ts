/** What a run says of the exemptions themselves: those that are dead, and those that accept more than they need to. */
import type { Args } from '../core/check.ts';
import type { Code } from '../core/codes.ts';
import type { Evidence } from '../evidence/types.ts';
import { accepts, covers, decidedBy, exemptionsOf, factsOf, isExact, placeKey } from './exemptions.ts';
import { sortFindings } from './findings.ts';
import type { Exemption, Finding, Policy, Severity, Verdict } from './types.ts';

/** Two years, the longer way round. */
const LONG_MS = 2 * 366 * 86_400_000;

/** What one exemption has accepted in this run. */
interface Use {
  readonly codes: Set<Code>;
  readonly versions: Set<string>;
}

/**
 * Expired, unused, too wide and too long exemptions, as findings of the run. An exemption that another file brought along
 * is written for many projects: that it is of no use in this one is an info.
 * @param now        milliseconds since 1970
 * @param wholeTree  false if the verdicts are about a part of the tree: what matched nothing may match in the rest
 * @param disk       node_modules was looked at: without that, nothing is known of exemptions for what lies there
 */
export function exemptionFindings(
  policy: Policy,
  verdicts: readonly Verdict[],
  now: number,
  wholeTree = true,
  disk = false,
): readonly Finding[] {
  const { uses, open, expired } = surveyOf(policy, verdicts, now);
  // In the order of their places, where their findings say the same.
  const findings = [...policy.exemptions].sort(byPlace).flatMap((exemption): readonly Finding[] => {
    const key = placeKey(exemption.at);
    const own: Severity = exemption.at.file === policy.files[0] ? 'warn' : 'info';
    if (now > exemption.expires) return [finding('exemption-expired', expired.get(key) ?? own, exemption)];
    const use = uses.get(key);
    const unseen = !disk && exemption.codes?.some((code) => code.startsWith('disk-')) === true;
    const known = wholeTree && !open.has(key) && !unseen;
    if (use === undefined) return known ? [finding('exemption-unused', own, exemption)] : [];
    const write = known ? narrower(exemption, use) : [];
    return [
      ...(write.length > 0 ? [finding('exemption-wide', own, exemption, { write })] : []),
      ...(exemption.expires - now > LONG_MS ? [finding('exemption-long', own, exemption)] : []),
    ];
  });
  return sortFindings(findings);
}

interface Survey {
  /** By the place of the exemption. */
  readonly uses: ReadonlyMap<string, Use>;
  /** Those about a package of which something could not be asked: what they are needed for is not known. */
  readonly open: ReadonlySet<string>;
  /** What expired exemptions no longer accept, at its gravest. */
  readonly expired: ReadonlyMap<string, Severity>;
}

function surveyOf(policy: Policy, verdicts: readonly Verdict[], now: number): Survey {
  const uses = new Map<string, Use>();
  const open = new Set<string>();
  const expired = new Map<string, Severity>();
  for (const { evidence, findings } of verdicts) {
    const { subject } = evidence;
    const about = exemptionsOf(policy.exemptions, subject.name).filter((one) => covers(one, subject));
    if (about.length === 0) continue;
    const isOpen = hasOpenQuestion(evidence);
    for (const exemption of about) {
      const key = placeKey(exemption.at);
      if (isOpen) open.add(key);
      if (now <= exemption.expires) continue;
      for (const missed of findings.filter((one) => accepts(exemption, subject, one))) {
        // That it could not be asked leaves the run undecided; it must not fail it by this way round.
        if (missed.status === 'unreachable') continue;
        if (missed.severity === 'error' || !expired.has(key)) expired.set(key, missed.severity);
      }
    }
    const keys = new Set(about.map(({ at }) => placeKey(at)));
    for (const { code, decidedBy: by } of findings) {
      if (by === undefined || code === 'exemption-used') continue;
      const key = placeKey(by.at);
      if (!keys.has(key)) continue;
      const use = uses.get(key) ?? { codes: new Set(), versions: new Set() };
      uses.set(key, use);
      use.codes.add(code);
      use.versions.add(subject.version);
    }
  }
  return { uses, open, expired };
}

function hasOpenQuestion(evidence: Evidence): boolean {
  const { integrity, resolved, registrySignature, publish, provenance, tarball, other } = evidence;
  const checks = [integrity, resolved, registrySignature, publish, provenance, tarball];
  return [...checks, ...other.map(({ check }) => check)].some((check) => check?.status === 'unreachable');
}

/** The lines that would accept what was needed and no more; none if the exemption is no wider than that. */
function narrower(exemption: Exemption, { codes, versions }: Use): readonly string[] {
  const lines: string[] = [];
  const [version] = versions;
  if (exemption.version !== undefined && !isExact(exemption) && versions.size === 1) {
    lines.push(`package: ${yamlText(`${exemption.name}@${version}`)}`);
  }
  if (exemption.codes === undefined || exemption.codes.some((code) => !codes.has(code))) {
    lines.push(`codes: [${[...codes].sort().join(', ')}]`);
  }
  return lines;
}

function byPlace({ at: a }: Exemption, { at: b }: Exemption): number {
  return a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1;
}

/** A plain scalar of YAML cannot begin with `@`. */
function yamlText(text: string): string {
  return text.startsWith('@') ? `'${text}'` : text;
}

function finding(code: Code, severity: Severity, exemption: Exemption, more: Args = {}): Finding {
  const args: Args = { ...factsOf(exemption), ...more };
  return { code, severity, args, status: undefined, about: 'exemption', decidedBy: decidedBy(exemption) };
}
