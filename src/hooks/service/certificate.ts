/** The certificate that a service shows, and its key. */
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { VerifyDepsError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { readOwnFile } from './settings-file.ts';

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certificate {
  /** PEM, with the chain. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Milliseconds since 1970, of the first certificate of the chain. */
  readonly notAfter: number;
}

const HINT = 'PEM files: the certificate with its chain, and the key without a passphrase';

/** Both together or neither: a key that does not go with the certificate is refused here, not at the first connection. */
export async function readCertificate({ certFile, keyFile }: CertificateFiles): Promise<Certificate> {
  const cert = Buffer.from(await readOwnFile(certFile, `certificate ${printable(certFile)}`, HINT));
  const key = Buffer.from(await readOwnFile(keyFile, `key ${printable(keyFile)}`, HINT));
  try {
    createSecureContext({ cert, key });
    return { cert, key, notAfter: Date.parse(new X509Certificate(cert).validTo) };
  } catch (cause) {
    const why = printable(String((cause as Error).message));
    throw new VerifyDepsError(
      'service-settings',
      `certificate ${printable(certFile)} and key ${printable(keyFile)} cannot be used: ${why}`,
      { hint: HINT, cause },
    );
  }
}
