/** Which chunk a module is in. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { grouping } from '../../scripts/bundle/groups.mjs';
import { type Modules, ROOT, readJson } from './support.ts';

test('a module that a chunk is made for and that is none of the bundle ends the build', () => {
  const { groups, expectUsed } = grouping(ROOT);
  expect(expectUsed).toThrow(`but not bundled: ${path.join(ROOT, 'src', 'cli', 'process.ts')}`);
  const modules = Object.values(readJson<Modules>(path.join(ROOT, 'build', 'modules.json')));
  const ids = modules.flatMap((chunk) => Object.keys(chunk.modules)).map((id) => path.join(ROOT, id));
  for (const id of [...ids, '\0left-out:7:typescript']) for (const { test } of groups) test(id);
  expect(expectUsed).not.toThrow();
});
