import { describe, expect, test } from 'vitest';
import { lockfileConfusion } from '../../src/evidence/lockfile-confusion.ts';
import type { Subject } from '../../src/evidence/types.ts';
import { parseManifest } from '../../src/registry/manifest.ts';
import type { LockfileClaims } from '../../src/tree/types.ts';
import { packageNode } from '../support/nodes.ts';
import { subjectOf } from './samples.ts';

const npm = (more: object = {}): LockfileClaims => ({
  kind: 'npm',
  dependencies: [],
  optionalDependencies: [],
  peerDependencies: [],
  bundled: [],
  tellsScripts: true,
  ...more,
});

function told(claims: LockfileClaims, served: object, hasInstallScript = false) {
  const subject: Subject = { ...subjectOf(), nodes: [{ ...packageNode(), claims, hasInstallScript }] };
  const manifest = parseManifest(Buffer.from(JSON.stringify({ name: 'a', version: '1.0.0', ...served })));
  return lockfileConfusion(subject, manifest).map(
    ({ args }) => `${args.field}: ${args.expected} / ${args.actual}`,
  );
}

describe('a lockfile entry and the manifest of the registry', () => {
  test.each<[string, LockfileClaims, object, string]>([
    ['a dependency', npm({ dependencies: ['e', '1'] }), {}, 'dependencies.e: nothing / 1'],
    [
      'another range',
      npm({ dependencies: ['e', '>=0'] }),
      { dependencies: { e: '^1' } },
      'dependencies.e: ^1 / >=0',
    ],
    ['an optional one', npm({ optionalDependencies: ['e', '1'] }), {}, 'optionalDependencies.e: nothing / 1'],
    ['a peer', npm({ peerDependencies: ['e', '1'] }), {}, 'peerDependencies.e: nothing / 1'],
    ['something bundled', npm({ bundled: ['e'] }), {}, 'bundleDependencies: nothing / e'],
    ['a dependency of pnpm', { kind: 'pnpm', names: ['e'] }, {}, 'dependencies.e: nothing / e'],
    ['a hidden script', npm(), { hasInstallScript: true }, 'hasInstallScript: true / nothing'],
  ])('differ by %s', (_, claims, served, expected) => {
    expect(told(claims, served)).toEqual([expected]);
  });

  test.each<[string, LockfileClaims, object]>([
    [
      'optional ones in the other list',
      npm({ dependencies: ['e', '1'] }),
      { optionalDependencies: { e: '1' } },
    ],
    [
      'a repository in another spelling',
      npm({ dependencies: ['e', 'o/r'] }),
      { dependencies: { e: 'github:o/r' } },
    ],
    [
      'peers that pnpm resolves',
      { kind: 'pnpm', names: ['p', 'q'] },
      { peerDependencies: { p: '1' }, peerDependenciesMeta: { q: { optional: true } } },
    ],
    ['less than the manifest', npm(), { dependencies: { e: '1' } }],
    ['a form without a word about scripts', npm({ tellsScripts: false }), { hasInstallScript: true }],
  ])('do not differ by %s', (_, claims, served) => {
    expect(told(claims, served)).toEqual([]);
  });

  test('agree where both tell of scripts, and are told apart in a bounded number of fields', () => {
    expect(told(npm(), { hasInstallScript: true }, true)).toEqual([]);
    const dependencies = Array.from({ length: 30 }, (_, i) => [`d${i}`, '1']).flat();
    expect(told(npm({ dependencies }), {})).toHaveLength(9);
  });
});
