/** Keeps a tarball until it is judged: small ones in memory, others in a temporary file, all of them together within a bound. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

export interface Spooled {
  readonly bytes: number;
  /** sha512, as Subresource Integrity. */
  readonly integrity: string;
  /** From the beginning, as often as wanted. */
  read(): AsyncIterable<Uint8Array>;
  drop(): void;
}

export interface Spool {
  /** @throws {SpoolFullError}; what `body` throws */
  take(body: AsyncIterable<Uint8Array>): Promise<Spooled>;
  readonly bytes: number;
  /** Removes all files. */
  close(): Promise<void>;
}

/** Too much is under way at a time. */
export class SpoolFullError extends Error {}

export function createSpool(limits: {
  readonly memoryBytesMax: number;
  readonly spoolBytesMax: number;
}): Spool {
  let held = 0;
  let count = 0;
  let folder: Promise<string> | undefined;

  return {
    get bytes() {
      return held;
    },
    async take(body) {
      const digest = createHash('sha512');
      let chunks: Uint8Array[] = [];
      let bytes = 0;
      let file: { readonly path: string; readonly handle: FileHandle } | undefined;
      const drop = (): void => {
        held -= bytes;
        bytes = 0;
        chunks = [];
        if (file !== undefined) void rm(file.path, { force: true });
      };
      try {
        for await (const chunk of body) {
          if (held + chunk.length > limits.spoolBytesMax) throw new SpoolFullError();
          held += chunk.length;
          bytes += chunk.length;
          digest.update(chunk);
          if (file === undefined) chunks.push(chunk);
          else await writeAll(file.handle, chunk);
          if (file !== undefined || bytes <= limits.memoryBytesMax) continue;
          folder ??= mkdtemp(path.join(os.tmpdir(), 'verify-deps-proxy-'));
          const at = path.join(await folder, String(count++));
          file = { path: at, handle: await open(at, 'wx', 0o600) };
          for (const early of chunks) await writeAll(file.handle, early);
          chunks = [];
        }
        await file?.handle.close();
      } catch (error) {
        await file?.handle.close().catch(() => undefined);
        drop();
        throw error;
      }
      const written = file?.path;
      return {
        bytes,
        integrity: `sha512-${digest.digest('base64')}`,
        read: () => (written === undefined ? inMemory(chunks) : createReadStream(written)),
        drop,
      };
    },
    async close() {
      const made = await folder?.catch(() => undefined);
      if (made !== undefined) await rm(made, { recursive: true, force: true });
    },
  };
}

/** `write` of a handle may take less than it is given. */
async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
}

async function* inMemory(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}
