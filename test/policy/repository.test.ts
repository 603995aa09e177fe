import { expect, test } from 'vitest';
import { normalizeRepository, ownerOf } from '../../src/policy/repository.ts';

const MONO = 'https://github.com/acme/mono';

test.each([
  ['git+https://github.com/acme/mono.git', MONO],
  ['https://github.com/acme/mono', MONO],
  ['http://github.com/acme/mono/', MONO],
  ['git://github.com/acme/mono.git', MONO],
  ['git@github.com:acme/mono.git', MONO],
  ['ssh://git@github.com/acme/mono.git', MONO],
  ['git+ssh://git@github.com/acme/mono.git#v2', MONO],
  ['git+ssh://git@github.com:acme/mono.git', MONO],
  ['ssh://git@github.com:22/acme/mono.git', MONO],
  ['github:acme/mono', MONO],
  ['acme/mono', MONO],
  ['acme/mono#main', MONO],
  ['HTTPS://GitHub.com/Acme/Mono.GIT', MONO],
  ['https://www.github.com/acme/mono', MONO],
  ['https://github.com/acme/mono/tree/main/packages/log', MONO],
  ['https://user:token@github.com/acme/mono.git', MONO],
  ['https://github.com//acme//mono', MONO],
  ['  https://github.com/acme/mono  ', MONO],
  ['gitlab:acme/tools/mono', 'https://gitlab.com/acme/tools/mono'],
  ['https://gitlab.com/Acme/tools/mono.git', 'https://gitlab.com/acme/tools/mono'],
  ['https://gitlab.com/acme/tools/mono/-/tree/main', 'https://gitlab.com/acme/tools/mono'],
  ['https://git.acme.example:8443/Team/Mono.git', 'https://git.acme.example:8443/Team/Mono'],
  ['bitbucket:acme/mono', 'https://bitbucket.org/acme/mono'],
  // near misses
  ['https://github.com.evil.example/acme/mono', 'https://github.com.evil.example/acme/mono'],
  ['https://github.com@evil.example/acme/mono', 'https://evil.example/acme/mono'],
  ['https://evil.example/github.com/acme/mono', 'https://evil.example/github.com/acme/mono'],
  ['https://github.com/acme/mono-evil', 'https://github.com/acme/mono-evil'],
  ['https://github.com/acme/mono.github', 'https://github.com/acme/mono.github'],
  ['https://github.com/acme/mono/.git', MONO],
  ['https://github.com/acme/.git', undefined],
  // nothing that names a repository
  ['', undefined],
  ['TBD', undefined],
  ['https://github.com/', undefined],
  ['https://github.com/acme', undefined],
  ['https://github.com/acme/..', undefined],
  ['https://github.com/acme/%2e%2e/evil', undefined],
  ['javascript:alert(1)', undefined],
  ['javascript:alert(1)/acme', undefined],
  ['data:text/html,acme/mono', undefined],
  ['file:///acme/mono', undefined],
  ['https://github.com/acme/mo no', undefined],
  ['https://github.com/acme/mono\u001b[2J', undefined],
  ['https:\\\\github.com\\acme\\mono', undefined],
  [`https://github.com/${'a/'.repeat(5000)}`, undefined],
  ['/'.repeat(2000), undefined],
  ['a/'.repeat(1000), 'https://github.com/a/a'],
])('%.60s', (text, expected) => {
  expect(normalizeRepository(text)).toBe(expected);
});

test('owner', () => {
  expect(ownerOf('https://github.com/acme/mono')).toBe('https://github.com/acme');
  expect(ownerOf('https://gitlab.com/acme/tools/mono')).toBe('https://gitlab.com/acme/tools');
});
