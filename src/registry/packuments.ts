/**
 * Full documents of packages. They are large (up to 21 MB), so each is asked for once in a run, and only facts are kept:
 * publish times always, manifests for as long as a few other packages are asked about.
 */
import { limits } from '../core/limits.ts';
import { ask } from './answers.ts';
import { type Packument, parsePackument } from './packument.ts';
import type { Requests } from './requests.ts';
import type { Answer } from './types.ts';
import { packumentUrl } from './urls.ts';

export interface Packuments {
  full(registry: string, name: string): Promise<Answer<Packument>>;
  times(registry: string, name: string): Promise<Answer<Packument['times']>>;
}

const FULL_MAX = 32;

export function createPackuments(requests: Requests): Packuments {
  const full = new Map<string, Promise<Answer<Packument>>>();
  const times = new Map<string, Promise<Answer<Packument['times']>>>();

  const ofPackage = (registry: string, name: string): Promise<Answer<Packument>> => {
    const url = packumentUrl(registry, name);
    const known = full.get(url);
    if (known !== undefined) return known;
    for (const old of full.keys()) {
      if (full.size < FULL_MAX) break;
      full.delete(old);
    }
    const asked = ask(
      requests,
      url,
      { registry, package: name, bytesMax: limits.packumentBytesMax, absent: 'version-absent' },
      parsePackument,
    );
    full.set(url, asked);
    times.set(
      url,
      asked.then((answer) =>
        answer.status === 'found' ? { status: 'found', value: answer.value.times } : answer,
      ),
    );
    // Whoever asked hears of an aborted run; nobody else has to.
    times.get(url)?.catch(() => undefined);
    return asked;
  };

  return {
    full: ofPackage,
    async times(registry, name) {
      const known = times.get(packumentUrl(registry, name));
      if (known !== undefined) return known;
      void ofPackage(registry, name);
      return times.get(packumentUrl(registry, name))!;
    },
  };
}
