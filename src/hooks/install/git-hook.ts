/** A pre-commit hook of git that verifies where a lockfile, the policy or the report is staged. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { printable } from '../../core/text.ts';
import { change } from './managers.ts';
import { type Project, readText } from './project.ts';
import { NOTHING, type SetUp } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const TIMEOUT_MS = 10_000;

/** Files that a commit has to touch before it is looked at; the same as in .pre-commit-hooks.yaml. */
export const WATCHED =
  '(^|/)(package-lock\\.json|npm-shrinkwrap\\.json|pnpm-lock\\.yaml|verify-deps\\.(ya?ml|json|lock\\.json)|\\.verify-depsrc(\\.(json|ya?ml))?)$';

export async function setUpGitHook(project: Project, env: Environment): Promise<SetUp> {
  const said = await askGit(['rev-parse', '--path-format=absolute', '--git-path', 'hooks'], project, env);
  const hooks = said !== undefined && path.isAbsolute(said) ? said : undefined;
  if (hooks === undefined) {
    return {
      ...NOTHING,
      notes: [['no git repository here, or no git: there is no place for a pre-commit hook']],
    };
  }
  const elsewhere = await askGit(['config', '--get', 'core.hooksPath'], project, env);
  if (elsewhere !== undefined && path.relative(project.repository, hooks).startsWith('..')) {
    const lines = [`core.hooksPath leads to ${printable(hooks)}, which other repositories may use as well`];
    return { ...NOTHING, notes: [[...lines, 'nothing was written there']] };
  }
  const file = path.join(hooks, 'pre-commit');
  const folder = path.relative(project.repository, project.folder).split(path.sep).join('/');
  const text = gitHook(folder);
  const there = await readText(file);
  if (there === text) return { ...NOTHING, gates: ['git-hook'] };
  if (there !== undefined) {
    const lines = text.split('\n').slice(1, -1);
    return {
      ...NOTHING,
      notes: [['there is a pre-commit hook already, which is left as it is; add to it:', ...lines]],
    };
  }
  return { gates: ['git-hook'], changes: [change(file, undefined, text, 0o755)], notes: [] };
}

/** The line that git says; undefined where it refuses, or is not there. */
function askGit(args: readonly string[], { folder }: Project, env: Environment): Promise<string | undefined> {
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('GIT_')));
  return new Promise((resolve) => {
    execFile(
      'git',
      ['-c', 'core.fsmonitor=false', ...args],
      { cwd: folder, env: own, encoding: 'utf8', timeout: TIMEOUT_MS, maxBuffer: 65_536, windowsHide: true },
      (error, stdout) => {
        const line = stdout.replace(/\r?\n$/, '');
        resolve(error === null && line !== '' ? line : undefined);
      },
    );
  });
}

/** The project's own verify-deps, or the one on PATH; none is fetched. */
function gitHook(folder: string): string {
  const quoted = `'${(folder === '' ? '.' : folder).replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh
# verify-deps: a commit that touches a lockfile, the policy or the report must hold.
if git diff --cached --name-only --no-renames -z -- | tr '\\0' '\\n' | grep -Eq '${WATCHED}'; then
  cd "$(git rev-parse --show-toplevel)" && cd ${quoted} || exit 1
  if [ -x node_modules/.bin/verify-deps ]; then
    node_modules/.bin/verify-deps check --no-report || exit 1
  else
    verify-deps check --no-report || exit 1
  fi
fi
`;
}
