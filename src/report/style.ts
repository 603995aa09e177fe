import { styleText } from 'node:util';

/** Marks up text for one output. Without colour every function returns its text unchanged. */
export interface Style {
  readonly colour: boolean;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  /** Undecided: not wrong, not right. */
  open(text: string): string;
}

export interface StyleOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The stream the text goes to. */
  readonly stream: { readonly isTTY?: boolean | undefined };
}

type Format = Parameters<typeof styleText>[0];

/**
 * Colour only where somebody sees it: FORCE_COLOR decides if it is set (`0` and `false` mean no), then NO_COLOR
 * (any value but the empty one), then whether the stream is a terminal that can do more than plain text.
 * @see https://no-color.org
 */
export function createStyle(options: StyleOptions): Style {
  return styleWith(wantsColour(options));
}

function wantsColour({ env, stream }: StyleOptions): boolean {
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}

function styleWith(colour: boolean): Style {
  // The decision is made above; newer versions of Node would look at stdout by themselves.
  const apply =
    (format: Format) =>
    (text: string): string =>
      colour && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  return {
    colour,
    bold: apply('bold'),
    dim: apply('dim'),
    good: apply('green'),
    bad: apply('red'),
    warn: apply('yellow'),
    open: apply('cyan'),
  };
}

/** No colour at all. */
export const plain: Style = styleWith(false);
