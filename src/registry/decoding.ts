/** Undoes the content encoding of an answer, to a bounded number of bytes. */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { overLimit, TransportError } from './transport.ts';

/** Below this, decompression on the main thread is cheaper than the way to the thread pool. */
const SYNC_BYTES_MAX = 65_536;
/** Node.js takes slices of a slab for smaller buffers; what is kept of an answer must not hold on to one. */
const CHUNK_BYTES = { min: 4_096, max: 1_048_576 } as const;

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'br';

const DECODERS = {
  gzip: [zlib.gunzipSync, promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip)],
  deflate: [zlib.inflateSync, promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate)],
  br: [
    zlib.brotliDecompressSync,
    promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress),
  ],
} as const;

/** @throws {TransportError} `invalid` for an encoding that nobody asked for */
export function encodingOf(header: string | undefined): Encoding {
  const name = header?.trim().toLowerCase() ?? '';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'deflate' || name === 'br') return name;
  throw new TransportError('invalid', 'unknown content encoding', false);
}

/**
 * @param bytes  may be a view that is overwritten later: what is returned for a small body does not share memory with it,
 *               unless there is no encoding
 * @throws {TransportError} `too-large`, `invalid`
 */
export function decodeNow(bytes: Uint8Array, encoding: Encoding, bytesMax: number): Uint8Array {
  if (encoding === 'identity') return bytes;
  try {
    return DECODERS[encoding][0](bytes, optionsFor(bytes, encoding, bytesMax));
  } catch (error) {
    throw decodingError(error, bytesMax);
  }
}

export function isSmall(length: number): boolean {
  return length <= SYNC_BYTES_MAX;
}

/** On the thread pool. @throws {TransportError} as {@link decodeNow} */
export async function decodeLater(
  bytes: Uint8Array,
  encoding: Exclude<Encoding, 'identity'>,
  bytesMax: number,
): Promise<Uint8Array> {
  try {
    return await DECODERS[encoding][1](bytes, optionsFor(bytes, encoding, bytesMax));
  } catch (error) {
    throw decodingError(error, bytesMax);
  }
}

/** Where the header is still to be read. @throws {TransportError} */
export async function decode(
  bytes: Uint8Array,
  header: string | undefined,
  bytesMax: number,
): Promise<Uint8Array> {
  const encoding = encodingOf(header);
  const small = encoding === 'identity' || isSmall(bytes.length);
  return small ? decodeNow(bytes, encoding, bytesMax) : decodeLater(bytes, encoding, bytesMax);
}

/** A stream for bodies that are not held in memory. Its output is to be counted by whoever reads it. */
export function createDecoder(encoding: Exclude<Encoding, 'identity'>): zlib.Gunzip | zlib.BrotliDecompress {
  const options = { chunkSize: SYNC_BYTES_MAX };
  if (encoding === 'br') return zlib.createBrotliDecompress(options);
  return encoding === 'gzip' ? zlib.createGunzip(options) : zlib.createInflate(options);
}

export function decodingError(error: unknown, bytesMax: number): TransportError {
  if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return overLimit(bytesMax);
  return new TransportError('invalid', 'broken compression', true);
}

/**
 * A gzip file ends with the length of its content (RFC 1952 section 2.3.1): with one buffer of that size nothing has to be
 * put together. It is a hint of whoever wrote the file and no more.
 */
function optionsFor(
  bytes: Uint8Array,
  encoding: Encoding,
  bytesMax: number,
): { readonly maxOutputLength: number; readonly chunkSize?: number } {
  if (encoding !== 'gzip' || bytes.length < 18) return { maxOutputLength: bytesMax };
  const { length } = bytes;
  const told = bytes[length - 4]! | (bytes[length - 3]! << 8) | (bytes[length - 2]! << 16);
  const size = bytes[length - 1] === 0 ? told + 64 : CHUNK_BYTES.max;
  return { maxOutputLength: bytesMax, chunkSize: Math.min(Math.max(size, CHUNK_BYTES.min), CHUNK_BYTES.max) };
}
