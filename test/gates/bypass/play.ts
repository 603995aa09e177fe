/** Plays an attempt and says what became of it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { gates, none } from '../matrix/gates.ts';
import { type Runner, runners } from '../matrix/runners.ts';
import { openStage, type Stage } from '../matrix/stage.ts';
import { type Attempt, type Ending, through } from './attempts.ts';
import { MARK } from './tampering.ts';

export interface Play {
  readonly name: string;
  readonly attempt: Attempt;
  readonly runner: Runner;
  readonly gate: string;
  readonly ending: Ending;
}

/** Attempts against the managers that are installed, each on the oldest Node.js it is tested with. */
export function playsOf(attempts: readonly Attempt[]): readonly Play[] {
  return attempts.flatMap((attempt) =>
    attempt.against.flatMap(([manager, gate, ending]) => {
      const runner = runners.find((one) => one.manager === manager);
      if (runner === undefined) return [];
      return [{ name: `${attempt.title} · ${manager} · ${gate}`, attempt, runner, gate, ending }];
    }),
  );
}

/** The attempts that a gate has to block, against each manager alone: what shows that they are attempts at all. */
export function baresOf(attempts: readonly Attempt[]): readonly Play[] {
  const bares = playsOf(attempts)
    .filter(({ ending, attempt, runner }) => {
      return ending === 'blocked' && !(attempt.alone ?? []).includes(runner.manager);
    })
    .map((one) => ({ ...one, gate: none.id, name: `${one.attempt.title} · ${one.runner.manager}` }));
  return bares.filter(({ name }, at) => bares.findIndex((other) => other.name === name) === at);
}

export interface Played {
  readonly code: number | null;
  /** What the attacker achieved; empty if nothing. */
  readonly through: readonly string[];
  readonly transcript: string;
}

export async function play({ attempt, runner, gate: id }: Play): Promise<Played> {
  const gate = [none, ...gates].find((one) => one.id === id)!;
  const stage = await openStage(runner, gate, attempt.tree, attempt.manifest, attempt.lab);
  try {
    await attempt.prepare(stage);
    await stage.setUp();
    const { code } = await (attempt.act?.(stage) ?? through(stage, 'frozen'));
    return { code, through: achieved(stage, attempt), transcript: stage.transcript() };
  } finally {
    await stage.lab.close();
  }
}

/** In a sound tree what the attacker brings along bears a mark; in a blocked one it is the blocked package. */
function achieved({ lab, copiesOf }: Stage, { tree, planted, lab: options }: Attempt): readonly string[] {
  const events = lab.events().filter((line) => /^EVIL|mallory:/.test(line));
  const suspects = ['app', '@acme/tool'].flatMap(copiesOf);
  const marked = suspects.filter((folder) => existsSync(path.join(folder, MARK)));
  // Without a trust root that anybody vouched for, nothing may be installed at all.
  const unproven = options?.corporateProxy === true ? suspects : [];
  const copies =
    tree === 'blocked' && planted !== true ? ['mallory', '@acme/mallory', 'fine'].flatMap(copiesOf) : [];
  return [...events, ...marked, ...unproven, ...copies];
}
