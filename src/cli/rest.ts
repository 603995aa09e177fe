import { parseArgs } from 'node:util';
import { printable } from '../core/text.ts';
import { flags } from './flags.ts';
import { usage } from './usage.ts';

/** Commands after which everything belongs to npm. */
const forNpm: ReadonlySet<string> = new Set(['ci', 'install']);
/** Those after which flags of ours may stand, up to `--`. */
const upToTerminator: ReadonlySet<string> = new Set(['run']);

/**
 * Parts a command line at the command word, if what follows it is for npm: our flags stand before it.
 * @returns `own` up to and with the command word
 */
export function splitForManager(argv: readonly string[]): {
  readonly own: readonly string[];
  readonly rest: readonly string[];
} {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {};
  for (const [name, { value, short }] of Object.entries(flags))
    options[name] = {
      type: value === undefined ? 'boolean' : 'string',
      ...(short === undefined ? {} : { short }),
    };
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const word = tokens.find(({ kind }) => kind === 'positional');
  if (word?.kind !== 'positional') return { own: argv, rest: [] };
  if (upToTerminator.has(word.value)) {
    const end = tokens.find(({ kind, index }) => kind === 'option-terminator' && index > word.index);
    if (end !== undefined) return { own: argv.slice(0, end.index), rest: argv.slice(end.index + 1) };
  }
  if (!forNpm.has(word.value)) return { own: argv, rest: [] };
  return { own: argv.slice(0, word.index + 1), rest: argv.slice(word.index + 1) };
}

/** The command of `run`: it stands behind `--`, so that no flag of its own is taken for one of ours. */
export function runWords(operands: readonly string[], rest: readonly string[]): readonly string[] {
  if (operands[0] !== undefined) {
    throw usage(
      `run takes its command behind --, but got ${printable(operands[0])}`,
      `verify-deps run -- ${printable(operands.join(' '))}`,
    );
  }
  if (rest[0] === undefined || rest[0] === '')
    throw usage('run needs a command', 'verify-deps run -- npm install');
  return rest;
}
