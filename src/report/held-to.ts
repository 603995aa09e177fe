/** What a release line is held to and how this version differs, for people and for programs. */
import { printable } from '../core/text.ts';
import type { HeldClaim, HeldTo } from '../policy/baseline-view.ts';
import type { RecordedProvenance, Verdict } from '../policy/types.ts';
import type { JsonOut } from './json-text.ts';
import { wrap } from './layout.ts';
import type { Style } from './style.ts';

/** Claims as people name them. */
export const CLAIM_NAMES: Readonly<Record<keyof RecordedProvenance, string>> = {
  sourceRepository: 'repository',
  repositoryId: 'repository id',
  ownerId: 'owner id',
  workflow: 'workflow',
  signer: 'signer',
  refKind: 'kind of ref',
  ref: 'ref',
  trigger: 'trigger',
  runner: 'runner',
  builder: 'builder',
  issuer: 'issuer',
};
const LABEL = 16;
const CLAIM_CHARS_MAX = 2048;

interface Page {
  readonly style: Style;
  readonly width: number;
}

/** @param held  undefined where nobody asked, and of what does not come from a registry */
export function heldToLines(page: Page, held: HeldTo | undefined, verdict: Verdict): readonly string[] {
  if (held === undefined) return [];
  const { style, width } = page;
  const reason = held.accepted === undefined ? [] : [`accepted by hand: ${printable(held.accepted)}`];
  return [
    style.bold('baseline'),
    ...[headOf(held), ...reason].flatMap((text) => wrap(text, width, '  ')),
    ...held.claims.flatMap((claim) => claimLines(page, claim, held)),
    ...changeTexts(held, verdict).flatMap((text) => wrap(text, width, '  ')),
  ];
}

function headOf({ record, line }: HeldTo): string {
  const shown = printable(line);
  switch (record) {
    case 'none':
      return 'nothing is recorded yet: the first report records who built each package';
    case 'unknown':
      return `nothing is recorded for release line ${shown}: it is held to nothing yet`;
    case 'without-provenance':
      return `release line ${shown} is recorded without provenance: it is held to nothing`;
    case 'sibling':
      return `held to who built release line ${shown}: releases and prereleases may differ in how they are built`;
    case 'own':
      return `held to what was recorded for release line ${shown}`;
  }
}

function claimLines({ style, width }: Page, item: HeldClaim, held: HeldTo): readonly string[] {
  const { claim, recorded, now, comparison } = item;
  const mark = { same: style.good('='), differs: style.warn('≠'), 'not-compared': style.dim('·') }[
    comparison
  ];
  const row = (label: string, text: string): readonly string[] => {
    const head = `    ${label.padEnd(LABEL - 1)} `;
    return wrap(printable(text, CLAIM_CHARS_MAX), width, head);
  };
  const [first, ...rest] = row(CLAIM_NAMES[claim], recorded ?? 'not recorded');
  const lines = [`  ${mark} ${style.dim(first!.slice(4, 4 + LABEL))}${first!.slice(4 + LABEL)}`, ...rest];
  if (!held.compared || comparison === 'same') return lines;
  return [...lines, ...row('  this version', now ?? 'does not say')];
}

function changeTexts({ compared, claims, changes }: HeldTo, { findings }: Verdict): readonly string[] {
  if (claims.length === 0) return [];
  if (!compared) return ['this version has no verified provenance that could be compared'];
  if (changes.length === 0) return ['nothing differs that counts'];
  return changes.map(({ code }) => {
    const severity = findings.find((finding) => finding.code === code)?.severity;
    return `differs: ${code} (${severity ?? 'not judged: the policy turns the baseline off'})`;
  });
}

export function heldToOut(held: HeldTo | undefined, { findings }: Verdict): JsonOut {
  if (held === undefined) return undefined;
  const { line, record, accepted, compared, claims, changes } = held;
  return {
    line,
    record,
    accepted,
    compared,
    claims: claims.map((item) => ({ ...item })),
    changes: changes.map(({ code, expected, actual }) => ({
      code,
      expected,
      actual,
      severity: findings.find((finding) => finding.code === code)?.severity ?? 'off',
    })),
  };
}
