import { printable } from '../core/text.ts';

/** The rule of the TUF client workflow (specification 1.0.33, section 5) that something breaks, or a bound of ours. */
export type TufRule =
  | 'unreadable'
  | 'malformed'
  | 'expired'
  | 'frozen'
  | 'rollback'
  | 'version'
  | 'length'
  | 'digest'
  | 'threshold'
  | 'unlisted'
  | 'limit'
  | 'absent'
  | 'unexplained';

export interface Refused {
  readonly rule: TufRule;
  /** Name of the metadata file as the mirror has it, or `target NAME`. */
  readonly file: string;
  /** What had to come; with `expired` and `frozen` the time here. */
  readonly expected: string;
  readonly actual: string;
}

const CHARS_MAX = 400;
const PATH_CHARS_MAX = 1000;

const WORDS: Readonly<Record<TufRule, (refused: Refused) => string>> = {
  unreadable: ({ file, expected, actual }) => `${file} is not ${expected}: ${actual}`,
  malformed: different,
  expired: ({ file, expected, actual }) => `${file} expired at ${actual}, and here it is ${expected}`,
  frozen: ({ file, expected, actual }) =>
    `${file} has not changed since the last run; it expired at ${actual}, and here it is ${expected}`,
  rollback: ({ file, expected, actual }) =>
    `${file} goes back in time: expected ${expected} or later but got ${actual}`,
  version: different,
  length: different,
  digest: different,
  threshold: different,
  unlisted: different,
  limit: different,
  absent: different,
  unexplained: ({ file, expected, actual }) => `${file} is not ${expected}: ${actual}`,
};

function different({ file, expected, actual }: Refused): string {
  return `${file}: expected ${expected} but got ${actual}`;
}

/** What a mirror handed out, or a cache held, does not hold. The message is one printable line. */
export class TufRefusal extends Error implements Refused {
  readonly rule: TufRule;
  readonly file: string;
  readonly expected: string;
  readonly actual: string;
  constructor(rule: TufRule, file: string, expected: string, actual: string, cause?: unknown) {
    super(
      printable(WORDS[rule]({ rule, file, expected, actual }), CHARS_MAX),
      cause === undefined ? undefined : { cause },
    );
    this.name = 'TufRefusal';
    this.rule = rule;
    this.file = file;
    this.expected = expected;
    this.actual = actual;
  }
}

export interface HintContext {
  /** The anchor is the user's own, not the one that ships. */
  readonly ownAnchor: boolean;
  /** What the last run left, for the one case in which a user has to remove it. */
  readonly cacheFile: string;
}

/** What to do about it, one line. */
export function hintOf({ rule, file }: TufRefusal, { ownAnchor, cacheFile }: HintContext): string {
  switch (rule) {
    case 'unreadable':
      return 'find out what answers in place of the mirror (login page, proxy, wrong url), or give --trust-root FILE';
    case 'malformed':
      return 'check that this is the TUF repository you mean, and tell its operator; to go on, give --trust-root FILE';
    case 'expired':
    case 'frozen':
      return file === 'timestamp.json'
        ? 'check the clock of this machine; if it is right, the mirror is stale: ask its operator, or use another with --tuf-mirror'
        : 'check the clock of this machine; if it is right, the mirror is stale, or its operator has to sign anew';
    case 'rollback':
      return `ask the operator of the mirror whether it was restored from a backup, and do not go on until you know; only if it was, remove ${printable(cacheFile, PATH_CHARS_MAX)}`;
    case 'version':
    case 'length':
    case 'digest':
      return 'try again in some minutes, as the mirror may be halfway through an update; if it stays so, its files were changed';
    case 'threshold':
      return ownAnchor
        ? 'compare the file given with --tuf-root with the one that the operator hands out; if it is the same, somebody without the keys answers in place of the mirror'
        : 'somebody without the keys may answer in place of the mirror: compare from another network, or update verify-deps, which brings the root it starts from';
    case 'unlisted':
    case 'absent':
      return ownAnchor
        ? 'check that this is the repository of a Sigstore instance, and tell its operator'
        : 'check the url of the mirror, and tell its operator';
    case 'limit':
      return 'ask the operator of the repository; if it is meant to be so, verify-deps cannot use it, give --trust-root FILE';
    case 'unexplained':
      return 'find out what answers in place of the mirror, or give --trust-root FILE';
  }
}
