import type { Certificate } from './certificate.ts';

export interface CertificateDescription {
  /** Distinguished names as text (RFC 4514). */
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  readonly algorithm: string;
}

/**
 * Names and serial of a certificate, for people to read. Decodes what verification has no use for, with a library that
 * takes 0.3 s to load: so only commands that show certificates call it. Nothing is decided by what it returns.
 */
export async function describeCertificate(certificate: Certificate): Promise<CertificateDescription> {
  const { X509Certificate } = await import('./x509.ts');
  const parsed = new X509Certificate(Buffer.from(certificate.der));
  const { name } = parsed.publicKey.algorithm;
  const curve = (parsed.publicKey.algorithm as { namedCurve?: string }).namedCurve;
  return {
    subject: parsed.subject,
    issuer: parsed.issuer,
    serialNumber: parsed.serialNumber,
    algorithm: curve === undefined ? name : `${name} ${curve}`,
  };
}
