import { afterAll, expect, test } from 'vitest';
import { type Lab, makeLab } from './support/lab.ts';
import { type ManagerId, manager } from './support/managers.ts';

const labs: Lab[] = [];
afterAll(async () => {
  for (const lab of labs) await lab.close();
});

/** How each manager installs without a lockfile. */
const INSTALL: Readonly<Partial<Record<ManagerId, readonly string[]>>> = {
  'npm-11': ['install'],
  'npm-12': ['install'],
  'pnpm-10': ['install', '--no-frozen-lockfile'],
  'pnpm-11': ['install', '--no-frozen-lockfile'],
  'pnpm-12': ['install', '--no-frozen-lockfile'],
  'pnpm-12.10': ['install', '--no-frozen-lockfile'],
  'yarn-1': ['install'],
  'yarn-4': ['install'],
  bun: ['install'],
};

test.each(Object.entries(INSTALL) as [ManagerId, readonly string[]][])(
  'without a gate, %s runs what must not run',
  async (id, args) => {
    if (manager(id) === undefined) return;
    const lab = await makeLab('blocked');
    labs.push(lab);
    const { code, text } = await lab.manager(id, args);
    expect(code, text).toBe(0);
    expect(lab.isInstalled('mallory')).toBe(true);
    expect(lab.events(), text).toContain('mallory:postinstall');
  },
);
