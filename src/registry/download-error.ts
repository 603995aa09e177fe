import type { Failure } from './transport.ts';

/** `status` is the HTTP status, or undefined if no answer came within the bounds: then `failure` says how. */
export class DownloadError extends Error {
  readonly status: number | undefined;
  readonly failure: Failure | undefined;
  constructor(message: string, status: number | undefined, failure?: Failure) {
    super(message);
    this.name = 'DownloadError';
    this.status = status;
    this.failure = failure;
  }
}
