import { MalformedError } from './errors.ts';

/**
 * Decodes RFC 4648 section 4 base64: padded, no white space, unused bits zero. Node's own decoder skips what it does not
 * know, so that two texts stand for the same bytes.
 * @param what  name of the value, for the error
 * @throws {MalformedError} `malformed`
 */
export function decodeBase64(text: string, what: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (!isCanonical(text, bytes.length)) throw new MalformedError(what, 'not canonical base64');
  return bytes;
}

/**
 * Whether the text is what the bytes encode to, without encoding them. Every character that Node skips is missing from the
 * bytes, so the length tells whether there was one; the alphabet of section 5 it takes for that of section 4, and perhaps a
 * character of two bytes for one of its halves; and of the bits only those behind the end can differ (section 3.5).
 */
function isCanonical(text: string, length: number): boolean {
  if (text.length % 4 !== 0 || Buffer.byteLength(text) !== text.length) return false;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  if (length !== (text.length / 4) * 3 - padding || text.includes('-') || text.includes('_')) return false;
  const last = text.slice(-4);
  return padding === 0 || Buffer.from(last, 'base64').toString('base64') === last;
}

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
