import { afterAll, describe, expect, test } from 'vitest';
import { type Ended, type Lab, makeLab, type TreeKind } from './support/lab.ts';
import { manager } from './support/managers.ts';
import { lockfileOf, PNPMS, type Pnpm, putPlugin } from './support/pnpm-plugin.ts';

const labs: Lab[] = [];
afterAll(() => Promise.all(labs.map((lab) => lab.close())));

async function labWith(id: Pnpm, kind: TreeKind): Promise<Lab> {
  const lab = await makeLab(kind);
  labs.push(lab);
  await putPlugin(lab, id);
  return lab;
}

function expectStopped(lab: Lab, { code, text }: Ended): void {
  expect(code, text).toBe(1);
  expect(lab.events(), text).toEqual([]);
  expect(lab.isInstalled('mallory')).toBe(false);
  expect(text).toMatch(/verify-deps: 1 (?:of 3 )?packages? blocked; nothing was installed/);
  expect(text).toMatch(
    /mallory@1\.2\.0: .*\(provenance-absent, require\.provenance \(verify-deps\.json:\d+:\d+\)\)/,
  );
  expect(text).toContain('an exemption in the policy');
  expect(text).not.toMatch(/^\s+at /m);
}

const missing = (id: Pnpm): boolean => manager(id) === undefined;

describe.concurrent('the plugin', () => {
  test.for(PNPMS)('stops %s from following a lockfile', async (id, { skip }) => {
    if (missing(id)) return skip();
    const lab = await labWith(id, 'blocked');
    await lab.project.write('pnpm-lock.yaml', lockfileOf(lab));
    expectStopped(lab, await lab.manager(id, ['install', '--frozen-lockfile']));
  });

  test.for(PNPMS)('stops %s from taking what it resolves afresh', async (id, { skip }) => {
    if (missing(id)) return skip();
    const lab = await labWith(id, 'blocked');
    expectStopped(lab, await lab.manager(id, ['install', '--no-frozen-lockfile']));
  });

  test.for(['pnpm-10', 'pnpm-12'] as const)('lets %s install what holds', async (id, { skip }) => {
    if (missing(id)) return skip();
    const lab = await labWith(id, 'sound');
    const { code, text } = await lab.manager(id, ['install', '--no-frozen-lockfile']);
    expect(code, text).toBe(0);
    expect(lab.events()).toContain('mallory:postinstall');
    // Nothing of it is heard of.
    expect(text).not.toMatch(/verify-deps:|Warning:/);
  });

  test('stops `pnpm fetch` of pnpm 12, which asks no other hook', async ({ skip }) => {
    if (missing('pnpm-12')) return skip();
    const lab = await labWith('pnpm-12', 'blocked');
    await lab.project.write('pnpm-lock.yaml', lockfileOf(lab));
    expectStopped(lab, await lab.manager('pnpm-12', ['fetch']));
  });
});
