import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Code, codes } from '../../src/core/codes.ts';
import { practices, practicesOf } from '../../src/policy/practices.ts';

const all = Object.keys(codes) as Code[];

test.each(all)('%s names tasks that exist, in order', (code) => {
  const ids = practicesOf(code);
  expect(ids.length).toBeGreaterThan(0);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(practices).toHaveProperty([id]);
});

test.each([
  ['signature-absent', ['PS.2.1', 'PW.4.4']],
  ['provenance-absent', ['PS.3.2', 'PW.4.1', 'PW.4.4']],
  ['tlog-proof-missing', ['PS.3.1', 'PW.4.4']],
  ['certificate-untrusted', ['PS.3.2', 'PW.4.4']],
  ['repository-changed', ['PS.3.2', 'PW.4.4', 'RV.1.1']],
  ['exemption-expired', ['PO.1.3', 'PO.4.1']],
  ['trust-root-stale', ['PO.4.2', 'PW.4.4']],
  ['integrity-mismatch', ['PW.4.4']],
] as const)('%s bears on %j', (code, ids) => {
  expect(practicesOf(code)).toEqual(ids);
});

test('every task is named by a finding and explained in docs/ssdf.md, with both sides', async () => {
  const page = await readFile(new URL('../../docs/ssdf.md', import.meta.url), 'utf8');
  const named = new Set(all.flatMap((code) => practicesOf(code)));
  expect([...named].sort()).toEqual(Object.keys(practices).sort());
  for (const id of named) {
    const section = page.split(/^### /m).find((part) => part.startsWith(`${id}:`));
    for (const part of ['**Contributes:**', '**Does not:**', '**Named by:**'])
      expect(section, id).toContain(part);
  }
});

test('docs/ssdf.md names codes under the tasks that they name', async () => {
  const page = await readFile(new URL('../../docs/ssdf.md', import.meta.url), 'utf8');
  for (const section of page.split(/^### /m).slice(1)) {
    const id = section.slice(0, section.indexOf(':'));
    const by = section.slice(section.indexOf('**Named by:**')).split('\n\n')[0]!;
    for (const [, code] of by.matchAll(/`([a-z-]+)`/g)) {
      if (Object.hasOwn(codes, code!)) expect(practicesOf(code as Code), `${code} in ${id}`).toContain(id);
    }
  }
});
