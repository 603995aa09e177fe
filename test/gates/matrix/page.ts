/** `docs/gates.md`, made from what the matrix found. */
import { type Cell, nameOf, type Outcome } from './cell.ts';
import { isTried } from './cells.ts';
import { type GateKind, gates } from './gates.ts';
import { gapOf } from './not-covered.ts';
import { type Runner, runners } from './runners.ts';
import { situations } from './situations.ts';

const HEAD = `# What the gates hold

Made by \`npm run test:gates -- -u\`, and held against what each later run of it finds; not written by hand. Every cell is a real package manager in a project
of its own, with a registry, a trust root and evidence on loopback, twice: in a *sound* tree, where everything has what the policy
demands, and in a *blocked* one, where one package has no provenance. All packages have scripts that leave a line in a file when they run.

- **yes**: in the sound tree the manager ended with 0, all packages were installed and their scripts had run. In the blocked tree it did
  not end with 0, not one script of any package had run, the blocked package was nowhere in node_modules, and what was printed named the
  package, the rule of the policy and the way out.
- **no**: known not to hold; the note says why, and what to use instead. The run reports it if such a cell holds after all.
- An empty cell was not run: where a manager runs on two versions of Node.js, the second one is tried in the usual situations only.

Which attempts to get around a gate are stopped is in [threat-model.md](threat-model.md).
`;

export function pageOf(outcomes: ReadonlyMap<string, Outcome>): string {
  const notes: string[] = [];
  const sections = gates.flatMap((gate) => sectionOf(gate, outcomes, notes));
  const list = notes.map((note, at) => `${at + 1}. ${note.charAt(0).toUpperCase()}${note.slice(1)}.`);
  return `${[HEAD, ...sections, '## What is not covered, and why\n', ...(list.length > 0 ? list : ['Nothing.'])].join('\n')}\n`;
}

function sectionOf(
  gate: GateKind,
  outcomes: ReadonlyMap<string, Outcome>,
  notes: string[],
): readonly string[] {
  const suited = runners.filter((runner) => gate.suits(runner));
  if (suited.length === 0) return [];
  const rows = situations.map((situation) => [
    situation.title,
    ...suited.map((runner) => said(runner, gate, situation, outcomes, notes)),
  ]);
  const head = ['', ...suited.map(({ title, node }) => `${title}, Node ${node}`)];
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  const page = gate.page === undefined ? '' : ` ([${gate.page}](${gate.page}))`;
  return [`## ${gate.title}${page}\n`, line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

function said(
  runner: Runner,
  gate: GateKind,
  situation: Cell['situation'],
  outcomes: ReadonlyMap<string, Outcome>,
  notes: string[],
): string {
  if (!isTried(runner, situation)) return '';
  const bad = (['sound', 'blocked'] as const).flatMap((tree) => {
    const cell = { runner, gate, situation, tree };
    const outcome = outcomes.get(nameOf(cell));
    if (outcome === undefined) throw new Error(`${nameOf(cell)} was not run`);
    const gap = gapOf(cell);
    if (gap === undefined || (outcome.faults.length === 0 && gap.racy !== true)) return [];
    const { reason } = gap;
    if (!notes.includes(reason)) notes.push(reason);
    return [`**no** in a ${tree} tree (${notes.indexOf(reason) + 1})`];
  });
  return bad.length === 0 ? 'yes' : bad.join('; ');
}
