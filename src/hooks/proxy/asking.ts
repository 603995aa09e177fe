/** Requests to registries, each reported once. */
import type { Clock } from '../../core/clock.ts';
import type { StreamAnswer, StreamRequest, Streams } from '../../registry/streams.ts';
import type { UpstreamRecord } from './types.ts';

export type Ask = <T>(
  kind: UpstreamRecord['kind'],
  url: string,
  request: StreamRequest,
  use: (answer: StreamAnswer) => Promise<T>,
) => Promise<T>;

export function askThrough(
  streams: Streams,
  clock: Clock,
  report: ((record: UpstreamRecord) => void) | undefined,
): Ask {
  return (kind, url, request, use) => {
    if (report === undefined) return streams.open(url, request, use);
    let since: number | undefined;
    const onStart = (): void => {
      since = clock();
    };
    const onHead = (status: number | undefined): void =>
      quietly(() => report({ kind, status, ms: clock() - (since ?? clock()) }));
    return streams.open(url, { ...request, onStart, onHead }, use);
  };
}

/** What somebody else's listener throws is no reason to answer otherwise. */
export function quietly(tell: () => void): void {
  try {
    tell();
  } catch {
    // It was told.
  }
}
