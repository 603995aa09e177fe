import { expect, test } from 'vitest';
import { npmPurl } from '../../src/core/purl.ts';

test.each([
  ['name', '1.2.3', 'pkg:npm/name@1.2.3'],
  ['@scope/name', '1.2.3-rc.1', 'pkg:npm/%40scope/name@1.2.3-rc.1'],
  ['name', '1.0.0+build', 'pkg:npm/name@1.0.0+build'],
])('%s %s', (name, version, purl) => {
  expect(npmPurl(name, version)).toBe(purl);
});
