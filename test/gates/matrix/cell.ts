/** One cell of the matrix: a manager, a gate, a situation and a tree; run for real, and looked at from outside. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Ended, Lab, TreeKind } from '../support/lab.ts';
import type { GateKind } from './gates.ts';
import type { Runner } from './runners.ts';
import { argumentsFor, environmentFor, goOffline, type Situation } from './situations.ts';
import { NO_RESULTS_KEPT, openStage, type Stage } from './stage.ts';

export interface Cell {
  readonly runner: Runner;
  readonly gate: GateKind;
  readonly situation: Situation;
  readonly tree: TreeKind;
}

export interface Outcome {
  /** What is not as it must be; empty if the cell holds. */
  readonly faults: readonly string[];
  /** What was typed and what was to be seen, for whoever has to look into it. */
  readonly transcript: string;
}

const LOCKFILES = ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock'];

export function nameOf({ runner, gate, situation, tree }: Cell): string {
  return `${runner.id} · ${gate.id} · ${situation.id} · ${tree}`;
}

export async function runCell(cell: Cell): Promise<Outcome> {
  const { runner, gate, situation, tree } = cell;
  const stage = await openStage(runner, gate, tree, situation.manifest, situation.lab);
  const { lab } = stage;
  try {
    for (const [file, content] of Object.entries(situation.files ?? {}))
      await lab.project.write(file, content);
    const ready = await prepare(cell, stage);
    if (ready !== undefined) return { faults: [ready], transcript: stage.transcript() };
    await stage.setUp();
    const before = await traces(lab);
    const args = argumentsFor(runner.family, situation);
    const ended = await stage.type(gate.command(runner, args), environmentFor(runner.family, situation));
    const faults =
      tree === 'sound' ? soundFaults(cell, stage, ended) : await blockedFaults(cell, stage, ended, before);
    if (lab.scope !== undefined && ended.text.includes(lab.scope.token)) faults.push('the token is printed');
    return { faults, transcript: stage.transcript() };
  } finally {
    await lab.close();
  }
}

/** Brings about what is there before. @returns what went wrong */
async function prepare({ runner, gate, situation }: Cell, stage: Stage): Promise<string | undefined> {
  if (situation.before === 'nothing') return undefined;
  const { code } = await stage.makeLockfile();
  if (code !== 0) return `the lockfile could not be made (exit code ${code})`;
  await stage.clean(situation.before === 'lockfile' ? 'all' : 'keep the store');
  if (situation.offline !== true) return undefined;
  // Once through the gate while the registry is there, so that whatever it keeps is warm.
  const online = argumentsFor(runner.family, { ...situation, offline: false });
  await stage.type(gate.command(runner, online), NO_RESULTS_KEPT);
  await stage.clean('keep the store and the evidence');
  await goOffline(stage.lab);
  return undefined;
}

function soundFaults({ situation }: Cell, { lab, copiesOf }: Stage, { code }: Ended): string[] {
  const faults = code === 0 ? [] : [`exit code ${code}`];
  const events = new Set(lab.events());
  for (const name of [...situation.others, situation.victim]) {
    if (copiesOf(name).length === 0) faults.push(`${name} is not installed`);
    else if (!events.has(`${name}:postinstall`)) faults.push(`scripts of ${name} did not run`);
  }
  if (lab.corporate !== undefined && lab.corporate.swallowed().length > 0)
    faults.push('requests to loopback went to the proxy of the company');
  return faults;
}

async function blockedFaults(
  { gate, situation: { victim } }: Cell,
  { lab, copiesOf }: Stage,
  { code, text }: Ended,
  before: string,
): Promise<string[]> {
  const faults = code === 0 ? ['exit code 0'] : code === null ? ['it hangs'] : [];
  const ran = lab.events();
  if (ran.length > 0) faults.push(`scripts ran: ${[...new Set(ran)].join(', ')}`);
  if (copiesOf(victim).length > 0) faults.push(`${victim} is installed`);
  const said = asRead(text);
  if (!said.includes(`${victim}@1.2.0`)) faults.push('the package is not named');
  if (!said.includes('require.provenance')) faults.push('the rule is not named');
  if (!said.includes('an exemption in the policy')) faults.push('the way out is not named');
  if (gate.leavesNoTrace === true && (await traces(lab)) !== before)
    faults.push('package.json or the lockfile was changed');
  return faults;
}

/** As somebody reads it: without colours, frames and line breaks that a manager puts in. */
function asRead(text: string): string {
  return text
    .replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
    .replace(/[│┃|]/g, ' ')
    .replace(/\s+/g, ' ');
}

async function traces(lab: Lab): Promise<string> {
  const files = ['package.json', ...LOCKFILES].map((file) => path.join(lab.project.cwd, file));
  const texts = files.map(async (file) => (existsSync(file) ? await readFile(file, 'utf8') : ''));
  return JSON.stringify(await Promise.all(texts));
}
