/** What was accepted, for people and for programs. */
import path from 'node:path';
import type { Acceptance } from '../accept.ts';
import { printable } from '../core/text.ts';
import type { AcceptedLine, Refusal } from '../policy/baseline-accept.ts';
import { CLAIM_NAMES } from '../report/held-to.ts';
import { escapeUnseen } from '../report/json-text.ts';
import type { Style } from '../report/style.ts';
import { sentence } from '../report/words.ts';
import type { WorkArgs } from './args.ts';

const LABEL = 15;

export interface AcceptView {
  readonly style: Style;
  readonly reason: string;
}

/** @returns text with a final line feed */
export function acceptText(acceptance: Acceptance, { style, reason }: AcceptView): string {
  const blocks = acceptance.refusals.map((refusal) => [refusalLine(refusal, style)]);
  for (const line of acceptance.lines) blocks.push([...lineText(line, style)]);
  for (const { name, version, codes } of acceptance.remaining) {
    blocks.push([style.warn(`${printable(`${name}@${version}`)} still fails: ${codes.join(', ')}`)]);
  }
  blocks.push([lastLine(acceptance, reason, style)]);
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function refusalLine({ name, version, about, code, args }: Refusal, style: Style): string {
  const what = printable(`${name}@${version}`);
  return `${style.bad('✖')} ${style.bold(what)}  ${about}: ${sentence(code, args)} (${code})`;
}

function lineText({ key, versions, changes, entry, mixed }: AcceptedLine, style: Style): readonly string[] {
  const head = `${style.bold(printable(key))}  ${style.dim(versions.map((item) => printable(item)).join(', '))}`;
  if (changes.length === 0) {
    return [head, `  ${entry === undefined ? 'no provenance, and none was recorded' : 'as recorded'}`];
  }
  const rows = changes.flatMap(({ claim, before, after }) => [
    `  ${CLAIM_NAMES[claim].padEnd(LABEL)}${style.dim(shown(before))}`,
    `  ${'→'.padStart(LABEL - 1)} ${shown(after)}`,
  ]);
  if (!mixed) return [head, ...rows];
  return [
    head,
    ...rows,
    '  built by different ones: nothing is held against later versions until they agree',
  ];
}

function shown(value: string | undefined): string {
  return value === undefined ? 'nothing' : printable(value, 2048);
}

function lastLine({ outcome, refusals, reportPath }: Acceptance, reason: string, style: Style): string {
  const file = printable(path.basename(reportPath));
  switch (outcome) {
    case 'recorded':
      return `${style.good('✔')} recorded in ${file}: ${printable(reason, 500)}`;
    case 'unchanged':
      return `${style.good('✔')} nothing has changed: ${file} is left as it is`;
    case 'undecided':
      return `${style.open('?')} not everything could be asked: ${file} is left as it is`;
    case 'refused':
      return `${style.bad('✖')} ${refusals.length > 0 ? 'it does not verify' : 'there is nothing to accept'}: ${file} is left as it is`;
  }
}

/** `version` is raised when a member changes its meaning. */
export function acceptJson(acceptance: Acceptance, reason: string, { cwd }: WorkArgs): string {
  const document = {
    version: 1,
    outcome: acceptance.outcome,
    report: path.relative(cwd, acceptance.reportPath) || acceptance.reportPath,
    reason,
    lines: acceptance.lines.map(({ key, name, versions, changes, entry, mixed }) => ({
      key,
      name,
      versions,
      mixed,
      changes: changes.map(({ claim, before, after }) => ({
        claim,
        before: before ?? null,
        after: after ?? null,
      })),
      entry: entry ?? null,
    })),
    refusals: acceptance.refusals,
    remaining: acceptance.remaining,
  };
  return `${escapeUnseen(JSON.stringify(document, undefined, 2))}\n`;
}
