import type { TrustRoot } from './types.ts';

/**
 * Reads a Sigstore trusted root (`application/vnd.dev.sigstore.trustedroot+json`, version 0.1).
 * @throws {ProofError} `malformed`, `limit-exceeded` or `format-unsupported`
 */
export function parseTrustRoot(_bytes: Uint8Array): TrustRoot {
  throw new Error('in the making');
}
