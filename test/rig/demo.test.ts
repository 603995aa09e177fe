import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ATTACKS } from '../../scripts/demo-story.mjs';

const root = path.join(import.meta.dirname, '..', '..');

it('the demonstration goes as told, and leaves nothing behind', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(root, 'scripts', 'demo.mjs')], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
  });
  for (const { victim, story } of ATTACKS) {
    expect(stdout).toContain(victim);
    expect(stdout).toContain(story);
  }
  const folder = /The temporary folder (\S+) has been removed/.exec(stdout)?.[1];
  expect(folder).toBeDefined();
  expect(existsSync(folder!)).toBe(false);
});
