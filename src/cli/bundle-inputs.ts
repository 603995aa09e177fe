/** The files that `bundle` reads, each within its bound and with its own word when it cannot be read. */
import type { Stats } from 'node:fs';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type BundleOptions, digestArtifact, publicKeyOf } from '../bundle.ts';
import { concatBytes } from '../core/bytes.ts';
import type { ErrorCode } from '../core/codes.ts';
import { VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { VerificationKey } from '../sigstore/types.ts';
import type { BundleArgs } from './bundle-args.ts';

/** @throws {VerifyDepsError} `bundle-unreadable` */
export async function readBundles(
  { name, file }: Pick<BundleArgs, 'name' | 'file'>,
  input: NodeJS.ReadableStream,
): Promise<Uint8Array> {
  if (file === undefined) {
    return readBounded(input, 'bundle-unreadable', 'standard input', limits.bundleFileBytesMax);
  }
  return readFile('bundle-unreadable', `bundle ${printable(name)}`, file, limits.bundleFileBytesMax);
}

/** @throws {VerifyDepsError} `key-unreadable` */
export async function readKey(file: string | undefined): Promise<VerificationKey | undefined> {
  if (file === undefined) return undefined;
  const what = `key ${printable(file)}`;
  const bytes = await readFile('key-unreadable', what, file, limits.keysBytesMax);
  return publicKeyOf(Buffer.from(bytes).toString('latin1'), what);
}

/**
 * The artifact as a source that can be read anew for each bundle.
 * @throws {VerifyDepsError} `artifact-unreadable`, `usage`; the source throws the former as well
 */
export async function openArtifact(args: BundleArgs): Promise<BundleOptions['artifact']> {
  if (args.digest !== undefined) return canonicalDigest(args.digest);
  if (args.artifact === undefined) return undefined;
  const { name, file } = args.artifact;
  const what = `artifact ${printable(name)}`;
  const info = await statOf('artifact-unreadable', what, file).catch((error: unknown) => {
    // What scripts pass on is often `sha256:…`; a file of that name would be the file.
    if (error instanceof VerifyDepsError && /^sha\d+:/.test(name)) return undefined;
    throw error;
  });
  if (info === undefined) return canonicalDigest(name);
  // Each bundle of a file reads it again, which a pipe would not stand.
  if (!info.isFile()) throw unreadable('artifact-unreadable', what, 'it is not a regular file');
  return () => chunksOf(file, what);
}

function canonicalDigest(text: string): string {
  digestArtifact(text);
  return text;
}

async function* chunksOf(file: string, what: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: 1_048_576 }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw unreadable('artifact-unreadable', what, codeOf(error), error);
  }
}

async function readFile(code: ErrorCode, what: string, file: string, bytesMax: number): Promise<Uint8Array> {
  const info = await statOf(code, what, file);
  if (info.isDirectory()) throw unreadable(code, what, 'it is a folder');
  if (info.size > bytesMax) throw tooLarge(code, what, bytesMax);
  // A pipe has no size: what is read is bounded, too.
  return readBounded(createReadStream(file), code, what, bytesMax);
}

async function statOf(code: ErrorCode, what: string, file: string): Promise<Stats> {
  try {
    return await stat(file);
  } catch (error) {
    const why = codeOf(error);
    throw unreadable(
      code,
      what,
      why === 'ENOENT' || why === 'ENOTDIR' ? 'there is no such file' : why,
      error,
    );
  }
}

async function readBounded(
  stream: NodeJS.ReadableStream,
  code: ErrorCode,
  what: string,
  bytesMax: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      size += bytes.length;
      if (size > bytesMax) break;
      chunks.push(bytes);
    }
  } catch (error) {
    throw unreadable(code, what, codeOf(error), error);
  }
  if (size > bytesMax) throw tooLarge(code, what, bytesMax);
  return concatBytes(...chunks);
}

function tooLarge(code: ErrorCode, what: string, bytesMax: number): VerifyDepsError {
  return unreadable(code, what, `it has more than ${bytesMax} bytes`);
}

function unreadable(code: ErrorCode, what: string, why: string, cause?: unknown): VerifyDepsError {
  return new VerifyDepsError(code, `${what} cannot be read: ${why}`, {
    hint: 'give the path of a readable file',
    cause,
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? String(error);
}
