/**
 * Reads the history of the project's own repository. git is started with a list of arguments and no shell; it is told to
 * run nothing the repository names (hooks, textconv, signature programs), to ask nobody, and to fetch nothing.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface GitOptions {
  /** Folder inside the working tree. */
  readonly cwd: string;
  readonly env: Environment;
  readonly signal?: AbortSignal;
}

export interface Commit {
  /** Hex. */
  readonly id: string;
  /** Committer's time, milliseconds since 1970. */
  readonly time: number;
  readonly subject: string;
}

type Answer =
  | { readonly status: 'done'; readonly bytes: Buffer }
  /** git ran and refused. */
  | { readonly status: 'refused'; readonly why: string }
  | { readonly status: 'too-long' }
  /** There is no git. */
  | { readonly status: 'missing' };

const TIMEOUT_MS = 60_000;
const TEXT_BYTES_MAX = 4 * 1024 * 1024;
const QUIET = [
  '--literal-pathspecs',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'log.showSignature=false',
  '--no-pager',
];
/** A caller's own (a hook of git's sets them) would lead to another repository. */
const FOREIGN = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
]);
const SUBJECT_CHARS_MAX = 200;

function ask(args: readonly string[], options: GitOptions, bytesMax: number): Promise<Answer> {
  const own = Object.entries(options.env).filter(([name]) => !FOREIGN.has(name));
  const env = {
    ...Object.fromEntries(own),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    LC_ALL: 'C',
  };
  return new Promise((resolve, reject) => {
    execFile(
      'git',
      [...QUIET, ...args],
      {
        cwd: options.cwd,
        env,
        encoding: 'buffer',
        maxBuffer: bytesMax,
        timeout: TIMEOUT_MS,
        shell: false,
        windowsHide: true,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ status: 'done', bytes: stdout });
        if (options.signal?.aborted === true) return reject(options.signal.reason);
        if (error.code === 'ENOENT') return resolve({ status: 'missing' });
        if (String(error.code) === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
          return resolve({ status: 'too-long' });
        const line = stderr.toString('utf8').split('\n', 1)[0] ?? '';
        const why = error.killed === true ? 'it took too long' : line.replace(/^(?:fatal|error): /, '');
        resolve({ status: 'refused', why: printable(why === '' ? 'no answer' : why) });
      },
    );
  });
}

/**
 * Newest first, at most `max`: commits on the line of the current branch (a merge is one step) that changed one of the
 * files.
 * @param since  a revision; only commits after it. Anything git understands that does not begin with a dash
 * @throws {VerifyDepsError} `git-failed`
 */
export async function commitsOf(
  files: readonly string[],
  query: { readonly since?: string | undefined; readonly max: number },
  options: GitOptions,
): Promise<readonly Commit[]> {
  const range = query.since === undefined ? 'HEAD' : `${await resolveCommit(query.since, options)}..HEAD`;
  const log = [
    'log',
    '-z',
    '--first-parent',
    '--no-color',
    '--no-show-signature',
    '--no-ext-diff',
    '--no-textconv',
  ];
  // git cuts the subject, which may be of any length; one column more shows that it was cut.
  const format = `--format=%H %ct %<(${SUBJECT_CHARS_MAX + 1},trunc)%s`;
  const args = [...log, format, `--max-count=${query.max}`, range, '--', ...files];
  const text = await textOf(args, options, 'cannot read the history');
  return text
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => {
      const [id = '', seconds = '', ...words] = record.split(' ');
      return {
        id,
        time: Number(seconds) * 1000,
        subject: printable(words.join(' ').trim(), SUBJECT_CHARS_MAX),
      };
    });
}

/**
 * Id of the commit that a revision names.
 * @throws {VerifyDepsError} `git-failed`
 */
export async function resolveCommit(revision: string, options: GitOptions): Promise<string> {
  const shown = printable(revision, 80);
  // It would be read as a flag, or as more than one revision.
  if (!/^[^\s\p{Cc}-][^\s\p{Cc}]*$/u.test(revision) || revision.includes('..') || revision.length > 256) {
    throw failed(`${shown} is no revision`, 'give a commit, a tag or a branch: --since v1.0.0');
  }
  const args = ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`];
  const answer = await ask(args, options, TEXT_BYTES_MAX);
  const id = answer.status === 'done' ? answer.bytes.toString('utf8').trim() : '';
  if (/^[0-9a-f]{40,64}$/.test(id)) return id;
  if (answer.status === 'missing') throw noGit();
  throw failed(
    `no commit ${shown} here`,
    'check how it is written; a shallow clone lacks older ones: git fetch --unshallow',
  );
}

/** Bytes of a file as of a commit; undefined if it was not there, or is larger than `bytesMax`. */
export async function fileAt(
  commit: string,
  file: string,
  options: GitOptions,
  bytesMax: number = limits.lockfileBytesMax,
): Promise<Uint8Array | undefined> {
  // Not `show`, which runs what .gitattributes and the configuration name.
  const name = file.split(path.sep).join('/');
  const answer = await ask(['cat-file', 'blob', `${commit}:./${name}`], options, bytesMax);
  if (answer.status === 'missing') throw noGit();
  return answer.status === 'done' ? answer.bytes : undefined;
}

/** Whether older commits are missing from this clone; false where there is no repository. */
export async function isShallow(options: GitOptions): Promise<boolean> {
  const answer = await ask(['rev-parse', '--is-shallow-repository'], options, TEXT_BYTES_MAX);
  return answer.status === 'done' && answer.bytes.toString('utf8').trim() === 'true';
}

/** The address that this person commits with; undefined if git knows none or is not there. */
export async function ownAddress(options: GitOptions): Promise<string | undefined> {
  const answer = await ask(['config', '--get', 'user.email'], options, TEXT_BYTES_MAX);
  const text = answer.status === 'done' ? printable(answer.bytes.toString('utf8').trim(), 200) : '';
  return text === '' ? undefined : text;
}

async function textOf(args: readonly string[], options: GitOptions, what: string): Promise<string> {
  const answer = await ask(args, options, TEXT_BYTES_MAX);
  switch (answer.status) {
    case 'done':
      return answer.bytes.toString('utf8');
    case 'missing':
      throw noGit();
    case 'too-long':
      throw failed(`${what}: more than ${TEXT_BYTES_MAX} bytes`);
    case 'refused':
      throw failed(`${what}: ${answer.why}`, 'this needs a git repository with at least one commit');
  }
}

function failed(message: string, hint?: string): VerifyDepsError {
  return new VerifyDepsError('git-failed', message, hint === undefined ? {} : { hint });
}

function noGit(): VerifyDepsError {
  return failed('git is not installed, or not in the PATH', 'the history is read with git');
}
