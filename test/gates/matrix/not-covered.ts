/** What is known not to hold, with the reason: the one place where a cell of the matrix is excused. */
import type { Cell } from './cell.ts';

export interface Gap {
  readonly covers: (cell: Cell) => boolean;
  /** The faults that it may have, each; another one is none that is known. */
  readonly faults: RegExp;
  /** Whether it holds is decided by a race. */
  readonly racy?: boolean;
  /** One sentence for the page, with what to use instead. */
  readonly reason: string;
}

export const NOT_COVERED: readonly Gap[] = [
  {
    covers: ({ runner, gate, situation, tree }) =>
      runner.manager === 'pnpm-12.10' && gate.id === 'run' && situation.id === 'scope' && tree === 'sound',
    faults: /^exit code [1-9]|is not installed$/,
    reason:
      'nothing is installed: this version compares the URLs that the lockfile has for the registry of a scope with those of the registry, which is the proxy here: use the plugin, or a newer pnpm',
  },
  {
    covers: ({ gate, situation }) => gate.id === 'hook' && situation.step === 'fresh',
    faults: /^exit code [1-9]|is not installed$|is not named$/,
    reason:
      'without a lockfile the hook refuses every install, as nobody has verified what npm would choose: use `verify-deps install` for the first one',
  },
  {
    covers: ({ gate, situation, tree }) =>
      gate.id === 'hook' && situation.step === 'add' && tree === 'blocked',
    faults: /^exit code 0|^scripts ran: |is installed$|is not named$/,
    reason: 'npm runs no script of the project for `npm install PKG`: use `verify-deps install PKG` there',
  },
  {
    covers: ({ runner, gate, situation, tree }) =>
      runner.family === 'bun' && gate.id === 'run' && situation.step !== 'frozen' && tree === 'blocked',
    faults: /^scripts ran: (?!.*mallory)/,
    racy: true,
    reason:
      'bun runs the scripts of packages that passed before it has asked for all of them; nothing of the blocked package runs or is installed: with the security scanner nothing runs at all',
  },
  {
    covers: ({ gate, situation, tree }) =>
      gate.id === 'run' && situation.id === 'offline' && tree === 'sound',
    faults: /^exit code [1-9]|is not installed$/,
    reason:
      'each run begins with an empty cache of its own, as none that others write to is relied upon, so that nothing can be installed without the registry: use `verify-deps ci --offline`, or the plugin or the scanner of the manager',
  },
  {
    covers: ({ runner, gate, situation, tree }) =>
      runner.family === 'yarn-4' && gate.id === 'run' && situation.id === 'offline' && tree === 'blocked',
    faults: /is not named$/,
    reason:
      'nothing is installed, but in the words of yarn, which asks nobody while the network is switched off',
  },
  {
    covers: ({ gate, situation, tree }) =>
      gate.id === 'yarn-plugin' && situation.id === 'offline' && tree === 'blocked',
    faults: /is not named$/,
    reason:
      'it is blocked, but in the words of yarn: what the plugin did not let into its record of proven archives has to be fetched again, which yarn refuses while the network is switched off',
  },
];

export function gapOf(cell: Cell): Gap | undefined {
  return NOT_COVERED.find(({ covers }) => covers(cell));
}
