import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/policy/evaluate.ts';
import { exemptionFindings } from '../../src/policy/exemption-findings.ts';
import { deadExemptions, removeExemptions } from '../../src/policy/fix.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Finding } from '../../src/policy/types.ts';
import { evidence, folderOf, NO_BASELINE, NOW, SRI } from './support.ts';

const HEAD = '# ours\nversion: 1\nrequire: { provenance: error }\nexemptions:\n';
const USED = "  - { package: '@acme/log@^2', reason: x, owner: o, expires: 2027-01-01 } # wide, and needed\n";
const EXPIRED =
  '  # gone\n  - package:   a@1.0.0\n    reason: |\n      long\n    owner: o\n    expires: 2026-01-01\n';
const UNUSED = '  - {package: "b@2.0.0", reason: x, owner: o, expires: 2027-01-01}\n';

/** What a run over one package finds dead in the policy of this folder. */
async function deadIn(folder: string, file = 'verify-deps.yaml'): Promise<readonly Finding[]> {
  const policy = await loadPolicy({ from: folder, file });
  const verdicts = [judge(evidence(), policy, NO_BASELINE, NOW)];
  return deadExemptions(exemptionFindings(policy, verdicts, NOW), policy.files[0]);
}

async function fixed(
  text: string | Uint8Array,
  name = 'verify-deps.yaml',
): Promise<readonly [string, string]> {
  const folder = await folderOf({ [name]: text });
  const dead = await deadIn(folder, name);
  const outcome = await removeExemptions(path.join(folder, name), name, dead);
  expect(await readdir(folder)).toEqual([name]);
  return [outcome, await readFile(path.join(folder, name), 'utf8')];
}

describe('what is expired or unused goes, what is wide stays', () => {
  test('from YAML, to the byte', async () => {
    expect(await fixed(HEAD + EXPIRED + USED + UNUSED)).toEqual(['removed', HEAD + USED]);
    expect(await fixed(`${HEAD}${EXPIRED}${UNUSED}# end\n`)).toEqual([
      'removed',
      `${HEAD.replace('exemptions:', 'exemptions: []')}# end\n`,
    ]);
  });

  test('from JSON and package.json, with their indentation', async () => {
    const entry = (name: string, expires: string) => ({ package: name, reason: 'x', owner: 'o', expires });
    const policy = (...names: readonly string[]) => ({
      version: 1,
      require: { provenance: 'error' },
      exemptions: names.map((name) => entry(name, name === 'a@1.0.0' ? '2026-01-01' : '2027-01-01')),
    });
    const before = policy('a@1.0.0', '@acme/log@2.1.0', 'b@2.0.0');
    const after = policy('@acme/log@2.1.0');
    for (const indent of [2, 4, '\t', 0]) {
      const text = (value: object): string => JSON.stringify(value, null, indent);
      expect(await fixed(text(before), 'verify-deps.json')).toEqual(['removed', text(after)]);
      const manifest = (value: object): string =>
        text({ name: 'shop', exemptions: [1], 'verify-deps': value, version: '1.0.0' });
      expect(await fixed(manifest(before), 'package.json')).toEqual(['removed', manifest(after)]);
    }
  });

  test('a byte order mark and the line ends of Windows stay', async () => {
    const windows = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`;
    expect(await fixed(windows(HEAD + UNUSED + USED))).toEqual(['removed', windows(HEAD + USED)]);
  });

  test('not from a file that is extended', async () => {
    const team = HEAD + EXPIRED + UNUSED;
    const folder = await folderOf({
      'verify-deps.yaml': `version: 1\nextends: ./team.yaml\nexemptions:\n${UNUSED}`,
      'team.yaml': team,
    });
    const dead = await deadIn(folder);
    expect(dead.map(({ args }) => args.package)).toEqual(['b@2.0.0']);
    expect(await removeExemptions(path.join(folder, 'verify-deps.yaml'), 'verify-deps.yaml', dead)).toBe(
      'removed',
    );
    expect(await readFile(path.join(folder, 'team.yaml'), 'utf8')).toBe(team);
  });
});

describe('nothing is written', () => {
  test('where others hang on what would go', async () => {
    const text = `${HEAD}  - &one { package: a@1.0.0, reason: &why x, owner: o, expires: 2026-01-01 }
  - { package: "@acme/log@2.1.0", reason: *why, owner: o, expires: 2027-01-01 }
`;
    expect(await fixed(text)).toEqual(['by-hand', text]);
  });

  test('where the list has comments inside of brackets', async () => {
    const text = `version: 1\nexemptions: [\n  # all\n  { package: a@1.0.0, reason: x, owner: o, expires: 2026-01-01 }]\n`;
    expect(await fixed(text)).toEqual(['by-hand', text]);
  });

  test.each([
    ['moved', (text: string) => `# one line more\n${text}`],
    ['renewed', (text: string) => text.replace('2026-01-01', '2027-01-01')],
    ['gone', () => 'version: 1\n'],
  ])('where the file has changed since: %s', async (_, change) => {
    const folder = await folderOf({ 'verify-deps.yaml': HEAD + EXPIRED });
    const dead = await deadIn(folder);
    const file = path.join(folder, 'verify-deps.yaml');
    const changed = change(HEAD + EXPIRED);
    await writeFile(file, changed);
    expect(await removeExemptions(file, 'verify-deps.yaml', dead)).toBe('changed');
    expect(await readFile(file, 'utf8')).toBe(changed);
  });

  test('where the folder is not writable, and the error says so', async ({ skip }) => {
    if (process.getuid?.() === 0 || process.platform === 'win32') skip('rights do not bind this user');
    const folder = await folderOf({ 'verify-deps.yaml': HEAD + EXPIRED });
    const dead = await deadIn(folder);
    await chmod(folder, 0o555);
    try {
      await expect(
        removeExemptions(path.join(folder, 'verify-deps.yaml'), 'verify-deps.yaml', dead),
      ).rejects.toMatchObject({ code: 'policy-unwritable' });
    } finally {
      await chmod(folder, 0o755);
    }
    expect(await readFile(path.join(folder, 'verify-deps.yaml'), 'utf8')).toBe(HEAD + EXPIRED);
  });
});

test('entries that are the same by an alias go together', async () => {
  const one = `  - &one { package: a, integrity: ${SRI}, reason: x, owner: o, expires: 2026-01-01 }\n`;
  expect(await fixed(`${HEAD}${one}${USED}  - *one\n`)).toEqual(['removed', HEAD + USED]);
});

test('the file keeps its rights, and a link to it stays one', async ({ skip }) => {
  if (process.platform === 'win32') skip('no such rights there');
  const folder = await folderOf({ 'policies/ours.yaml': HEAD + EXPIRED });
  const real = path.join(folder, 'policies', 'ours.yaml');
  await chmod(real, 0o640);
  await mkdir(path.join(folder, '.git'));
  await symlink('policies/ours.yaml', path.join(folder, 'verify-deps.yaml'));
  const policy = await loadPolicy({ from: folder });
  expect(policy.files[0]).toBe('policies/ours.yaml');
  const dead = deadExemptions(exemptionFindings(policy, [], NOW), policy.files[0]);
  expect(await removeExemptions(real, 'policies/ours.yaml', dead)).toBe('removed');
  expect((await stat(real)).mode & 0o777).toBe(0o640);
  expect(await readFile(path.join(folder, 'verify-deps.yaml'), 'utf8')).toBe(
    HEAD.replace('exemptions:', 'exemptions: []'),
  );
});
