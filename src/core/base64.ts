import { MalformedError } from './errors.ts';

/**
 * Decodes RFC 4648 section 4 base64: padded, no white space, unused bits zero. Node's own decoder skips what it does not
 * know, so that two texts stand for the same bytes.
 * @param what  name of the value, for the error
 * @throws {MalformedError} `malformed`
 */
export function decodeBase64(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  // The one text that stands for these bytes.
  if (bytes.toString('base64') !== text) throw new MalformedError(what, 'not canonical base64');
  return bytes;
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
