/** Which credentials npm's configuration has for a URL, as npm itself reads it. */
import type { NpmOptions } from './npmrc.ts';
import { TransportError } from './transport.ts';

export interface Credentials {
  /** Value of the `authorization` header. */
  readonly authorization: string | undefined;
  /** Client certificate and its key, in PEM. */
  readonly cert: unknown;
  readonly key: unknown;
}

export type FindCredentials = (url: URL) => Credentials;

/** npm's own code is loaded only where the configuration has something for it to find. */
export async function findCredentials(npm: NpmOptions): Promise<FindCredentials> {
  const { flat } = npm;
  const getAuth = Object.keys(flat).some((key) => key.startsWith('//'))
    ? (await import('npm-registry-fetch/lib/auth.js')).default
    : undefined;
  return (url) => {
    const auth = getAuth?.(url.href, flat);
    const authorization =
      typeof auth?.token === 'string'
        ? `Bearer ${auth.token}`
        : typeof auth?.auth === 'string'
          ? `Basic ${auth.auth}`
          : basicOf(url, npm.basic);
    // A header value with a line break would be refused by node with a stack trace that quotes it.
    if (authorization !== undefined && !/^[\t\x20-\x7e]*$/.test(authorization)) {
      throw new TransportError('unreachable', 'credentials in .npmrc are not printable', false);
    }
    return { authorization, cert: auth?.cert ?? flat.cert, key: auth?.key ?? flat.key };
  };
}

function basicOf(url: URL, basic: ReadonlyMap<string, string>): string | undefined {
  for (const [base, header] of basic) if (url.href.startsWith(base)) return header;
  return undefined;
}
