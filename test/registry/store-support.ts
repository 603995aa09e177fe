/** Folders of evidence for the tests of the store, and processes that work on one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { EntryKey } from '../../src/registry/entry.ts';
import {
  type EvidenceStore,
  openEvidenceStore,
  type StoredAnswer,
  type StoreOptions,
} from '../../src/registry/store.ts';

type Answered = Omit<StoredAnswer, 'time'>;

export const DAY = 86_400_000;
export const HOUR = 3_600_000;
export const key: EntryKey = { registry: 'https://registry.example/', name: 'a', version: '1.0.0' };
export const found: Answered = { outcome: 'found', bytes: Buffer.from('evidence') };
export const absent: Answered = { outcome: 'absent', bytes: new Uint8Array() };

export const version = (number: number): EntryKey => ({ ...key, version: `${number}.0.0` });

/** Names of new folders, which nobody has made yet; all are removed after the tests of this file. */
export function folders(): () => string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-store-'));
  let count = 0;
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return () => path.join(root, String(count++));
}

export const rootOf = (folder: string): string => path.join(folder, 'evidence-v2');

export function namesIn(folder: string): readonly string[] {
  return readdirSync(rootOf(folder)).sort();
}

/** The one pack of a folder. */
export function onlyPack(folder: string): string {
  const [name, ...more] = namesIn(folder);
  if (name === undefined || more.length > 0) throw new Error(`not one pack: ${namesIn(folder)}`);
  return path.join(rootOf(folder), name);
}

export function openAt(folder: string, now: number, more?: Partial<StoreOptions>): EvidenceStore {
  return openEvidenceStore({ folder, clock: () => now, ...more });
}

/** One run that finds out one thing. */
export async function writeOne(
  folder: string,
  now: number,
  of: EntryKey = key,
  text = 'evidence',
  more?: Partial<StoreOptions>,
): Promise<void> {
  const store = openAt(folder, now, more);
  store.write(of, 'manifest', { outcome: 'found', bytes: Buffer.from(text) }, 'long');
  await store.flush();
}

export function readBack(folder: string, now: number, of: EntryKey = key): string | undefined {
  const answer = openAt(folder, now).read(of, 'manifest');
  return answer && Buffer.from(answer.bytes).toString();
}

/** All that a write would change: names, contents, times. */
export function stateOf(folder: string): unknown {
  return namesIn(folder).map((name) => {
    const file = path.join(rootOf(folder), name);
    const { mtimeMs, ctimeMs, ino } = lstatSync(file);
    return [name, mtimeMs, ctimeMs, ino, readFileSync(file, 'latin1')];
  });
}

/**
 * A process with `open` (the store's `openEvidenceStore`), `folder` and `version(NUMBER)` in scope.
 * @param prelude  of a shell that becomes this process
 */
export function startProcess(folder: string, script: string, prelude?: string): ChildProcess {
  const store = JSON.stringify(path.resolve('src/registry/store.ts'));
  const text = `
    import { runnerImport } from 'vite';
    const { module: { openEvidenceStore: open } } = await runnerImport(${store}, { configFile: false });
    const folder = ${JSON.stringify(folder)};
    const version = (number) => ({ ...${JSON.stringify(key)}, version: number + '.0.0' });
    ${script}`;
  const command = [process.execPath, '--input-type=module', '-e', text];
  const [program, ...args] =
    prelude === undefined ? command : ['sh', '-c', `${prelude}; exec "$0" "$@"`, ...command];
  return spawn(program!, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

export function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code));
  });
}
