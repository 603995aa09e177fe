/** A tarball on its way: fetched whole, hashed, judged by exactly that digest, and only then sent. */
import { VerifyDepsError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { type Gate, isBlocked } from '../../gate.ts';
import type { StreamAnswer } from '../../registry/streams.ts';
import { blockedLine, WAY_OUT } from '../../report/blocked.ts';
import type { Ask } from './asking.ts';
import type { Places } from './places.ts';
import { Refusal, refusalOf, refusalOfStatus } from './refusal.ts';
import type { TarballRoute } from './route.ts';
import { createShares, type Held } from './share.ts';
import { type Spool, type Spooled, SpoolFullError } from './spool.ts';
import type { Decision } from './types.ts';

export interface Tarballs {
  /** @throws {Refusal} if it must not be sent, or cannot; the reason of `signal` */
  get(route: TarballRoute, from: string, signal: AbortSignal): Promise<Held<Spooled>>;
}

export interface TarballSettings {
  readonly gate: () => Gate | Promise<Gate>;
  readonly places: Places;
  readonly ask: Ask;
  readonly spool: Spool;
  readonly bytesMax: number;
  /** Asks the registry where the tarball is, if it is not where it was looked for. */
  readonly lookUp: (name: string, signal: AbortSignal) => Promise<void>;
  readonly decided: (decision: Decision) => void;
}

const ABSENT: ReadonlySet<number> = new Set([404, 410]);

export function createTarballs(settings: TarballSettings): Tarballs {
  const { places, ask, spool } = settings;
  const shares = createShares<Spooled>((spooled) => spooled.drop());

  const fetched = async (address: string, route: TarballRoute, signal: AbortSignal): Promise<Spooled> => {
    const headers = { accept: 'application/octet-stream, */*;q=0.5', 'accept-encoding': 'identity' };
    try {
      return await ask('tarball', address, { method: 'GET', headers, signal }, async (answer) => {
        if (answer.status !== 200) throw refused(answer, address, route);
        const encoding = answer.headers['content-encoding'];
        if (encoding !== undefined && encoding !== 'identity')
          throw new Refusal(502, `the tarball of ${label(route)} comes in another coding than was asked for`);
        return spool.take(answer.body(settings.bytesMax));
      });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SpoolFullError)
        throw new Refusal(503, 'too many tarballs at a time', { retryAfter: 1 });
      throw refusalOf(error, address);
    }
  };

  const found = async (route: TarballRoute, signal: AbortSignal): Promise<[Spooled, string]> => {
    const first = permitted(places, places.addressOf(route), route);
    try {
      return [await fetched(first, route, signal), first];
    } catch (error) {
      if (!(error instanceof Refusal) || !ABSENT.has(error.status)) throw error;
      // Not at the usual place: the registry knows where it is.
      await settings.lookUp(route.name, signal);
      const told = permitted(places, places.addressOf({ ...route, prefix: '' }), route);
      if (told === first) throw error;
      return [await fetched(told, route, signal), told];
    }
  };

  return {
    get: (route, from, signal) =>
      shares.join(
        route.path,
        async (cancel) => {
          const [spooled, address] = await found(route, cancel);
          try {
            const decision = await decide(settings.gate, route, spooled, address);
            const registry = places.registryFor(route.name);
            settings.decided({ ...decision, registry, from });
            if (decision.outcome !== 'passed')
              throw new Refusal(403, `blocked ${decision.line}`, { hint: WAY_OUT });
            return spooled;
          } catch (error) {
            spooled.drop();
            throw error;
          }
        },
        signal,
      ),
  };
}

async function decide(
  gate: TarballSettings['gate'],
  { name, version }: TarballRoute,
  { integrity, bytes }: Spooled,
  resolved: string,
): Promise<Omit<Decision, 'registry' | 'from'>> {
  const about = { name, version, integrity, bytes };
  try {
    const verdict = await (await gate()).judge({ name, version, integrity, resolved });
    if (!isBlocked(verdict)) return { ...about, outcome: 'passed', verdict, line: '' };
    const outcome = verdict.outcome === 'undecided' ? 'undecided' : 'failed';
    return { ...about, outcome, verdict, line: blockedLine(verdict) };
  } catch (error) {
    // Whatever goes wrong in here, nothing was proven.
    const why =
      error instanceof VerifyDepsError
        ? `${error.message}${error.hint === undefined ? '' : ` (${error.hint})`}`
        : 'the verifier failed, which is a bug in verify-deps';
    const line = `${printable(`${name}@${version}`)}: ${printable(why, 300)}`;
    return { ...about, outcome: 'undecided', verdict: undefined, line };
  }
}

function permitted(places: Places, address: string, route: TarballRoute): string {
  const allowed = places.allowed(address);
  if (allowed !== undefined) return allowed;
  throw new Refusal(
    403,
    `blocked ${label(route)}: its tarball is at ${new URL(address).host}, no registry of the configuration`,
    {
      hint: 'a registry named in `registries` of the policy, or in the configuration of npm, is asked',
    },
  );
}

function refused(answer: StreamAnswer, address: string, route: TarballRoute): Refusal {
  return refusalOfStatus(answer.status, address, label(route), answer.headers['retry-after']);
}

function label({ name, version }: TarballRoute): string {
  return printable(`${name}@${version}`);
}
