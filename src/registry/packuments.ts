/**
 * Full documents of packages. They are large (up to 21 MB), so each is asked for once in a run, and only facts are kept:
 * publish times always, manifests for as long as a few other packages are asked about. For times alone, a document is read
 * as it comes and as far as they stand in it.
 */
import { limits } from '../core/limits.ts';
import { ask } from './answers.ts';
import { createLimiter } from './limiter.ts';
import { type Packument, parsePackument } from './packument.ts';
import type { Requests } from './requests.ts';
import { createTimesReader, type Times, type TimesReader } from './times.ts';
import type { Answer } from './types.ts';
import { packumentUrl } from './urls.ts';

export interface Packuments {
  full(registry: string, name: string): Promise<Answer<Packument>>;
  times(registry: string, name: string): Promise<Answer<Times>>;
}

const FULL_MAX = 32;
/** Whole ones at a time: thirty of the largest would be gigabytes. */
const CONCURRENCY = 8;

export function createPackuments(requests: Requests): Packuments {
  const limit = createLimiter(CONCURRENCY);
  const full = new Map<string, Promise<Answer<Packument>>>();
  const times = new Map<string, Promise<Answer<Times>>>();

  const question = (registry: string, name: string) =>
    ({ registry, package: name, bytesMax: limits.packumentBytesMax, absent: 'version-absent' }) as const;

  const fetchTimes = (registry: string, name: string): Promise<Answer<Times>> => {
    let reader = createTimesReader();
    const sink = (): TimesReader => {
      reader = createTimesReader();
      return reader;
    };
    return ask(requests, packumentUrl(registry, name), question(registry, name), () => reader.times(), {
      sink,
    });
  };

  return {
    async full(registry, name) {
      const url = packumentUrl(registry, name);
      const known = full.get(url);
      if (known !== undefined) return known;
      for (const old of full.keys()) {
        if (full.size < FULL_MAX) break;
        full.delete(old);
      }
      const asked = limit(() =>
        ask(requests, packumentUrl(registry, name), question(registry, name), parsePackument),
      );
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
          ? fetchTimes(registry, name)
          : whole.then(
              (answer): Answer<Times> =>
                answer.status === 'found' ? { status: 'found', value: answer.value.times } : answer,
            );
      times.set(url, asked);
      return asked;
    },
  };
}
