/** Facts about one package, judged by a policy. Pure: the same evidence, policy, baseline and time give the same verdict. */
import type { Unproven } from '../core/check.ts';
import type { Evidence } from '../evidence/types.ts';
import { type Recorded, recordedFor, releaseLine } from './baseline.ts';
import { judgeRecorded } from './baseline-judge.ts';
import { broughtBy } from './brought-by.ts';
import { judgeBuildLevel } from './build-level.ts';
import { judgeDeclared, judgeIdentity, judgeInclusion, judgeSignedTime } from './claims.ts';
import { judgeDenied } from './denied.ts';
import { applyExemptions } from './exemptions.ts';
import { Findings, sortFindings } from './findings.ts';
import { judgeConfusion, judgeInstalled } from './installed.ts';
import { atMost, type Decided, decided, strictest } from './levels.ts';
import { type Demands, demandsOn } from './match.ts';
import { isAllowed } from './places.ts';
import { judgeReleaseAge } from './release-age.ts';
import { judgeScope } from './scopes.ts';
import type { Baseline, Finding, Outcome, Policy, Verdict } from './types.ts';
import { judgeVersionTag } from './version-tag.ts';

/**
 * @param now  milliseconds since 1970, for the dates of exemptions and the age of releases
 * @throws {VerifyDepsError} `policy-conflict` when two equally specific rules make different demands on this package
 */
export function judge(evidence: Evidence, policy: Policy, baseline: Baseline, now: number): Verdict {
  const { subject } = evidence;
  const demands = demandsOn(subject, evidence.declared?.hasInstallScript === true, policy, evidence.registry);
  const findings = new Findings();
  const recorded = recordedFor(baseline, subject.name, subject.version);
  judgeScope(evidence, policy, findings);
  if (subject.source.kind === 'registry') {
    judgeRegistryPackage(evidence, demandsHere(demands, evidence, policy), policy, recorded, findings);
    judgeReleaseAge(evidence, demands, now, findings);
    judgeBuildLevel(evidence, demands, policy.builders, findings);
    judgeVersionTag(evidence, demands.levels.versionTag, findings);
  } else judgeForeignSource(evidence, demands, policy, recorded, findings);
  judgeConfusion(evidence, demands, findings);
  judgeInstalled(evidence, demands, findings);
  for (const note of evidence.notes) findings.info('note', note);
  const exempted = applyExemptions(subject, findings.list(), policy.exemptions, now);
  const outcome = outcomeOf(exempted.findings, exempted.exempted);
  if (policy.mode.value === 'enforce') return { outcome, evidence, findings: exempted.findings };
  const observed = exempted.findings.map(
    (finding): Finding => (finding.severity === 'error' ? { ...finding, severity: 'warn' } : finding),
  );
  return {
    outcome: exempted.exempted ? 'passed-with-exemption' : 'passed',
    evidence,
    findings: sortFindings(observed),
  };
}

function outcomeOf(findings: readonly Finding[], exempted: boolean): Outcome {
  let open = false;
  for (const { severity, status } of findings) {
    if (severity !== 'error') continue;
    if (status !== 'unreachable') return 'failed';
    open = true;
  }
  if (open) return 'undecided';
  return exempted ? 'passed-with-exemption' : 'passed';
}

/** A registry of which the policy says that it signs nothing owes no signatures by default; a rule can still demand them. */
function demandsHere(demands: Demands, { registry }: Evidence, policy: Policy): Demands {
  if (!policy.registries.some(({ url, keys }) => url === registry && keys === 'none')) return demands;
  const levels = { ...demands.levels };
  for (const name of ['registrySignature', 'publishAttestation'] as const) {
    if (!levels[name].byRule) levels[name] = { ...levels[name], level: 'off' };
  }
  return { ...demands, levels };
}

function judgeRegistryPackage(
  evidence: Evidence,
  demands: Demands,
  policy: Policy,
  recorded: Recorded,
  findings: Findings,
): void {
  const { levels } = demands;
  const { integrity, resolved, registrySignature, tarball, other } = evidence;
  if (integrity.status !== 'verified')
    findings.lack('integrity', integrity, levels.integrity, levels.unreachable);
  // The digest decides what is installed; where the tarball lies is judged only where it lies elsewhere.
  if (
    resolved.status !== 'verified' &&
    (resolved.status === 'invalid' || resolved.code === 'resolved-elsewhere')
  ) {
    findings.lack('tarball URL', resolved, levels.resolved, levels.unreachable);
  }
  if (registrySignature.status === 'verified')
    judgeSignedTime(registrySignature.value, levels.signedTime, findings);
  else {
    const missing = worthOf(registrySignature, levels.registrySignature, levels.uncovered);
    findings.lack('registry signature', registrySignature, missing, levels.unreachable);
  }
  if (tarball !== undefined && tarball.status !== 'verified') {
    findings.lack('tarball', tarball, levels.integrity, levels.unreachable);
  }
  judgePublish(evidence, demands, findings);
  judgeProvenance(evidence, demands, policy, recorded, findings);
  // Of an unknown type, so nothing is demanded of them; but somebody serves a proof that is wrong.
  for (const { check } of other) if (check.status === 'invalid') findings.wrong('attestation', check);
}

function judgePublish({ publish, provenance }: Evidence, { levels }: Demands, findings: Findings): void {
  const about = 'publish attestation';
  if (publish.status === 'verified') {
    judgeInclusion(about, publish.value, levels.inclusionProof, findings);
    return;
  } // Neither is there for one and the same reason: what that is worth is judged with the provenance.
  const sameReason = provenance.status === publish.status && provenance.code === publish.code;
  const lacking = publish.status === 'absent' || publish.status === 'uncovered';
  if (lacking && sameReason) return;
  const missing = withheld(publish, levels.publishAttestation, levels.announced);
  findings.lack(about, publish, worthOf(publish, missing, levels.uncovered), levels.unreachable);
}

function judgeProvenance(
  { subject, provenance, declared }: Evidence,
  { levels, pins, denies }: Demands,
  { bound }: Policy,
  recorded: Recorded,
  findings: Findings,
): void {
  const about = 'provenance';
  if (provenance.status === 'verified') {
    const { bundle, claims } = provenance.value;
    judgeInclusion(about, bundle, levels.inclusionProof, findings);
    judgeIdentity(claims, pins, findings);
    judgeDenied(claims, denies, findings);
    if (declared !== undefined) {
      const vouching = { pins: pins.filter(({ at }) => !bound.has(at.file)), recorded };
      judgeDeclared(claims, declared.repository, levels.declaredRepository, vouching, findings);
    }
    judgeRecorded(claims, recorded, releaseLine(subject.version), levels.baseline, findings);
    return;
  }
  const [pin] = pins;
  const pinned: readonly Decided[] =
    pin === undefined ? [] : [{ level: 'error', rule: pin.rule, at: pin.at, byRule: true }];
  // "No attestations at all" and "no provenance among them" are the same to whoever demands provenance.
  const check: Unproven =
    provenance.code === 'attestations-absent'
      ? { status: provenance.status, code: 'provenance-absent', args: provenance.args }
      : provenance;
  const demanded = strictest(worthOf(check, levels.provenance, levels.uncovered), ...pinned);
  findings.lack(about, check, withheld(check, demanded, levels.announced), levels.unreachable);
  if (check.status === 'absent') judgeLost(recorded, levels.baseline, findings);
  else if (check.status === 'uncovered' && recorded.provenance !== undefined) {
    // There, but not to be judged by this version: not lost, and not known to be as good as before either.
    findings.judged(about, check, atMost(levels.baseline, levels.uncovered), 'uncovered');
  }
}

function judgeLost({ provenance }: Recorded, by: Decided, findings: Findings): void {
  if (provenance === undefined) return;
  const args = { previous: provenance.sourceRepository };
  findings.judged('provenance', { code: 'provenance-lost', args }, by, 'absent');
}

/** Of a proof that is there and cannot be judged, or cannot speak about these bytes. A pinned identity stays what it is. */
function worthOf({ status }: Unproven, demand: Decided, uncovered: Decided): Decided {
  return status === 'uncovered' ? atMost(demand, uncovered) : demand;
}

function withheld({ code }: Unproven, level: Decided, announced: Decided): Decided {
  const isWithheld = code === 'attestations-withheld' || code === 'provenance-withheld';
  return isWithheld ? strictest(announced, level) : level;
}

/** Nobody signs for what does not come from a registry: the policy says what each kind is worth. */
function judgeForeignSource(
  evidence: Evidence,
  demands: Demands,
  policy: Policy,
  recorded: Recorded,
  findings: Findings,
): void {
  const { subject, integrity, tarball } = evidence;
  const { kind } = subject.source;
  if (kind === 'registry') return;
  const about = 'source';
  const checks = [
    integrity,
    evidence.resolved,
    evidence.registrySignature,
    evidence.publish,
    evidence.provenance,
    tarball,
  ];
  for (const check of checks) if (check?.status === 'invalid') findings.wrong(about, check);
  const by = kind === 'workspace' || kind === 'bundled' ? [] : broughtBy(subject.nodes);
  const args = {
    ...(integrity.status === 'uncovered' ? integrity.args : { kind }),
    ...(by.length === 0 ? {} : { by }),
  };
  // One place where another package brings it along, and nobody here chose it.
  const reach = subject.nodes.some(({ depth }) => depth > 1) ? 'transitive' : 'direct';
  const code = kind === 'bundled' ? 'bundled-inside' : 'source-unverifiable';
  const level = decided(policy.sources[kind][reach], `sources.${kind}.${reach}`);
  const allowed = isAllowed(subject.source, policy);
  if (!allowed) findings.judged(about, { code, args }, level, 'uncovered');
  // Its releases had provenance, and what comes from a URL or a file has none: as lost as that of a release without.
  const isFetched = kind === 'git' || kind === 'remote' || kind === 'file';
  if (isFetched && !allowed) judgeLost(recorded, demands.levels.baseline, findings);
  if ((kind === 'remote' || kind === 'file') && subject.integrity.kind === 'none') {
    findings.judged(
      'integrity',
      { code: 'integrity-missing', args: {} },
      demands.levels.integrity,
      'uncovered',
    );
  }
  // The project's own code is where rules about its published packages do not apply.
  if (kind === 'workspace') return;
  const [pin] = demands.pins;
  const named: readonly Decided[] = demands.named === undefined ? [] : [demands.named];
  const bound: readonly Decided[] =
    pin === undefined ? named : [{ level: 'error', ...pin, byRule: true }, ...named];
  const [first, ...rest] = bound;
  if (first === undefined) return;
  findings.judged(about, { code: 'source-not-allowed', args }, strictest(first, ...rest), 'uncovered');
}
