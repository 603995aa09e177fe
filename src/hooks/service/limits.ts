/** Bounds on whoever talks to a service. Real clients stay far below all of them. */
export interface ServiceLimits {
  /** Connections at once; more are turned away. */
  readonly connectionsMax: number;
  /** Of one address, so that one client does not lock out the others. */
  readonly connectionsOfOneMax: number;
  readonly headerBytesMax: number;
  /** npm asks for the advisories of a whole tree in one compressed body. */
  readonly bodyBytesMax: number;
  /** A larger one waits for its verdict on disk: hundreds of clients may be at it at once. */
  readonly tarballInMemoryBytesMax: number;
  /** Until the headers of a request are there; the same for a TLS handshake. */
  readonly headersMs: number;
  /** Until all of a request is there. */
  readonly requestMs: number;
  /** From the request to the last byte of its answer, what upstream and proofs take included. */
  readonly answerMs: number;
  /** Until a connection without a request is closed. */
  readonly idleMs: number;
  /** How often the times above are looked at. */
  readonly checkMs: number;
}

export const SERVICE_LIMITS: ServiceLimits = {
  connectionsMax: 1_024,
  connectionsOfOneMax: 512,
  headerBytesMax: 16_384,
  bodyBytesMax: 4_194_304,
  tarballInMemoryBytesMax: 262_144,
  headersMs: 10_000,
  requestMs: 60_000,
  answerMs: 600_000,
  idleMs: 65_000,
  checkMs: 2_000,
};
