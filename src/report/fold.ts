/**
 * Facts about a registry as a whole. A mirror that passes no signature on would otherwise be told a thousand times, once
 * for each package. The reverse matters more: where only some packages lack what the others have, it may have been
 * stripped on purpose, and each of them keeps its own finding.
 */
import type { Check } from '../core/check.ts';
import type { Code } from '../core/codes.ts';
import type { Evidence } from '../evidence/types.ts';
import type { Finding, Verdict } from '../policy/types.ts';
import { compareFindings, compareText, worse } from './order.ts';

export interface Folded {
  readonly verdicts: readonly Verdict[];
  /** About registries. */
  readonly findings: readonly Finding[];
}

/** From so many packages on, silence says something about the registry rather than about the packages. */
const PACKAGES_MIN = 3;

const WITHOUT: ReadonlySet<Code> = new Set<Code>([
  'signature-absent',
  'attestations-absent',
  'provenance-absent',
  'publish-absent',
]);
const UNANSWERED: readonly Code[] = [
  'registry-unreachable',
  'registry-refused',
  'registry-response-invalid',
  'offline-missing',
];

/**
 * Moves what holds for a whole registry from its packages to one finding about the registry. Outcomes stay as the
 * policy decided them; only the list of what is shown changes. Pure; the order of the input does not matter.
 */
export function foldRegistries(verdicts: readonly Verdict[]): Folded {
  const byRegistry = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const registry = verdict.evidence.registry;
    if (registry === undefined) continue;
    const group = byRegistry.get(registry);
    if (group) group.push(verdict);
    else byRegistry.set(registry, [verdict]);
  }
  const moved = new Map<Verdict, Set<Finding>>();
  const findings: Finding[] = [];
  const registries = [...byRegistry].sort(([a], [b]) => compareText(a, b));
  for (const [registry, group] of registries) {
    const fold = foldOf(group);
    if (fold === undefined || fold.members.length === 0) continue;
    for (const { verdict, finding } of fold.members) {
      const gone = moved.get(verdict);
      if (gone) gone.add(finding);
      else moved.set(verdict, new Set([finding]));
    }
    findings.push(foldedFinding(registry, fold));
  }
  return {
    verdicts: verdicts.map((verdict) => {
      const gone = moved.get(verdict);
      if (gone === undefined) return verdict;
      return { ...verdict, findings: verdict.findings.filter((finding) => !gone.has(finding)) };
    }),
    findings,
  };
}

interface Member {
  readonly verdict: Verdict;
  readonly finding: Finding;
}

interface Fold {
  readonly code: Code;
  readonly args: Finding['args'];
  readonly members: readonly Member[];
}

/** The one thing to say about a registry, if there is one. The three cases exclude one another. */
function foldOf(group: readonly Verdict[]): Fold | undefined {
  const known = group.map(({ evidence }) => ({
    signature: signatureWord(evidence.registrySignature),
    attestations: attestationWord(evidence),
  }));
  const unattested =
    known.every(({ attestations }) => attestations !== 'has') &&
    known.filter(({ attestations }) => attestations === 'lacks').length >= PACKAGES_MIN;
  const unsigned =
    known.every(({ signature }) => signature !== 'has') &&
    known.filter(({ signature }) => signature === 'lacks').length >= PACKAGES_MIN;
  if (unsigned && unattested) {
    return { code: 'registry-without-evidence', args: {}, members: uniform(group, WITHOUT) };
  }
  const keyless = membersOf(group, (finding) => finding.code === 'registry-keys-unknown');
  if (keyless.length > 0) {
    // Signed packages beside unsigned ones: then these may have been stripped, and each is named.
    const alike = unattested && known.every(({ signature }) => signature !== 'lacks');
    const also = alike ? uniform(group, WITHOUT) : [];
    return {
      code: 'registry-keys-unknown',
      args: also.length === 0 ? {} : { unattested: countVerdicts(also) },
      members: [...keyless, ...also],
    };
  }
  return sameAnswer(group);
}

/** What one package tells about its registry. `silent`: could not be asked, or no proof can speak about its bytes. */
type Word = 'has' | 'lacks' | 'silent';

function signatureWord(check: Evidence['registrySignature']): Word {
  if (check.status === 'absent' && check.code === 'signature-absent') return 'lacks';
  return isSilent(check) ? 'silent' : 'has';
}

function attestationWord({ publish, provenance, other }: Evidence): Word {
  const checks = [publish, provenance];
  if (other.length > 0) return 'has';
  if (checks.every((check) => check.status === 'absent' && WITHOUT.has(check.code))) return 'lacks';
  return checks.every(isSilent) ? 'silent' : 'has';
}

function isSilent(check: Check<unknown>): boolean {
  switch (check.status) {
    case 'unreachable':
      return true;
    case 'absent':
      return check.code === 'version-absent';
    case 'uncovered':
      return check.code === 'integrity-weak' || check.code === 'integrity-missing';
    default:
      return false;
  }
}

/** All packages of the registry got the same refusal for the same reason. */
function sameAnswer(group: readonly Verdict[]): Fold | undefined {
  if (group.length < 2) return undefined;
  const first = group[0]!.evidence.registrySignature;
  if (first.status !== 'unreachable' || !UNANSWERED.includes(first.code)) return undefined;
  const reason = reasonOf(first.args);
  const same = group.every(({ evidence }) => {
    const check = evidence.registrySignature;
    return (
      check.status === 'unreachable' && check.code === first.code && sameReason(reasonOf(check.args), reason)
    );
  });
  if (!same) return undefined;
  return {
    code: first.code,
    args: reason,
    members: membersOf(
      group,
      (finding) => finding.code === first.code && sameReason(reasonOf(finding.args), reason),
    ),
  };
}

function reasonOf(args: Finding['args']): Finding['args'] {
  const { status, reason, why } = args;
  return {
    ...(status === undefined ? {} : { status }),
    ...(reason === undefined ? {} : { reason }),
    ...(why === undefined ? {} : { why }),
  };
}

function sameReason(a: Finding['args'], b: Finding['args']): boolean {
  return a.status === b.status && a.reason === b.reason && a.why === b.why;
}

function membersOf(group: readonly Verdict[], matches: (finding: Finding) => boolean): readonly Member[] {
  return group.flatMap((verdict) =>
    verdict.findings.filter(matches).map((finding): Member => ({ verdict, finding })),
  );
}

/**
 * What one rule decided alike about at least three packages. A rule about one or two packages asked for them by name:
 * its findings stay with them.
 */
function uniform(group: readonly Verdict[], codes: ReadonlySet<Code>): readonly Member[] {
  const byDecision = new Map<string, Member[]>();
  for (const member of membersOf(group, (finding) => codes.has(finding.code))) {
    const { code, severity, decidedBy } = member.finding;
    const key = JSON.stringify([code, severity, decidedBy?.rule ?? '', decidedBy?.at.file ?? '']);
    const same = byDecision.get(key);
    if (same) same.push(member);
    else byDecision.set(key, [member]);
  }
  return [...byDecision.values()].filter((same) => countVerdicts(same) >= PACKAGES_MIN).flat();
}

function countVerdicts(members: readonly Member[]): number {
  return new Set(members.map(({ verdict }) => verdict)).size;
}

function foldedFinding(registry: string, fold: Fold): Finding {
  const findings = fold.members.map(({ finding }) => finding).sort(compareFindings);
  const severity = findings.map((finding) => finding.severity).reduce(worse);
  const decisive = findings.find((finding) => finding.severity === severity)!;
  return {
    code: fold.code,
    severity,
    args: { registry, count: countVerdicts(fold.members), ...fold.args },
    status: decisive.status,
    about: 'registry',
    decidedBy: decisive.decidedBy,
  };
}
