import { expect, test } from 'vitest';
import { originOf } from '../../../src/hooks/yarn/origin.ts';
import type { Locator, YarnCore } from '../../../src/hooks/yarn/types.ts';

const locator = (reference: string): Locator => ({ locatorHash: '', scope: null, name: 'a', reference });
/** As yarn does it. */
const structUtils = {
  stringifyIdent: ({ name }: Locator) => name,
  parseLocator: (text: string) => ({
    ...locator(text.slice(text.indexOf('@') + 1)),
    name: text.split('@')[0],
  }),
  parseRange(range: string) {
    const [, source, selector, params] = /^[^:]*:(?:([^#]*)#)?(.*?)(?:::(.*))?$/.exec(range)!;
    return {
      source: source === undefined ? null : decodeURIComponent(source),
      selector,
      params: params === undefined ? null : Object.fromEntries(new URLSearchParams(params)),
    };
  },
} as unknown as YarnCore['structUtils'];

const originAt = (reference: string) => originOf(locator(reference), { structUtils });

test.each(['workspace:.', 'link:./a::locator=x', 'portal:../a', 'virtual:0123#npm:1.0.0'])(
  '%s is the project’s own',
  (reference) => {
    expect(originAt(reference)).toEqual({ kind: 'own' });
  },
);

test('a registry’s package has its version and, where it is elsewhere, its tarball', () => {
  expect(originAt('npm:1.0.0')).toEqual({
    kind: 'registry',
    name: 'a',
    version: '1.0.0',
    resolved: undefined,
  });
  expect(originAt('npm:1.0.0::__archiveUrl=https%3A%2F%2Fx.example%2Fa.tgz')).toMatchObject({
    version: '1.0.0',
    resolved: 'https://x.example/a.tgz',
  });
});

test('a patched package is that which is patched', () => {
  expect(originAt('patch:b@npm%3A2.0.0#./b.patch::version=2.0.0&hash=012345')).toMatchObject({
    kind: 'patched',
    of: { name: 'b', reference: 'npm:2.0.0' },
  });
  expect(originAt('patch:nothing')).toMatchObject({ kind: 'foreign' });
});

const commit = '0123456789012345678901234567890123456789';
test.each([
  [`https://git.example/a.git#commit=${commit}`, { kind: 'git', url: 'https://git.example/a.git', commit }],
  [`git@git.example:a.git#workspace=b&commit=${commit}`, { kind: 'git', commit }],
  ['git+ssh://git@git.example/a.git', { kind: 'git', commit: undefined }],
  ['https://x.example/a.tgz', { kind: 'remote', url: 'https://x.example/a.tgz' }],
  ['file:./a.tgz::hash=0&locator=b', { kind: 'file', path: './a.tgz' }],
  ['file:./a::hash=0&locator=b', { kind: 'directory', path: './a' }],
  ['exec:./make.js::hash=0', { kind: 'directory', path: './make.js' }],
  ['unheard-of:a', { kind: 'remote', url: 'unheard-of:a' }],
])('%s is from no registry', (reference, source) => {
  expect(originAt(reference)).toMatchObject({ kind: 'foreign', source });
});
