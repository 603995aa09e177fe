import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/args.ts';

function proxyOf(...flags: readonly string[]) {
  const args = parseCommandLine(['proxy', ...flags], '/project');
  return args.command === 'proxy' ? args.proxy : undefined;
}

const BEYOND = ['--listen', '10.0.0.1:443', '--client-token-file', 'tokens'];

describe('proxy', () => {
  test('by default, for this machine alone', () => {
    expect(proxyOf()).toEqual({
      place: { host: '127.0.0.1', port: 4873 },
      publicUrl: undefined,
      certificate: undefined,
      tokenFile: undefined,
      logFile: undefined,
      renewMs: 900_000,
      graceMs: 30_000,
      connectionsMax: undefined,
      tarballBytesMax: undefined,
    });
  });

  test('all of it, with paths from where it works', () => {
    const flags = [
      '--tls-cert',
      'c.pem',
      '--tls-key',
      '/k.pem',
      '--log',
      'd.log',
      '--renew',
      '5',
      '--grace',
      '0',
    ];
    const more = [
      '--public-url',
      'https://npm.acme.example',
      '--max-connections',
      '40',
      '--max-tarball',
      '3',
    ];
    expect(proxyOf(...BEYOND, ...flags, ...more)).toMatchObject({
      place: { host: '10.0.0.1', port: 443 },
      publicUrl: 'https://npm.acme.example/',
      certificate: { certFile: '/project/c.pem', keyFile: '/k.pem' },
      tokenFile: '/project/tokens',
      logFile: '/project/d.log',
      renewMs: 300_000,
      graceMs: 0,
      connectionsMax: 40,
      tarballBytesMax: 3_145_728,
    });
  });

  test.each<[string, readonly string[], RegExp]>([
    ['beyond this machine in the clear', BEYOND, /needs --tls-cert and --tls-key/],
    [
      'beyond this machine for everybody',
      ['--listen', '10.0.0.1:443', '--insecure-http'],
      /needs --client-token-file/,
    ],
    [
      'a name that only looks like loopback',
      ['--listen', 'localhost.evil.example:80', '--insecure-http'],
      /needs --client-token-file/,
    ],
    [
      'everywhere without an address',
      ['--listen', '[::]:80', ...BEYOND.slice(2), '--insecure-http'],
      /needs --public-url/,
    ],
    ['a certificate without its key', ['--tls-cert', 'c.pem'], /go together/],
    ['both ways at once', ['--insecure-http', '--tls-cert', 'c', '--tls-key', 'k'], /contradicts/],
    ['credentials in the address', ['--public-url', 'https://a:b@npm.acme.example'], /--public-url needs/],
    ['another protocol', ['--public-url', 'ftp://npm.acme.example'], /--public-url needs/],
    ['no number', ['--max-connections', 'many'], /1 to 100000 connections/],
    ['too large a number', ['--max-tarball', '513'], /1 to 512 megabytes/],
    ['an argument', ['here'], /takes no argument/],
    ['a flag of another command', ['--omit', 'dev'], /--omit does not go with proxy/],
  ])('refuses %s', (_, flags, expected) => {
    expect(() => proxyOf(...flags)).toThrow(expected);
  });

  test.each([
    ['loopback by another number', ['--listen', '127.0.0.2:1']],
    ['loopback by its name', ['--listen', 'localhost:1']],
    ['beyond, with something in front', [...BEYOND, '--insecure-http']],
  ])('accepts %s', (_, flags) => {
    expect(proxyOf(...flags)).toBeDefined();
  });
});
