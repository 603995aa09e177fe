import { printable } from '../core/text.ts';
import type { ScriptPackage, Standing } from '../report/scripts.ts';
import type { Style } from '../report/style.ts';
import type { Report } from '../report/types.ts';
import type { AllowList, WrittenList } from './allow-list.ts';
import type { RemovalReason } from './allow-plan.ts';
import { proven } from './packages-text.ts';

export interface ScriptsResult {
  readonly packages: readonly ScriptPackage[];
  readonly outcome: Report['outcome'];
  readonly list: AllowList;
  /** Undefined without `--write`. */
  readonly written: WrittenList | undefined;
}

const CODES_MAX = 4;

const WHY: Readonly<Record<RemovalReason, string>> = {
  fails: 'it does not pass, or nobody signed for it',
  'any-version': 'it allows any version, also one that nobody has looked at',
  'not-needed': 'nothing in the lockfile runs scripts under this name and version',
  answered: 'the question is answered',
  forbidden: 'another entry forbids it, which pnpm 10 does not heed',
};

/** Text with a final line feed. */
export function scriptsText({ packages, outcome, list, written }: ScriptsResult, style: Style): string {
  const names = packages.map(({ verdict: { evidence } }) =>
    printable(`${evidence.subject.name}@${evidence.subject.version}`),
  );
  const width = Math.min(48, Math.max(0, ...names.map((name) => name.length)));
  const lines = packages.map(
    (item, index) => `${mark(item.standing, style)} ${names[index]!.padEnd(width)}  ${describe(item, style)}`,
  );
  const blocks = [
    [headline(packages.length, outcome, style)],
    lines,
    written === undefined ? hint(packages, list, style) : writtenLines(written, style),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

function headline(count: number, outcome: Report['outcome'], style: Style): string {
  if (count === 0) return `${style.bold(style.good('✔'))} no package runs a script when it is installed`;
  const what = `${count} package${count === 1 ? '' : 's'} may run scripts when installed`;
  switch (outcome) {
    case 'passed':
      return `${style.bold(style.good('✔ passed'))}  ${what}, the policy holds for each`;
    case 'failed':
      return `${style.bold(style.bad('✖ failed'))}  ${what}`;
    case 'undecided':
      return `${style.bold(style.open('? undecided'))}  ${what}`;
  }
}

function mark(standing: Standing, style: Style): string {
  switch (standing) {
    case 'passed':
      return style.good('✔');
    case 'failed':
      return style.bad('✖');
    case 'undecided':
      return style.open('?');
    case 'foreign':
      return style.warn('○');
  }
}

function describe({ verdict, standing, word }: ScriptPackage, style: Style): string {
  const errors = verdict.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  const codes = [...new Set(errors)];
  const more = codes.length > CODES_MAX ? ` and ${codes.length - CODES_MAX} more` : '';
  const facts = [proven(verdict, style)];
  if (codes.length > 0) facts.push(`${codes.slice(0, CODES_MAX).join(', ')}${more}`);
  if (standing === 'foreign') facts.push('passes, but nobody signed for it: never put into the list');
  if (word === 'unknown') facts.push('nothing says whether it has a script');
  return facts.join('; ');
}

function hint(packages: readonly ScriptPackage[], { file, key }: AllowList, style: Style): readonly string[] {
  if (packages.length === 0) return [];
  return [style.dim(`→ verify-deps scripts --write puts those that pass into ${key} of ${file}`)];
}

function writtenLines({ file, key, outcome, plan, besides }: WrittenList, style: Style): readonly string[] {
  const shown = (entry: string): string => printable(entry, 240);
  return [
    style.bold(`${file}, ${key}: ${outcome}`),
    ...plan.added.map((entry) => `  ${style.good('+')} ${shown(entry)}`),
    ...plan.removed.map(
      ({ entry, why }) => `  ${style.bad('-')} ${shown(entry)}  ${style.dim(`(${WHY[why]})`)}`,
    ),
    ...plan.denied.map((entry) => `  ${style.warn('○')} ${shown(entry)} passes, but the list forbids it`),
    ...plan.left.map((entry) => `  ${style.warn('○')} ${shown(entry)} is left: no name with exact versions`),
    ...besides.map(
      (name) => `  ${style.warn('▲')} ${name} lets scripts run that are not in ${key}: take it out`,
    ),
  ];
}
