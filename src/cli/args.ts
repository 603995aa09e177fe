import path from 'node:path';
import { limits } from '../core/limits.ts';
import { didYouMean } from '../core/near.ts';
import { printable } from '../core/text.ts';
import { type BundleArgs, bundleArgs } from './bundle-args.ts';
import { type CommandName, commandNames, flags } from './flags.ts';
import { type HookInstallArgs, hookInstallArgs } from './hook-install-args.ts';
import { type InitArgs, initArgs } from './init-args.ts';
import { packageOperand, reasonOf } from './package-args.ts';
import { type PolicyAction, policyAction } from './policy-args.ts';
import { type ProxyArgs, proxyArgs } from './proxy-args.ts';
import { runWords, splitForManager } from './rest.ts';
import { type SimulateArgs, simulateArgs } from './simulate-args.ts';
import { readTokens, type Values } from './tokens.ts';
import { usage } from './usage.ts';

const omittable = ['dev', 'optional', 'peer'] as const;
type Omittable = (typeof omittable)[number];

/** Flags that say what to verify and with what; paths are absolute. */
export interface WorkArgs {
  readonly cwd: string;
  readonly lockfile: string | undefined;
  readonly omit: readonly Omittable[];
  readonly workspaces: readonly string[];
  readonly policy: string | undefined;
  readonly registry: string | undefined;
  readonly trustRoot: string | undefined;
  readonly registryKeys: string | undefined;
  readonly tufMirror: string | undefined;
  readonly tufRoot: string | undefined;
  readonly cacheDir: string | undefined;
  /** Ask nobody. */
  readonly offline: boolean;
  /** Evidence files and folders of them. */
  readonly evidence: readonly string[];
  /** Digests that evidence files must have; the caller vouches for those that do. */
  readonly evidenceDigests: readonly string[];
  readonly tarballs: boolean;
  /** Hold node_modules against the tarballs. */
  readonly installed: boolean;
  /** Take dead exemptions out of the policy file. */
  readonly fix: boolean;
  readonly report: 'write' | 'none';
  /** Where to write the result in forms of CI systems. */
  readonly sarif: string | undefined;
  readonly gitlab: string | undefined;
  /** Workflow commands and job summary of GitHub Actions. */
  readonly github: boolean;
  readonly format: 'human' | 'json';
  readonly detail: 'quiet' | 'normal' | 'verbose';
  /** Say at the end where the time went. */
  readonly timing: boolean;
}

/** `undefined` leaves it to the terminal and the environment. */
export type ColorChoice = boolean | undefined;

export type Args =
  | { readonly command: 'check' | 'trust'; readonly color: ColorChoice; readonly work: WorkArgs }
  | {
      readonly command: 'explain';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      /** `NAME` or `NAME@VERSION`. */
      readonly package: string;
      /** Print a note to the maintainer instead. */
      readonly note: boolean;
    }
  | {
      readonly command: 'accept';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      /** `NAME` or `NAME@VERSION`. */
      readonly package: string;
      readonly reason: string;
    }
  | {
      readonly command: 'bundle';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      readonly bundle: BundleArgs;
    }
  | {
      readonly command: 'scripts';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      /** Bring the package manager's allow list in line. */
      readonly write: boolean;
    }
  | {
      readonly command: 'init';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      readonly init: InitArgs;
    }
  | {
      readonly command: 'simulate';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      readonly simulate: SimulateArgs;
    }
  | {
      readonly command: 'policy';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      readonly action: PolicyAction;
    }
  | {
      readonly command: 'ci' | 'install';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      /** Everything after the command, for npm. */
      readonly rest: readonly string[];
    }
  | {
      readonly command: 'run';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      /** Program and arguments to be run. */
      readonly words: readonly string[];
      readonly provenOnly: boolean;
    }
  | {
      readonly command: 'proxy';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      readonly proxy: ProxyArgs;
    }
  | {
      readonly command: 'fetch';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      /** File to write, absolute; undefined where none is named. */
      readonly output: string | undefined;
    }
  | { readonly command: 'hook'; readonly color: ColorChoice; readonly work: WorkArgs }
  | {
      readonly command: 'hook install';
      readonly color: ColorChoice;
      readonly work: WorkArgs;
      readonly setUp: HookInstallArgs;
    }
  | { readonly command: 'help'; readonly topic: CommandName | undefined }
  | { readonly command: 'version' };

/**
 * Reads the command line. Strict: an unknown command or flag, a value too many or too few, and flags that contradict
 * each other are errors, because a misread flag would verify something else than was meant.
 * @param cwd  folder the process runs in, absolute
 * @throws {VerifyDepsError} `usage`
 */
export function parseCommandLine(argv: readonly string[], cwd: string): Args {
  const { own, rest } = splitForManager(argv);
  const { values, positionals } = readTokens(own);
  const [word, ...operands] = positionals;
  if (values.has('version')) return { command: 'version' };
  if (word === 'help' || (values.has('help') && !isCommand(word))) {
    const topic = word === 'help' ? operands[0] : word;
    return { command: 'help', topic: topic === undefined ? undefined : commandNamed(topic) };
  }
  const command = word === undefined ? 'check' : commandNamed(word);
  if (command === 'help' || values.has('help')) return { command: 'help', topic: command };
  for (const name of values.keys()) {
    if (!(flags[name]?.only?.includes(command) ?? true)) {
      throw usage(`--${name} does not go with ${command}`, `verify-deps ${command} --help`);
    }
  }
  const work = workArgs(values, cwd);
  const color = values.has('no-color') ? false : values.has('color') ? true : undefined;
  if (command === 'explain') {
    if (values.has('note') && values.has('json')) throw usage('--note contradicts --json', 'a note is text');
    return { command, color, work, package: packageOperand(command, operands), note: values.has('note') };
  }
  if (command === 'accept')
    return { command, color, work, package: packageOperand(command, operands), reason: reasonOf(values) };
  if (command === 'bundle')
    return { command, color, work, bundle: bundleArgs(values, operands, argv, work.cwd) };
  if (command === 'policy') return { command, color, work, action: policyAction(operands, work.cwd) };
  if (command === 'run') {
    const words = runWords(operands, rest);
    return { command, color, work, words, provenOnly: values.has('proven-only') };
  }
  if (command === 'ci' || command === 'install') return { command, color, work, rest };
  const setUp = command === 'hook' ? hookInstallArgs(values, operands) : undefined;
  if (setUp !== undefined) return { command: 'hook install', color, work, setUp };
  if (operands[0] !== undefined) {
    const extra = printable(operands[0]);
    throw usage(
      `${command} takes no argument, but got ${extra}`,
      `one package: verify-deps explain ${extra}; another folder: verify-deps -C ${extra}`,
    );
  }
  if (command === 'scripts') return { command, color, work, write: values.has('write') };
  if (command === 'proxy') return { command, color, work, proxy: proxyArgs(values, work.cwd) };
  if (command === 'hook') return { command, color, work };
  if (command === 'fetch') {
    const output = values.get('output')?.[0];
    return { command, color, work, output: output && path.resolve(work.cwd, output) };
  }
  if (command === 'init') return { command, color, work, init: initArgs(values) };
  if (command === 'simulate') return { command, color, work, simulate: simulateArgs(values, work.cwd) };
  return { command, color, work };
}

function isCommand(word: string | undefined): boolean {
  return commandNames.some((name) => name === word);
}

function commandNamed(word: string): CommandName {
  const found = commandNames.find((name) => name === word);
  if (found !== undefined) return found;
  const shown = printable(word);
  const near = didYouMean(word, commandNames);
  throw usage(
    `unknown command ${shown}${near === undefined ? '' : `; ${near}`}`,
    near === undefined ? `one package: verify-deps explain ${shown}` : 'verify-deps --help lists them',
  );
}

function workArgs(values: Values, processCwd: string): WorkArgs {
  const one = (name: string): string | undefined => values.get(name)?.[0];
  const cwd = path.resolve(processCwd, one('cwd') ?? '.');
  const file = (name: string): string | undefined => {
    const value = one(name);
    return value === undefined ? undefined : path.resolve(cwd, value);
  };
  for (const [name, needed, why] of [
    ['tuf-root', 'tuf-mirror', 'it anchors the TUF repository that --tuf-mirror names'],
    ['registry-keys', 'trust-root', 'without --trust-root the keys come through TUF'],
    ['evidence-digest', 'evidence', 'it says which evidence counts'],
  ] as const) {
    if (values.has(name) && !values.has(needed)) throw usage(`--${name} goes with --${needed} only`, why);
  }
  for (const [a, b, why] of [
    ['trust-root', 'tuf-mirror', 'the trust root comes from a file or through TUF, not both'],
    ['github', 'json', 'annotations would stand in the JSON'],
    ['quiet', 'verbose', undefined],
    ['color', 'no-color', undefined],
  ] as const) {
    if (values.has(a) && values.has(b)) throw usage(`--${a} contradicts --${b}`, why);
  }
  return {
    cwd,
    lockfile: file('lockfile'),
    omit: omitted(values.get('omit') ?? []),
    workspaces: values.get('workspace') ?? [],
    policy: file('policy'),
    registry: webUrl('registry', one('registry')),
    trustRoot: file('trust-root'),
    registryKeys: file('registry-keys'),
    tufMirror: webUrl('tuf-mirror', one('tuf-mirror')),
    tufRoot: file('tuf-root'),
    cacheDir: file('cache'),
    offline: values.has('offline'),
    evidence: (values.get('evidence') ?? []).map((place) => path.resolve(cwd, place)),
    evidenceDigests: evidenceDigests(values.get('evidence-digest') ?? []),
    tarballs: values.has('tarballs'),
    installed: values.has('installed'),
    fix: values.has('fix'),
    report: values.has('no-report') ? 'none' : 'write',
    sarif: file('sarif'),
    gitlab: file('gitlab'),
    github: values.has('github'),
    format: values.has('json') ? 'json' : 'human',
    detail: values.has('quiet') ? 'quiet' : values.has('verbose') ? 'verbose' : 'normal',
    timing: values.has('timing'),
  };
}

function omitted(values: readonly string[]): readonly Omittable[] {
  const found = new Set<Omittable>();
  for (const word of values.flatMap((value) => value.split(','))) {
    const kind = omittable.find((name) => name === word.trim());
    if (kind === undefined) {
      const near = didYouMean(word.trim(), omittable) ?? 'it takes dev, optional or peer';
      throw usage(`--omit does not know ${printable(word.trim()) || 'an empty kind'}; ${near}`);
    }
    found.add(kind);
  }
  return [...found];
}

function evidenceDigests(values: readonly string[]): readonly string[] {
  const wrong = values.find((value) => !/^sha256:[0-9a-f]{64}$/.test(value));
  if (wrong === undefined) return values;
  throw usage(`--evidence-digest needs sha256: and 64 hex digits, but got ${printable(wrong)}`);
}

function webUrl(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = value.length <= limits.urlCharsMax && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw usage(`--${name} needs an http or https URL, but got ${printable(value)}`);
  }
  return url.href;
}
