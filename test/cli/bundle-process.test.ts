import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeWorld } from '../sigstore/world.ts';
import { type Mirror, serveMirror } from '../trust/mirror.ts';
import { command, scratch } from './command.ts';

const world = makeWorld(35);
const { folder, remove } = scratch();
const { workflowUri, issuer } = world.identity;
const pinned = ['--identity', workflowUri, '--issuer', issuer];

let cwd = '';
let mirror: Mirror;
let tuf: readonly string[];
beforeAll(async () => {
  cwd = await folder();
  const repository = world.sigstore.tufRepo();
  mirror = await serveMirror(repository.files);
  await writeFile(path.join(cwd, 'b.json'), JSON.stringify(world.bundle('v0.3')));
  await writeFile(path.join(cwd, 'anchor.json'), repository.anchor);
  await writeFile(path.join(cwd, 'root.json'), JSON.stringify(world.sigstore.trustedRoot()));
  tuf = ['--tuf-mirror', mirror.url, '--tuf-root', 'anchor.json', '--cache', 'cache'];
});
afterAll(async () => {
  await mirror.close();
  await remove();
});

describe('the trust root', () => {
  test('comes through TUF, and from the cache when nobody may be asked', async () => {
    const first = await command(['bundle', 'b.json', ...pinned, ...tuf], { cwd });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^ {2}trust root {4}through TUF from http:\/\/127\.0\.0\.1:/m);
    const asked = mirror.asked.length;
    expect(mirror.asked.join(' ')).not.toContain('keys.json');
    const offline = await command(['bundle', 'b.json', ...pinned, ...tuf, '--offline'], { cwd });
    expect(offline).toMatchObject({ code: 0, stderr: '' });
    expect(offline.stdout).toMatch(/^ {2}trust root {4}from the cache of http/m);
    expect(mirror.asked.length).toBe(asked);
  });

  test('that is not to be had leaves it undecided', async () => {
    const none = [
      '--tuf-mirror',
      'http://127.0.0.1:1/',
      '--tuf-root',
      'anchor.json',
      '--cache',
      'none',
      '--offline',
    ];
    const { code, stdout, stderr } = await command(['bundle', 'b.json', ...pinned, ...none], { cwd });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^verify-deps: tuf mirror [^\n]+\n {2}[^\n]+\n$/);
  });

  test('that ships trusts the public instance and no other', async () => {
    const { code, stdout, stderr } = await command(['bundle', 'b.json', ...pinned, '--offline'], { cwd });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/^✖ failed {2}/);
    expect(stdout).toMatch(/^ {2}trust root {4}as shipped, of /m);
  });
});

describe('the file', () => {
  const root = ['--trust-root', 'root.json'];

  test('of any size is refused beyond the bound', async () => {
    const large = path.join(cwd, 'large.jsonl');
    await (await open(large, 'w')).close();
    await truncate(large, 67_108_865);
    const { code, stdout, stderr } = await command(['bundle', 'large.jsonl', ...root], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^verify-deps: bundle large\.jsonl cannot be read: it has more than 67108864 bytes\n/,
    );
  });

  test('may be a device that never ends', async () => {
    if (!existsSync('/dev/zero')) return;
    const { code, stderr } = await command(['bundle', '/dev/zero', ...root], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/it has more than 67108864 bytes/);
  });

  test.skipIf(process.platform === 'win32')('may be a pipe; an artifact may not', async () => {
    execFileSync('mkfifo', [path.join(cwd, 'pipe')]);
    const run = command(['bundle', 'pipe', ...pinned, ...root], { cwd });
    await writeFile(path.join(cwd, 'pipe'), JSON.stringify(world.bundle('v0.3')));
    expect(await run).toMatchObject({ code: 0, stderr: '' });
    const artifact = await command(['bundle', 'b.json', 'pipe', ...root], { cwd });
    expect(artifact).toMatchObject({ code: 2, stdout: '' });
    expect(artifact.stderr).toMatch(/artifact pipe cannot be read: it is not a regular file/);
  });
});
