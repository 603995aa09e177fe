/** The proxy as a service, with the real npm and pnpm as its clients. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Lab, makeLab, type TreeKind } from './support/lab.ts';
import { type ManagerId, manager } from './support/managers.ts';
import { startTeamProxy, type TeamProxy, type TeamProxyOptions } from './support/team-proxy.ts';

let lab: Lab | undefined;
let proxy: TeamProxy | undefined;

afterEach(async () => {
  await proxy?.stop();
  await lab?.close();
  lab = undefined;
  proxy = undefined;
});

async function set(kind: TreeKind, options?: TeamProxyOptions): Promise<{ lab: Lab; proxy: TeamProxy }> {
  lab = await makeLab(kind);
  proxy = await startTeamProxy(lab, options);
  return { lab, proxy };
}

const INSTALL = {
  'npm-11': ['install'],
  'pnpm-10': ['install', '--no-frozen-lockfile'],
} as const;

describe.each(Object.entries(INSTALL) as [keyof typeof INSTALL, readonly string[]][])('%s', (id, args) => {
  const there = manager(id as ManagerId) !== undefined;

  test.skipIf(!there)('installs a sound tree, over TLS and with a token', async () => {
    const { lab, proxy } = await set('sound', { guarded: true });
    const { code, text } = await lab.manager(id, args);
    expect(code, text).toBe(0);
    expect(lab.events()).toContain('mallory:postinstall');
    expect(lab.isInstalled('app')).toBe(true);
    const passed = (await proxy.decisions()).filter(({ verdict }) => verdict === 'passed');
    expect(passed.map((decision) => decision.package).sort()).toEqual(['app', 'deep', 'mallory']);
    expect(await proxy.stop()).toBe(0);
  });

  test.skipIf(!there)('installs nothing of a tree with a blocked package', async () => {
    const { lab, proxy } = await set('blocked');
    const { code, text } = await lab.manager(id, args);
    expect(code, text).not.toBe(0);
    expect(lab.events()).toEqual([]);
    expect(lab.isInstalled('mallory')).toBe(false);
    expect(text).toContain('mallory@1.2.0');
    expect(text).toContain('provenance-absent');
    expect(text).toMatch(/require\.provenance \(verify-deps\.json:\d+:\d+\)/);
    expect((await proxy.decisions()).filter(({ verdict }) => verdict === 'failed')).toMatchObject([
      { package: 'mallory', version: '1.2.0', code: 'provenance-absent', client: '127.0.0.1' },
    ]);
  });
});

test.skipIf(manager('npm-11') === undefined)('npm ci by a lockfile that was made without it', async () => {
  lab = await makeLab('blocked');
  expect((await lab.manager('npm-11', ['install', '--package-lock-only'])).code).toBe(0);
  proxy = await startTeamProxy(lab);
  await rm(path.join(lab.project.dir, 'home', '.npm'), { recursive: true, force: true });
  const { code, text } = await lab.manager('npm-11', ['ci', '--replace-registry-host=always']);
  expect(code, text).not.toBe(0);
  expect(lab.events()).toEqual([]);
  expect(text).toContain('mallory@1.2.0');
});

test.skipIf(manager('npm-11') === undefined)('without its token, npm gets nothing', async () => {
  const { lab, proxy } = await set('sound', { guarded: true });
  await lab.project.write('.npmrc', proxy.npmrc.replace(/^\/\/.*$/m, ''));
  const { code, text } = await lab.manager('npm-11', ['install']);
  expect(code, text).not.toBe(0);
  expect(text).toMatch(/E401|token/);
  expect(lab.events()).toEqual([]);
  expect(await proxy.decisions()).toEqual([]);
});
