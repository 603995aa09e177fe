/** `check --fix`: takes dead exemptions out of the policy file of the project, and says what it did. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { printable } from '../core/text.ts';
import { deadExemptions, removeExemptions, type Unfixed } from '../policy/fix.ts';
import type { Finding } from '../policy/types.ts';
import type { JsonOut } from '../report/json-text.ts';
import type { Report } from '../report/types.ts';
import { isOpen } from '../run.ts';

/**
 * `partial` and `undecided`: too little is known to call anything dead. `elsewhere`: what is unused here may be used by
 * another lockfile under the same policy. `removed` may have left some of these behind.
 */
type FixOutcome = 'removed' | 'none' | 'partial' | 'undecided' | 'elsewhere' | Unfixed;

export interface PolicyFix {
  readonly outcome: FixOutcome;
  /** Policy file as findings name it. */
  readonly file: string | undefined;
  /** Findings about the exemptions that were removed. */
  readonly removed: readonly Finding[];
  /** The same for programs. */
  readonly facts: { readonly [key: string]: JsonOut };
}

/**
 * Changes the one policy file that the project itself owns, and that only if the whole tree was looked at and everything
 * could be asked.
 * @throws {VerifyDepsError} `policy-unwritable` and what reading a policy throws
 */
export async function fixPolicy(report: Report): Promise<PolicyFix> {
  const [file] = report.policy.files;
  const nothing = (outcome: FixOutcome): PolicyFix => made(outcome, file, []);
  if (report.tree.omitted > 0) return nothing('partial');
  if (isOpen(report)) return nothing('undecided');
  const dead = deadExemptions(report.findings, file);
  if (file === undefined || dead.length === 0) return nothing('none');
  // A policy above the lockfile may be that of other projects too, and one beside two lockfiles is that of both; what has
  // expired is dead for all of them.
  const beside = report.tree.lockfile.others ?? [];
  const isShared = file.startsWith('../') || path.isAbsolute(file) || beside.length > 0;
  const removable = isShared ? dead.filter(({ code }) => code === 'exemption-expired') : dead;
  if (removable.length === 0) return nothing('elsewhere');
  const folder = await realpath(path.dirname(report.tree.lockfile.path));
  const outcome = await removeExemptions(path.resolve(folder, file), file, removable);
  return outcome === 'removed' ? made(outcome, file, removable) : nothing(outcome);
}

function made(outcome: FixOutcome, file: string | undefined, removed: readonly Finding[]): PolicyFix {
  const facts = {
    outcome,
    file,
    removed: removed.map(({ code, args, decidedBy }) => ({ code, line: decidedBy?.at.line, ...args })),
  };
  return { outcome, file, removed, facts };
}

const WHY: Readonly<Record<Exclude<FixOutcome, 'removed'>, string>> = {
  none: 'no exemption of this project is dead',
  partial: 'only a part of the tree was looked at (--omit, --workspace)',
  undecided: 'something could not be asked, so what is needed is not known',
  elsewhere: 'what is unused here may be used by other projects or lockfiles under the same policy',
  changed: 'the policy was changed while the packages were verified; run again',
  'by-hand':
    'the list is written in a way that has to be edited by hand (an alias, or a comment inside of [ ])',
};

/** Lines for a person. */
export function fixText({ outcome, file, removed }: PolicyFix): string {
  if (outcome !== 'removed') return `nothing was removed from the policy: ${WHY[outcome]}\n`;
  const count = `${removed.length} ${removed.length === 1 ? 'exemption' : 'exemptions'}`;
  const lines = removed.map(({ code, args, decidedBy }) => {
    const { integrity, owner, reason, expires } = args;
    const what = integrity === undefined ? `${args.package}` : `${args.package} ${integrity}`;
    const why = code === 'exemption-expired' ? `expired on ${expires}` : `unused, until ${expires}`;
    return `  ${printable(what)} (line ${decidedBy?.at.line}, ${why}), of ${printable(`${owner}`)}: ${printable(`${reason}`)}\n`;
  });
  return `removed ${count} from ${printable(file ?? '')}\n${lines.join('')}`;
}
