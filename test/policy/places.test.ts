import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PlaceKind, placeOf, readPlace } from '../../src/policy/places.ts';
import type { Source } from '../../src/tree/types.ts';
import { failureOf, folderOf, foreign, judged, node, policyOf } from './support.ts';

const COMMIT = 'c'.repeat(40);
const LOG = 'https://github.com/acme/log';

describe('the place of a git URL', () => {
  test.each([
    ['git+ssh://git@github.com/acme/log.git', LOG],
    ['git+ssh://git@github.com:acme/log.git', LOG],
    ['ssh://git@github.com:22/acme/log', LOG],
    ['git@github.com:acme/log.git', LOG],
    ['git+https://github.com/Acme/Log.git', LOG],
    ['git+https://user:token@github.com:443/acme/log.git#main', LOG],
    ['HTTPS://GitHub.com/acme/log/', LOG],
    ['github:acme/log', LOG],
    ['acme/log', LOG],
    ['https://codeload.github.com/acme/log/tar.gz/main', LOG],
    ['gitlab:acme/group/log', 'https://gitlab.com/acme/group/log'],
    ['bitbucket:acme/log', 'https://bitbucket.org/acme/log'],
    ['https://bitbucket.org/acme/log/get/abc.tar.gz', 'https://bitbucket.org/acme/log'],
    ['https://gitlab.com/acme/log/-/archive/v1/log-v1.tar.gz', 'https://gitlab.com/acme/log'],
    ['https://gitlab.com/acme/log/repository/archive.tar.gz?ref=abc', 'https://gitlab.com/acme/log'],
    [
      'https://gitlab.com/api/v4/projects/acme%2Flog/repository/archive.tar.gz?sha=abc',
      'https://gitlab.com/acme/log',
    ],
    ['ssh://git@git.acme.example:7999/team/Log.git', 'https://git.acme.example:7999/team/Log'],
    ['git+https://git.acme.example:8443/team/log', 'https://git.acme.example:8443/team/log'],
    // Another port is another service, also where it is the usual one of another protocol.
    ['ssh://git@git.acme.example:443/team/log', 'https://git.acme.example:443/team/log'],
  ])('%s is %s', (url, place) => {
    expect(placeOf('git', url)).toBe(place);
  });

  test.each([
    'https://github.com@evil.example/acme/log',
    'https://github.com:acme@evil.example/acme/log',
    'git+ssh://github.com:acme@evil.example/acme/log',
    'https://github.com.evil.example/acme/log',
    'https://evil.example/github.com/acme/log',
    'https://evil.example\\@github.com/acme/log',
    'https://evil.example%2f@github.com/acme/log',
    'https://evil.example?@github.com/acme/log',
    'https://evil.example#@github.com/acme/log',
    'https://a@evil.example@github.com/acme/log',
    'https://gіthub.com/acme/log',
    'https://github.com./acme/log',
    'https://github.com/evil/../acme/log',
    'https://github.com/evil/%2e%2e/acme/log',
    'https://github.com//acme/log',
    'https://github.com/acme',
    'git@github.com:/acme/log',
    'git@github.com:evil/../acme/log',
    'git@evil.example:github.com/acme/log',
    'git@github.com.evil.example:acme/log',
    'github:evil:token@acme/log',
    'github:acme/log/x',
    '../acme/log',
    'gist:0123456789abcdef',
    'http://github.com/acme/log',
    'git://github.com/acme/log',
    'git+http://github.com/acme/log',
    'file:///acme/log',
    'https://gitlab.com/api/v4/projects/evil%2F..%2Facme%2Flog/repository/archive.tar.gz',
    'https://github.com/acme/lo g',
    `https://github.com/acme/${'a'.repeat(3000)}`,
    '',
    '#',
  ])('%s is none of the places of acme on GitHub', (url) => {
    expect(placeOf('git', url) ?? '').not.toMatch(/^https:\/\/git(?:hub|lab)\.com\/acme\//);
  });

  test('long hostile text takes no time to speak of', () => {
    for (const part of ['a/', 'a.', '@', ':', '%2f', 'a-', '/archive.tar.gz'])
      for (const start of ['', 'https://', 'git@github.com:', 'https://gitlab.com/'])
        expect(typeof (placeOf('git', start + part.repeat(100_000)) ?? '')).toBe('string');
  });
});

describe('the place of a tarball', () => {
  test.each([
    ['https://files.acme.example/log-1.0.0.tgz', 'https://files.acme.example/log-1.0.0.tgz'],
    ['https://Files.Acme.example:443/Log.tgz?sig=a%2fb', 'https://files.acme.example/Log.tgz?sig=a%2fb'],
    ['https://github.com/Acme/Log/archive/V1.tgz', 'https://github.com/acme/log/archive/v1.tgz'],
    ['http://files.acme.example/log.tgz', undefined],
    ['https://files.acme.example%2f.evil.example/log.tgz', undefined],
    ['https://files.acme.example/a/%2e%2e/log.tgz', undefined],
    ['https://files.acme.example/a/../log.tgz', undefined],
    ['https://evil.example\\@files.acme.example/log.tgz', undefined],
    ['https://evil.example?@files.acme.example/log.tgz', undefined],
    ['runtime:22', undefined],
  ])('%s is %s', (url, place) => {
    expect(placeOf('remote', url)).toBe(place);
  });
});

describe('what a policy may allow', () => {
  test.each<[PlaceKind, string, string]>([
    ['git', 'https://github.com/Acme/*', 'https://github.com/acme/*'],
    ['git', 'https://github.com/acme/Log.git', LOG],
    ['git', 'https://github.com/acme/mono-*', 'https://github.com/acme/mono-*'],
    ['git', 'https://git.acme.example/*', 'https://git.acme.example/*'],
    ['git', 'https://git.acme.example:8443/Team/*', 'https://git.acme.example:8443/Team/*'],
    ['remote', 'https://files.acme.example/*', 'https://files.acme.example/*'],
    ['remote', 'https://codeload.github.com/acme/*', 'https://codeload.github.com/acme/*'],
  ])('%s: %s', (kind, text, place) => {
    expect(readPlace(kind, text)).toEqual({ place });
  });

  test.each<[PlaceKind, string, string]>([
    ['git', '*', 'https://'],
    ['git', 'https://*', 'is not a place'],
    ['git', 'https://github.com*', 'slash before'],
    ['git', 'https://github.com/*', 'owner and a slash'],
    ['git', 'https://github.com/acme*', 'owner and a slash'],
    ['git', 'https://GitHub.com/acme*', 'owner and a slash'],
    ['git', 'https://git.acme.example*', 'slash before'],
    ['git', 'https://git.acme.example/team*', 'slash before'],
    ['git', 'https://*.acme.example/x', 'at its end'],
    ['git', 'https://github.com/*/log', 'at its end'],
    ['git', 'https://github.com/acme', 'is not a place'],
    ['git', 'https://github.com/acme/../*', 'is not a place'],
    ['git', 'https://me@github.com/acme/*', 'is not a place'],
    ['git', 'github:acme/*', 'https://'],
    ['git', 'https://codeload.github.com/acme/*', 'not its downloads'],
    ['git', '^https://github.com/acme/.+$', 'https://'],
    ['remote', 'http://files.acme.example/*', 'https://'],
    ['remote', 'https://codeload.github.com/*', 'owner and a slash'],
  ])('%s: not %s', (kind, text, problem) => {
    expect(readPlace(kind, text)).toEqual({ problem: expect.stringContaining(problem) });
  });
});

const git = (url: string, commit: string | undefined = COMMIT): Source => ({ kind: 'git', url, commit });
const remote = (url: string): Source => ({ kind: 'remote', url });
const transitive = (source: Source) =>
  foreign(source, [node({ source, depth: 3, parents: ['node_modules/b'] })]);
const ERROR = 'failed, error source-unverifiable';

test('a place has the host that every other parser of URLs sees, and stays as it is', () => {
  const text = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc
      .array(
        fc.constantFrom(
          'https://',
          'github.com',
          'acme',
          'evil.example',
          '/',
          '@',
          ':',
          '.',
          '..',
          '#',
          '?',
          '%2f',
          '\\',
          '443',
          'git+ssh://',
        ),
        { maxLength: 9 },
      )
      .map((parts) => `https://${parts.join('')}`),
  );
  fc.assert(
    fc.property(text, (url) => {
      for (const kind of ['git', 'remote'] as const) {
        const place = placeOf(kind, url);
        if (place === undefined) continue;
        const host = new URL(url).host;
        // The one host whose downloads are read as repositories of another.
        expect(new URL(place).host).toBe(
          kind === 'git' && host === 'codeload.github.com' ? 'github.com' : host,
        );
        expect(placeOf(kind, place)).toBe(place);
      }
    }),
    { numRuns: 3000 },
  );
});

describe('allowed places', async () => {
  const policy = await policyOf(`
version: 1
sources:
  git: { allow: https://github.com/acme/* }
  remote: { allow: [https://files.acme.example/*] }
`);
  test.each<[string, Source, string]>([
    ['ours', git('git+ssh://git@github.com/acme/log.git'), 'passed'],
    ['a stranger', git('git+ssh://git@github.com/evil/log.git'), ERROR],
    ['a name that begins like ours', git('git+ssh://git@github.com/acme-evil/log.git'), ERROR],
    ['a host that begins like ours', git('git+ssh://git@github.com.evil.example/acme/log.git'), ERROR],
    ['our name on another host', git('git+https://gitlab.com/acme/log.git'), ERROR],
    ['git in the clear', git('git://github.com/acme/log.git'), ERROR],
    ['a branch instead of a commit', { kind: 'git', url: 'github:acme/log', commit: undefined }, ERROR],
    ['our files', remote('https://files.acme.example/log.tgz'), 'passed'],
    ['files in the clear', remote('http://files.acme.example/log.tgz'), ERROR],
    ['allowed for git only', remote('https://github.com/acme/log/archive/v1.tgz'), ERROR],
  ])('%s', (_, source, expected) => {
    expect(judged(transitive(source), policy)).toBe(expected);
  });

  test('are no answer to a rule that demands a registry, nor to a missing digest', async () => {
    const pinned = await policyOf(
      'version: 1\nsources: { git: { allow: https://github.com/acme/* } }\nrules:\n  - { match: "@acme/*", identity: { trigger: push } }\n',
    );
    expect(judged(transitive(git('github:acme/log')), pinned)).toBe('failed, error source-not-allowed');
    const source = remote('https://files.acme.example/log.tgz');
    const bare = foreign(source, [node({ source })], { integrity: { kind: 'none' } });
    expect(judged(bare, policy)).toBe('failed, error integrity-missing');
  });

  test('come from the nearest file that sets them; one level sets all of a kind', async () => {
    const { loadPolicy } = await import('../../src/policy/load.ts');
    const team = 'version: 1\nsources: { git: { allow: [https://github.com/acme/*] } }\n';
    const sourcesOf = async (git: string) => {
      const mine = `version: 1\nextends: ./team.yaml\nsources: { git: ${git} }\n`;
      const from = await folderOf({ '.git/HEAD': '', 'verify-deps.yaml': mine, 'team.yaml': team });
      return (await loadPolicy({ from })).sources.git.allow?.map(({ value, at }) => `${value} ${at.file}`);
    };
    expect(await sourcesOf('{ direct: error }')).toEqual(['https://github.com/acme/* team.yaml']);
    expect(await sourcesOf('{ allow: https://github.com/beta/x }')).toEqual([
      'https://github.com/beta/x verify-deps.yaml',
    ]);
    expect(await sourcesOf('{ allow: [] }')).toBeUndefined();
    expect(await sourcesOf('error')).toBeUndefined();
  });

  test('a place that strangers could have is refused with its position', async () => {
    const text =
      'version: 1\nsources: { git: { allow: ["https://github.com/acme/x", "https://github.com/*"] } }\n';
    expect(await failureOf(policyOf(text))).toBe(
      'policy-malformed verify-deps.yaml:2:56: "https://github.com/*" must have an owner and a slash before the *, or strangers match too: https://github.com/acme/*',
    );
  });
});

test('a finding says who brings the package along, unless it is the project itself', async () => {
  const { judge } = await import('../../src/policy/evaluate.ts');
  const { NOW, NO_BASELINE, presetOf } = await import('./support.ts');
  const recommended = await presetOf('recommended');
  const source = git('git+https://github.com/evil/log.git');
  const argsOf = (...nodes: Parameters<typeof node>[0][]) =>
    judge(
      foreign(
        source,
        nodes.map((over) => node({ source, ...over })),
      ),
      recommended,
      NO_BASELINE,
      NOW,
    ).findings[0]?.args;
  expect(argsOf({ depth: 1, parents: [''] })).toEqual({ kind: 'git' });
  expect(
    argsOf(
      { depth: 2, parents: ['node_modules/b', 'node_modules/a/node_modules/@x/c'] },
      { depth: 3, parents: ['d@1.0.0(e@2.0.0)'] },
    ),
  ).toEqual({ kind: 'git', by: ['@x/c', 'b', 'd@1.0.0(e@2.0.0)'] });
  const many = Array.from({ length: 30 }, (_, index) => `node_modules/p${index}`);
  expect(argsOf({ depth: 2, parents: many })?.by).toHaveLength(8);
});
