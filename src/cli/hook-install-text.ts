/** What `verify-deps hook install` says: what was written, what is left to do, and what it all does not stop. */
import path from 'node:path';
import { hex, sha256, textOf } from '../core/bytes.ts';
import { printable } from '../core/text.ts';
import { coverage } from '../hooks/coverage.ts';
import type { Installed } from '../hooks/install/install.ts';
import type { FileChange } from '../hooks/install/types.ts';
import { decimal, wrap } from '../report/layout.ts';
import type { Style } from '../report/style.ts';

/** A longer text is a program: its size and digest say more. */
const SHOWN_BYTES_MAX = 16_384;
const CONTEXT_LINES = 2;
const LINE_CHARS_MAX = 200;
const WIDTH = 100;

/** @returns text with a final line feed */
export function installText(installed: Installed, dryRun: boolean, style: Style): string {
  const { manager, changes, gates, notes } = installed;
  const version = manager.version === undefined ? 'version unknown' : manager.version;
  const parts: string[][] = [
    [`${manager.name} (${printable(version)}), by ${manager.why}`],
    dryRun ? changes.flatMap((change) => preview(installed, change)) : written(installed),
    ...notes.map((lines) =>
      lines.map((line, index) => (index === 0 ? `→ ${shown(line)}` : `  ${shown(line)}`)),
    ),
    ...gates.map((gate) => coverageLines(gate, style)),
  ];
  if (dryRun) parts.push([changes.length === 0 ? 'nothing would change' : 'nothing was written (--dry-run)']);
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function written({ changes, repository }: Installed): string[] {
  if (changes.length === 0) return ['everything is in place: nothing was changed'];
  return changes.map((change) => {
    const verb = change.before === undefined ? 'written' : 'changed';
    return `${verb}  ${nameOf(change, repository)}`;
  });
}

function nameOf(change: FileChange, repository: string): string {
  const relative = path.relative(repository, change.path);
  return printable((relative.startsWith('..') ? change.path : relative).split(path.sep).join('/'), 400);
}

function coverageLines(gate: Installed['gates'][number], style: Style): string[] {
  const { title, stops, misses } = coverage[gate];
  return [
    style.bold(title),
    ...wrap(stops, WIDTH, '  stops      '),
    ...misses.flatMap(({ what, instead }, index) => [
      ...wrap(what, WIDTH, index === 0 ? '  does not   ' : '             '),
      ...wrap(instead, WIDTH, '             → '),
    ]),
  ];
}

/** The lines that differ, with some around them. */
function preview({ repository }: Installed, change: FileChange): string[] {
  const name = nameOf(change, repository);
  const head = [change.before === undefined ? '--- (no file)' : `--- ${name}`, `+++ ${name}`];
  if (change.after.length > SHOWN_BYTES_MAX) {
    return [...head, `  ${decimal(change.after.length)} bytes, sha256 ${hex(sha256(change.after))}`];
  }
  const before = linesOf(change.before);
  const after = linesOf(change.after);
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end++;
  }
  return [
    ...head,
    ...after.slice(Math.max(0, start - CONTEXT_LINES), start).map((line) => `  ${shown(line)}`),
    ...before.slice(start, before.length - end).map((line) => `- ${shown(line)}`),
    ...after.slice(start, after.length - end).map((line) => `+ ${shown(line)}`),
    ...after.slice(after.length - end, after.length - end + CONTEXT_LINES).map((line) => `  ${shown(line)}`),
  ].map((line) => line.trimEnd());
}

function linesOf(bytes: Uint8Array | undefined): readonly string[] {
  const text = bytes === undefined ? '' : (textOf(bytes) ?? '');
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

/** Lines keep their indent; a line of the project may hold anything. */
function shown(line: string): string {
  return printable(line.replaceAll('\t', '  '), LINE_CHARS_MAX * 2);
}
