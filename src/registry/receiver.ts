/**
 * Takes one answer off a transport, everything about it bounded: bytes on the wire, bytes after decompression, the wait for
 * the head and the whole transfer. Where only the status matters, the body is passed over.
 */
import type zlib from 'node:zlib';
import { stopwatch } from '../core/clock.ts';
import {
  createDecoder,
  decodeLater,
  decodeNow,
  decodingError,
  type Encoding,
  encodingOf,
  isSmall,
} from './decoding.ts';
import { Pieces } from './pieces.ts';
import { asTransportError, type Carrier, type Head, overLimit, type Taker, timeout } from './transport.ts';

export interface Exchange {
  readonly status: number;
  readonly head: Head;
  /** Decoded. Empty unless the status is 200, and where a sink took it. */
  readonly body: Uint8Array;
  /** On the wire. */
  readonly received: number;
}

/** Takes a decoded body bit by bit. */
export interface Sink {
  /** @returns false once it has seen enough; may not throw */
  write(bytes: Uint8Array): boolean;
}

export interface ExchangeOptions {
  readonly bytesMax: number;
  /** Wait for the head of the answer. */
  readonly headMs: number;
  readonly transferMs: number;
  /** For bodies of which a part is enough. */
  readonly sink?: Sink | undefined;
}

/** Where only the status matters, this much of the body is read, so that the connection can be kept. */
const ERROR_BODY_BYTES_MAX = 65_536;
/** Of an answer that is not wanted any more, this much is still taken: a new connection costs more. */
const REST_BYTES_MAX = 131_072;
/** What a sink may be given in one go; beyond it, the body is decoded as it comes. */
const WHOLE_BYTES_MAX = 1_048_576;
const NOTHING = new Uint8Array();

/** Requests under way. */
export type UnderWay = Set<Receiver>;

export class Receiver implements Taker {
  carrier: Carrier | undefined = undefined;
  readonly #url: URL;
  readonly #since = stopwatch();
  readonly #options: ExchangeOptions;
  readonly #underWay: UnderWay;
  readonly #resolve: (exchange: Exchange) => void;
  readonly #reject: (error: unknown) => void;
  #timer: NodeJS.Timeout;
  #head: Head | undefined = undefined;
  #encoding: Encoding = 'identity';
  #pieces = new Pieces();
  #received = 0;
  #settled = false;
  /** The answer is complete on the wire. */
  #ended = false;
  #transferTimed = false;
  #paused = false;
  /** Bytes on the wire up to which an answer that is not wanted any more is still taken. */
  #restMax = REST_BYTES_MAX;
  #stream: zlib.Gunzip | zlib.BrotliDecompress | undefined = undefined;
  #decoded = 0;

  constructor(
    url: URL,
    options: ExchangeOptions,
    underWay: UnderWay,
    resolve: (exchange: Exchange) => void,
    reject: (error: unknown) => void,
  ) {
    this.#url = url;
    this.#options = options;
    this.#underWay = underWay;
    this.#resolve = resolve;
    this.#reject = reject;
    underWay.add(this);
    this.#timer = setTimeout(tooSlow, options.headMs, this);
  }

  get host(): string {
    return this.#url.host;
  }

  /** For how long the head has been waited for; undefined once it is there. */
  get waitsMs(): number | undefined {
    return this.#head === undefined ? stopwatch() - this.#since : undefined;
  }

  get headMs(): number {
    return this.#options.headMs;
  }

  onHead(head: Head): void {
    this.#head = head;
    if (head.status !== 200) {
      if ((head.length ?? 0) > ERROR_BODY_BYTES_MAX) this.#succeed(NOTHING, true);
      return;
    }
    if ((head.length ?? 0) > this.#options.bytesMax) {
      this.#fail(overLimit(this.#options.bytesMax));
      return;
    }
    try {
      this.#encoding = encodingOf(head.encoding);
    } catch (error) {
      this.#fail(error);
    }
  }

  onBody(chunk: Uint8Array): void {
    const head = this.#head!;
    this.#received += chunk.length;
    if (this.#settled) {
      if (this.#received > this.#restMax) this.#leave(true);
    } else if (head.status !== 200) {
      if (this.#received > ERROR_BODY_BYTES_MAX) this.#succeed(NOTHING, true);
    } else if (this.#received > this.#options.bytesMax) this.#fail(overLimit(this.#options.bytesMax));
    else if (this.#stream !== undefined) {
      if (!this.#stream.write(Buffer.from(chunk))) this.#pause();
    } else if (this.#options.sink !== undefined && this.#encoding === 'identity') this.#pour(chunk);
    // A body in one piece is not even copied.
    else if (chunk.length === head.length && isSmall(chunk.length)) this.#take(chunk);
    else {
      this.#pieces.add(chunk);
      if (this.#options.sink !== undefined && !isSmall(this.#received)) this.#openStream();
    }
  }

  onEnd(): void {
    this.#resume();
    this.carrier = undefined;
    this.#ended = true;
    if (this.#settled) this.#leave(false);
    else if (this.#head!.status !== 200) this.#succeed(NOTHING);
    else if (this.#stream !== undefined) this.#stream.end();
    else this.#take(this.#pieces.take());
  }

  onError(error: unknown): void {
    this.carrier = undefined;
    this.#fail(asTransportError(error));
  }

  /** Breaks it off. */
  abandon(reason: unknown): void {
    this.#fail(reason);
  }

  /** Most answers are complete before there is any need of a second timer, so the first one is set anew when it fires. */
  late(): void {
    const { headMs, transferMs } = this.#options;
    if (this.#head === undefined) this.#fail(timeout('no answer', headMs));
    else if (this.#transferTimed) this.#fail(timeout('transfer not done', transferMs));
    else {
      this.#transferTimed = true;
      this.#timer = setTimeout(tooSlow, transferMs, this);
    }
  }

  /** All of the body, not decoded yet. */
  #take(raw: Uint8Array): void {
    const { bytesMax, sink } = this.#options;
    try {
      if (sink !== undefined) this.#takeForSink(raw, sink);
      // A copy of its own size: a view would hold on to what it was read into.
      else if (this.#encoding === 'identity') this.#succeed(new Uint8Array(raw));
      else if (isSmall(raw.length)) this.#succeed(decodeNow(raw, this.#encoding, bytesMax));
      else {
        decodeLater(raw, this.#encoding, bytesMax).then(
          (body) => this.#succeed(body),
          (error) => this.#fail(error),
        );
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #takeForSink(raw: Uint8Array, sink: Sink): void {
    let bytes: Uint8Array;
    try {
      bytes = decodeNow(raw, this.#encoding, Math.min(this.#options.bytesMax, WHOLE_BYTES_MAX));
    } catch (error) {
      if (asTransportError(error).kind !== 'too-large' || this.#options.bytesMax <= WHOLE_BYTES_MAX)
        throw error;
      this.#pieces.add(raw);
      this.#openStream();
      return;
    }
    sink.write(bytes);
    this.#succeed(NOTHING);
  }

  #pour(bytes: Uint8Array): void {
    this.#decoded += bytes.length;
    if (this.#decoded > this.#options.bytesMax) {
      this.#fail(overLimit(this.#options.bytesMax));
      return;
    }
    if (this.#options.sink!.write(bytes)) return;
    const { length } = this.#head!;
    this.#restMax = this.#received + REST_BYTES_MAX;
    this.#succeed(NOTHING, !this.#ended && (length === undefined || length > this.#restMax));
  }

  #openStream(): void {
    const stream = createDecoder(this.#encoding as Exclude<Encoding, 'identity'>);
    this.#stream = stream;
    stream.on('data', (bytes: Uint8Array) => {
      if (!this.#settled) this.#pour(bytes);
    });
    stream.on('end', () => this.#succeed(NOTHING));
    stream.on('error', (error) => this.#fail(decodingError(error, this.#options.bytesMax)));
    stream.on('drain', () => this.#resume());
    stream.write(this.#pieces.take());
    if (this.#ended) stream.end();
  }

  #succeed(body: Uint8Array, drop = false): void {
    if (this.#settled) return;
    this.#settled = true;
    const head = this.#head!;
    this.#resolve({ status: head.status, head, body, received: this.#received });
    this.#closeStream();
    if (drop || this.#ended) {
      this.#leave(drop);
      return;
    }
    // What is left of the answer still comes, and is passed over: behind it, the connection is free.
    this.#resume();
  }

  #fail(error: unknown): void {
    if (!this.#settled) {
      this.#settled = true;
      this.#reject(error);
    }
    this.#closeStream();
    this.#leave(true);
  }

  #pause(): void {
    this.#paused = true;
    this.carrier?.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.carrier?.resume();
  }

  #closeStream(): void {
    this.#pieces.take();
    this.#stream?.destroy();
    this.#stream = undefined;
  }

  #leave(drop: boolean): void {
    clearTimeout(this.#timer);
    this.#underWay.delete(this);
    const { carrier } = this;
    this.carrier = undefined;
    if (drop) carrier?.drop();
  }
}

function tooSlow(receiver: Receiver): void {
  receiver.late();
}
