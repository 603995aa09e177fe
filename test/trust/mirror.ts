/** A mirror on loopback, and a registry client that knows how to download and nothing else. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DownloadError } from '../../src/registry/download-error.ts';
import type { Answer, RegistryClient, ServedKey } from '../../src/registry/types.ts';

export interface Mirror {
  readonly url: string;
  files: ReadonlyMap<string, Buffer>;
  /** Status instead of a file, by path; `*` is for all. */
  readonly status: Map<string, number>;
  /** Takes over the answer to a path. */
  readonly handlers: Map<string, (response: ServerResponse) => unknown>;
  /** Paths asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function serveMirror(files: ReadonlyMap<string, Buffer> = new Map()): Promise<Mirror> {
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '/').slice('/tuf/'.length));
    mirror.asked.push(name);
    const handler = mirror.handlers.get(name);
    if (handler !== undefined) return void handler(response);
    const status = mirror.status.get(name) ?? mirror.status.get('*');
    const body = mirror.files.get(name);
    if (status !== undefined || body === undefined) response.writeHead(status ?? 404).end();
    else response.writeHead(200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const mirror: Mirror = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/tuf`,
    files,
    status: new Map(),
    handlers: new Map(),
    asked: [],
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return mirror;
}

export interface ClientOptions {
  readonly defaultRegistry?: string;
  readonly registry?: string;
  readonly keys?: Answer<readonly ServedKey[]>;
  /** Instead of the network. */
  readonly download?: RegistryClient['download'];
}

export function testClient(options: ClientOptions = {}): RegistryClient & { readonly keysAsked: string[] } {
  const keysAsked: string[] = [];
  const unused = (): never => {
    throw new Error('not part of this test');
  };
  return {
    keysAsked,
    defaultRegistry: options.defaultRegistry ?? 'https://registry.example/',
    registryFor: () => options.registry ?? options.defaultRegistry ?? 'https://registry.example/',
    forget: () => false,
    keys: async (registry) => {
      keysAsked.push(registry);
      return options.keys ?? unused();
    },
    download: options.download ?? download,
    manifest: unused,
    fullManifest: unused,
    publishTime: unused,
    attestations: unused,
    tarballIntegrity: unused,
    tarball: unused,
    stats: { requests: 0, bytes: 0, fromStore: 0 },
    close: async () => {},
  };
}

async function download(url: string, bytesMax: number): Promise<Uint8Array> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new DownloadError(`cannot download ${url}: ${error}`, undefined);
  });
  if (response.status !== 200)
    throw new DownloadError(`cannot download ${url}: status ${response.status}`, response.status);
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > bytesMax)
    throw new DownloadError(`cannot download ${url}: too large`, undefined, 'too-large');
  return bytes;
}
