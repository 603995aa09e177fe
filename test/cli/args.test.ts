import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCommandLine, type WorkArgs } from '../../src/cli/args.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';

const CWD = path.resolve('/project');

const defaults: WorkArgs = {
  cwd: CWD,
  lockfile: undefined,
  omit: [],
  workspaces: [],
  policy: undefined,
  registry: undefined,
  trustRoot: undefined,
  registryKeys: undefined,
  tufMirror: undefined,
  tufRoot: undefined,
  cacheDir: undefined,
  offline: false,
  evidence: [],
  evidenceDigests: [],
  tarballs: false,
  installed: false,
  fix: false,
  report: 'write',
  sarif: undefined,
  gitlab: undefined,
  github: false,
  format: 'human',
  detail: 'normal',
  timing: false,
};

function workOf(...argv: readonly string[]): WorkArgs {
  const args = parseCommandLine(argv, CWD);
  if (!('work' in args)) throw new Error(`no work in ${argv.join(' ')}`);
  return args.work;
}

function errorOf(argv: readonly string[]): VerifyDepsError {
  try {
    parseCommandLine(argv, CWD);
  } catch (error) {
    if (error instanceof VerifyDepsError) return error;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
}

describe('commands', () => {
  test.each([
    [[], { command: 'check', color: undefined, work: defaults }],
    [['check'], { command: 'check', color: undefined, work: defaults }],
    [['trust'], { command: 'trust', color: undefined, work: defaults }],
    [['ci'], { command: 'ci', color: undefined, work: defaults, rest: [] }],
    [
      ['--no-color', 'install', 'a', '--policy', '-w=b', '--', '--help'],
      {
        command: 'install',
        color: false,
        work: defaults,
        rest: ['a', '--policy', '-w=b', '--', '--help'],
      },
    ],
    [['hook'], { command: 'hook', color: undefined, work: defaults }],
    [['-h', 'ci'], { command: 'help', topic: 'ci' }],
    [['explain', 'a'], { command: 'explain', color: undefined, work: defaults, package: 'a', note: false }],
    [
      ['explain', '@s/a@1.0.0'],
      { command: 'explain', color: undefined, work: defaults, package: '@s/a@1.0.0', note: false },
    ],
    [
      ['explain', '--', '-a'],
      { command: 'explain', color: undefined, work: defaults, package: '-a', note: false },
    ],
    [['--color'], { command: 'check', color: true, work: defaults }],
    [['--no-color'], { command: 'check', color: false, work: defaults }],
    [['help'], { command: 'help', topic: undefined }],
    [['--help'], { command: 'help', topic: undefined }],
    [['-h'], { command: 'help', topic: undefined }],
    [['help', 'explain'], { command: 'help', topic: 'explain' }],
    [['explain', '--help'], { command: 'help', topic: 'explain' }],
    [['-h', 'trust'], { command: 'help', topic: 'trust' }],
    [['check', '-h', '--json'], { command: 'help', topic: 'check' }],
    [['help', 'help'], { command: 'help', topic: 'help' }],
    [['--version'], { command: 'version' }],
    [['check', '--version'], { command: 'version' }],
  ])('%j', (argv, expected) => {
    expect(parseCommandLine(argv, CWD)).toEqual(expected);
  });
});

describe('flags', () => {
  const at = (...parts: string[]): string => path.join(CWD, ...parts);
  test.each<[readonly string[], Partial<WorkArgs>]>([
    [['--lockfile', 'a/package-lock.json'], { lockfile: at('a/package-lock.json') }],
    [['--lockfile=-odd'], { lockfile: at('-odd') }],
    [['-C', 'sub', '--lockfile', 'l.json'], { cwd: at('sub'), lockfile: at('sub/l.json') }],
    [['--cwd', '..'], { cwd: path.dirname(CWD) }],
    [['-Csub'], { cwd: at('sub') }],
    [['--omit', 'dev'], { omit: ['dev'] }],
    [['--omit', 'dev,optional'], { omit: ['dev', 'optional'] }],
    [['--omit=dev', '--omit=peer, dev'], { omit: ['dev', 'peer'] }],
    [['-w', 'a', '--workspace', 'b'], { workspaces: ['a', 'b'] }],
    [['--policy', 'p.yaml'], { policy: at('p.yaml') }],
    [['--json'], { format: 'json' }],
    [['--no-report'], { report: 'none' }],
    [['--sarif', 'out.sarif'], { sarif: at('out.sarif') }],
    [['--gitlab', 'q.json', '--github'], { gitlab: at('q.json'), github: true }],
    [['--tarballs'], { tarballs: true }],
    [['--installed'], { installed: true }],
    [['--fix'], { fix: true }],
    [['--registry', 'http://127.0.0.1:1/npm'], { registry: 'http://127.0.0.1:1/npm' }],
    [['--registry', 'https://registry.example'], { registry: 'https://registry.example/' }],
    [['--trust-root', 't.json'], { trustRoot: at('t.json') }],
    [
      ['--trust-root', 't.json', '--registry-keys', 'k.json'],
      { trustRoot: at('t.json'), registryKeys: at('k.json') },
    ],
    [['--tuf-mirror', 'https://tuf.example/'], { tufMirror: 'https://tuf.example/' }],
    [
      ['--tuf-mirror', 'https://tuf.example/', '--tuf-root', 'root.json'],
      { tufMirror: 'https://tuf.example/', tufRoot: at('root.json') },
    ],
    [['--cache', 'c'], { cacheDir: at('c') }],
    [['-q'], { detail: 'quiet' }],
    [['--quiet'], { detail: 'quiet' }],
    [['--verbose'], { detail: 'verbose' }],
    [['--timing', '-q'], { detail: 'quiet', timing: true }],
    [['explain', 'x', '--timing'], { timing: true }],
    [['--timing', 'ci'], { timing: true }],
    [['-q', '-q', '--json', '--json'], { detail: 'quiet', format: 'json' }],
  ])('%j', (argv, expected) => {
    expect(workOf(...argv)).toEqual({ ...defaults, ...expected });
  });
});

describe('what is refused', () => {
  test.each<[readonly string[], string, string | undefined]>([
    [['chek'], 'unknown command chek; did you mean check?', 'verify-deps --help lists them'],
    [['lodash'], 'unknown command lodash', 'one package: verify-deps explain lodash'],
    [['--help', 'chek'], 'unknown command chek; did you mean check?', 'verify-deps --help lists them'],
    [['help', 'tryst'], 'unknown command tryst; did you mean trust?', 'verify-deps --help lists them'],
    [['--lokfile', 'x'], 'unknown flag --lokfile; did you mean --lockfile?', 'verify-deps --help lists them'],
    [['--polcy=x'], 'unknown flag --polcy; did you mean --policy?', 'verify-deps --help lists them'],
    [['-json'], 'unknown flag -json; did you mean --json?', 'verify-deps --help lists them'],
    [['--omit', 'dev', '-x'], 'unknown flag -x', 'verify-deps --help lists them'],
    [['-W', 'a'], 'unknown flag -W; did you mean -w?', 'verify-deps --help lists them'],
    [['--zzzzzzzz'], 'unknown flag --zzzzzzzz', 'verify-deps --help lists them'],
    [['--__proto__'], 'unknown flag --__proto__', 'verify-deps --help lists them'],
    [['--constructor=x'], 'unknown flag --constructor', 'verify-deps --help lists them'],
    [['--no-json'], 'unknown flag --no-json; did you mean --json?', 'verify-deps --help lists them'],
    [['--\u001b[31mx'], 'unknown flag --\\u{1b}[31mx', 'verify-deps --help lists them'],
    [['\u001b[31mx'], 'unknown command \\u{1b}[31mx', 'one package: verify-deps explain \\u{1b}[31mx'],
    [['--lockfile'], '--lockfile needs a value: --lockfile PATH', undefined],
    [['--lockfile='], '--lockfile needs a value: --lockfile PATH', undefined],
    [['--lockfile', ''], '--lockfile needs a value: --lockfile PATH', undefined],
    [['--lockfile', '--json'], '--lockfile needs a value: --lockfile PATH', undefined],
    [['-w'], '-w needs a value: -w NAME', undefined],
    [['--json=false'], '--json takes no value, but got false', undefined],
    [['--policy', 'a', '--policy', 'b'], '--policy is given twice', 'it takes one value'],
    [['-C', 'a', '--cwd', 'b'], '--cwd is given twice', 'it takes one value'],
    [['--omit', 'devs'], '--omit does not know devs; did you mean dev?', undefined],
    [['--omit', 'prod'], '--omit does not know prod; it takes dev, optional or peer', undefined],
    [['--omit', 'dev,'], '--omit does not know an empty kind; it takes dev, optional or peer', undefined],
    [
      ['--registry', 'registry.example'],
      '--registry needs an http or https URL, but got registry.example',
      undefined,
    ],
    [['--registry', 'file:///x'], '--registry needs an http or https URL, but got file:///x', undefined],
    [
      ['--tuf-mirror', 'ftp://u:p@h/'],
      '--tuf-mirror needs an http or https URL, but got ftp://***@h/',
      undefined,
    ],
    [
      ['--tuf-root', 'r.json'],
      '--tuf-root goes with --tuf-mirror only',
      'it anchors the TUF repository that --tuf-mirror names',
    ],
    [
      ['--registry-keys', 'k.json'],
      '--registry-keys goes with --trust-root only',
      'without --trust-root the keys come through TUF',
    ],
    [
      ['--trust-root', 't', '--tuf-mirror', 'https://tuf.example'],
      '--trust-root contradicts --tuf-mirror',
      'the trust root comes from a file or through TUF, not both',
    ],
    [['-q', '--verbose'], '--quiet contradicts --verbose', undefined],
    [['--color', '--no-color'], '--color contradicts --no-color', undefined],
    [
      ['check', 'lodash'],
      'check takes no argument, but got lodash',
      'one package: verify-deps explain lodash; another folder: verify-deps -C lodash',
    ],
    [['explain'], 'explain needs a package', 'verify-deps explain NAME or verify-deps explain NAME@VERSION'],
    [
      ['explain', ''],
      'explain needs a package',
      'verify-deps explain NAME or verify-deps explain NAME@VERSION',
    ],
    [['explain', 'a', 'b'], 'explain takes one package, but got a and b', undefined],
    [['explain', 'a'.repeat(500)], `${'a'.repeat(59)}… is too long for a package`, undefined],
    [['explain', 'a', '--no-report'], '--no-report does not go with explain', 'verify-deps explain --help'],
    [['trust', '--omit', 'dev'], '--omit does not go with trust', 'verify-deps trust --help'],
  ])('%j', (argv, message, hint) => {
    const error = errorOf(argv);
    expect(error.code).toBe('usage');
    expect(error.message).toBe(message);
    expect(error.hint).toBe(hint);
  });
});
