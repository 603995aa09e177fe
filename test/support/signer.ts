import type { CertificateFact } from '../../src/sigstore/types.ts';

/** A signing certificate that no test looks at. */
export const CERTIFICATE: CertificateFact = {
  sha256: 'ab'.repeat(32),
  serialNumber: '7f01',
  notBefore: Date.UTC(2026, 0, 15, 12),
  notAfter: Date.UTC(2026, 0, 15, 12, 10),
  authority: 'https://fulcio.example',
  transparency: [],
};

/** The digest of a key that no test looks at. */
export const KEY_SHA256: string = 'cd'.repeat(32);
