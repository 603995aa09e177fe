import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scratch } from '../cli/command.ts';
import { hasData, missing, readJson } from '../real/data.ts';
import { inData, verifyBundle } from './cli.ts';

interface Case {
  readonly name: string;
  readonly expect: 'pass' | 'fail';
  /** Relative to `assets`. */
  readonly artifact: string;
  readonly identity: string;
  readonly issuer: string;
  readonly key: boolean;
  readonly trustedRoot: 'prod' | 'own';
}

const { cases } = hasData
  ? readJson<{ cases: readonly Case[] }>('conformance', 'cases.json')
  : { cases: [] as readonly Case[] };

const { folder, remove } = scratch();
let cwd = '';
beforeAll(async () => {
  cwd = await folder();
});
afterAll(remove);

/** The rule that refuses each case which must fail. */
const CODES: Readonly<Record<string, string>> = {};

function argsOf(item: Case): readonly string[] {
  const file = (name: string): string => inData('conformance', 'assets', 'bundle-verify', item.name, name);
  return [
    ...['--trust-root', item.trustedRoot === 'own' ? file('trusted_root.json') : inData('tuf/trusted-roots/prod.json')],
    ...(item.key ? ['--key', file('key.pub')] : ['--identity', item.identity, '--issuer', item.issuer]),
    file('bundle.sigstore.json'),
  ];
}

describe.skipIf(!hasData)(`the public conformance cases${missing}`, () => {
  test('are all there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(42);
    expect(Object.keys(CODES).sort()).toEqual(
      cases.filter((item) => item.expect === 'fail').map(({ name }) => name).sort(),
    );
  });

  test.concurrent.each(cases.map((item) => [item.name, item] as const))('%s', async (name, item) => {
    const artifact = inData('conformance', 'assets', item.artifact);
    expect(existsSync(artifact)).toBe(true);
    const digest = `sha256:${createHash('sha256').update(readFileSync(artifact)).digest('hex')}`;
    for (const given of [artifact, digest]) {
      const { exitCode, code } = await verifyBundle([...argsOf(item), given], cwd);
      expect(code).toBe(item.expect === 'pass' ? 'verified' : CODES[name]);
      expect(exitCode === 0).toBe(item.expect === 'pass');
    }
  });
});
