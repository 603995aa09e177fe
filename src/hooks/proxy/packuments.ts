/** Documents of packages as this proxy hands them on: fetched once for all who wait for the same, rewritten, bounded. */
import { createHash } from 'node:crypto';
import { ProofError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { printable } from '../../core/text.ts';
import { manifestUrl, packumentUrl } from '../../registry/urls.ts';
import type { Ask } from './asking.ts';
import { type Keeps, manifestFor, packumentFor, readDocument } from './documents.ts';
import type { Places } from './places.ts';
import { Refusal, refusalOf, refusalOfStatus } from './refusal.ts';
import { createShares, type Held } from './share.ts';

const ABBREVIATED = 'application/vnd.npm.install-v1+json';

export interface Document {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
}

export interface Packuments {
  /** @throws {Refusal}; the reason of `signal` */
  packument(
    name: string,
    accept: string,
    keeps: Keeps,
    id: string,
    signal: AbortSignal,
  ): Promise<Held<Document>>;
  /** @param wanted  version or tag */
  manifest(
    name: string,
    wanted: string,
    keeps: Keeps,
    id: string,
    signal: AbortSignal,
  ): Promise<Held<Document>>;
  /** Finds out where the tarballs of a package are. */
  lookUp(name: string, signal: AbortSignal): Promise<void>;
}

export interface PackumentSettings {
  readonly ask: Ask;
  readonly places: Places;
  /** Leaves out what must not be chosen. */
  readonly choose: ((document: JsonObject, name: string) => Promise<JsonObject>) | undefined;
}

export function createPackuments({ ask, places, choose }: PackumentSettings): Packuments {
  const shares = createShares<Document>(() => undefined);

  const fetched = async (
    kind: 'packument' | 'manifest',
    url: string,
    what: string,
    accept: string,
    signal: AbortSignal,
  ): Promise<readonly [Uint8Array, JsonObject]> => {
    const headers = { accept, 'accept-encoding': 'gzip' };
    const bytesMax = kind === 'packument' ? limits.packumentBytesMax : limits.manifestBytesMax;
    try {
      const body = await ask(kind, url, { method: 'GET', headers, signal }, async (answer) => {
        if (answer.status === 200) return answer.whole(bytesMax);
        throw refusalOfStatus(answer.status, url, what, answer.headers['retry-after']);
      });
      const document = readDocument(body, bytesMax);
      if (document !== undefined) return [body, document];
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProofError)) throw refusalOf(error, url);
    }
    throw new Refusal(502, `what the registry has of ${what} cannot be read`);
  };

  return {
    packument: (name, accept, keeps, id, signal) => {
      const abbreviated = accept.includes(ABBREVIATED);
      return shares.join(
        `packument ${id} ${abbreviated} ${name}`,
        async (cancel) => {
          const wanted = abbreviated
            ? `${ABBREVIATED}; q=1.0, application/json; q=0.8, */*`
            : 'application/json';
          const url = packumentUrl(places.registryFor(name), name);
          const [body, document] = await fetched('packument', url, printable(name), wanted, cancel);
          const found = packumentFor(document, name, places, keeps);
          if (found === undefined) throw ofAnother(name);
          const chosen = choose === undefined ? found.document : await choose(found.document, name);
          const changed = found.changed || chosen !== found.document;
          return documentOf(changed ? Buffer.from(JSON.stringify(chosen)) : body, abbreviated);
        },
        signal,
      );
    },

    manifest: (name, wanted, keeps, id, signal) =>
      shares.join(
        `manifest ${id} ${name}@${wanted}`,
        async (cancel) => {
          const ref = { name, version: wanted };
          const url = manifestUrl(places.registryFor(name), ref);
          const what = printable(`${name}@${wanted}`);
          const [body, document] = await fetched('manifest', url, what, 'application/json', cancel);
          const exact = /^\d/.test(wanted) ? wanted : undefined;
          const found = manifestFor(document, name, exact, places, keeps);
          if (found === undefined) throw ofAnother(`${name}@${wanted}`);
          return documentOf(found.changed ? Buffer.from(JSON.stringify(found.document)) : body, false);
        },
        signal,
      ),

    async lookUp(name, signal) {
      const url = packumentUrl(places.registryFor(name), name);
      const [, document] = await fetched('packument', url, printable(name), ABBREVIATED, signal);
      packumentFor(document, name, places, () => true);
    },
  };
}

function ofAnother(what: string): Refusal {
  return new Refusal(502, `the registry answered ${printable(what)} with another package`);
}

function documentOf(body: Uint8Array, abbreviated: boolean): Document {
  return {
    body,
    contentType: abbreviated ? ABBREVIATED : 'application/json',
    etag: `"${createHash('sha256').update(body).digest('base64url')}"`,
  };
}
