import { afterAll, test } from 'vitest';
import { expectStopped, type SetUpStand, setUpCases, standFor } from './support/hook-install.ts';
import { manager } from './support/managers.ts';

const stands: SetUpStand[] = [];
afterAll(async () => {
  for (const { lab } of stands) await lab.close();
});

/** The others, and sound trees, in hook-install.gates.ts. */
const core = setUpCases.filter(({ id }) => ['npm-12', 'pnpm-12'].includes(id));

test.each(core)('$id: what hook install writes stops a blocked package', async (item) => {
  if (manager(item.id) === undefined) return;
  const stand = await standFor(item, 'blocked');
  stands.push(stand);
  await expectStopped(item, stand);
});
