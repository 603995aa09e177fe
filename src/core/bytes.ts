import { isAscii, isUtf8 } from 'node:buffer';
import { createHash, hash as oneShot } from 'node:crypto';

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  // Without an object for what is hashed in one go.
  if (parts.length === 1) return oneShot('sha256', parts[0]!, 'buffer');
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** The text that bytes encode in UTF-8, a byte order mark included; undefined if they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Most of it is base64: each byte is its own character.
  if (isAscii(view)) return view.toString('latin1');
  return isUtf8(view) ? view.toString('utf8') : undefined;
}

/** Not constant-time: everything compared here is public. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

export function bigEndian(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`);
}
