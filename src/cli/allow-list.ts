/** The allow list of install scripts beside a lockfile: npm's in package.json, pnpm's in pnpm-workspace.yaml. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { readFileBounded, writeFileAtomic } from '../core/files.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { Standing } from '../report/scripts.ts';
import type { Lockfile } from '../tree/types.ts';
import { besidesOfNpm, besidesOfPnpm } from './allow-besides.ts';
import { readJsonMember, writeJsonMember } from './allow-json.ts';
import { type AllowPlan, planAllowList } from './allow-plan.ts';
import { readYamlMember, writeYamlMember, yamlRoot } from './allow-yaml.ts';

export interface AllowList {
  /** Name of the file beside the lockfile. */
  readonly file: 'package.json' | 'pnpm-workspace.yaml';
  readonly key: 'allowScripts' | 'allowBuilds';
}

export interface WrittenList extends AllowList {
  readonly outcome: 'written' | 'unchanged';
  readonly plan: AllowPlan;
  /** Other settings of the project by which scripts run without being in the list. */
  readonly besides: readonly string[];
}

export function allowListOf({ kind }: Lockfile): AllowList {
  return kind === 'npm'
    ? { file: 'package.json', key: 'allowScripts' }
    : { file: 'pnpm-workspace.yaml', key: 'allowBuilds' };
}

/**
 * Brings the list in line with what passed: whole or not at all, and only where it differs.
 * @throws {VerifyDepsError} `allow-list-malformed`, `allow-list-unwritable`
 */
export async function writeAllowList(
  lockfile: Lockfile,
  standings: ReadonlyMap<string, ReadonlyMap<string, Standing>>,
): Promise<WrittenList> {
  const list = allowListOf(lockfile);
  const where = path.join(path.dirname(lockfile.path), list.file);
  const { mark, text, mode } = await read(where, list);
  const isJson = list.file === 'package.json';
  const current = isJson ? readJsonMember(text, list.key) : readYamlMember(text, list.file, list.key);
  const plan = planAllowList(current, standings);
  const besides = isJson
    ? await besidesOfNpm(path.dirname(where))
    : await besidesOfPnpm(path.dirname(where), yamlRoot(text, list.file));
  if (plan.added.length === 0 && plan.removed.length === 0) {
    return { ...list, outcome: 'unchanged', plan, besides };
  }
  const edited = isJson
    ? writeJsonMember(text, list.key, plan.entries)
    : writeYamlMember(text, list.file, list.key, plan.entries);
  await write(where, mark + edited, mode);
  return { ...list, outcome: 'written', plan, besides };
}

const MARK = '\ufeff';

interface FileText {
  readonly mark: string;
  readonly text: string;
  /** Undefined for a file that is not there yet. */
  readonly mode: number | undefined;
}

/** The text, and the byte order mark before it if there is one. An absent pnpm-workspace.yaml is an empty one. */
async function read(file: string, list: AllowList): Promise<FileText> {
  const refuse = (why: string): VerifyDepsError =>
    new VerifyDepsError('allow-list-malformed', `cannot edit ${printable(file)}: ${why}`);
  // A link could lead anywhere, and the rename that replaces the file would take its place.
  const info = await lstat(file).catch(() => undefined);
  if (info !== undefined && !info.isFile()) throw refuse('it is not a regular file');
  const found = await readFileBounded(file, limits.policyBytesMax).catch((error: NodeJS.ErrnoException) => {
    throw refuse(error.code ?? 'it cannot be read');
  });
  if (found.status === 'too-large') throw refuse(`it is larger than ${limits.policyBytesMax} bytes`);
  if (found.status === 'absent') {
    if (list.file === 'package.json') throw refuse('it is not there');
    return { mark: '', text: '', mode: undefined };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(found.bytes);
  } catch {
    throw refuse('it is not UTF-8');
  }
  const mode = info === undefined ? undefined : info.mode & 0o777;
  return text.startsWith(MARK) ? { mark: MARK, text: text.slice(1), mode } : { mark: '', text, mode };
}

async function write(file: string, text: string, mode: number | undefined): Promise<void> {
  try {
    await writeFileAtomic(file, text, { flush: true, ...(mode === undefined ? {} : { mode }) });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new VerifyDepsError('allow-list-unwritable', `cannot write ${printable(file)}: ${code}`, {
      hint: 'the file is as it was',
      cause: error,
    });
  }
}
