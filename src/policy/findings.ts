import type { Args, Note, Unproven } from '../core/check.ts';
import { type Decided, severityOf } from './levels.ts';
import type { Finding, Severity } from './types.ts';

const ORDER: Readonly<Record<Severity, number>> = { error: 0, warn: 1, info: 2 };

/** Findings about one package. The same fact found by several checks is told once, at its gravest. */
export class Findings {
  readonly #all: Finding[] = [];

  /** A check that did not verify: a wrong proof is an error whatever the policy says; the rest is worth what is decided. */
  lack(about: string, check: Unproven, missing: Decided, unreachable: Decided): void {
    if (check.status === 'invalid') this.wrong(about, check);
    else this.judged(about, check, check.status === 'unreachable' ? unreachable : missing, check.status);
  }

  /** There, and wrong. */
  wrong(about: string, note: Note): void {
    const { code, args } = note;
    this.add({ code, args, severity: 'error', status: 'invalid', about, decidedBy: undefined });
  }

  /** Worth the level that was decided; nothing at `off`. */
  judged(
    about: string,
    note: Note,
    by: Pick<Decided, 'level' | 'rule' | 'at'>,
    status: Finding['status'] = undefined,
    severity: Severity | undefined = severityOf(by.level),
  ): void {
    if (severity === undefined) return;
    const { code, args } = note;
    this.add({ code, args, severity, status, about, decidedBy: { rule: by.rule, at: by.at } });
  }

  info(about: string, note: Note): void {
    const { code, args } = note;
    this.add({ code, args, severity: 'info', status: undefined, about, decidedBy: undefined });
  }

  add(finding: Finding): void {
    const at = this.#all.findIndex((other) => isSameFact(other, finding));
    if (at < 0) this.#all.push(finding);
    else if (ORDER[finding.severity] < ORDER[this.#all[at]!.severity]) this.#all[at] = finding;
  }

  list(): readonly Finding[] {
    return this.#all.length > 1 ? sortFindings(this.#all) : this.#all;
  }
}

function isSameFact(a: Finding, b: Finding): boolean {
  return a.code === b.code && stable(a.args) === stable(b.args);
}

/** Errors, then warnings, then infos; by code within, then by what they are about and their facts. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort(
    (a, b) =>
      ORDER[a.severity] - ORDER[b.severity] ||
      byText(a.code, b.code) ||
      byText(a.about, b.about) ||
      byText(stable(a.args), stable(b.args)),
  );
}

function stable(args: Args): string {
  return JSON.stringify(Object.entries(args).sort(([a], [b]) => byText(a, b)));
}

/** By code units: the same on every machine. */
function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
