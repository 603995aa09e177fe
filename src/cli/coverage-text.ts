import { printable } from '../core/text.ts';
import { unprovenDirect } from '../policy/coverage.ts';
import { plural } from '../report/layout.ts';
import type { Style } from '../report/style.ts';
import type { Report } from '../report/types.ts';

/** What the project itself depends on in production and nobody has proven: the nearest way to more coverage. */
export function unprovenText({ verdicts }: Report, style: Style): string {
  const found = unprovenDirect(verdicts).map(({ evidence: { subject } }) =>
    printable(`${subject.name}@${subject.version}`),
  );
  if (found.length === 0) return '';
  const head = `${plural(found.length, 'direct dependency', 'direct dependencies')} in production without provenance`;
  return `${style.bold(head)}\n${found.map((name) => `  ${name}\n`).join('')}`;
}
