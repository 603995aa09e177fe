/** What `fetch` has collected, for people and for programs. */
import { printable } from '../core/text.ts';
import type { Fetched, Lack } from '../fetch.ts';
import { escapeUnseen } from '../report/json-text.ts';
import { decimal, plural } from '../report/layout.ts';
import type { Style } from '../report/style.ts';

const SHOWN_MAX = 8;

const LACKS: Readonly<Record<Lack, string>> = {
  answers: 'that there is none is not taken from a file, and stays undecided offline',
  keys: 'signed by keys that are the word of the registry alone, which no file can carry: pin them in the policy',
  times: 'their age by the policy is not taken from a file, and stays undecided offline unless it is signed',
  unreadable: 'an answer about them could not be read, and is not in the file',
};

export function fetchText(fetched: Fetched, style: Style): string {
  const { head, missing, outcome, path, bytes, report } = fetched;
  const lines: string[] = [];
  if (outcome === 'incomplete') {
    lines.push(
      `${style.bold(style.open('? incomplete'))}  ${plural(missing.length, 'question')} could not be asked; ${printable(path)} stands as it was`,
      ...listed(missing.map(({ about, why }) => `${about}: ${why}`)),
    );
  } else {
    lines.push(
      `${style.bold(style.good(`✔ ${outcome}`))}  ${printable(path)}, ${decimal(bytes)} bytes`,
      row(
        style,
        'packages',
        `${decimal(head.packages)}, ${decimal(head.attested)} of them with attestations`,
      ),
      row(style, 'answered', daysText(fetched)),
      row(style, 'digest', head.digest),
    );
  }
  const { failed } = report.counts;
  if (failed > 0)
    lines.push(
      row(
        style,
        'policy',
        `${plural(failed, 'package')} ${failed === 1 ? 'fails' : 'fail'} it today: verify-deps check says why`,
      ),
    );
  for (const { what, about } of fetched.lacking)
    lines.push('', `${style.warn('▲')} ${LACKS[what]}`, ...listed(about));
  return `${lines.join('\n')}\n`;
}

export function fetchJson({ path, outcome, bytes, head, missing, lacking, report }: Fetched): string {
  const value = {
    path,
    outcome,
    bytes: outcome === 'incomplete' ? null : bytes,
    digest: outcome === 'incomplete' ? null : head.digest,
    oldest: dayOf(head.oldest),
    newest: dayOf(head.newest),
    packages: head.packages,
    attested: head.attested,
    failed: report.counts.failed,
    missing: missing.map(({ about, why }) => ({ about: printable(about), why: printable(why, 400) })),
    lacking: lacking.map(({ what, about }) => ({ what, about: about.map((name) => printable(name)) })),
  };
  return `${escapeUnseen(JSON.stringify(value, undefined, 2))}\n`;
}

function daysText({ head }: Fetched): string {
  const [from, to] = [dayOf(head.oldest), dayOf(head.newest)];
  return from === to ? `on ${from}` : `from ${from} to ${to}`;
}

function row(style: Style, label: string, text: string): string {
  return `${style.dim(label.padEnd(14))}${text}`;
}

function listed(items: readonly string[]): readonly string[] {
  const shown = items.slice(0, SHOWN_MAX).map((item) => `  ${printable(item, 300)}`);
  const more = items.length - shown.length;
  return more > 0 ? [...shown, `  … and ${decimal(more)} more, all with --json`] : shown;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
