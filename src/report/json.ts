/**
 * `--json`: the whole report for other programs. Form and meaning are documented in docs/report.md. Bytes are left out,
 * times are ISO 8601 in UTC, indexes are decimal text, and undefined facts are left out.
 */
import type { Check } from '../core/check.ts';
import type { Evidence } from '../evidence/types.ts';
import type { Finding, Verdict } from '../policy/types.ts';
import type { Integrity, PackageNode, Source } from '../tree/types.ts';
import { bundleOut, noteOut, trustOut, urlOut } from './bundle-json.ts';
import { consideredOut } from './considered.ts';
import { heldToOut } from './held-to.ts';
import { escapeUnseen, type JsonOut } from './json-text.ts';
import { practicesShown } from './practices.ts';
import type { Report } from './types.ts';
import { adviceFor, showTime } from './words.ts';

/** Version of the form; raised when a member changes its meaning or goes, not when one is added. */
const JSON_VERSION = 1;

/**
 * @param more  members besides those of the report
 * @returns text with a final line feed
 */
export function jsonReport(report: Report, more: { readonly [key: string]: JsonOut } = {}): string {
  const { lockfile } = report.tree;
  const document: JsonOut = {
    version: JSON_VERSION,
    tool: { ...report.tool },
    outcome: report.outcome,
    lockfile: {
      kind: lockfile.kind,
      version: lockfile.version,
      path: lockfile.path,
      digest: lockfile.digest,
      others: lockfile.others ?? [],
    },
    project: report.tree.project,
    omitted: report.tree.omitted,
    policy: {
      files: report.policy.files,
      digest: report.policy.digest,
      mode: report.policy.mode,
      practices: report.policy.practices === 'ssdf' ? 'ssdf' : undefined,
    },
    trust: trustOut(report.trust.digest, report.trust.origin, report.trust.expires),
    evidence: gatheredOut(report.gathered),
    counts: { ...report.counts, sources: { ...report.counts.sources } },
    coverage: report.coverage && {
      now: { ...report.coverage.now },
      before: report.coverage.before && { ...report.coverage.before },
    },
    findings: report.findings.map((finding) => findingOut(finding, report)),
    packages: report.verdicts.map((verdict) => verdictOut(verdict, report)),
    stats: { ...report.stats },
    ...more,
  };
  return `${escapeUnseen(JSON.stringify(document, undefined, 2))}\n`;
}

function gatheredOut(gathered: Report['gathered']): JsonOut | undefined {
  if (gathered === undefined) return undefined;
  const { offline, files, ages } = gathered;
  return {
    offline,
    files: files.map(({ path, digest, oldest, newest }) => ({
      path,
      digest,
      oldest: showTime(oldest).slice(0, 10),
      newest: showTime(newest).slice(0, 10),
    })),
    oldest: ages && showTime(ages.oldest),
    newest: ages && showTime(ages.newest),
  };
}

function verdictOut(verdict: Verdict, report: Report): JsonOut {
  const { outcome, evidence, findings } = verdict;
  const { subject } = evidence;
  return {
    purl: subject.purl,
    name: subject.name,
    version: subject.version,
    integrity: integrityOut(subject.integrity),
    source: sourceOut(subject.source),
    registry: evidence.registry === undefined ? undefined : urlOut(evidence.registry),
    places: subject.nodes.map(placeOut),
    outcome,
    findings: findings.map((finding) => findingOut(finding, report)),
    baseline: heldToOut(report.heldTo?.get(verdict), verdict),
    rules: consideredOut(report.considered?.get(verdict)),
    checks: checksOut(evidence),
    declared: evidence.declared && {
      repository:
        evidence.declared.repository === undefined ? undefined : urlOut(evidence.declared.repository),
      hasInstallScript: evidence.declared.hasInstallScript,
    },
    notes: evidence.notes.map(noteOut),
  };
}

function checksOut(evidence: Evidence): JsonOut {
  const text = (value: string): JsonOut => value;
  return {
    integrity: checkOut(evidence.integrity, text),
    resolved: checkOut(evidence.resolved, urlOut),
    registrySignature: checkOut(evidence.registrySignature, (fact) => ({
      keyid: fact.keyid,
      keyOrigin: fact.keyOrigin,
      publishTime: fact.publishTime && {
        time: showTime(fact.publishTime.time),
        signed: fact.publishTime.signed,
      },
    })),
    publish: checkOut(evidence.publish, bundleOut),
    provenance: checkOut(evidence.provenance, (fact) => ({
      claims: { ...fact.claims },
      bundle: bundleOut(fact.bundle),
    })),
    other: evidence.other.map(({ predicateType, check }) => ({
      predicateType,
      check: checkOut(check, bundleOut),
    })),
    tarball: evidence.tarball && checkOut(evidence.tarball, text),
  };
}

function checkOut<T>(check: Check<T>, value: (value: T) => JsonOut): JsonOut {
  if (check.status === 'verified') return { status: check.status, value: value(check.value) };
  return { status: check.status, ...noteOut(check) };
}

function findingOut(finding: Finding, report: Report): JsonOut {
  const { at } = finding.decidedBy ?? {};
  return {
    ...noteOut(finding),
    severity: finding.severity,
    status: finding.status,
    about: finding.about,
    advice: adviceFor(finding.code),
    ...practicesShown(report, finding.code),
    decidedBy: at && {
      rule: finding.decidedBy!.rule,
      file: at.file,
      line: at.line,
      column: at.column,
    },
  };
}

function placeOut(node: PackageNode): JsonOut {
  return {
    key: node.key,
    alias: node.alias,
    dependency: node.dependency,
    depth: node.depth,
    parents: node.parents,
    hasInstallScript: node.hasInstallScript,
    patch: node.patch,
    line: node.line,
  };
}

function integrityOut(integrity: Integrity): JsonOut {
  return { ...integrity };
}

function sourceOut(source: Source): JsonOut {
  switch (source.kind) {
    case 'registry':
      return {
        kind: source.kind,
        resolved: source.resolved === undefined ? undefined : urlOut(source.resolved),
      };
    case 'git':
      return { kind: source.kind, url: urlOut(source.url), commit: source.commit };
    case 'remote':
      return { kind: source.kind, url: urlOut(source.url) };
    case 'bundled':
      return { kind: source.kind, within: source.within };
    default:
      return { kind: source.kind, path: source.path };
  }
}
