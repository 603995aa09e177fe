/**
 * Full documents of packages. They are large (up to 21 MB), so each is asked for once in a run, and only facts are kept:
 * publish times always, manifests for as long as a few other packages are asked about.
 */
import { limits } from '../core/limits.ts';
import { ask } from './answers.ts';
import { createLimiter } from './limiter.ts';
import { type Packument, parsePackument, parseTimes } from './packument.ts';
import type { Requests } from './requests.ts';
import type { Answer } from './types.ts';
import { packumentUrl } from './urls.ts';

export interface Packuments {
  full(registry: string, name: string): Promise<Answer<Packument>>;
  times(registry: string, name: string): Promise<Answer<Packument['times']>>;
}

const FULL_MAX = 32;
/** At a time: thirty of the largest would be gigabytes. */
const CONCURRENCY = 8;

export function createPackuments(requests: Requests): Packuments {
  const limit = createLimiter(CONCURRENCY);
  const full = new Map<string, Promise<Answer<Packument>>>();
  const times = new Map<string, Promise<Answer<Packument['times']>>>();

  const fetched = <T>(registry: string, name: string, parse: (body: Uint8Array) => T): Promise<Answer<T>> =>
    limit(() =>
      ask(
        requests,
        packumentUrl(registry, name),
        { registry, package: name, bytesMax: limits.packumentBytesMax, absent: 'version-absent' },
        parse,
      ),
    );

  return {
    async full(registry, name) {
      const url = packumentUrl(registry, name);
      const known = full.get(url);
      if (known !== undefined) return known;
      for (const old of full.keys()) {
        if (full.size < FULL_MAX) break;
        full.delete(old);
      }
      const asked = fetched(registry, name, parsePackument);
      full.set(url, asked);
      return asked;
    },
    async times(registry, name) {
      const url = packumentUrl(registry, name);
      const known = times.get(url);
      if (known !== undefined) return known;
      const whole = full.get(url);
      const asked =
        whole === undefined
          ? fetched(registry, name, parseTimes)
          : whole.then(
              (answer): Answer<Packument['times']> =>
                answer.status === 'found' ? { status: 'found', value: answer.value.times } : answer,
            );
      times.set(url, asked);
      return asked;
    },
  };
}
