/** The proxy as a service when it is not a quiet day: many clients, a registry with faults, and its own sudden end. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';
import type { RigOptions } from '../support/rig/registry.mjs';
import { type Ended, ended, type Lab, makeLab, POLICY } from './support/lab.ts';
import { type ManagerId, manager } from './support/managers.ts';
import { startTeamProxy, type TeamProxy } from './support/team-proxy.ts';

let proxy: TeamProxy | undefined;
let tree: Tree | undefined;
let lab: Lab | undefined;

afterEach(async () => {
  await proxy?.stop();
  await tree?.served.server.close();
  await tree?.project.remove();
  await lab?.close();
  proxy = undefined;
  tree = undefined;
  lab = undefined;
});

interface Tree {
  readonly served: Served;
  readonly project: TempProject;
  readonly url: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A synthetic project with its lockfile. */
async function makeTree(options: RigOptions): Promise<Tree> {
  const served = await serveRig(options);
  const project = await tempProject(served);
  const { url } = served.server;
  const env = {
    ...project.env,
    PATH: process.env.PATH,
    CI: '1',
    VERIFY_DEPS_TUF_MIRROR: `${url}tuf`,
    VERIFY_DEPS_TUF_ROOT: project.tufRoot,
    VERIFY_DEPS_CACHE: project.cacheDir,
  };
  tree = { served, project, url, env };
  return tree;
}

/** What is proven of a package of the tree is known from how it was made. */
function attestedOf({ served }: Tree): (name: string, version: string) => boolean {
  const known = new Map(served.rig.packages.map((one) => [`${one.name}@${one.version}`, one.attested]));
  return (name, version) => known.get(`${name}@${version}`) === true;
}

interface Wanted {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
  readonly path: string;
}

function wantedOf({ served }: Tree): readonly Wanted[] {
  return Object.entries(served.rig.project['package-lock.json'].packages)
    .filter(([key]) => key !== '')
    .map(([key, { name, version, integrity, resolved }]) => ({
      name: name ?? key.slice(key.lastIndexOf('node_modules/') + 13),
      version: version!,
      integrity: integrity!,
      path: new URL(resolved!).pathname,
    }));
}

function fetched(url: string, agent: http.Agent): Promise<{ status: number; integrity: string }> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        const digest = createHash('sha512');
        response.on('data', (chunk: Buffer) => digest.update(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode!, integrity: `sha512-${digest.digest('base64')}` }),
        );
      })
      .once('error', reject);
  });
}

test('fifty clients at once: each gets what is proven, byte for byte, and nothing else', async () => {
  const tree = await makeTree({ packages: 120, attested: 0.5, medianKB: 2 });
  proxy = await startTeamProxy(tree);
  const isAttested = attestedOf(tree);
  const wanted = wantedOf(tree);
  const wrong: string[] = [];
  let [passed, blocked] = [0, 0];
  const client = async (index: number): Promise<void> => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 5 });
    // Each in an order of its own.
    const mine = wanted.map((_, k) => wanted[(k * 7 + index * 13) % wanted.length]!);
    await Promise.all(
      Array.from({ length: 5 }, async (_, lane) => {
        for (let k = lane; k < mine.length; k += 5) {
          const { name, version, integrity, path } = mine[k]!;
          const found = await fetched(new URL(path, proxy!.url).href, agent);
          const sound = isAttested(name, version);
          if (sound) passed++;
          else blocked++;
          if (found.status !== (sound ? 200 : 403)) wrong.push(`${name}@${version}: ${found.status}`);
          if (found.status === 200 && found.integrity !== integrity)
            wrong.push(`${name}@${version}: other bytes`);
        }
      }),
    );
    agent.destroy();
  };
  await Promise.all(Array.from({ length: 50 }, (_, index) => client(index)));
  expect(wrong).toEqual([]);
  expect(passed).toBeGreaterThan(1_000);
  expect(blocked).toBeGreaterThan(1_000);
  const health = await fetched(`${proxy.url}-/verify-deps/health`, new http.Agent());
  expect(health.status).toBe(200);
});

/** By a lockfile or without, from nothing. */
const INSTALL: Readonly<Partial<Record<ManagerId, readonly string[]>>> = {
  'npm-11': ['ci', '--replace-registry-host=always', '--no-audit', '--no-fund', '--loglevel=error'],
  'pnpm-10': [
    'install',
    ...['--no-frozen-lockfile', '--ignore-scripts', '--no-strict-peer-dependencies'],
    '--reporter=append-only',
  ],
};
/** Soon, and often enough for one in fourteen that fails. */
const RETRIES = 'fetch-retries=5\nfetch-retry-mintimeout=500\nfetch-retry-maxtimeout=4000\n';

async function installIn({ project, env }: Tree, id: ManagerId): Promise<Ended> {
  await project.write('.npmrc', `${proxy!.npmrc}${RETRIES}`);
  return ended([...manager(id)!.command, ...INSTALL[id]!], { cwd: project.cwd, env }, 500_000);
}

describe.each(Object.keys(INSTALL) as ManagerId[])('%s', (id) => {
  const install = (tree: Tree): Promise<Ended> => installIn(tree, id);
  const there = manager(id) !== undefined;

  test.skipIf(!there)(
    'a registry that fails, resets and truncates: the install is whole all the same',
    async () => {
      const tree = await makeTree({ packages: 250, attested: 1, medianKB: 2 });
      proxy = await startTeamProxy(tree, { npmrc: 'fetch-retries=5\n' });
      tree.served.server.set({ fail: '503:0.05,reset:0.01,truncate:0.01' });
      const { code, text } = await install(tree);
      expect(code, text).toBe(0);
      expect(await unverifiedOf(tree)).toEqual([]);
      expect(existsSync(path.join(tree.project.cwd, 'node_modules'))).toBe(true);
      const { byClass } = tree.served.server.stats();
      expect(Object.values(byClass).some(({ status }) => (status['503'] ?? 0) > 0)).toBe(true);
    },
  );

  test.skipIf(!there)(
    'killed and started again in the middle: the client tries again and has it all',
    async () => {
      const tree = await makeTree({ packages: 250, attested: 1, medianKB: 2 });
      proxy = await startTeamProxy(tree);
      tree.served.server.set({ latency: 60 });
      const under = install(tree);
      for (const after of [40, 120]) {
        await decided(after, under);
        await proxy.kill();
        await new Promise((resolve) => setTimeout(resolve, 300));
        await proxy.restart();
      }
      const { code, text } = await under;
      expect(code, text).toBe(0);
      expect(await unverifiedOf(tree)).toEqual([]);
    },
  );

  test.skipIf(!there)('killed and started again in the middle: what is blocked stays out', async () => {
    const tree = await makeTree({ packages: 250, attested: 0.97, medianKB: 2 });
    proxy = await startTeamProxy(tree);
    tree.served.server.set({ latency: 60 });
    const under = install(tree);
    await decided(20, under);
    await proxy.kill();
    await proxy.restart();
    const { code, text } = await under;
    expect(code, text).not.toBe(0);
    expect(text).toContain('verify-deps');
    const isAttested = attestedOf(tree);
    for (const { package: name, version, verdict } of await proxy.decisions()) {
      expect([name, version, verdict === 'passed']).toEqual([
        name,
        version,
        isAttested(`${name}`, `${version}`),
      ]);
    }
  });
});

/** Waits until so much has been judged, or until there is nothing more to come. */
async function decided(count: number, under: Promise<Ended>): Promise<void> {
  let ended: Ended | undefined;
  under.then((what) => {
    ended = what;
  });
  while ((await proxy!.decisions()).length < count) {
    if (ended !== undefined)
      throw new Error(`it ended before ${count} were judged: ${ended.text.slice(-2_000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Packages that were let through without their proof. */
async function unverifiedOf(tree: Tree): Promise<readonly string[]> {
  const isAttested = attestedOf(tree);
  return (await proxy!.decisions())
    .filter(
      ({ package: name, version, verdict }) => verdict === 'passed' && !isAttested(`${name}`, `${version}`),
    )
    .map(({ package: name, version }) => `${name}@${version}`);
}

const OTHERS = {
  'npm-12': ['install'],
  'pnpm-11': ['install', '--no-frozen-lockfile'],
  'pnpm-12': ['install', '--no-frozen-lockfile'],
  'yarn-1': ['install', '--non-interactive'],
  'yarn-4': ['install'],
  bun: ['install'],
} as const;

describe.each(Object.entries(OTHERS) as [keyof typeof OTHERS, readonly string[]][])('%s', (id, args) => {
  const there = manager(id) !== undefined;

  test.skipIf(!there).each(['sound', 'blocked'] as const)('as a client of it, %s', async (kind) => {
    lab = await makeLab(kind);
    proxy = await startTeamProxy(lab, { policy: POLICY });
    await lab.project.write('.yarnrc.yml', yarnOf(proxy.url));
    // For the superuser, yarn 1 has one cache for the whole machine; what is in it, it asks nobody for.
    const cache = { YARN_CACHE_FOLDER: path.join(lab.project.dir, 'yarn-cache') };
    const { code, text } = await lab.manager(id, args, cache);
    if (kind === 'sound') {
      expect(code, text).toBe(0);
      expect(lab.isInstalled('app')).toBe(true);
    } else {
      expect(code, text).not.toBe(0);
      expect(lab.isInstalled('mallory')).toBe(false);
      expect(lab.events().filter((event) => event.startsWith('mallory'))).toEqual([]);
    }
  });
});

/** As docs/proxy.md has it. */
function yarnOf(url: string): string {
  return [
    `npmRegistryServer: '${url}'`,
    'unsafeHttpWhitelist: [127.0.0.1]',
    'nodeLinker: node-modules',
    'enableTelemetry: false',
    'enableImmutableInstalls: false',
    '',
  ].join('\n');
}
