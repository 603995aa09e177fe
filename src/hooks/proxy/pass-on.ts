/** What an install may want to know besides: asked of the registry and handed on, bounded. None of it is code. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { limits as inputLimits } from '../../core/limits.ts';
import type { NpmOptions } from '../../registry/npmrc.ts';
import { attestationsUrl, escapeName, keysUrl } from '../../registry/urls.ts';
import type { Ask } from './asking.ts';
import type { Places } from './places.ts';
import { Refusal, refusalOf, refusalOfStatus } from './refusal.ts';
import type { Route } from './route.ts';
import type { ProxyLimits } from './types.ts';

export type PassedOn = Exclude<Route, { readonly kind: 'packument' | 'manifest' | 'tarball' }>;

export interface PassOnSettings {
  readonly ask: Ask;
  readonly places: Places;
  readonly limits: ProxyLimits;
  readonly upstream: NpmOptions;
  readonly signal: AbortSignal;
}

/** @returns bytes of the body that was sent */
export async function passOn(
  route: PassedOn,
  request: IncomingMessage,
  response: ServerResponse,
  { ask, places, limits, upstream, signal }: PassOnSettings,
): Promise<number> {
  const url = addressOf(route, places, upstream.registry);
  const posts = route.kind === 'advisories';
  const encoding = request.headers['content-encoding'];
  const asked = {
    method: posts ? 'POST' : 'GET',
    headers: {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      ...(posts ? { 'content-type': 'application/json' } : {}),
      ...(posts && encoding === 'gzip' ? { 'content-encoding': 'gzip' } : {}),
    },
    ...(posts ? { body: await bodyOf(request, limits.bodyBytesMax) } : {}),
    signal,
  } as const;
  let body: Uint8Array;
  try {
    body = await ask('passed-on', url, asked, async (answer) => {
      if (answer.status === 200) return answer.whole(inputLimits.attestationsBytesMax);
      throw refusalOfStatus(answer.status, url, `this (${route.kind})`, answer.headers['retry-after']);
    });
  } catch (error) {
    signal.throwIfAborted();
    throw refusalOf(error, url);
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  await pipeline([body], response, { signal });
  return body.length;
}

function addressOf(route: PassedOn, places: Places, registry: string): string {
  switch (route.kind) {
    case 'attestations':
      return attestationsUrl(places.registryFor(route.name), route);
    case 'dist-tags':
      return `${places.registryFor(route.name)}-/package/${escapeName(route.name)}/dist-tags`;
    case 'keys':
      return keysUrl(registry);
    case 'ping':
      return `${registry}-/ping`;
    case 'search':
      return `${registry}-/v1/search${route.query === '' ? '' : `?${route.query}`}`;
    case 'advisories':
      return `${registry}${route.path.slice(1)}`;
  }
}

async function bodyOf(request: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new Refusal(413, `more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
