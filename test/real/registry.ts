import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type RunOptions, type RunResult, run } from '../../src/run.ts';
import { dataFolder } from './data.ts';

export interface Served {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly signatures?: readonly { readonly keyid: string; readonly sig: string }[];
  readonly publishTime?: string | undefined;
  readonly attestations?: Buffer;
}

/**
 * Serves the given versions as a mirror of npm's default registry on loopback, writes a project that depends on all of
 * them (each under an alias, so that versions of one package can stand side by side), and verifies it with the real
 * trust root.
 */
export async function verifyServed(
  served: readonly Served[],
  policy = 'extends: recommended',
): Promise<RunResult> {
  return withServed(served, policy, run);
}

/** The same for anything that takes the options of a run, while the packages are served. */
export async function withServed<T>(
  served: readonly Served[],
  policy: string,
  use: (options: RunOptions) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-real-'));
  const server = await listen(served);
  try {
    const { port } = server.address() as AddressInfo;
    const registry = `http://127.0.0.1:${port}/`;
    writeProject(folder, served);
    const mirror = `registries:\n  - url: ${registry}\n    keys: mirror\n    mirrorOf: default\n`;
    writeFileSync(path.join(folder, 'verify-deps.yaml'), `version: 1\n${policy}\n${mirror}`);
    return await use({
      cwd: folder,
      registry,
      trustRoot: path.join(dataFolder, 'tuf/trusted-roots/prod.json'),
      registryKeys: path.join(dataFolder, 'npm-real/keys-tuf.json'),
      cacheDir: path.join(folder, 'cache'),
      report: 'none',
      env: { HOME: folder, PATH: process.env.PATH },
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeProject(folder: string, served: readonly Served[]): void {
  const dependencies = Object.fromEntries(
    served.map((item, i) => [`p${i}`, `npm:${item.name}@${item.version}`]),
  );
  const root = { name: 'real', version: '1.0.0', dependencies };
  const packages = Object.fromEntries(
    served.map((item, i) => [
      `node_modules/p${i}`,
      { name: item.name, version: item.version, integrity: item.integrity },
    ]),
  );
  const lock = {
    name: 'real',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: { '': root, ...packages },
  };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(root));
  writeFileSync(path.join(folder, 'package-lock.json'), JSON.stringify(lock));
}

function listen(served: readonly Served[]): Promise<http.Server> {
  const byId = new Map(served.map((item) => [`${item.name}@${item.version}`, item]));
  const server = http.createServer((request, response) => {
    const body = answer(decodeURIComponent((request.url ?? '').slice(1)), byId);
    if (body === undefined)
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"Not found"}');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

function answer(asked: string, byId: ReadonlyMap<string, Served>): Buffer | string | undefined {
  const endpoint = '-/npm/v1/attestations/';
  if (asked.startsWith(endpoint)) return byId.get(asked.slice(endpoint.length))?.attestations;
  const [, name, version] = /^((?:@[^/]+\/)?[^/]+)(?:\/(.+))?$/.exec(asked) ?? [];
  if (version !== undefined) {
    const item = byId.get(`${name}@${version}`);
    return item && JSON.stringify(manifest(item));
  }
  const all = [...byId.values()].filter((item) => item.name === name);
  if (all.length === 0) return undefined;
  return JSON.stringify({
    name,
    versions: Object.fromEntries(all.map((item) => [item.version, manifest(item)])),
    time: Object.fromEntries(
      all.flatMap((item) => (item.publishTime ? [[item.version, item.publishTime]] : [])),
    ),
  });
}

function manifest(item: Served): object {
  const announced = item.attestations && {
    attestations: { url: '', provenance: { predicateType: 'https://slsa.dev/provenance/v1' } },
  };
  return {
    name: item.name,
    version: item.version,
    dist: { integrity: item.integrity, signatures: item.signatures ?? [], ...announced },
  };
}
