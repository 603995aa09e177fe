// Puts the tables of the benchmark into docs/performance.md; everything between the markers of a part is the benchmark's.
import fs from 'node:fs';
import path from 'node:path';

const PAGE = path.join(import.meta.dirname, '..', 'docs', 'performance.md');

export function writePage(text, part) {
  fs.writeFileSync(PAGE, pageWith(fs.readFileSync(PAGE, 'utf8'), text, part));
  return 'docs/performance.md';
}

/** The page with another table in it. */
export function pageWith(before, text, part) {
  const [first, last] = [`<!-- bench-${part}:start -->`, `<!-- bench-${part}:end -->`];
  const start = before.indexOf(first);
  const end = before.indexOf(last);
  if (start < 0 || end < start) throw new Error(`docs/performance.md lacks ${first} or ${last}`);
  return `${before.slice(0, start + first.length)}\n\n${text}\n\n${before.slice(end)}`;
}
