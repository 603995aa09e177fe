/** What the tests use of the harness, which is plain JavaScript: workers and scripts load it without a build. */
export interface Target {
  readonly name: string;
  readonly format: string;
  readonly samples: readonly Buffer[];
  /** How many of the samples are sound, where not all are. */
  readonly sound?: number;
  read(bytes: Uint8Array, refused: (step: () => unknown, mode?: 'any') => unknown): unknown;
}

export interface Finding {
  readonly kind: string;
  readonly key: string;
  readonly number: number;
  readonly message: string;
}

export interface ParserResult {
  readonly findings: readonly Finding[];
  readonly runs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowest: number;
  readonly growth: number;
}

/** Text, bytes in hex or base64, a text many times over, or several of these in a row. */
export type Input =
  | string
  | { readonly hex: string }
  | { readonly base64: string }
  | { readonly text: string; readonly times: number }
  | readonly Input[];

export interface Format {
  prepare(bytes: Uint8Array): unknown;
  mutate(random: unknown, sample: unknown, samples: readonly unknown[]): Buffer;
}

export const names: readonly string[];
export const FORMATS: Readonly<Record<string, Format>>;
export function load(name: string): Promise<Target>;
export function inputOf(target: Target, seed: number, number: number): Buffer;
export function decodeInput(input: Input): Buffer;
export function encodeInput(bytes: Buffer): Input;
/** Resolves to `accepted` or the code of the refusal; rejects with a finding. */
export function makeJudge(): Promise<(target: Target, bytes: Uint8Array) => Promise<string>>;
export function judgeGrowth(samples: readonly number[]): {
  readonly growth: number;
  readonly leaking: boolean;
};
export function runParser(options: {
  readonly parser: string;
  readonly seed: number;
  readonly runs: number;
  readonly workers: number;
  readonly seconds?: number;
  readonly boundMs?: number;
  readonly out: string;
}): Promise<ParserResult>;
