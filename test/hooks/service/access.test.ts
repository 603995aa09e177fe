import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isLoopback, parseListen } from '../../../src/core/listen.ts';
import { accessBy, readTokens } from '../../../src/hooks/service/access.ts';
import { readCertificate } from '../../../src/hooks/service/certificate.ts';
import { tlsIdentity } from '../../support/rig/sigstore.mjs';
import { scratch } from './support.ts';

const { dir, file } = scratch();
const TOKEN = 'team-token-0123456789';
const OTHER = 'next-token-0123456789';

describe('tokens', () => {
  test.each<[string | undefined, boolean]>([
    [`Bearer ${TOKEN}`, true],
    [`bearer ${TOKEN}`, true],
    [`Bearer ${OTHER}`, true],
    [undefined, false],
    ['', false],
    ['Bearer ', false],
    [TOKEN, false],
    [`Bearer ${TOKEN}x`, false],
    [`Bearer ${TOKEN.slice(0, -1)}`, false],
    [`Bearer ${TOKEN} ${OTHER}`, false],
    [`Bearer ${TOKEN.toUpperCase()}`, false],
    [`Basic ${Buffer.from(TOKEN).toString('base64')}`, false],
    [`Bearer ${'x'.repeat(1_000_000)}`, false],
  ])('%j: %s', (header, allowed) => {
    expect(accessBy([TOKEN, OTHER]).allows(header)).toBe(allowed);
  });

  test('one a line, with comments', async () => {
    const named = await file('tokens', `# the team\n${TOKEN}\n\n  ${OTHER}  \r\n`);
    expect(await readTokens(named)).toEqual([TOKEN, OTHER]);
  });

  test.each([
    ['none', '# nothing\n\n', /holds no token/],
    ['too short', 'short\n', /line 1 is no token of 16 to 1024/],
    ['with a space', `${TOKEN}\nwith space 0123456789\n`, /line 2/],
    ['too many', Array.from({ length: 300 }, (_, index) => `${TOKEN}-${index}`).join('\n'), /more than 256/],
  ])('a file with %s is refused, and nothing of it quoted', async (name, content, expected) => {
    const error = await readTokens(await file(`tokens ${name}`, content)).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: 'service-settings' });
    expect((error as Error).message).toMatch(expected);
    expect((error as Error).message).not.toMatch(/team-token|with space|short$/);
  });

  test('a file that is not there, or is a folder', async () => {
    await expect(readTokens(path.join(dir, 'none'))).rejects.toThrow(/is not there/);
    await expect(readTokens(dir)).rejects.toThrow(/is not there/);
  });
});

describe('the certificate', () => {
  const one = tlsIdentity('localhost');
  const two = tlsIdentity('localhost');

  test('goes with its key', async () => {
    const read = await readCertificate({
      certFile: await file('cert.pem', one.cert),
      keyFile: await file('key.pem', one.key),
    });
    expect(read.cert.toString()).toBe(one.cert);
    expect(read.notAfter).toBeGreaterThan(0);
  });

  test.each([
    ['the key of another', one.cert, two.key],
    ['no certificate', 'nothing', one.key],
    ['no key', one.cert, 'nothing'],
  ])('%s is refused before anybody connects', async (name, cert, key) => {
    const files = { certFile: await file(`${name}.cert`, cert), keyFile: await file(`${name}.key`, key) };
    const error = await readCertificate(files).catch((caught: Error) => caught);
    expect(error).toMatchObject({ code: 'service-settings' });
    expect((error as Error).message).not.toContain('PRIVATE KEY');
  });
});

describe('where to listen', () => {
  test.each([
    ['127.0.0.1:4873', { host: '127.0.0.1', port: 4873 }],
    [':80', { host: '127.0.0.1', port: 80 }],
    ['80', { host: '127.0.0.1', port: 80 }],
    ['[::1]:1', { host: '::1', port: 1 }],
    ['0.0.0.0:0', { host: '0.0.0.0', port: 0 }],
    ['npm.acme.example:443', { host: 'npm.acme.example', port: 443 }],
    ['', undefined],
    ['127.0.0.1', undefined],
    ['::1:80', undefined],
    ['[zz]:80', undefined],
    ['[1.2.3.4]:80', undefined],
    ['host:65536', undefined],
    ['host:-1', undefined],
    ['a b:1', undefined],
    ['http://h:1', undefined],
  ])('%j', (text, expected) => {
    expect(parseListen(text)).toEqual(expected);
  });

  test.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['localhost', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['127.0.0.1.evil.example', false],
    ['localhost.evil.example', false],
    ['', false],
  ])('%s is this machine alone: %s', (host, alone) => {
    expect(isLoopback(host)).toBe(alone);
  });
});
