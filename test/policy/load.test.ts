import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import type { PolicySource } from '../../src/policy/remote.ts';
import { failureOf, folderOf, policyOf } from './support.ts';

const MINE = 'version: 1\nrequire: { provenance: warn }\n';

describe('finding', () => {
  test.each([
    ['verify-deps.yaml', MINE],
    ['verify-deps.yml', MINE],
    ['verify-deps.json', '{"version": 1, "require": {"provenance": "warn"}}'],
    ['.verify-depsrc', MINE],
    ['.verify-depsrc.json', '{\n\t"version": 1,\n\t"require": {"provenance": "warn"}\n}'],
    ['.verify-depsrc.yaml', MINE],
    ['.verify-depsrc.yml', MINE],
    ['package.json', '{"name": "x", "verify-deps": {"version": 1, "require": {"provenance": "warn"}}}'],
  ])('%s', async (name, text) => {
    const policy = await loadPolicy({ from: await folderOf({ [name]: text }) });
    expect(policy.defaults.provenance).toMatchObject({ value: 'warn', at: { file: name } });
    expect(policy.files).toEqual([name, 'preset:recommended']);
  });

  test.each([
    'verify-deps.js',
    'verify-deps.config.js',
    '.verify-depsrc.js',
    '.verify-depsrc.cjs',
    'verify-deps.toml',
  ])('%s is no policy', async (name) => {
    const policy = await loadPolicy({ from: await folderOf({ [name]: 'throw 1' }) });
    expect(policy.files).toEqual(['preset:recommended']);
  });

  test('package.json without the key, or with the tool as a dependency only, is none', async () => {
    const from = await folderOf({
      'package.json': '{"a": 1, "a": 2, "devDependencies": {"verify-deps": "1"}}',
    });
    expect((await loadPolicy({ from })).files).toEqual(['preset:recommended']);
  });

  test('goes up to the repository root and no further', async () => {
    const from = await folderOf({
      'verify-deps.yaml': 'version: 1\nmode: observe\n',
      'repo/.git/HEAD': '',
      'repo/a/b/x': '',
    });
    const inner = path.join(from, 'repo/a/b');
    expect((await loadPolicy({ from: inner })).files).toEqual(['preset:recommended']);
    await writeFile(path.join(from, 'repo/verify-deps.yaml'), MINE);
    expect((await loadPolicy({ from: inner })).files).toEqual([
      '../../verify-deps.yaml',
      'preset:recommended',
    ]);
  });

  test('without a repository only the folder itself is looked at', async () => {
    const from = await folderOf({ 'verify-deps.yaml': 'version: 1\nmode: observe\n', 'a/x': '' });
    expect((await loadPolicy({ from: path.join(from, 'a') })).files).toEqual(['preset:recommended']);
  });

  test('the nearest wins', async () => {
    const from = await folderOf({
      '.git/HEAD': '',
      'verify-deps.yaml': 'version: 1\nmode: observe\n',
      'a/package.json': '{"verify-deps": {"version": 1}}',
    });
    expect((await loadPolicy({ from: path.join(from, 'a') })).mode.value).toBe('enforce');
  });

  test('an explicit file wins and may lie elsewhere', async () => {
    const other = await folderOf({ 'team.yaml': MINE });
    const from = await folderOf({ 'verify-deps.yaml': 'version: 1\nmode: observe\n' });
    const policy = await loadPolicy({ from, file: path.join(other, 'team.yaml') });
    expect([policy.mode.value, policy.defaults.provenance.value]).toEqual(['enforce', 'warn']);
  });

  test('two policies in one folder conflict', async () => {
    const from = await folderOf({ 'verify-deps.yaml': MINE, '.verify-depsrc': 'version: 1' });
    expect(await failureOf(loadPolicy({ from }))).toMatch(
      /^policy-conflict two policies in the same folder: verify-deps.yaml and .verify-depsrc/,
    );
  });

  test('what cannot be read is an error, never the default', async () => {
    expect(await failureOf(loadPolicy({ from: await folderOf({}), file: 'gone.yaml' }))).toMatch(
      /^policy-unreadable .*gone\.yaml does not exist/,
    );
    const huge = await folderOf({ 'huge.yaml': 'a'.repeat(5_000_000), 'folder/x': '' });
    expect(await failureOf(loadPolicy({ from: huge, file: 'huge.yaml' }))).toMatch(
      /^policy-unreadable .*huge\.yaml is larger than 4194304 bytes$/,
    );
    expect(await failureOf(loadPolicy({ from: huge, file: 'folder' }))).toMatch(/is not a regular file$/);
    const from = await folderOf({ 'verify-deps.yaml/x': '' });
    expect(await failureOf(loadPolicy({ from }))).toMatch(/^policy-unreadable .* is not a regular file/);
    const outside = await folderOf({ 'policy.yaml': 'version: 1\nmode: observe' });
    const linked = await folderOf({ 'x/y': '' });
    await symlink(path.join(outside, 'policy.yaml'), path.join(linked, 'verify-deps.yaml'));
    expect(await failureOf(loadPolicy({ from: linked }))).toMatch(
      /^policy-unreadable .* outside of the project/,
    );
    const device = await folderOf({});
    await symlink('/dev/zero', path.join(device, 'verify-deps.yaml'));
    expect(await failureOf(loadPolicy({ from: device }))).toMatch(/^policy-unreadable /);
    const dangling = await folderOf({});
    await symlink('nowhere', path.join(dangling, 'verify-deps.yaml'));
    expect(await failureOf(loadPolicy({ from: dangling }))).toMatch(/^policy-unreadable .* ENOENT/);
  });

  test.each([
    ['.config/config.cjs', {}],
    ['.config/config.js', {}],
    ['.config/config.mjs', {}],
    ['evil.cjs', { '.config/config.yaml': 'cosmiconfig:\n  searchPlaces: [evil.cjs]\n' }],
    ['evil.cjs', { 'package.json': '{"cosmiconfig": {"searchPlaces": ["evil.cjs"]}}' }],
  ])('nothing in the working folder is run: %s with %j', async (name, files) => {
    const ran = path.join(await folderOf({}), 'ran');
    const attack = `process.getBuiltinModule("fs").writeFileSync(${JSON.stringify(ran)}, "");`;
    const from = await folderOf({ ...files, [name]: attack, 'verify-deps.yaml': 'version: 1\n' });
    const before = process.cwd();
    process.chdir(from);
    try {
      expect((await loadPolicy({ from })).files).toEqual(['verify-deps.yaml', 'preset:recommended']);
      // Whatever was started has the time to do its work.
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      process.chdir(before);
    }
    expect(existsSync(ran)).toBe(false);
  });
});

describe('extends', () => {
  test('the file wins over what it extends, later entries over earlier', async () => {
    const from = await folderOf({
      'verify-deps.yaml': 'version: 1\nextends: [strict, ./a.yaml, ./b.json]\nrequire: { baseline: warn }\n',
      'a.yaml': 'version: 1\nrequire: { provenance: "off", baseline: "off", resolved: "off" }\n',
      'b.json': '{"version": 1, "require": {"resolved": "warn"}, "sources": {"git": {"direct": "off"}}}',
    });
    const { defaults, files, sources, rules } = await loadPolicy({ from });
    expect(files).toEqual(['verify-deps.yaml', 'b.json', 'a.yaml', 'preset:strict', 'preset:recommended']);
    expect(defaults.baseline.value).toBe('warn');
    expect(defaults.resolved).toMatchObject({ value: 'warn', at: { file: 'b.json', line: 1 } });
    expect(defaults.provenance.value).toBe('off');
    expect(defaults.inclusionProof).toMatchObject({ value: 'error', at: { file: 'preset:strict' } });
    expect([sources.git.direct.value, sources.git.transitive.value]).toEqual(['off', 'error']);
    expect(rules.map(({ id }) => id)).toEqual([
      'provenance in production',
      'no builds that strangers can start, nor on machines that nobody vouches for',
    ]);
  });

  test('a base that comes in twice does not undo what was built on it', async () => {
    const from = await folderOf({
      'verify-deps.yaml': 'version: 1\nextends: [strict, ./team.yaml]\n',
      'team.yaml': 'version: 1\nextends: recommended\n',
    });
    expect((await loadPolicy({ from })).defaults.inclusionProof.value).toBe('error');
  });

  test('own rules come before those of what is extended; registries are replaced whole', async () => {
    const from = await folderOf({
      'verify-deps.yaml':
        'version: 1\nextends: ./team.yaml\nrules: [{ match: a, require: { provenance: warn } }]\nregistries: [{ url: "https://r.example", keys: none }]\n',
      'team.yaml':
        'version: 1\nrules: [{ match: b, require: { provenance: error } }]\nregistries: [{ url: "https://r.example/", mirrorOf: default }, { url: "https://s.example/x", keys: registry }]\n',
    });
    const { rules, registries } = await loadPolicy({ from });
    expect(rules.map(({ match }) => match.name[0])).toEqual(['a', 'b']);
    expect(registries.map(({ url, keys }) => `${url} ${keys}`)).toEqual([
      'https://r.example/ none',
      'https://s.example/x/ registry',
    ]);
  });

  test.each([
    [
      'recommended after strict',
      '[strict, recommended]',
      /preset:recommended is already part of an earlier entry/,
    ],
    ['a preset with a typo', 'stric', /"stric" is no preset, did you mean "strict"$/],
    ['a package', '"@acme/policy"', /is neither a preset nor a path/],
    ['a URL without a digest', 'https://acme.example/p.yaml', /is not pinned/],
    ['a URL that is not https', 'http://acme.example/p.yaml', /is not https/],
    ['a URL with credentials', 'https://me:secret@acme.example/p.yaml', /carries credentials/],
    ['a package without a version', 'npm:@acme/policy', /is not of the form/],
    ['a range of versions', 'npm:@acme/policy@^1.0.0', /names no exact version/],
    ['a weak pin', '"npm:policy@1.0.0#sha1-abc"', /is pinned to something else/],
    ['a package where nothing is fetched', 'npm:policy@1.0.0', /lies elsewhere, and nothing is fetched here/],
    ['a prototype key', '__proto__', /is neither a preset nor a path/],
    ['an absolute path', '/etc/passwd', /is neither a preset nor a path/],
    ['a Windows path', 'C:\\p.yaml', /is a URL|neither/],
    ['a file of another kind', '../../../../etc/passwd', /is not a .yaml, .yml or .json file/],
    ['a path out of the repository', '../../../../etc/p.yaml', /leads out of the repository/],
    ['a path out and in again by name', '../repo-evil/p.yaml', /leads out of the repository/],
    ['backslashes', '"./..\\\\..\\\\p.yaml"', /forward slashes/],
    ['package.json', './package.json', /is not a .yaml/],
    ['what is not there', './gone.yaml', /"\.\/gone\.yaml" does not exist/],
    ['itself', './verify-deps.yaml', /goes in a circle: verify-deps.yaml -> verify-deps.yaml/],
    ['itself by a detour', './a/../verify-deps.yaml', /goes in a circle/],
  ])('refuses %s', async (_, entry, message) => {
    const outer = await folderOf({
      'repo/.git/HEAD': '',
      'repo/a/x': '',
      'repo/verify-deps.yaml': `version: 1\nextends: ${entry}\n`,
      'repo-evil/p.yaml': 'version: 1\nmode: observe\n',
    });
    const failure = await failureOf(loadPolicy({ from: path.join(outer, 'repo') }));
    expect(failure).toMatch(message);
    expect(failure).toMatch(/^policy-extends verify-deps\.yaml:2:\d+: /);
  });

  test('a link that leads out of the repository is refused and not quoted', async () => {
    const outer = await folderOf({ 'secret.yaml': 'password: hunter2\n', 'repo/.git/HEAD': '' });
    const repo = path.join(outer, 'repo');
    await writeFile(path.join(repo, 'verify-deps.yaml'), 'version: 1\nextends: ./team.yaml\n');
    await symlink('../secret.yaml', path.join(repo, 'team.yaml'));
    const failure = await failureOf(loadPolicy({ from: repo }));
    expect(failure).toMatch(/^policy-unreadable .*team\.yaml is a link to a place outside/);
    expect(failure).not.toContain('hunter2');
    await mkdir(path.join(outer, 'folder'));
    await writeFile(path.join(outer, 'folder/p.yaml'), 'version: 1\n');
    await symlink('../folder', path.join(repo, 'folder'));
    await writeFile(path.join(repo, 'verify-deps.yaml'), 'version: 1\nextends: ./folder/p.yaml\n');
    expect(await failureOf(loadPolicy({ from: repo }))).toMatch(
      /^policy-unreadable .* outside of the project/,
    );
  });

  test('a circle is named', async () => {
    const from = await folderOf({
      'verify-deps.yaml': 'version: 1\nextends: ./a.yaml\n',
      'a.yaml': 'version: 1\nextends: ./b.yaml\n',
      'b.yaml': 'version: 1\nextends: [observe, ./a.yaml]\n',
    });
    expect(await failureOf(loadPolicy({ from }))).toBe(
      'policy-extends b.yaml:2:20: extends goes in a circle: verify-deps.yaml -> a.yaml -> b.yaml -> a.yaml',
    );
  });

  test('depth and number are bounded, also where every file extends two', async () => {
    const chain: Record<string, string> = { 'verify-deps.yaml': 'version: 1\nextends: ./0.yaml\n' };
    for (let i = 0; i < 40; i++) chain[`${i}.yaml`] = `version: 1\nextends: ./${i + 1}.yaml\n`;
    expect(await failureOf(loadPolicy({ from: await folderOf(chain) }))).toMatch(
      /leads to more than 32 files/,
    );
    const fan: Record<string, string> = {
      'a20.yaml': 'version: 1\n',
      'b20.yaml': 'version: 1\n',
      'verify-deps.yaml': 'version: 1\nextends: [./a0.yaml, ./b0.yaml]\n',
    };
    for (let i = 0; i < 20; i++) {
      for (const side of 'ab')
        fan[`${side}${i}.yaml`] = `version: 1\nextends: [./a${i + 1}.yaml, ./b${i + 1}.yaml]\n`;
    }
    expect(await failureOf(loadPolicy({ from: await folderOf(fan) }))).toMatch(/leads to more than 32 files/);
  });

  test('a secret in a URL is not repeated', async () => {
    for (const url of [
      'https://me:secret@p.example/x.yaml',
      'https://p.example/x.yaml?token=secret#sha256-0',
    ]) {
      const said = await failureOf(policyOf(`version: 1\nextends: '${url}'\n`));
      expect(said).toMatch(/^policy-extends verify-deps\.yaml:2:10: "https:\/\/p\.example\/x\.yaml/);
      expect(said).not.toContain('secret');
    }
  });

  test('a folder that is called like a package is none', async () => {
    const from = await folderOf({
      'verify-deps.yaml': 'version: 1\nextends: ./npm:@acme/policy@1.0.0/team.yaml\n',
      'npm:@acme/policy@1.0.0/team.yaml': 'version: 1\n',
      'preset:recommended': 'version: 1\nmode: observe\n',
    });
    expect((await loadPolicy({ from })).files[1]).toBe('./npm:@acme/policy@1.0.0/team.yaml');
    // Once it passed for the preset itself, and nothing set the values.
    expect((await loadPolicy({ from, file: 'preset:recommended' })).files).toEqual([
      './preset:recommended',
      'preset:recommended',
    ]);
  });

  test('what bears the same name and has other content does not stand for it', async () => {
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
    const [old, now] = ['version: 1\nmode: enforce\n', 'version: 1\nlocked: true\n'];
    const remote: PolicySource = {
      obtain: async (ref) => {
        const text = [old, now].find((one) => ref.kind === 'https' && sha256(one) === ref.sha256)!;
        return { status: 'found', main: 'policy', files: new Map([['policy', Buffer.from(text)]]) };
      },
    };
    const at = (text: string): string => `extends: https://p.example/npm.yaml#sha256-${sha256(text)}`;
    const load = async (a: string, b: string): Promise<string> => {
      const from = await folderOf({
        'verify-deps.yaml': 'version: 1\nextends: [./a.yaml, ./b.yaml]\n',
        'a.yaml': `version: 1\n${at(a)}\n`,
        'b.yaml': `version: 1\n${at(b)}\n`,
      });
      return failureOf(loadPolicy({ from, remote }));
    };
    expect(await load(now, now)).toBe('no failure');
    // The older policy, which locks nothing, came first, and the newer one was taken to be there already.
    expect(await load(old, now)).toBe(
      'policy-extends b.yaml:2:10: "https://p.example/npm.yaml" comes in twice, each time with other content',
    );
  });

  test('an error in an extended file names that file', async () => {
    const from = await folderOf({
      'verify-deps.yaml': 'version: 1\nextends: ./policies/a.yaml\n',
      'policies/a.yaml': 'version: 1\n\nmodes: observe\n',
    });
    expect(await failureOf(loadPolicy({ from }))).toBe(
      'policy-unknown-key policies/a.yaml:3:1: unknown key "modes", did you mean "mode"',
    );
  });
});

test('the digest covers every byte of every file, and nothing else', async () => {
  const files = { 'verify-deps.yaml': 'version: 1\nextends: ./a.yaml\n', 'a.yaml': 'version: 1\n' };
  const digest = async (over: Record<string, string> = {}) =>
    (await loadPolicy({ from: await folderOf({ ...files, ...over }) })).digest;
  const first = await digest();
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(await digest()).toBe(first);
  expect(await digest({ 'a.yaml': 'version: 1 \n' })).not.toBe(first);
});

test('a file that says nothing is recommended', async () => {
  const [mine, none] = [await policyOf('version: 1\n'), await loadPolicy({ from: await folderOf({}) })];
  expect(mine.defaults).toEqual(none.defaults);
  expect(mine.sources).toEqual(none.sources);
});
