import path from 'node:path';
import { parseArgs } from 'node:util';
import type { VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { didYouMean } from '../core/near.ts';
import { printable } from '../core/text.ts';
import { type BundleArgs, bundleArgs } from './bundle-args.ts';
import { type CommandName, commandNames, flags } from './flags.ts';
import { type InitArgs, initArgs } from './init-args.ts';
import { packageOperand, reasonOf } from './package-args.ts';
import { type PolicyAction, policyAction } from './policy-args.ts';
import { type SimulateArgs, simulateArgs } from './simulate-args.ts';
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
  readonly tarballs: boolean;
  /** Take dead exemptions out of the policy file. */
  readonly fix: boolean;
  readonly report: 'write' | 'none';
  readonly format: 'human' | 'json';
  readonly detail: 'quiet' | 'normal' | 'verbose';
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
  | { readonly command: 'help'; readonly topic: CommandName | undefined }
  | { readonly command: 'version' };

export type Values = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the command line. Strict: an unknown command or flag, a value too many or too few, and flags that contradict
 * each other are errors, because a misread flag would verify something else than was meant.
 * @param cwd  folder the process runs in, absolute
 * @throws {VerifyDepsError} `usage`
 */
export function parseCommandLine(argv: readonly string[], cwd: string): Args {
  const { values, positionals } = readTokens(argv);
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
  if (operands[0] !== undefined) {
    const extra = printable(operands[0]);
    throw usage(
      `${command} takes no argument, but got ${extra}`,
      `one package: verify-deps explain ${extra}; another folder: verify-deps -C ${extra}`,
    );
  }
  if (command === 'scripts') return { command, color, work, write: values.has('write') };
  if (command === 'init') return { command, color, work, init: initArgs(values) };
  if (command === 'simulate') return { command, color, work, simulate: simulateArgs(values, work.cwd) };
  return { command, color, work };
}

/** One pass over the tokens of node:util, so that each error can name the flag as it was written. */
function readTokens(argv: readonly string[]): { values: Values; positionals: readonly string[] } {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {};
  for (const [name, flag] of Object.entries(flags)) {
    const type = flag.value === undefined ? 'boolean' : 'string';
    options[name] = flag.short === undefined ? { type } : { type, short: flag.short };
  }
  // Not `strict`, which says what is wrong in a message only; everything it would refuse is refused below.
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const raw = token.rawName;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    // As it was written: `-lockfile` reads as -l -o -c …, but was meant as one word.
    if (flag === undefined) throw unknownFlag(argv[token.index]!.replace(/=.*$/s, ''));
    values.set(token.name, [...(values.get(token.name) ?? []), tokenValue(token, flag, raw)]);
    if (flag.repeatable !== true && flag.value !== undefined && values.get(token.name)!.length > 1) {
      throw usage(`${raw} is given twice`, 'it takes one value');
    }
  }
  return { values, positionals };
}

interface OptionToken {
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function tokenValue(token: OptionToken, flag: { readonly value?: string }, raw: string): string {
  const { value, inlineValue } = token;
  if (flag.value === undefined) {
    if (value !== undefined) throw usage(`${raw} takes no value, but got ${printable(value)}`);
    return '';
  }
  // `--lockfile --json` has forgotten the path; a value that does start with a dash is written `--lockfile=-x`.
  if (value === undefined || value === '' || (inlineValue !== true && value.startsWith('-'))) {
    throw usage(`${raw} needs a value: ${raw} ${flag.value}`);
  }
  return value;
}

function unknownFlag(raw: string): VerifyDepsError {
  const shown = printable(raw);
  const known = Object.entries(flags).flatMap(([name, flag]) =>
    flag.short === undefined ? [`--${name}`] : [`--${name}`, `-${flag.short}`],
  );
  // One dash in front of a word: compare it as a long flag.
  const near = didYouMean(/^-[^-]./.test(raw) ? `-${raw}` : raw, known);
  return usage(
    `unknown flag ${shown}${near === undefined ? '' : `; ${near}`}`,
    'verify-deps --help lists them',
  );
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
  ] as const) {
    if (values.has(name) && !values.has(needed)) throw usage(`--${name} goes with --${needed} only`, why);
  }
  for (const [a, b, why] of [
    ['trust-root', 'tuf-mirror', 'the trust root comes from a file or through TUF, not both'],
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
    tarballs: values.has('tarballs'),
    fix: values.has('fix'),
    report: values.has('no-report') ? 'none' : 'write',
    format: values.has('json') ? 'json' : 'human',
    detail: values.has('quiet') ? 'quiet' : values.has('verbose') ? 'verbose' : 'normal',
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

function webUrl(name: string, value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const url = value.length <= limits.urlCharsMax && URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw usage(`--${name} needs an http or https URL, but got ${printable(value)}`);
  }
  return url.href;
}
