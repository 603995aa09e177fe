/** What is said of work that goes on: one line for a terminal, one for a log. */
import type { Progress } from '../connect.ts';
import { printable } from '../core/text.ts';
import { bytesText, decimal, plural } from '../report/layout.ts';
import type { Estimate } from './estimate.ts';

type Phase = Progress['phase'];

/** A moment of the work. */
export interface Standing extends Estimate {
  readonly phase: Phase;
  readonly done: number;
  /** 0 or 1 where nothing is counted. */
  readonly total: number;
  readonly stats: Stats | undefined;
  /** Seconds until what is waited for may be over; 0 where that is not known. */
  readonly waitSeconds: number;
}

type Stats = NonNullable<Progress['asked']>['stats'];

interface Words {
  readonly long: string;
  readonly short: string;
}

const words: Readonly<Record<Phase, Words>> = {
  lockfile: { long: 'reading the lockfile', short: 'lockfile' },
  policy: { long: 'reading the policy', short: 'policy' },
  trust: { long: 'loading the trust root', short: 'trust root' },
  packages: { long: 'verifying packages', short: 'packages' },
  again: { long: 'asking again about packages', short: 'asking again' },
  judgement: { long: 'judging by the policy', short: 'judging' },
  installed: { long: 'comparing installed packages', short: 'comparing' },
  report: { long: 'writing the report', short: 'report' },
  npm: { long: 'npm is at work', short: 'npm' },
};

/** A host is named by whoever wrote a lockfile or answered with a redirect. */
const HOST_CHARS_MAX = 48;
const REASON_CHARS_MAX = 32;

/**
 * `verifying packages 420 of 1,000 · about 30 s left · 21/s · 380 from the store, 95 requests (1.2 MB)`, or as much of it as
 * fits, the most important first.
 */
export function progressLine(standing: Standing, columns: number): string {
  const head = headOf(standing);
  const sources = sourcesOf(standing);
  const wait = waitOf(standing);
  const left = leftOf(standing);
  const rate = rateOf(standing);
  const choices =
    wait === undefined
      ? [
          [head.long, left?.long, rate, sources?.long],
          [head.long, left?.long, rate, sources?.short],
          [head.short, left?.long, rate, sources?.short],
          [head.long, left?.long, rate],
          [head.short, left?.long, rate],
          [head.short, left?.long],
          [head.short, left?.short],
          [head.short],
        ]
      : [
          [head.long, wait.long, sources?.long],
          [head.long, wait.long],
          [head.short, wait.long],
          [head.short, wait.short],
          [head.short],
        ];
  const lines = choices.map((parts) => parts.filter((part) => part !== undefined).join(' · '));
  return lines.find((line) => line.length <= columns) ?? lines.at(-1)!.slice(0, Math.max(1, columns));
}

/** `verifying packages: 420 of 1,000 (42 %), about 30 s left, 21/s; 380 from the store, 95 requests (1.2 MB)` */
export function progressSentence(standing: Standing): string {
  const { done, phase, total } = standing;
  const counted =
    total > 1 ? `: ${decimal(done)} of ${decimal(total)} (${Math.floor((done / total) * 100)} %)` : '';
  const wait = waitOf(standing)?.long;
  const pace = wait === undefined ? [leftOf(standing)?.long, rateOf(standing)] : [wait];
  const all = [`${words[phase].long}${counted}`, ...pace].filter((part) => part !== undefined).join(', ');
  const sources = sourcesOf(standing)?.long;
  return sources === undefined ? all : `${all}; ${sources}`;
}

function headOf({ phase, done, total }: Standing): Words {
  const { long, short } = words[phase];
  const counted = total > 1 ? ` ${decimal(done)} of ${decimal(total)}` : '';
  return { long: `${long}${counted}`, short: `${short}${counted}` };
}

function leftOf({ secondsLeft }: Standing): Words | undefined {
  if (secondsLeft === undefined) return undefined;
  const short = `${duration(secondsLeft)} left`;
  return { long: `about ${short}`, short };
}

function rateOf({ perSecond }: Standing): string | undefined {
  if (perSecond === undefined) return undefined;
  if (perSecond >= 1) return `${decimal(Math.round(perSecond))}/s`;
  const perMinute = Math.round(perSecond * 60);
  return perMinute < 1 ? undefined : `${perMinute}/min`;
}

/** Only where something was asked or would have been: not while files of this disk are read. */
function sourcesOf({ stats }: Standing): Words | undefined {
  if (stats === undefined || stats.fromStore + stats.requests === 0) return undefined;
  const { bytes, fromStore, requests } = stats;
  const stored = `${decimal(fromStore)} from the store`;
  const asked = plural(requests, 'request');
  if (requests === 0) return { long: stored, short: stored };
  const size = bytes === 0 ? '' : ` (${bytesText(bytes)})`;
  return fromStore === 0
    ? { long: `${asked}${size}`, short: `${asked}${size}` }
    : {
        long: `${stored}, ${asked}${size}`,
        short: `store ${decimal(fromStore)}, asked ${decimal(requests)}`,
      };
}

function waitOf({ stats, waitSeconds }: Standing): Words | undefined {
  const waiting = stats?.waiting;
  if (waiting === undefined) return undefined;
  const host = printable(waiting.host, HOST_CHARS_MAX);
  const reason = printable(waiting.reason, REASON_CHARS_MAX);
  const time = duration(waitSeconds);
  const known = waitSeconds > 0;
  return {
    long: `waiting for ${host}${reason === '' ? '' : ` (${reason})`}${known ? `, at most ${time}` : ''}`,
    short: known ? `waiting ${time}` : 'waiting',
  };
}

/** `45 s`, `2 min 15 s`, `1 h 10 min` */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole <= 60) return `${whole} s`;
  if (whole <= 3_600) return [`${Math.floor(whole / 60)} min`, ...rest(whole % 60, 's')].join(' ');
  const minutes = Math.round(whole / 60);
  return [`${Math.floor(minutes / 60)} h`, ...rest(minutes % 60, 'min')].join(' ');
}

function rest(count: number, unit: string): readonly string[] {
  return count === 0 ? [] : [`${count} ${unit}`];
}
