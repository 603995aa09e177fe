import path from 'node:path';
import { limits } from '../core/limits.ts';
import { isLoopback, type Place, parseListen } from '../core/listen.ts';
import { printable } from '../core/text.ts';
import type { Values } from './tokens.ts';
import { usage } from './usage.ts';

/** How the proxy serves; paths are absolute. */
export interface ProxyArgs {
  readonly place: Place;
  readonly publicUrl: string | undefined;
  readonly certificate: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly tokenFile: string | undefined;
  /** Undefined: standard output. */
  readonly logFile: string | undefined;
  readonly renewMs: number;
  readonly graceMs: number;
  readonly connectionsMax: number | undefined;
  readonly tarballBytesMax: number | undefined;
}

const PORT = 4873;
const MEGABYTE = 1_048_576;

/** @throws {VerifyDepsError} `usage` */
export function proxyArgs(values: Values, cwd: string): ProxyArgs {
  const one = (flag: string): string | undefined => values.get(flag)?.[0];
  const file = (flag: string): string | undefined => {
    const value = one(flag);
    return value === undefined ? undefined : path.resolve(cwd, value);
  };
  const number = (flag: string, unit: string, least: number, most: number): number | undefined =>
    whole(flag, one(flag), unit, least, most);
  const place = placeOf(one('listen'));
  const certFile = file('tls-cert');
  const keyFile = file('tls-key');
  if ((certFile === undefined) !== (keyFile === undefined))
    throw usage('--tls-cert and --tls-key go together', 'a certificate is of no use without its key');
  expectGuarded(place, values);
  const certificate = certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
  return {
    place,
    publicUrl: publicUrlOf(one('public-url'), place),
    certificate,
    tokenFile: file('client-token-file'),
    logFile: file('log'),
    renewMs: (number('renew', 'minutes', 1, 1_440) ?? 15) * 60_000,
    graceMs: (number('grace', 'seconds', 0, 3_600) ?? 30) * 1_000,
    connectionsMax: number('max-connections', 'connections', 1, 100_000),
    tarballBytesMax: timesMegabyte(number('max-tarball', 'megabytes', 1, limits.tarballBytesMax / MEGABYTE)),
  };
}

function timesMegabyte(megabytes: number | undefined): number | undefined {
  return megabytes === undefined ? undefined : megabytes * MEGABYTE;
}

function placeOf(text: string | undefined): Place {
  if (text === undefined) return { host: '127.0.0.1', port: PORT };
  const place = parseListen(text);
  if (place !== undefined) return place;
  throw usage(`--listen needs HOST:PORT, but got ${printable(text)}`, 'such as --listen 127.0.0.1:4873');
}

/** Whoever is answered sees what the registries show to this proxy; over plain HTTP, so does whoever listens on the way. */
function expectGuarded({ host }: Place, values: Values): void {
  if (values.has('insecure-http') && values.has('tls-cert'))
    throw usage('--insecure-http contradicts --tls-cert', 'it is for where something else does TLS');
  if (isLoopback(host)) return;
  const shown = printable(host);
  if (!values.has('tls-cert') && !values.has('insecure-http'))
    throw usage(
      `--listen ${shown} can be reached by other machines and needs --tls-cert and --tls-key`,
      'or --insecure-http, where something in front of it does TLS',
    );
  if (!values.has('client-token-file'))
    throw usage(
      `--listen ${shown} can be reached by other machines and needs --client-token-file`,
      "it asks the registries with this machine's tokens, and would hand private packages to anyone",
    );
}

function publicUrlOf(text: string | undefined, { host }: Place): string | undefined {
  if (text === undefined) {
    if (host !== '0.0.0.0' && host !== '::') return undefined;
    throw usage(
      `--listen ${host} needs --public-url`,
      'clients are told where tarballs are, and this is no address',
    );
  }
  const url = text.length <= limits.urlCharsMax && URL.canParse(text) ? new URL(text) : undefined;
  const bare =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username + url.password + url.search + url.hash === '' &&
    url.pathname === '/';
  if (!bare)
    throw usage(
      `--public-url needs an http or https URL without a path, but got ${printable(text)}`,
      'such as --public-url https://npm.acme.example/',
    );
  return url.href;
}

function whole(
  flag: string,
  text: string | undefined,
  unit: string,
  least: number,
  most: number,
): number | undefined {
  if (text === undefined) return undefined;
  const amount = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (amount >= least && amount <= most) return amount;
  throw usage(`--${flag} needs ${least} to ${most} ${unit}, but got ${printable(text)}`);
}
