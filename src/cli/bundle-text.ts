/** What `bundle` prints: the verdict, what to do about it, then every fact that holds, each on its line. */
import type { BundleFacts, BundleJudgement, BundleOutcome } from '../bundle.ts';
import type { Unproven } from '../core/check.ts';
import { systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { age, plural, usableWidth, wrap } from '../report/layout.ts';
import type { Style } from '../report/style.ts';
import { adviceFor, docsFor, sentence } from '../report/words.ts';
import type { BundleArgs } from './bundle-args.ts';
import { factRows, type Row, signerName } from './bundle-facts.ts';
import type { LoadedTrust } from './bundle-trust.ts';
import { shellLine } from './shell.ts';

export interface TextOptions {
  readonly args: BundleArgs;
  readonly trust: LoadedTrust;
  readonly style: Style;
  readonly columns: number | undefined;
}

interface Page extends TextOptions {
  readonly width: number;
}

/** Bundles of one file that are shown in full, and those that get a line. */
const FULL_MAX = 8;
const NOTED_MAX = 16;
const LABEL = 13;

/** @returns text with a final line feed */
export function bundleText(
  judgements: readonly BundleJudgement[],
  outcome: BundleOutcome,
  options: TextOptions,
): string {
  const page: Page = { ...options, width: usableWidth(options.columns) };
  const [only] = judgements;
  const blocks =
    judgements.length === 1 && only !== undefined
      ? oneBlocks(page, only)
      : manyBlocks(page, judgements, outcome);
  return `${[...blocks, trustLines(page)]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

type Block = readonly string[];

function oneBlocks(page: Page, judgement: BundleJudgement, title = ''): readonly Block[] {
  const { facts, failures } = judgement;
  if (failures.length === 0 && facts !== undefined) {
    return [markLines(page, 'verified', `${title}${summary(page, facts)}`), factLines(page, facts)];
  }
  return [
    ...failures.map((failure) => failureLines(page, failure, judgement.outcome, title)),
    facts === undefined
      ? []
      : [page.style.bold('what holds of the bundle all the same'), ...factLines(page, facts)],
  ];
}

function manyBlocks(
  page: Page,
  judgements: readonly BundleJudgement[],
  outcome: BundleOutcome,
): readonly Block[] {
  const numbered = judgements.map((judgement, index) => ({ judgement, name: `bundle ${index + 1}` }));
  const good = numbered.filter(({ judgement }) => judgement.outcome === 'verified');
  const rest = numbered.filter(({ judgement }) => judgement.outcome !== 'verified');
  const count = `${good.length} of ${plural(judgements.length, 'bundle')}`;
  const blocks: Block[] = [markLines(page, outcome, `${count} ${good.length === 1 ? 'is' : 'are'} verified`)];
  const full = good.length > 0 ? good : rest;
  for (const { judgement, name } of full.slice(0, FULL_MAX)) {
    blocks.push(...oneBlocks(page, judgement, `${name}: `));
  }
  if (full.length > FULL_MAX) blocks.push([`… and ${full.length - FULL_MAX} more, all with --json`]);
  if (good.length > 0 && rest.length > 0) {
    const notes = rest.slice(0, NOTED_MAX).flatMap(({ judgement: { failures, outcome: each }, name }) =>
      failures.slice(0, 1).flatMap(({ code, args }) => {
        const [first = '', ...lines] = wrap(`${name}: ${sentence(code, args)} (${code})`, page.width, '  ');
        return [`${markOf(page.style, each)} ${first.slice(2)}`, ...lines];
      }),
    );
    const more = rest.length > NOTED_MAX ? [`  … and ${rest.length - NOTED_MAX} more, all with --json`] : [];
    blocks.push(['not verified, and not needed', ...notes, ...more]);
  }
  return blocks;
}

/** What was verified, and by whom it was signed. */
function summary({ args }: Page, facts: BundleFacts): string {
  const { statement, artifact } = facts;
  const name = args.artifact === undefined ? 'the artifact' : printable(args.artifact.name);
  const by = `signed by ${signerName(facts.signer)}`;
  if (statement !== undefined) {
    const type = printable(statement.predicateType, limits.urlCharsMax);
    return artifact === undefined
      ? `statement ${type}, ${by}`
      : `${name} is a subject of a statement ${type}, ${by}`;
  }
  return artifact === undefined ? `an envelope, ${by}` : `${name} is ${by}`;
}

function failureLines(page: Page, failure: Unproven, outcome: BundleOutcome, title: string): Block {
  const { code, args } = failure;
  return [
    ...markLines(page, outcome, `${title}${sentence(code, args)}`),
    ...wrap(`${adviceFor(code)} (${docsFor(code)})`, page.width, '  → '),
    ...(code === 'signer-unpinned' ? commandLines(page, failure) : []),
  ];
}

/** The command that would have succeeded, for whoever knows that this is the right signer. */
function commandLines({ args, style }: Page, { args: { signer, issuer } }: Unproven): Block {
  if (args.key !== undefined || typeof signer !== 'string') return [];
  const missing = [
    ...(args.identity === undefined ? ['--identity', signer] : []),
    ...(args.issuer === undefined && typeof issuer === 'string' ? ['--issuer', issuer] : []),
  ];
  const end = args.argv.indexOf('--');
  const at = end < 0 ? args.argv.length : end;
  const line = shellLine(['verify-deps', ...args.argv.slice(0, at), ...missing, ...args.argv.slice(at)]);
  // On one line, however long: it is there to be copied.
  if (line !== undefined) return ['', `    ${style.bold(line)}`];
  return ['    (no command is offered: it would hold characters that cannot be shown)'];
}

function factLines(page: Page, facts: BundleFacts): Block {
  return rowLines(page, factRows(facts));
}

function trustLines(page: Page): Block {
  const { origin, root } = page.trust;
  const words = {
    tuf: 'through TUF from',
    cache: 'from the cache of',
    evidence: 'from an evidence file, of',
    shipped: 'as shipped, of',
    file: 'from',
  };
  const old = age(origin.asOf, systemClock());
  const text = `${words[origin.kind]} ${printable(origin.from, limits.urlCharsMax)}${
    old === undefined ? '' : `, ${old} old`
  }, sha256:${root.digest.slice(0, 12)}…`;
  const rows: Row[] = [['trust root', text]];
  if (origin.stale !== undefined) {
    const stale = { kind: origin.kind, reason: origin.stale, ...(old === undefined ? {} : { age: old }) };
    rows.push(['', sentence('trust-root-stale', stale)]);
  }
  return rowLines(page, rows);
}

function rowLines({ style, width }: Page, rows: readonly Row[]): Block {
  const claims = rows.filter(([, , kind]) => kind === 'claim').map(([label]) => label.length);
  const claimWidth = Math.max(0, ...claims);
  return rows.flatMap(([label, text, kind]) => {
    const head = kind === 'claim' ? `    ${label.padEnd(claimWidth)}  ` : `  ${label.padEnd(LABEL)} `;
    const [first = '', ...rest] = wrap(text, width, head);
    return [`${style.dim(head)}${first.slice(head.length)}`, ...rest];
  });
}

const MARKS: Readonly<Record<BundleOutcome, string>> = {
  verified: '✔',
  failed: '✖',
  undecided: '?',
};

function markOf(style: Style, outcome: BundleOutcome): string {
  const paint = { verified: style.good, failed: style.bad, undecided: style.open }[outcome];
  return paint(MARKS[outcome]);
}

function markLines({ style, width }: Page, outcome: BundleOutcome, text: string): Block {
  const head = `${MARKS[outcome]} ${outcome}`;
  const paint = { verified: style.good, failed: style.bad, undecided: style.open }[outcome];
  const [first = '', ...rest] = wrap(text, width, `${head}  `);
  const hanging = rest.map((line) => `  ${line.trimStart()}`);
  return [`${style.bold(paint(head))}${first.slice(head.length)}`, ...hanging];
}
