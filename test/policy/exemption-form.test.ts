import { describe, expect, test } from 'vitest';
import { failureOf, policyOf, SRI } from './support.ts';

const written = (fields: string) =>
  policyOf(
    `version: 1\nexemptions:\n  - { ${fields}, reason: why, owner: web-team@acme.example, expires: 2027-01-01 }\n`,
  );
const versionOf = async (text: string): Promise<string | undefined> =>
  (await written(`package: ${JSON.stringify(text)}`)).exemptions[0]?.version;

describe('the versions an exemption covers', () => {
  test.each([
    ['a@1.2.3', '1.2.3'],
    ['@acme/a@1.0.0-rc.1', '1.0.0-rc.1'],
    ['a@=1.2.3', '1.2.3'],
    ['a@v1.2.3', '1.2.3'],
    ['a@^1.2', '^1.2'],
    ['a@~1.2.3', '~1.2.3'],
    ['a@1.x', '1.x'],
    ['a@0.x', '0.x'],
    ['a@<1', '<1'],
    ['a@<1.0.0-beta.2 >=1.0.0-alpha', '<1.0.0-beta.2 >=1.0.0-alpha'],
    ['a@>=1.2 <1.5', '>=1.2 <1.5'],
    ['a@>=1.2 <2', '>=1.2 <2'],
    ['a@1.2.0 - 1.4.0', '1.2.0 - 1.4.0'],
    ['a@^1.2 || ^2.0 || 3.1.4', '^1.2 || ^2.0 || 3.1.4'],
  ])('%s', async (text, version) => {
    expect(await versionOf(text)).toBe(version);
  });

  const open = 'has no upper end, so it covers every release to come';
  const wide = 'reaches over more than one major version';
  const none = 'names no version or range of versions';
  test.each([
    ['a@*', open],
    ['a@x', open],
    ['a@', open],
    ['a@>=1', open],
    ['a@>1.2.3', open],
    ['a@^1.2 || *', open],
    ['a@1.2.3 || >=2', open],
    ['a@>=1 <3', wide],
    ['a@<2', wide],
    ['a@<=1', wide],
    ['a@>=1.2 <=2.0.0', wide],
    ['a@1.2.3 - 2', wide],
    ['a@>=1 <99999', wide],
    ['a@>=1.0.0 <2.0.0-beta.1', wide],
    ['a@latest', none],
    ['a@1.2.3+build', none],
    ['a@^1.2 and more', none],
    [`a@${'1.2.3 || '.repeat(40)}1.2.3`, none],
    ['a', 'names no version'],
    ['@acme/a', 'names no version'],
    ['a-*@1.0.0', 'does not begin with the name of one package'],
    ['*@1.0.0', 'does not begin with the name of one package'],
    ['*', 'does not begin with the name of one package'],
    ['@acme/*@^1.0.0', 'does not begin with the name of one package'],
    ['a b@1.0.0', 'does not begin with the name of one package'],
  ])('%s is refused', async (text, why) => {
    const message = await failureOf(versionOf(text));
    expect(message).toMatch(/^policy-malformed verify-deps\.yaml:3:16: ".*" /);
    expect(message.endsWith(`" ${why}`)).toBe(true);
  });

  test('a digest stands for a version, if it is strong', async () => {
    const policy = await written(`package: '@acme/a', integrity: ${SRI}`);
    expect(policy.exemptions[0]).toMatchObject({ name: '@acme/a', version: undefined, integrity: SRI });
    expect(await failureOf(written('package: a, integrity: sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA='))).toBe(
      'policy-malformed verify-deps.yaml:3:16: "a" names no version, and only a sha512 digest stands for one',
    );
  });
});

test('without an owner there is no exemption, and the error says what to write', async () => {
  const text = 'version: 1\nexemptions:\n  - package: a@1.0.0\n    reason: x\n    expires: 2027-01-01\n';
  await expect(policyOf(text)).rejects.toMatchObject({
    code: 'policy-malformed',
    message: 'verify-deps.yaml:3:5: exemptions[0].owner is missing',
    hint: 'an exemption says who answers for it: owner: web-team@acme.example',
  });
  expect(await failureOf(policyOf(text.replace('reason: x', 'reason: x\n    owner: " "')))).toBe(
    'policy-malformed verify-deps.yaml:5:12: exemptions[0].owner must not be blank',
  );
});
