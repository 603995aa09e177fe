import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readNpmCache } from '../../src/registry/npm-cache.ts';
import { sriOf } from '../support/tar.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-cache-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe("npm's cache", () => {
  test('has bytes under their digest, as cacache keeps them', async () => {
    const bytes = Buffer.from('tarball');
    const sri = sriOf(bytes);
    const hex = Buffer.from(sri.slice(7), 'base64').toString('hex');
    const place = path.join(folder, 'content-v2', 'sha512', hex.slice(0, 2), hex.slice(2, 4));
    mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, hex.slice(4)), bytes);
    expect(await readNpmCache(folder, sri, 100)).toEqual(bytes);
    expect(await readNpmCache(folder, sri, 3)).toBeUndefined();
    expect(await readNpmCache(folder, sriOf(Buffer.from('other')), 100)).toBeUndefined();
    expect(await readNpmCache(undefined, sri, 100)).toBeUndefined();
    expect(await readNpmCache(folder, 'sha1-x', 100)).toBeUndefined();
  });
});
