import { MalformedError } from './errors.ts';

const CANONICAL = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Decodes RFC 4648 section 4 base64: padded, no white space, unused bits zero. Node's own decoder skips what it does not
 * know, so that two texts stand for the same bytes.
 * @param what  name of the value, for the error
 * @throws {MalformedError} `malformed`
 */
export function decodeBase64(text: string, what: string): Uint8Array {
  if (text.length % 4 !== 0 || !CANONICAL.test(text)) throw new MalformedError(what, 'not base64');
  const bytes = Buffer.from(text, 'base64');
  // Section 3.5: pad bits must be zero. Only the last group can break that.
  if (text.endsWith('=') && bytes.toString('base64').slice(-4) !== text.slice(-4)) {
    throw new MalformedError(what, 'base64 with non-zero pad bits');
  }
  return bytes;
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
