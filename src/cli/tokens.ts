import { parseArgs } from 'node:util';
import type { VerifyDepsError } from '../core/errors.ts';
import { didYouMean } from '../core/near.ts';
import { printable } from '../core/text.ts';
import { flags } from './flags.ts';
import { usage } from './usage.ts';

/** What was given, by the long name of the flag. */
export type Values = ReadonlyMap<string, readonly string[]>;

/** One pass over the tokens of node:util, so that each error can name the flag as it was written. */
export function readTokens(argv: readonly string[]): {
  readonly values: Values;
  readonly positionals: readonly string[];
} {
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
