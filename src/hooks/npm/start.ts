/** Starts the user's own npm with `preload.ts` in it and answers its questions. */
import { spawn } from 'node:child_process';
import { VerifyDepsError } from '../../core/errors.ts';
import { isFileError } from '../../tree/manifest.ts';
import type { Npm } from './find.ts';
import type { FromNpm, Plan, ToNpm } from './messages.ts';

export interface NpmEnded {
  /** As a shell gives it: 128 and the signal's number where one ended it. */
  readonly code: number;
  /** Its code was patched before it began. */
  readonly patched: boolean;
  /** Plans that it asked about. */
  readonly plans: number;
  readonly unlocked: string | undefined;
  readonly refused: Extract<FromNpm, { kind: 'refused' }> | undefined;
}

export interface NpmStart {
  readonly npm: Npm;
  /** `ci` or `install`, and what the user wrote after it. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Must not throw: what cannot be decided is stopped. */
  readonly decide: (plan: Plan) => Promise<ToNpm>;
}

const PRELOAD = new URL('./preload.js', import.meta.url);
const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
};

/**
 * The preload is an argument and no NODE_OPTIONS, so that what npm starts is left alone. npm has the terminal; only the
 * channel for the questions is added.
 */
export async function startNpm({ npm, args, cwd, env, decide }: NpmStart): Promise<NpmEnded> {
  const command = ['--import', PRELOAD.href, npm.cli, ...args];
  const child = spawn(npm.node, command, {
    cwd,
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  // A terminal tells both of Ctrl-C; only this process hears of an end that a supervisor asks for.
  const forward = (): void => void child.kill('SIGTERM');
  process.on('SIGTERM', forward);
  const seen = { patched: false, plans: 0, unlocked: undefined, refused: undefined } as {
    -readonly [K in Exclude<keyof NpmEnded, 'code'>]: NpmEnded[K];
  };
  const answer = async (plan: Plan): Promise<void> => {
    const said = await decide(plan);
    if (child.connected) child.send(said, () => undefined);
  };
  child.on('message', (message) => {
    const said = message as FromNpm;
    if (said.kind === 'patched') seen.patched = true;
    else if (said.kind === 'unlocked') seen.unlocked = said.path;
    else if (said.kind === 'refused') seen.refused ??= said;
    else {
      seen.plans++;
      void answer(said);
    }
  });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      // Not `exit`: what it said last must have arrived.
      child.once('close', (exitCode, signal) =>
        resolve(exitCode ?? 128 + (SIGNALS[signal ?? 'SIGKILL'] ?? 0)),
      );
    });
    return { code, ...seen };
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new VerifyDepsError('npm-unusable', `npm cannot be started (${error.code})`, {
      hint: 'see whether this folder can be entered',
      cause: error,
    });
  } finally {
    process.off('SIGTERM', forward);
  }
}
