import { describe, expect, test } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { policyJsonSchema } from '../../src/policy/schema.ts';
import { failureOf, folderOf, policyOf } from './support.ts';

const parse = (text: string | Uint8Array) =>
  parsePolicy(typeof text === 'string' ? Buffer.from(text) : text, 'p.yaml')?.data;
const failure = async (text: string | Uint8Array) => failureOf((async () => parse(text))());

describe('hostile and odd files', () => {
  const laughs = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 20; i++) {
    const [name, inner] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
    laughs.push(`${name}: &${name} [${Array(9).fill(`*${inner}`).join(', ')}]`);
  }
  test.each([
    ['billion laughs', laughs.join('\n'), /more than 100 aliases/],
    ['an alias inside itself', 'a: &a [*a]', /nested too deeply|no anchor/],
    [
      'few aliases to much',
      `a: &a [${'x,'.repeat(2000)}]\n${Array.from({ length: 90 }, (_, i) => `k${i}: *a`).join('\n')}`,
      /more than 100000 values/,
    ],
    ['two megabytes', 'x'.repeat(2_097_152), /is larger than 1048576 bytes/],
    ['many tokens', `[${','.repeat(400_000)}`, /more than 150000 tokens/],
    [
      'many keys',
      Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join('\n'),
      /more than \d+ (tokens|values)/,
    ],
    ['deep flow lists', '['.repeat(100_000), /nested too deeply/],
    ['deep block lists', '- '.repeat(100_000), /nested too deeply/],
    ['deep maps', '{a: '.repeat(50_000), /nested too deeply/],
    [
      'deep indentation',
      Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      /nested too deeply/,
    ],
    ['a prototype', 'version: 1\n__proto__: { mode: observe }', /2:1: unknown key "__proto__"/],
    ['a quoted prototype', '{"__proto__": {}}', /1:2: unknown key "__proto__"/],
    ['a prototype by an escape', '{"__pr\\u006fto__": {}}', /unknown key "__proto__"/],
    ['a key twice', 'mode: enforce\nversion: 1\nmode: observe', /3:1: key "mode" appears twice/],
    ['a key twice in JSON', '{"mode": "enforce", "m\\u006fde": "observe"}', /key "mode" appears twice/],
    ['tabs as indentation', 'require:\n\tprovenance: error', /2:1: not YAML: Tabs/],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('é: 1\n'), Uint8Array.from([0x76, 0xff, 0xfe])]),
      /p\.yaml:2:1: this line is not UTF-8$/,
    ],
    ['UTF-16', Buffer.from('\ufeffversion: 1', 'utf16le'), /is not UTF-8|not YAML/],
    ['a tag that runs code elsewhere', 'a: !!js/function "x"', /not YAML: Unresolved tag/],
    ['a tag of its own', 'a: !secret x', /not YAML: Unresolved tag/],
    ['YAML 1.1, where off is a boolean', '%YAML 1.1\n---\na: off', /YAML 1.1 is not read/],
    ['a second document', 'version: 1\n---\nversion: 1', /second document/],
    ['a list as a key', '? [a]\n: 1', /a key must be plain text/],
    ['a number as a key', '1: 1', /a key must be plain text/],
    ['nothing', '', /the file is empty/],
    ['an unclosed quote', 'a: "b', /not YAML/],
    ['terminal escapes', 'a: 1\n"\\e[2J": 1\n"\\e[2J": 2', /\\u\{1b\}/],
  ])('%s', async (_, text, message) => {
    const said = await failure(text);
    expect(said).toMatch(/^policy-(malformed|unknown-key) /);
    expect(said).toMatch(message);
    expect(said).not.toMatch(/[\u0000-\u001f]/);
    expect(said.length).toBeLessThan(400);
  });

  test('a merge key is a plain key', () => {
    expect(parse('a: &a { x: 1 }\nb:\n  <<: *a')).toEqual({ a: { x: 1 }, b: { '<<': { x: 1 } } });
  });

  test('off, no and dates stay text', () => {
    expect(parse('a: off\nb: no\nc: 2027-03-01\nd: 0o7')).toEqual({
      a: 'off',
      b: 'no',
      c: '2027-03-01',
      d: 7,
    });
  });

  test('keys that name members of objects are plain', () => {
    const data = parse('constructor: 1\nhasOwnProperty: 2') as Record<string, unknown>;
    expect(Object.entries(data)).toEqual([
      ['constructor', 1],
      ['hasOwnProperty', 2],
    ]);
  });
});

test('positions count lines and columns from one, with and without a byte order mark', () => {
  for (const mark of ['', '\ufeff']) {
    const parsed = parsePolicy(
      Buffer.from(`${mark}version: 1\nrules:\n  - match: a\n    require: { x: 1 }\n`),
      'p.yaml',
    )!;
    expect(parsed.at(['version'])).toEqual({ file: 'p.yaml', line: 1, column: 10 });
    expect(parsed.at(['rules', 0, 'match'])).toEqual({ file: 'p.yaml', line: 3, column: 12 });
    expect(parsed.keyAt(['rules', 0, 'require', 'x'])).toEqual({ file: 'p.yaml', line: 4, column: 16 });
    expect(parsed.at(['rules', 0, 'nothing'])).toEqual(parsed.at(['rules', 0]));
  }
});

test('positions of what lies under a long key take no more room than others', () => {
  // Once for each path, the key would fill 30 GB.
  const text = `{"${'k'.repeat(700_000)}": [${'1,'.repeat(40_000)}1]}`;
  expect(Object.values(parse(text) as object)[0]).toHaveLength(40_001);
});

test('rules are compared without writing out their criteria for each name', async () => {
  const list = (count: number, of: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => of(index)).join(', ');
  const names = list(800, (index) => `a${index}`);
  const registries = list(800, (index) => `'https://r.example/${'r'.repeat(700)}${index}'`);
  const rule = (name: string, registry: string): string =>
    `  - { match: { name: ${name}, registry: ${registry} }, require: { provenance: error } }\n`;
  // 48 times 800 names with 570 KB of registries beside each would fill 20 GB.
  const rules = `${rule(`&n [${names}]`, `&r [${registries}]`)}${rule('*n', '*r').repeat(47)}`;
  expect((await policyOf(`version: 1\nrules:\n${rules}`)).rules).toHaveLength(48);
});

test('a key of package.json that is there twice is refused', async () => {
  const text = '{ "verify-deps": { "version": 1 },\n"verify-deps": { "version": 1, "mode": "observe" } }';
  const from = await folderOf({ 'package.json': text });
  expect(await failureOf(loadPolicy({ from }))).toMatch(
    /^policy-malformed .*package\.json:2:1: key "verify-deps" appears twice in the same map$/,
  );
});

test('JSON is read with its escapes and tabs', () => {
  expect(parse('{\n\t"a": "x\\/\\ud83d\\ude00\\u0041",\n\t"b": [1, true, null, -1.5e3]\n}')).toEqual({
    a: 'x/😀A',
    b: [1, true, null, -1500],
  });
});

describe('form', () => {
  const rule = (match: string, rest = 'require: { provenance: error }') =>
    `version: 1\nrules:\n  - match: ${match}\n    ${rest}\n`;
  const identity = (text: string) => rule('a', `identity: ${text}`);
  const exemption = (text: string) => `version: 1\nexemptions:\n  - ${text}\n`;
  const registry = (text: string) => `version: 1\nregistries:\n  - ${text}\n`;
  test.each([
    ['version: 2', 'malformed 1:10 version must be 1, not 2'],
    ['version: "1"', 'malformed 1:10 version must be 1, not "1"'],
    ['mode: observe', 'malformed 1:1 version is missing'],
    ['version: 1\nrequires: {}', 'unknown-key 2:1 unknown key "requires", did you mean "require"'],
    [
      'version: 1\nrequire: { provenence: error }',
      'unknown-key 2:12 unknown key "provenence" in require, did you mean "provenance"',
    ],
    ['version: 1\nrequire: { zzz: error }', 'unknown-key 2:12 unknown key "zzz" in require'],
    [
      'version: 1\nrequire: { provenance: eror }',
      'malformed 2:24 require.provenance is "eror", did you mean "error"',
    ],
    [
      'version: 1\nrequire: { provenance: fatal }',
      'malformed 2:24 require.provenance must be error, warn or off, not "fatal"',
    ],
    [
      'version: 1\nrequire: { provenance: false }',
      'malformed 2:24 require.provenance must be error, warn or off, not false',
    ],
    ['version: 1\nrequire: []', 'malformed 2:10 require must be a map, not a list'],
    ['version: 1\nrules: {}', 'malformed 2:8 rules must be a list, not a map'],
    [
      'version: 1\nsources: { git: { direkt: off } }',
      'unknown-key 2:19 unknown key "direkt" in sources.git, did you mean "direct"',
    ],
    ['version: 1\nsources: { registry: off }', 'unknown-key 2:12 unknown key "registry" in sources'],
    [rule('{ nam: a }'), 'unknown-key 3:14 unknown key "nam" in rules[0].match, did you mean "name"'],
    [
      rule('{ version: 2 }'),
      'malformed 3:23 rules[0].match.version must be text, not a number (put it in quotes to make it text)',
    ],
    [rule('{ version: "^^2" }'), 'malformed 3:23 "^^2" is not a range of versions'],
    [
      rule('{ dependency: [prodd] }'),
      'malformed 3:27 rules[0].match.dependency[0] is "prodd", did you mean "prod"',
    ],
    [rule('{ name: [] }'), 'malformed 3:20 rules[0].match.name must not be empty'],
    [rule('a', 'name: x'), 'malformed 3:5 a rule needs require, minimum, identity or deny'],
    [rule('a', 'require: {}'), 'malformed 3:5 a rule needs require, minimum, identity or deny'],
    [identity('{}'), 'malformed 4:15 identity names nothing'],
    [
      identity('{ repo: x }'),
      'unknown-key 4:17 unknown key "repo" in rules[0].identity, did you mean "repository"',
    ],
    [
      identity('{ owner: acme }'),
      'malformed 4:24 "acme" must be a URL, as the same name can be had elsewhere: https://github.com/acme',
    ],
    [
      identity('{ repository: acme/mono }'),
      'malformed 4:29 "acme/mono" must be a URL that starts with https://',
    ],
    [
      identity('{ repository: "https://github.com/acme*" }'),
      'malformed 4:29 "https://github.com/acme*" must have host, owner and a slash before the *, or strangers match too: https://github.com/acme/*',
    ],
    [
      identity('{ ref: ["refs/tags/*", "*/main"] }'),
      'malformed 4:38 "*/main" may have one * only, at its end',
    ],
    [exemption('{ package: a@1.0.0, expires: 2027-01-01 }'), 'malformed 3:5 exemptions[0].reason is missing'],
    [
      exemption('{ package: a@1.0.0, reason: " ", owner: o, expires: 2027-01-01 }'),
      'malformed 3:33 exemptions[0].reason must not be blank',
    ],
    [
      exemption('{ package: a@1.0.0, reason: x, owner: o }'),
      'malformed 3:5 exemptions[0].expires is missing',
    ],
    [
      exemption('{ package: a@1.0.0, reason: x, owner: o, expires: soon }'),
      'malformed 3:55 exemptions[0].expires must be a day: 2027-03-01',
    ],
    [
      exemption('{ package: a@1.0.0, reason: x, owner: o, expires: 2027-02-29 }'),
      'malformed 3:55 "2027-02-29" is not a day of the calendar',
    ],
    [
      exemption('{ package: a@1.0.0, reason: x, expires: 2027-01-01 }'),
      'malformed 3:5 exemptions[0].owner is missing',
    ],
    [
      exemption('{ package: a@1.0.0, reason: x, owner: o, codes: [provenance-absnt], expires: 2027-01-01 }'),
      'malformed 3:54 exemptions[0].codes[0] is "provenance-absnt", did you mean "provenance-absent"',
    ],
    [
      exemption('{ package: a@1.0.0, reason: x, owner: o, codes: [], expires: 2027-01-01 }'),
      'malformed 3:53 exemptions[0].codes must not be empty',
    ],
    [
      exemption('{ package: a@1.0.0, reason: x, owner: o, integrity: abc, expires: 2027-01-01 }'),
      'malformed 3:57 exemptions[0].integrity must be a digest as lockfiles write it: sha512-…',
    ],
    [registry('{ url: "ftp://r.example" }'), 'malformed 3:12 "ftp://r.example" is not the URL of a registry'],
    [
      registry('{ url: "https://me:secret@r.example" }'),
      'malformed 3:12 the URL of a registry must not carry credentials, a query or a fragment',
    ],
    [registry('{ url: "https://r.example", keys: mirror }'), 'malformed 3:5 keys: mirror needs mirrorOf'],
    [
      registry('{ url: "https://r.example", keys: none, mirrorOf: default }'),
      'malformed 3:55 mirrorOf does not go with keys: none',
    ],
    [
      registry('{ url: "http://r.example", keys: registry }'),
      'malformed 3:5 keys: registry over http would take keys from anyone on the way',
    ],
    [
      registry('{ url: "https://r.example", keys: [] }'),
      'malformed 3:39 registries[0].keys must not be empty',
    ],
    [
      registry('{ url: "https://r.example", keys: [{ keyid: a, key: b, validUntil: tomorrow }] }'),
      'malformed 3:72 "tomorrow" is not an ISO date or time',
    ],
    [
      `${registry('{ url: "https://r.example" }')}  - { url: "https://R.example/" }`,
      'conflict 4:5 registry "https://r.example/" is given twice, first at verify-deps.yaml:3:5',
    ],
  ])('%s', async (text, expected) => {
    const [code, position, ...words] = expected.split(' ');
    expect(await failureOf(policyOf(text))).toBe(
      `policy-${code} verify-deps.yaml:${position}: ${words.join(' ')}`,
    );
  });

  test('a policy in package.json is read at its place there', async () => {
    const from = await folderOf({
      'package.json': '{\n  "name": "x",\n  "verify-deps": {\n    "version": 1,\n    "mod": "x"\n  }\n}',
    });
    expect(await failureOf(loadPolicy({ from }))).toBe(
      'policy-unknown-key package.json:5:5: unknown key "mod", did you mean "mode"',
    );
    const broken = await folderOf({ 'package.json': '{ "verify-deps": { "version": 1, }' });
    expect(await failureOf(loadPolicy({ from: broken }))).toMatch(
      /^policy-malformed package.json:1:\d+: not YAML|^policy-malformed .*package.json/,
    );
  });
});

test('short forms and defaults', async () => {
  const policy = await policyOf(`
version: 1
rules:
  - match: '@acme/*'
    identity: { trigger: push }
  - name: second
    match: { dependency: dev }
    require: { provenance: off }
registries:
  - { url: 'https://a.example', mirrorOf: default }
  - { url: 'https://b.example/npm' }
  - url: https://c.example
    keys: [{ keyid: 'SHA256:x', key: AAAA, validUntil: 2027-01-01 }]
exemptions:
  - { package: '@acme/a@1.0.0-rc.1', reason: ' why ', owner: o, expires: 2028-02-29 }
`);
  expect(policy.rules.map(({ id, match }) => [id, match.name, match.dependency])).toEqual([
    ['rules[0]', ['@acme/*'], undefined],
    ['second', ['*'], ['dev']],
  ]);
  expect(policy.rules[0]!.identity!.value).toEqual({ trigger: ['push'] });
  expect(policy.registries).toEqual([
    { url: 'https://a.example/', keys: 'mirror', mirrorOf: 'default', pinned: [] },
    { url: 'https://b.example/npm/', keys: 'tuf', mirrorOf: undefined, pinned: [] },
    {
      url: 'https://c.example/',
      keys: 'pinned',
      mirrorOf: undefined,
      pinned: [
        {
          keyid: 'SHA256:x',
          key: 'AAAA',
          usage: ['signatures', 'attestations'],
          validFrom: undefined,
          validUntil: '2027-01-01',
        },
      ],
    },
  ]);
  expect(policy.exemptions[0]).toMatchObject({
    name: '@acme/a',
    version: '1.0.0-rc.1',
    reason: 'why',
    expires: Date.UTC(2028, 2, 1) - 1,
  });
});

test('every key of the schema has a description for editors', () => {
  const missing: string[] = [];
  const visit = (schema: Record<string, unknown>, path: string): void => {
    for (const [key, value] of Object.entries(
      (schema.properties ?? {}) as Record<string, Record<string, unknown>>,
    )) {
      if (value.description === undefined) missing.push(`${path}.${key}`);
      visit(value, `${path}.${key}`);
    }
    for (const inner of [schema.items, ...((schema.anyOf as unknown[]) ?? [])]) {
      if (inner !== undefined) visit(inner as Record<string, unknown>, path);
    }
  };
  visit(policyJsonSchema(), '');
  expect(missing).toEqual([]);
});
