import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Args, parseCommandLine } from '../../src/cli/args.ts';
import type { BundleArgs } from '../../src/cli/bundle-args.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';

const CWD = path.resolve('/project');
const at = (...parts: string[]): string => path.join(CWD, ...parts);

function parse(...argv: readonly string[]): Extract<Args, { command: 'bundle' }> {
  const args = parseCommandLine(['bundle', ...argv], CWD);
  if (args.command !== 'bundle') throw new Error('another command');
  return args;
}

function errorOf(...argv: readonly string[]): VerifyDepsError {
  try {
    parse(...argv);
  } catch (error) {
    if (error instanceof VerifyDepsError) return error;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
}

describe('bundle', () => {
  test('takes a file alone', () => {
    expect(parse('b.json').bundle).toEqual({
      name: 'b.json',
      file: at('b.json'),
      artifact: undefined,
      digest: undefined,
      identity: undefined,
      issuer: undefined,
      key: undefined,
      offline: false,
      thresholds: {},
      witnesses: [],
      argv: ['bundle', 'b.json'],
    });
  });

  test.each<[readonly string[], Partial<BundleArgs>]>([
    [['-'], { name: '-', file: undefined }],
    [['./-'], { file: at('-') }],
    [['--', '-b'], { file: at('-b') }],
    [['b', 'a'], { artifact: { name: 'a', file: at('a') } }],
    [
      ['b', '-C', 'sub', 'a', '--key', 'k'],
      { file: at('sub/b'), artifact: { name: 'a', file: at('sub/a') }, key: at('sub/k') },
    ],
    [['b', '--digest', 'sha256:x'], { digest: 'sha256:x' }],
    [['b', '--identity=-x', '--issuer', 'y'], { identity: '-x', issuer: 'y' }],
    [['b', '--offline'], { offline: true }],
    [
      ['b', '--witness', 'a+1+x', '--witness', 'b+1+x', '--witnesses', '2'],
      { witnesses: ['a+1+x', 'b+1+x'], thresholds: { witnessThreshold: 2 } },
    ],
    [
      [
        'b',
        '--transparency-logs',
        '2',
        '--ct-logs',
        '3',
        '--trusted-times',
        '4',
        '--timestamp-authorities',
        '0',
      ],
      {
        thresholds: {
          transparencyLogs: 2,
          certificateTransparencyLogs: 3,
          trustedTimes: 4,
          timestampAuthorities: 0,
        },
      },
    ],
    [['b', '--inclusion-proof', 'always'], { thresholds: { inclusionProof: 'always' } }],
    [
      [
        'b',
        '--key',
        'k',
        '--insecure-without-transparency-log',
        '--insecure-without-certificate-transparency',
        '--insecure-without-trusted-time',
      ],
      {
        thresholds: {
          insecureWithoutTransparencyLog: true,
          insecureWithoutCertificateTransparency: true,
          insecureWithoutTrustedTime: true,
        },
      },
    ],
  ])('%j', (argv, expected) => {
    expect(parse(...argv).bundle).toMatchObject(expected);
  });

  test.each<[readonly string[], RegExp]>([
    [[], /^bundle needs a file$/],
    [[''], /^bundle needs a file$/],
    [['b', 'a', 'c'], /^bundle takes a file and an artifact, but got c besides$/],
    [['b', 'a', '\u001b[2J'], /got \\u\{1b\}\[2J besides$/],
    [['b', ''], /^the artifact has an empty name$/],
    [['b', '-'], /^the artifact cannot be standard input$/],
    [['b', 'a', '--digest', 'sha256:x'], /^an artifact and --digest are both given$/],
    [['b', '--key', 'k', '--identity', 'x'], /^--identity contradicts --key$/],
    [['b', '--key', 'k', '--issuer', 'x'], /^--issuer contradicts --key$/],
    [['b', '--identity', 'a', '--identity', 'b'], /^--identity is given twice$/],
    [['b', '--identity='], /^--identity needs a value/],
    [['b', '--transparency-logs', '0'], /^--transparency-logs needs a whole number from 1 to 32, but got 0$/],
    [['b', '--transparency-logs', '33'], /but got 33$/],
    [['b', '--ct-logs', '1e1'], /^--ct-logs needs a whole number from 1 to 32, but got 1e1$/],
    [['b', '--trusted-times=-1'], /but got -1$/],
    [['b', '--timestamp-authorities', '0x1'], /from 0 to 32, but got 0x1$/],
    [['b', '--witnesses', '1'], /^--witnesses is 1, but 0 are given$/],
    [
      ['b', '--inclusion-proof', 'allways'],
      /^--inclusion-proof does not know allways; did you mean always\?$/,
    ],
    [['b', '--transparency-logs', '2', '--insecure-without-transparency-log'], /contradicts/],
    [['b', '--ct-logs', '2', '--insecure-without-certificate-transparency'], /contradicts/],
    [['b', '--key', 'k', '--trusted-times', '2', '--insecure-without-trusted-time'], /contradicts/],
    [['b', '--insecure-without-trusted-time'], /^--insecure-without-trusted-time goes with --key only$/],
    [['b', '--lockfile', 'x'], /^--lockfile does not go with bundle$/],
    [['b', '--policy', 'x'], /does not go with bundle$/],
    [['b', '--registry', 'https://registry.example'], /does not go with bundle$/],
    [['b', '--verbose'], /does not go with bundle$/],
    [['b', '--trust-root', 'x', '--tuf-mirror', 'https://tuf.example'], /contradicts/],
    [['b', '--idntity', 'x'], /^unknown flag --idntity; did you mean --identity\?$/],
  ])('%j is refused', (argv, message) => {
    const error = errorOf(...argv);
    expect(error.code).toBe('usage');
    expect(error.message).toMatch(message);
  });

  test('names the way out where there is one', () => {
    expect(errorOf('b', '--transparency-logs', '0').hint).toBe(
      'to do without: --insecure-without-transparency-log',
    );
  });

  test.each(['--key', '--identity', '--digest', '--insecure-without-transparency-log', '--witness'])(
    'its %s goes with no other command',
    (flag) => {
      for (const command of ['check', 'explain', 'trust'])
        expect(() => parseCommandLine([command, flag, 'x'], CWD)).toThrow(/does not go with/);
    },
  );
});
