/** Some of the attempts to get around a gate; all of them are in `npm run test:gates`. */
import { describe, expect, test } from 'vitest';
import { commandAttempts } from './bypass/commands.ts';
import { fileAttempts } from './bypass/files.ts';
import { hold } from './bypass/hold.ts';
import { playsOf } from './bypass/play.ts';
import { isComplete } from './matrix/runners.ts';

/** As `playsOf` names them. */
const QUICK = [
  'a lockfile that takes a package from another host, with the digest of what is there · npm-12 · hook',
  'a lockfile that takes a package from another host, with the digest of what is there · yarn-1 · run',
  'a tampered entry of the cache · yarn-1 · run',
  '--ignore-pnpmfile · pnpm-12 · pnpm-plugin',
  'the blocked package under another name · pnpm-12 · pnpm-plugin',
  'npx of a package that is in its cache already · npm-11 · run',
  'a trust root of the attacker in a .env file of the repository · bun · bun-scanner',
];

describe.concurrent('attempts to get around a gate', () => {
  const plays = playsOf([...fileAttempts, ...commandAttempts]).filter(({ name }) => QUICK.includes(name));
  test.runIf(isComplete)('are as many as are named', () => {
    expect(plays).toHaveLength(QUICK.length);
  });
  test.each(plays.map((one) => [one.name, one] as const))('%s', { timeout: 120_000 }, async (_, one) => {
    await hold(one);
  });
});
