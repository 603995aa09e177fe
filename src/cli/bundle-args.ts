import path from 'node:path';
import { didYouMean } from '../core/near.ts';
import { printable } from '../core/text.ts';
import type { VerificationOptions } from '../sigstore/options.ts';
import type { Values } from './tokens.ts';
import { usage } from './usage.ts';

/** What `bundle` is to verify, and what it must show; paths are absolute. */
export interface BundleArgs {
  /** As written, for messages; `-` is standard input. */
  readonly name: string;
  /** Undefined for standard input. */
  readonly file: string | undefined;
  /** A file, or `sha256:HEX` where there is no file of that name. */
  readonly artifact: { readonly name: string; readonly file: string } | undefined;
  readonly digest: string | undefined;
  readonly identity: string | undefined;
  readonly issuer: string | undefined;
  readonly key: string | undefined;
  readonly offline: boolean;
  readonly thresholds: VerificationOptions;
  /** As written: parsed where keys are. */
  readonly witnesses: readonly string[];
  /** The command line after the name of the program, to write it anew. */
  readonly argv: readonly string[];
}

const THRESHOLD_MAX = 32;
const proofModes = ['always', 'bundle-version'] as const;

/** @throws {VerifyDepsError} `usage` */
export function bundleArgs(
  values: Values,
  operands: readonly string[],
  argv: readonly string[],
  cwd: string,
): BundleArgs {
  const one = (name: string): string | undefined => values.get(name)?.[0];
  const [name, artifact, extra] = operands;
  if (name === undefined || name === '') {
    throw usage('bundle needs a file', 'verify-deps bundle FILE [ARTIFACT]; - reads standard input');
  }
  if (extra !== undefined) {
    throw usage(`bundle takes a file and an artifact, but got ${printable(extra)} besides`);
  }
  if (artifact === '') throw usage('the artifact has an empty name');
  if (artifact === '-') throw usage('the artifact cannot be standard input', 'give its path, or --digest');
  if (artifact !== undefined && values.has('digest')) {
    throw usage('an artifact and --digest are both given', 'give the file or its digest, not both');
  }
  const key = one('key');
  for (const other of ['identity', 'issuer']) {
    if (key !== undefined && values.has(other)) {
      throw usage(
        `--${other} contradicts --key`,
        'a key stands for itself: no certificate names whose it is',
      );
    }
  }
  return {
    name,
    file: name === '-' ? undefined : path.resolve(cwd, name),
    artifact: artifact === undefined ? undefined : { name: artifact, file: path.resolve(cwd, artifact) },
    digest: one('digest'),
    identity: one('identity'),
    issuer: one('issuer'),
    key: key === undefined ? undefined : path.resolve(cwd, key),
    offline: values.has('offline'),
    thresholds: thresholds(values),
    witnesses: values.get('witness') ?? [],
    argv,
  };
}

function thresholds(values: Values): VerificationOptions {
  for (const [flag, waiver] of [
    ['transparency-logs', 'insecure-without-transparency-log'],
    ['ct-logs', 'insecure-without-certificate-transparency'],
    ['trusted-times', 'insecure-without-trusted-time'],
  ] as const) {
    if (values.has(flag) && values.has(waiver)) throw usage(`--${flag} contradicts --${waiver}`);
  }
  if (values.has('insecure-without-trusted-time') && !values.has('key')) {
    throw usage(
      '--insecure-without-trusted-time goes with --key only',
      'a certificate is valid for minutes: without a time, nothing says that it was in force',
    );
  }
  const witnesses = values.get('witness')?.length ?? 0;
  const witnessThreshold = count(values, 'witnesses', 0);
  if (witnessThreshold !== undefined && witnessThreshold > witnesses) {
    throw usage(
      `--witnesses is ${witnessThreshold}, but ${witnesses} are given`,
      'give the key of each with --witness',
    );
  }
  return {
    ...given('transparencyLogs', count(values, 'transparency-logs', 1, 'insecure-without-transparency-log')),
    ...given(
      'certificateTransparencyLogs',
      count(values, 'ct-logs', 1, 'insecure-without-certificate-transparency'),
    ),
    ...given('trustedTimes', count(values, 'trusted-times', 1, 'insecure-without-trusted-time')),
    ...given('timestampAuthorities', count(values, 'timestamp-authorities', 0)),
    ...given('inclusionProof', proofMode(values.get('inclusion-proof')?.[0])),
    ...given('witnessThreshold', witnessThreshold),
    ...given('insecureWithoutTransparencyLog', waived(values, 'insecure-without-transparency-log')),
    ...given(
      'insecureWithoutCertificateTransparency',
      waived(values, 'insecure-without-certificate-transparency'),
    ),
    ...given('insecureWithoutTrustedTime', waived(values, 'insecure-without-trusted-time')),
  };
}

function count(values: Values, flag: string, min: number, waiver?: string): number | undefined {
  const text = values.get(flag)?.[0];
  if (text === undefined) return undefined;
  const number = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= THRESHOLD_MAX) return number;
  throw usage(
    `--${flag} needs a whole number from ${min} to ${THRESHOLD_MAX}, but got ${printable(text)}`,
    waiver === undefined ? undefined : `to do without: --${waiver}`,
  );
}

function proofMode(text: string | undefined): (typeof proofModes)[number] | undefined {
  const mode = proofModes.find((known) => known === text);
  if (mode !== undefined || text === undefined) return mode;
  const near = didYouMean(text, proofModes) ?? 'it takes always or bundle-version';
  throw usage(`--inclusion-proof does not know ${printable(text)}; ${near}`);
}

function waived(values: Values, flag: string): true | undefined {
  return values.has(flag) ? true : undefined;
}

/** An option that was not given is left out rather than undefined. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V });
}
