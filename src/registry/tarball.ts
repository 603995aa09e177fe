/** The bytes of a tarball, fetched as npm fetches them (pacote); hashed on the way, or kept in memory. Nothing is unpacked. */
import { createHash } from 'node:crypto';
import type { TarballStream } from 'pacote';
import { type Unproven, unproven } from '../core/check.ts';
import { about, type Question, refusal, tooLarge } from './answers.ts';
import type { NpmOptions } from './npmrc.ts';
import { Pieces } from './pieces.ts';
import type { Requests } from './requests.ts';
import { asTransportError, TransportError } from './transport.ts';
import type { Answer, PackageRef, RegistryClient } from './types.ts';

/** Between two chunks, and for the whole. */
const IDLE_MS = 60_000;
const TOTAL_MS = 600_000;

/** `url`, or where the registry says that the tarball is. */
export async function tarballAddress(
  ref: PackageRef,
  url: string | undefined,
  client: Pick<RegistryClient, 'manifest'>,
): Promise<string | Unproven> {
  if (url !== undefined) return url;
  const manifest = await client.manifest(ref);
  return manifest.status === 'found' ? (manifest.value.tarball ?? '') : manifest;
}

/** sha512 of the bytes at `url`, as SRI. */
export async function hashTarball(
  requests: Requests,
  npm: NpmOptions,
  url: string,
  question: Question,
): Promise<Answer<string>> {
  const digest = createHash('sha512');
  const answer = await fetchTarball(requests, npm, url, question, (chunk) => digest.update(chunk));
  return answer.status === 'found' ? { status: 'found', value: `sha512-${digest.digest('base64')}` } : answer;
}

/** The bytes themselves, of which `question` has to allow few. */
export async function readTarball(
  requests: Requests,
  npm: NpmOptions,
  url: string,
  question: Question,
): Promise<Answer<Uint8Array>> {
  const pieces = new Pieces();
  const answer = await fetchTarball(requests, npm, url, question, (chunk) => pieces.add(chunk));
  return answer.status === 'found' ? { status: 'found', value: pieces.take() } : answer;
}

async function fetchTarball(
  requests: Requests,
  npm: NpmOptions,
  url: string,
  question: Question,
  take: (chunk: Uint8Array) => void,
): Promise<Answer<undefined>> {
  const args = about(question);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return unproven('uncovered', 'format-unsupported', { ...args, what: 'address of the tarball' });
  }
  const { default: pacote } = await import('pacote');
  const cancel = new AbortController();
  const abort = (): void => cancel.abort(requests.signal.reason);
  requests.signal.throwIfAborted();
  requests.signal.addEventListener('abort', abort, { once: true });
  const total = setTimeout(() => cancel.abort(timedOut()), TOTAL_MS);
  try {
    const { agent } = await requests.connect(new URL(url));
    await requests.limit(() => {
      requests.stats.requests++;
      return pacote.tarball.stream(
        url,
        (stream) => drain(stream, requests, cancel, question.bytesMax, take),
        {
          ...npm.flat,
          // No `cache`: the bytes must be those that the registry sends now.
          agent,
          userAgent: npm.userAgent,
          retry: { retries: npm.retries, minTimeout: 1000, factor: 4, maxTimeout: 10_000 },
          timeout: IDLE_MS,
          signal: cancel.signal,
        },
      );
    });
    return { status: 'found', value: undefined };
  } catch (error) {
    requests.signal.throwIfAborted();
    const status = Number((error as { statusCode?: unknown } | null)?.statusCode ?? Number.NaN);
    if (status === 404 || status === 410) return unproven('absent', question.absent, args);
    if (status >= 400) return refusal(status, args);
    const failure = asTransportError(cancel.signal.aborted ? cancel.signal.reason : error);
    if (failure.kind === 'too-large') return tooLarge(question);
    return unproven('unreachable', 'registry-unreachable', { ...args, reason: failure.reason });
  } finally {
    clearTimeout(total);
    requests.signal.removeEventListener('abort', abort);
    cancel.abort();
  }
}

function drain(
  stream: TarballStream,
  requests: Requests,
  cancel: AbortController,
  bytesMax: number,
  take: (chunk: Uint8Array) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = 0;
    const stop = (): void => reject(cancel.signal.reason);
    if (cancel.signal.aborted) stop();
    cancel.signal.addEventListener('abort', stop, { once: true });
    stream.on('error', reject);
    stream.on('data', (chunk) => {
      received += chunk.length;
      if (received > bytesMax)
        cancel.abort(new TransportError('too-large', `more than ${bytesMax} bytes`, false));
      else take(chunk);
    });
    stream.on('end', () => {
      cancel.signal.removeEventListener('abort', stop);
      requests.stats.bytes += received;
      resolve();
    });
  });
}

function timedOut(): TransportError {
  return new TransportError('unreachable', `transfer not done within ${TOTAL_MS / 1000} s`, false);
}
