/**
 * What a person sees in a terminal: first what needs action, then what deserves a look, then the sums. Everything is
 * bounded, so that a tree of ten thousand packages still fits a screen or two; the report file has all of it.
 */
import { printable } from '../core/text.ts';
import type { Finding, Verdict } from '../policy/types.ts';
import { byCode, type Group, oneEach, ruleOf, type Told, tellAll } from './groups.ts';
import { decimal, plural, usableWidth, wrap } from './layout.ts';
import { shortestPath } from './path.ts';
import { practicesLines } from './practices.ts';
import { plain, type Style } from './style.ts';
import { summaryLines } from './summary.ts';
import type { Report } from './types.ts';
import { adviceFor, docsFor, sentence } from './words.ts';

export interface HumanOptions {
  /** Milliseconds since 1970, for ages. */
  readonly now: number;
  readonly style?: Style;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns?: number | undefined;
  /** What became of the report file. */
  readonly reportFile?:
    | { readonly path: string; readonly outcome: 'written' | 'unchanged' | 'kept' | 'partial' }
    | undefined;
}

const GROUPS_MAX = 12;
const WARNINGS_MAX = 8;
/** Packages named over all groups of errors; the rest is counted. */
const NAMED_MAX = 24;
const NAMED_PER_GROUP_MAX = 8;
const EXAMPLES = 3;
const ALSO_MAX = 3;

interface Page {
  readonly report: Report;
  readonly style: Style;
  readonly width: number;
}

/** @returns text with a final line feed */
export function humanReport(report: Report, options: HumanOptions): string {
  const page: Page = {
    report,
    style: options.style ?? plain,
    width: usableWidth(options.columns),
  };
  const told = tellAll(report);
  const errors = told.filter(({ finding }) => finding.severity === 'error');
  const open = errors.filter(({ finding }) => finding.status === 'unreachable');
  const wrong = errors.filter(({ finding }) => finding.status !== 'unreachable');
  const warnings = told.filter(({ finding }) => finding.severity === 'warn');
  const blocks = [
    [headline(page)],
    section(page, wrong, wrongTitle(page)),
    section(page, open, page.style.open('could not be asked: nothing is known to be wrong with these')),
    warningLines(page, warnings),
    summaryLines(report, {
      ...page,
      now: options.now,
      reportFile: options.reportFile,
      notes: told.length - errors.length - warnings.length,
    }),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headline({ report, style }: Page): string {
  const { counts, outcome, policy } = report;
  const all = plural(counts.packages, 'package');
  if (policy.mode === 'observe') {
    const found = report.verdicts.filter(({ findings }) => findings.some(isGrave)).length;
    const any = found > 0 || report.findings.some(isGrave);
    const mark = any ? style.warn('▲ observed') : style.good('✔ observed');
    const what = any ? `findings about ${decimal(found)} of ${all}` : `no finding about ${all}`;
    return `${style.bold(mark)}  ${what}; nothing fails in this mode`;
  }
  if (outcome === 'failed') {
    const what =
      counts.failed > 0
        ? `${decimal(counts.failed)} of ${all} ${counts.failed === 1 ? 'fails' : 'fail'} the policy`
        : `the policy does not hold for the run as a whole (${all})`;
    return `${style.bold(style.bad('✖ failed'))}  ${what}`;
  }
  if (outcome === 'undecided') {
    return `${style.bold(style.open('? undecided'))}  ${
      counts.undecided > 0 ? `${decimal(counts.undecided)} of ${all}` : all
    } could not be decided, nothing failed`;
  }
  const what =
    counts.packages === 0
      ? 'the lockfile lists no packages: there is nothing to verify'
      : `${all}: the policy holds`;
  return `${style.bold(style.good('✔ passed'))}  ${what}`;
}

function isGrave({ severity }: Finding): boolean {
  return severity !== 'info';
}

/** In observe mode the policy makes warnings of all errors; one can still come from elsewhere. */
function wrongTitle({ report, style }: Page): string {
  return style.bad(report.policy.mode === 'observe' ? 'would fail' : 'needs action');
}

function section(page: Page, told: readonly Told[], title: string): readonly string[] {
  if (told.length === 0) return [];
  const groups = byCode(oneEach(told));
  const shown = groups.slice(0, GROUPS_MAX);
  const named = Math.max(1, Math.min(NAMED_PER_GROUP_MAX, Math.floor(NAMED_MAX / shown.length)));
  const lines = [page.style.bold(title)];
  for (const group of shown) lines.push('', ...groupLines(page, group, named));
  if (groups.length > shown.length) {
    const rest = groups.slice(shown.length);
    const count = rest.reduce((sum, group) => sum + group.told.length, 0);
    lines.push('', `… and ${plural(count, 'finding')} of ${plural(rest.length, 'other kind')}`);
  }
  return lines;
}

function groupLines(page: Page, group: Group, named: number): readonly string[] {
  const { style, width } = page;
  const about = group.packages === 0 ? '' : `  ${plural(group.packages, 'package')}`;
  const mark = group.status === 'unreachable' ? style.open('?') : style.bad('✖');
  const lines = [`${mark} ${style.bold(group.code)}${style.dim(about)}${tampering(style, group)}`];
  const rule = group.rules.length === 1 ? group.rules[0] : undefined;
  const same = sameSentence(group);
  if (same !== undefined) lines.push(...wrap(same, width, '  '));
  for (const told of group.told.slice(0, named)) {
    lines.push(...findingLines(page, told, { sentence: same === undefined, rule: rule === undefined }));
  }
  const more = group.told.length - named;
  if (more > 0) lines.push(style.dim(`  … and ${decimal(more)} more, all with --json`));
  if (rule !== undefined) lines.push(...dim(style, wrap(rule, width, '  rule: ')));
  lines.push(...dim(style, practicesLines(page.report, group.code, width)));
  lines.push(...wrap(`${adviceFor(group.code)} (${docsFor(group.code)})`, width, '  → '));
  return lines;
}

/** The only place that says it, and only of evidence that is there and does not hold. */
function tampering(style: Style, { status }: Group): string {
  return status === 'invalid' ? style.bad('  possible tampering') : '';
}

/** What is said of every package of the group alike is said once. */
function sameSentence({ code, told, packages }: Group): string | undefined {
  if (packages === 0) return undefined;
  const said = sentence(code, told[0]!.finding.args);
  return told.every(({ verdict, finding }) => verdict && sentence(code, finding.args) === said)
    ? said
    : undefined;
}

function findingLines(
  page: Page,
  { verdict, finding, also }: Told,
  show: { readonly sentence: boolean; readonly rule: boolean },
): readonly string[] {
  const { style, width } = page;
  const lines: string[] = [];
  const said = sentence(finding.code, finding.args);
  if (verdict === undefined) {
    lines.push(...wrap(said, width, '  '), ...declaration(finding).map((line) => `    ${line}`));
  } else {
    const way = wayTo(page.report, verdict);
    const name = packageName(verdict);
    const oneLine = way !== undefined && name.length + way.length + 5 <= width;
    lines.push(`  ${style.bold(name)}${oneLine ? style.dim(`  ‹ ${way}`) : ''}`);
    if (show.sentence) lines.push(...wrap(said, width, '    '));
    if (way !== undefined && !oneLine) lines.push(...dim(style, wrap(way, width, '    ‹ ')));
    if (also && also.length > 0) lines.push(...dim(style, wrap(alsoText(also), width, '    also: ')));
  }
  if (show.rule && finding.decidedBy) lines.push(...dim(style, wrap(ruleOf(finding), width, '    rule: ')));
  return lines;
}

function alsoText(codes: readonly string[]): string {
  const more = codes.length - ALSO_MAX;
  return `${codes.slice(0, ALSO_MAX).join(', ')}${more > 0 ? ` and ${decimal(more)} more` : ''}`;
}

function warningLines({ report, style, width }: Page, told: readonly Told[]): readonly string[] {
  if (told.length === 0) return [];
  const groups = byCode(told);
  const lines = [style.bold(style.warn(plural(told.length, 'warning')))];
  for (const group of groups.slice(0, WARNINGS_MAX)) {
    const first = group.told[0]!;
    const mark = `  ${style.warn('▲')} ${group.code}`;
    const count = group.packages > 0 ? `  ${plural(group.packages, 'package')}` : '';
    const [names, more] = examples(group);
    const said =
      group.told.length === 1 ? sentence(group.code, first.finding.args) : sentence(group.code, group.shared);
    lines.push(`${mark}${style.dim(count)}${tampering(style, group)}`);
    if (first.finding.about === 'exemption') lines.push(...exemptionLines(group, style, width));
    else lines.push(...wrap(said, width, '    '));
    if (names !== '') lines.push(...dim(style, wrap(`${names}${more}`, width, '    ')));
    lines.push(...dim(style, practicesLines(report, group.code, width, '    ')));
    // One registry without evidence is worth the lines that declare it, even as a warning.
    if (first.verdict === undefined) lines.push(...declaration(first.finding).map((line) => `      ${line}`));
  }
  if (groups.length > WARNINGS_MAX) {
    lines.push(`  … and ${plural(groups.length - WARNINGS_MAX, 'other kind')}, all with --json`);
  }
  lines.push(style.dim('  what they mean and what to do: docs/findings.md'));
  return lines;
}

/** One by one: each has its own line in the policy, and its own remedy. */
function exemptionLines({ told }: Group, style: Style, width: number): readonly string[] {
  const lines = told
    .slice(0, NAMED_PER_GROUP_MAX)
    .flatMap(({ finding }) => [
      ...wrap(sentence(finding.code, finding.args), width, '    '),
      ...dim(style, wrap(ruleOf(finding), width, '    rule: ')),
    ]);
  const more = told.length - NAMED_PER_GROUP_MAX;
  return more > 0 ? [...lines, style.dim(`    … and ${decimal(more)} more, all with --json`)] : lines;
}

function examples(group: Group): readonly [string, string] {
  const names = group.told.flatMap(({ verdict }) => (verdict ? [packageName(verdict)] : []));
  const unique = [...new Set(names)];
  const more = unique.length - EXAMPLES;
  return [unique.slice(0, EXAMPLES).join(', '), more > 0 ? ` and ${decimal(more)} more` : ''];
}

/** Lines of policy that would say what such a registry is. */
export function declaration({ code, args }: Finding): readonly string[] {
  if (code !== 'registry-without-evidence' && code !== 'registry-keys-unknown') return [];
  const url = typeof args.registry === 'string' ? printable(args.registry) : '';
  const registry = ['registries:', `  - url: ${JSON.stringify(url)}`];
  // Where nothing is signed, no keys can help: what is left is to say so.
  if (code === 'registry-without-evidence') {
    return [...registry, '    keys: none       # it signs nothing: only the digests in the lockfile count'];
  }
  return [
    ...registry,
    '    keys: mirror     # it passes on what another one has signed',
    '    mirrorOf: default',
    '    # keys: none     # or: it signs nothing, only the digests in the lockfile count',
  ];
}

/** `NAME@VERSION`, safe to show. */
export function packageName({ evidence: { subject } }: Verdict): string {
  return printable(`${subject.name}@${subject.version}`);
}

/** What needs the package, nearest first: `b@2 ‹ a@1 ‹ the project`, the ends kept where it is long. */
export function wayTo(report: Report, verdict: Verdict): string | undefined {
  const found = shortestPath(report.tree, verdict.evidence.subject.nodes);
  if (found === undefined) return undefined;
  const start = found.from === undefined ? (report.tree.project ?? 'the project') : `workspace ${found.from}`;
  const steps = found.nodes.map((node) => printable(`${node.name}@${node.version}`));
  // The last step is the package itself, which stands above.
  const above = [printable(start), ...steps.slice(0, -1)].reverse();
  const shown = above.length > 5 ? [...above.slice(0, 2), '…', ...above.slice(-2)] : above;
  return shown.join(' ‹ ');
}

function dim(style: Style, lines: readonly string[]): readonly string[] {
  return lines.map((line) => style.dim(line));
}
