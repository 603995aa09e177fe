/** What differs between the places that speak of a package, and between its tarball and the disk. */
import type { Note } from '../core/check.ts';
import type { Code } from '../core/codes.ts';
import type { Evidence } from '../evidence/types.ts';
import type { Findings } from './findings.ts';
import { type Decided, milder, severityOf } from './levels.ts';
import type { Demands } from './match.ts';
import type { Finding, Policy } from './types.ts';

/** Told, and worth one level less: install scripts add files, patches change them. */
const MILD: ReadonlySet<Code> = new Set(['disk-file-built', 'disk-file-patched', 'disk-command-unknown']);
const MISSING: ReadonlySet<Code> = new Set(['disk-file-missing', 'disk-package-missing']);
/** Fields that take nothing in that would not be taken in without them. */
const MILD_FIELD = /^(?:bin|peerDependencies)\.|^hasInstallScript$/;

export function judgeConfusion({ confusion }: Evidence, { levels }: Demands, findings: Findings): void {
  for (const note of confusion ?? []) {
    const by = levels.manifest;
    const isMild = note.code === 'limit-exceeded' || MILD_FIELD.test(String(note.args.field ?? ''));
    const status = note.code === 'tarball-ambiguous' ? 'uncovered' : undefined;
    findings.judged('manifest', note, by, status, isMild ? milder(by.level) : severityOf(by.level));
  }
}

export function judgeInstalled({ disk }: Evidence, { levels }: Demands, findings: Findings): void {
  const by = levels.installed;
  for (const note of disk ?? []) findings.judged('disk', note, by, statusOf(note), worthOf(note, by));
}

/** About node_modules as a whole. */
export function installedFindings(notes: readonly Note[], policy: Policy): readonly Finding[] {
  const { value: level, at } = policy.defaults.installed;
  const by: Decided = { level, rule: 'require.installed', at, byRule: false };
  return notes.flatMap((note): readonly Finding[] => {
    const severity = worthOf(note, by);
    if (severity === undefined) return [];
    const observed = severity === 'error' && policy.mode.value === 'observe' ? 'warn' : severity;
    const decidedBy = { rule: by.rule, at };
    const { code, args } = note;
    return [{ code, args, severity: observed, status: statusOf(note), about: 'node_modules', decidedBy }];
  });
}

function worthOf({ code }: Note, { level }: Decided): Finding['severity'] | undefined {
  if (level === 'off') return undefined;
  if (code === 'disk-uncovered') return 'info';
  return MILD.has(code) ? milder(level) : severityOf(level);
}

function statusOf({ code }: Note): Finding['status'] {
  if (code === 'disk-unreadable') return 'unreachable';
  if (code === 'disk-uncovered') return 'uncovered';
  if (MILD.has(code)) return undefined;
  return MISSING.has(code) ? 'absent' : 'invalid';
}
