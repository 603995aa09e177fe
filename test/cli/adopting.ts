import { execFileSync } from 'node:child_process';
import type { Args } from '../../src/cli/args.ts';
import { parseCommandLine } from '../../src/cli/args.ts';
import { check } from '../../src/cli/commands/check.ts';
import { explain } from '../../src/cli/commands/explain.ts';
import { init } from '../../src/cli/commands/init.ts';
import { simulate } from '../../src/cli/commands/simulate.ts';
import type { Context } from '../../src/cli/context.ts';
import { failureOf } from '../../src/cli/exit.ts';
import { silent } from '../../src/cli/ui.ts';
import { plain } from '../../src/report/style.ts';
import type { Served, TempProject } from '../support/project.ts';

export interface Done {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, against a rig and nothing else. */
export async function perform(
  argv: readonly string[],
  { server }: Served,
  project: TempProject,
): Promise<Done> {
  let stdout = '';
  const context: Context = {
    input: process.stdin,
    say: async () => undefined,
    output: {
      write: async (text) => {
        stdout += text;
      },
    },
    style: plain,
    columns: undefined,
    ui: silent,
    signal: new AbortController().signal,
    env: project.env,
  };
  const world = [
    ...['--registry', server.url],
    ...['--tuf-mirror', `${server.url}tuf`],
    ...['--tuf-root', project.tufRoot],
    ...['--cache', project.cacheDir],
  ];
  try {
    const code = await dispatch(parseCommandLine([...argv, ...world], project.cwd), context);
    return { code, stdout, stderr: '' };
  } catch (error) {
    const failure = failureOf(error);
    return { code: failure.exitCode, stdout, stderr: failure.text };
  }
}

async function dispatch(args: Args, context: Context): Promise<number> {
  switch (args.command) {
    case 'check':
      return check(args.work, context);
    case 'explain':
      return explain(args, args.work, context);
    case 'init':
      return init(args.init, args.work, context);
    case 'simulate':
      return simulate(args.simulate, args.work, context);
    default:
      throw new Error(`not for these tests: ${args.command}`);
  }
}

/** git in a folder, as a person of no particular configuration. */
export function git({ cwd, env }: TempProject, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@acme.example', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  }).trim();
}

/** Commits everything at a given day. */
export function commit(project: TempProject, subject: string, day: string): string {
  git(project, 'add', '--all');
  const at = `${day}T12:00:00Z`;
  const dated: TempProject = {
    ...project,
    env: { ...project.env, GIT_COMMITTER_DATE: at, GIT_AUTHOR_DATE: at },
  };
  git(dated, 'commit', '--quiet', '--allow-empty', '-m', subject);
  return git(project, 'rev-parse', 'HEAD');
}
