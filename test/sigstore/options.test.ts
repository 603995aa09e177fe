import { describe, expect, test } from 'vitest';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { thresholdsOf, type VerificationOptions } from '../../src/sigstore/options.ts';
import { parseVerifierKey } from '../../src/sigstore/witness.ts';
import { makeWorld } from './world.ts';

const witness = parseVerifierKey(makeWorld().modern.witnessKey());

describe('verification options', () => {
  test('demand one of each kind unless they say otherwise', () => {
    expect(thresholdsOf()).toEqual({
      transparencyLogs: 1,
      certificateTransparencyLogs: 1,
      trustedTimes: 1,
      timestampAuthorities: 0,
      inclusionProof: 'bundle-version',
      witnesses: [],
      witnessThreshold: 0,
    });
  });

  test.each<[VerificationOptions, Partial<ReturnType<typeof thresholdsOf>>]>([
    [{ insecureWithoutTransparencyLog: true }, { transparencyLogs: 0 }],
    [{ insecureWithoutCertificateTransparency: true }, { certificateTransparencyLogs: 0 }],
    [{ insecureWithoutTrustedTime: true }, { trustedTimes: 0 }],
    [{ insecureWithoutTransparencyLog: false }, { transparencyLogs: 1 }],
    [
      { transparencyLogs: 2, trustedTimes: 3 },
      { transparencyLogs: 2, trustedTimes: 3 },
    ],
    [{ timestampAuthorities: 1 }, { timestampAuthorities: 1 }],
    [
      { witnesses: [witness], witnessThreshold: 1 },
      { witnesses: [witness], witnessThreshold: 1 },
    ],
  ])('%j', (options, expected) => {
    expect(thresholdsOf(options)).toMatchObject(expected);
  });

  test.each<[VerificationOptions]>([
    [{ transparencyLogs: 0 }],
    [{ certificateTransparencyLogs: 0 }],
    [{ trustedTimes: 0 }],
    [{ transparencyLogs: -1 }],
    [{ transparencyLogs: 1.5 }],
    [{ transparencyLogs: Number.NaN }],
    [{ transparencyLogs: 33 }],
    [{ timestampAuthorities: -1 }],
    [{ witnessThreshold: 1 }],
    [{ witnesses: [witness, witness], witnessThreshold: 2 }],
    [{ transparencyLogs: 1, insecureWithoutTransparencyLog: true }],
    [{ certificateTransparencyLogs: 2, insecureWithoutCertificateTransparency: true }],
    [{ trustedTimes: 1, insecureWithoutTrustedTime: true }],
  ])('%j make no sense', (options) => {
    let thrown: unknown;
    try {
      thresholdsOf(options);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(VerifyDepsError);
    expect((thrown as VerifyDepsError).code).toBe('usage');
  });
});
