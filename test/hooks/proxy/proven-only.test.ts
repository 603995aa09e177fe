import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Gate } from '../../../src/gate.ts';
import { type Places, placesOf } from '../../../src/hooks/proxy/places.ts';
import { provenOnly } from '../../../src/hooks/proxy/proven-only.ts';
import type { NpmOptions } from '../../../src/registry/npmrc.ts';
import { ask, type Setup, setUp } from './support.ts';

const npm = {
  registry: 'https://registry.example/',
  defaultRegistry: 'https://registry.example/',
  scopes: new Map(),
  scope: undefined,
} as unknown as NpmOptions;
const places: Places = placesOf(npm, [], 'http://127.0.0.1:9/');

function gateThat(outcome: (version: string) => string): { gate: Gate; asked: string[] } {
  const asked: string[] = [];
  const judge = async ({ version }: { version: string }): Promise<unknown> => {
    asked.push(version);
    return { outcome: outcome(version), findings: [], evidence: {} };
  };
  return { gate: { judge } as unknown as Gate, asked };
}

function documentOf(versions: readonly string[], tags: Record<string, string>): JsonObject {
  const entries = versions.map((version) => [
    version,
    { name: 'app', version, dist: { integrity: 'sha512-x', tarball: 'x' } },
  ]);
  return { name: 'app', 'dist-tags': tags, versions: Object.fromEntries(entries) };
}

async function chosen(
  versions: readonly string[],
  tags: Record<string, string>,
  outcome: (version: string) => string,
): Promise<{ versions: string[]; tags: unknown; asked: string[] }> {
  const { gate, asked } = gateThat(outcome);
  const document = await provenOnly(() => gate, places)(documentOf(versions, tags), 'app');
  return { versions: Object.keys(document.versions as object), tags: document['dist-tags'], asked };
}

test('the newest of each line go until one passes', async () => {
  const bad = new Set(['2.1.0', '1.3.0', '1.2.0']);
  const found = await chosen(
    ['1.1.0', '1.2.0', '1.3.0', '2.0.0', '2.1.0'],
    { latest: '2.1.0', next: '1.3.0' },
    (v) => (bad.has(v) ? 'failed' : 'passed'),
  );
  expect(found.versions).toEqual(['1.1.0', '2.0.0']);
  expect(found.tags).toEqual({ latest: '2.0.0' });
  expect(found.asked).toEqual(['2.1.0', '2.0.0', '1.3.0', '1.2.0', '1.1.0']);
});

test('what cannot be decided stays, to be blocked if it is chosen', async () => {
  const found = await chosen(['1.0.0', '1.1.0'], { latest: '1.1.0' }, () => 'undecided');
  expect(found.versions).toEqual(['1.0.0', '1.1.0']);
});

test('the work has an end', async () => {
  const versions = Array.from({ length: 500 }, (_, i) => `${i + 1}.0.0`);
  const { asked } = await chosen(versions, {}, () => 'failed');
  expect(asked).toHaveLength(40);
  const line = Array.from({ length: 100 }, (_, i) => `1.${i}.0`);
  expect((await chosen(line, {}, () => 'failed')).asked).toHaveLength(8);
});

let setup: Setup;
beforeAll(async () => {
  setup = await setUp('blocked', { provenOnly: true });
});
afterAll(() => setup.close());

test('a packument of the registry has no blocked version left', async () => {
  const { body } = await ask(setup.proxy, '/mallory');
  const document = JSON.parse(body.toString()) as { versions: object; 'dist-tags': Record<string, string> };
  expect(Object.keys(document.versions)).not.toContain('1.2.0');
  const app = JSON.parse((await ask(setup.proxy, '/app')).body.toString()) as { versions: object };
  expect(Object.keys(app.versions)).toContain('1.2.0');
});
