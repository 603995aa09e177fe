import { concatBytes, utf8 } from '../core/bytes.ts';

/**
 * Pre-authentication encoding of a DSSE envelope: what its signature covers.
 * @param payloadType  as in the envelope; its length counts in bytes
 * @see https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  return concatBytes(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload);
}
