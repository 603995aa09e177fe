import { describe, expect, test } from 'vitest';
import { needOf } from '../../../src/hooks/pnpm/command.ts';

function native(version: string, command: string | undefined): Record<string, unknown> {
  return {
    userAgent: `pnpm/${version} npm/? node/? linux x64`,
    extraEnv: command === undefined ? {} : { npm_command: command },
  };
}

describe('what updateConfig has to see to', () => {
  test.each([
    ['12.21.0', 'install', 'nothing yet'],
    ['12.16.0', 'install', 'nothing yet'],
    ['12.15.9', 'install', 'lockfile'],
    ['12.16.0-rc.1', 'install', 'lockfile'],
    ['12.0.0', 'add', 'lockfile'],
    ['13.0.0', 'add', 'nothing yet'],
    ['12.21.0', 'fetch', 'lockfile'],
    ['12.21.0', 'a-new-command', 'lockfile'],
    ['12.21.0', undefined, 'lockfile'],
    ['what', 'install', 'lockfile'],
    ['12.0.0', 'run-script', 'nothing'],
    ['12.21.0', 'list', 'nothing'],
  ] as const)('of a native pnpm %s, %s: %s', (version, command, need) => {
    expect(needOf(native(version, command), undefined)).toBe(need);
  });

  test.each([
    [['install'], 'nothing yet'],
    [['fetch'], 'nothing yet'],
    [['rebuild'], 'lockfile'],
    [['--filter', 'a', 'rb'], 'lockfile'],
    [['approve-builds'], 'lockfile'],
    [[], 'nothing yet'],
    [['list'], 'nothing'],
    [['install', '--filter', 'list'], 'nothing yet'],
  ] as const)('of a pnpm on Node.js with %j: %s', (args, need) => {
    expect(needOf({}, ['node', '/rebuild/pnpm.cjs', ...args])).toBe(need);
  });

  test('no user agent, no settings', () => {
    expect(needOf({}, undefined)).toBe('lockfile');
    expect(needOf({ extraEnv: { npm_command: 'install' }, userAgent: 12 }, undefined)).toBe('lockfile');
  });
});
