/**
 * The summary of a run as Markdown, for the page of a CI job. Texts of strangers are written as character references, which
 * no Markdown and no HTML reads as anything but text.
 */
import type { Code } from '../core/codes.ts';
import { decimal, plural, share } from './layout.ts';
import { compareText } from './order.ts';
import { type Remark, remarksOf, spoken } from './remarks.ts';
import type { Report } from './types.ts';
import { adviceFor, docsFor } from './words.ts';

/** What GitHub takes for one step. */
export const SUMMARY_BYTES_MAX = 1_048_576;
const ADVICE_MAX = 20;
/** Kept free for what follows the rows. */
const TAIL_BYTES = 32_768;

export interface SummaryOptions {
  /** Lockfile as its readers know it. */
  readonly file: string;
  /** That may be used; what does not fit is counted. */
  readonly bytesMax: number;
}

/** @returns Markdown of at most `bytesMax` bytes, ending in a line feed; empty if not even a heading fits */
export function jobSummary(report: Report, { file, bytesMax }: SummaryOptions): string {
  const remarks = remarksOf(report, file);
  const of = (severity: Remark['finding']['severity']): readonly Remark[] =>
    remarks.filter(({ finding }) => finding.severity === severity);
  const errors = spoken(of('error'));
  const page = new Page(bytesMax - TAIL_BYTES);
  page.add(headOf(report, file));
  page.section('### Needs action', errors);
  page.folded(`${plural(of('warn').length, 'warning')}`, of('warn'));
  page.folded(`${decimal(of('info').length)} accepted by an exemption`, of('info'));
  const text = page.text + adviceOf([...errors, ...of('warn')]);
  return Buffer.byteLength(text) <= bytesMax ? text : '';
}

const HEADINGS = {
  passed: '✔ the policy holds',
  failed: '✖ the policy does not hold',
  undecided: '? could not be decided',
} as const;

function headOf({ counts, outcome, policy }: Report, file: string): string {
  const heading = policy.mode === 'observe' ? 'observed: nothing fails in this mode' : HEADINGS[outcome];
  const row = (label: string, value: string): string => `| ${label} | ${value} |`;
  const fates = [
    `${decimal(counts.passed)} passed`,
    ...(counts.exempted > 0 ? [`${decimal(counts.exempted)} by an exemption`] : []),
    ...(counts.failed > 0 ? [`${decimal(counts.failed)} failed`] : []),
    ...(counts.undecided > 0 ? [`${decimal(counts.undecided)} undecided`] : []),
  ];
  const part = (count: number): string => `${decimal(count)} (${share(count, counts.packages)})`;
  return [
    `## verify-deps: ${heading}`,
    '',
    '| | |',
    '| --- | --- |',
    row('packages', `${decimal(counts.packages)}: ${fates.join(', ')}`),
    row('signed by their registry', part(counts.registrySigned)),
    row('with provenance', part(counts.withProvenance)),
    row('lockfile', code(file)),
    '',
    '',
  ].join('\n');
}

/** Text that ends before it is too long, with rows that are counted instead of written. */
class Page {
  text = '';
  private left: number;

  constructor(bytesMax: number) {
    this.left = bytesMax;
  }

  add(part: string): boolean {
    const bytes = Buffer.byteLength(part);
    if (bytes > this.left) return false;
    this.text += part;
    this.left -= bytes;
    return true;
  }

  section(heading: string, remarks: readonly Remark[]): void {
    if (remarks.length > 0 && this.add(`${heading}\n\n`)) this.table(remarks);
  }

  folded(summary: string, remarks: readonly Remark[]): void {
    if (remarks.length === 0) return;
    if (!this.add(`<details><summary>${summary}</summary>\n\n`)) return;
    this.table(remarks);
    // Room for it is kept: an element that stays open would swallow what follows.
    this.text += '</details>\n\n';
  }

  private table(remarks: readonly Remark[]): void {
    this.add('| line | finding | what | decided by |\n| ---: | --- | --- | --- |\n');
    const written = remarks.findIndex((remark) => !this.add(rowOf(remark)));
    const more = written < 0 ? 0 : remarks.length - written;
    this.text += more === 0 ? '\n' : `\n… and ${decimal(more)} more: run \`verify-deps check --json\`\n\n`;
  }
}

function rowOf({ finding, text, way, rule, accepted, places }: Remark): string {
  const mark = finding.status === 'invalid' ? '<br>possible tampering' : '';
  const what = [
    reference(text),
    ...(way === undefined ? [] : [`needed by ${reference(way)}`]),
    ...(accepted === undefined ? [] : [`accepted: ${reference(accepted)}`]),
  ].join('<br>');
  return `| ${places[0].line} | ${code(finding.code)}${mark} | ${what} | ${rule === '' ? '' : code(rule)} |\n`;
}

function adviceOf(remarks: readonly Remark[]): string {
  const codes = [...new Set(remarks.map(({ finding }) => finding.code))].sort(compareText);
  if (codes.length === 0) return '';
  const lines = codes
    .slice(0, ADVICE_MAX)
    .map((name: Code) => `- ${code(name)}: ${reference(adviceFor(name))} (${code(docsFor(name))})`);
  const more = codes.length - ADVICE_MAX;
  return `### What to do\n\n${lines.join('\n')}\n${more > 0 ? `- and ${plural(more, 'other kind')}\n` : ''}\n`;
}

/** Inside `code` nobody is mentioned and nothing is linked. */
function code(text: string): string {
  return `<code>${reference(text)}</code>`;
}

/** Everything but letters, digits, spaces and hyphens as a numeric character reference. */
function reference(text: string): string {
  const plain = text.replace(/\s+/g, ' ');
  return plain.replace(/[^\p{L}\p{N} -]/gu, (c) => `&#${c.codePointAt(0)};`);
}
