/**
 * Reads HTTP/1.1 answers to GET as they come off a connection (RFC 9112), and refuses whatever two readers could
 * understand in two ways: a length that is told twice or beside chunks, a line that is folded or ends without CR, a name
 * with white space. Bounded in everything but the body, which is bounded by whoever takes it.
 */
import { headersTooLarge, notHttp, type Taker } from './transport.ts';

/** As Node.js bounds the head of an answer. */
const HEAD_BYTES_MAX = 16_384;
/** A line with the size of a chunk, with extensions that nobody uses. */
const SIZE_LINE_BYTES_MAX = 256;
/** Answers with 1xx before the one that counts. */
const INTERIM_MAX = 8;

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** Each character can be read in one way only, so this is done in one pass. */
const FIELDS = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
const CHUNK_SIZE = /^([0-9A-Fa-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

const HEAD = 0;
const LENGTH = 1;
const SIZE = 2;
const CHUNK = 3;
const GAP = 4;
const TRAILERS = 5;
const UNTIL_CLOSE = 6;
const DONE = 7;

export class ResponseReader {
  readonly #taker: Taker;
  #state = HEAD;
  /** The beginning of a head or a line whose end has not come yet. */
  #held = '';
  /** Bytes of the body or the chunk that are still to come. */
  #left = 0;
  #interim = 0;
  #trailerBytes = 0;
  #extensionBytes = 0;
  /** The connection can be used again when the answer is complete. */
  keepAlive = false;
  /** `timeout` of the header `keep-alive`: seconds for which an idle connection stays open. */
  keepAliveSeconds: number | undefined;
  /** Something has been read. */
  started = false;

  constructor(taker: Taker) {
    this.#taker = taker;
  }

  get done(): boolean {
    return this.#state === DONE;
  }

  get headSeen(): boolean {
    return this.#state !== HEAD;
  }

  /** Reads on. Bytes behind the end of the answer make the connection useless. @throws {TransportError} */
  read(bytes: Buffer): void {
    this.started = true;
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case HEAD:
          at = this.#readHead(bytes, at);
          break;
        case LENGTH:
        case CHUNK: {
          const end = Math.min(bytes.length, at + this.#left);
          const part = bytes.subarray(at, end);
          this.#left -= part.length;
          at = end;
          this.#taker.onBody(part);
          if (this.#left === 0 && this.#state === LENGTH) this.#end();
          else if (this.#left === 0 && this.#state === CHUNK) this.#state = GAP;
          break;
        }
        case UNTIL_CLOSE:
          this.#taker.onBody(at === 0 ? bytes : bytes.subarray(at));
          return;
        case DONE:
          this.keepAlive = false;
          return;
        default:
          at = this.#readLine(bytes, at);
      }
    }
  }

  /** The other end has closed the connection properly. @returns whether that completed an answer */
  closed(): boolean {
    if (this.#state !== UNTIL_CLOSE) return false;
    this.#end();
    return true;
  }

  /** Nothing more is read. */
  stop(): void {
    this.#state = DONE;
    this.keepAlive = false;
  }

  #end(): void {
    this.#state = DONE;
    this.#taker.onEnd();
  }

  #readHead(bytes: Buffer, at: number): number {
    if (this.#held === '') {
      const end = bytes.indexOf('\r\n\r\n', at, 'latin1');
      if (end >= 0 && end - at <= HEAD_BYTES_MAX) {
        this.#parseHead(bytes.toString('latin1', at, end + 2));
        return end + 4;
      }
    }
    const before = this.#held.length;
    const text =
      this.#held + bytes.toString('latin1', at, Math.min(bytes.length, at + HEAD_BYTES_MAX + 4 - before));
    const end = text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (end < 0) {
      // What is no HTTP at all is told at once, and not by its size.
      if (!'HTTP/1.'.startsWith(text.slice(0, 7))) throw notHttp();
      if (text.length > HEAD_BYTES_MAX) throw headersTooLarge();
      this.#held = text;
      return bytes.length;
    }
    this.#held = '';
    this.#parseHead(text.slice(0, end + 2));
    return at + end + 4 - before;
  }

  /** @param text  lines of the head, each with its CR LF */
  #parseHead(text: string): void {
    const statusEnd = text.indexOf('\r\n');
    const statusLine = STATUS_LINE.exec(text.slice(0, statusEnd));
    const fields = text.slice(statusEnd + 2);
    if (statusLine === null || !FIELDS.test(fields)) throw notHttp();
    const status = Number(statusLine[2]);
    if (status < 200) {
      // An upgrade that nobody asked for, or a server that never comes to the point.
      if (status === 101 || ++this.#interim > INTERIM_MAX) throw notHttp();
      return;
    }
    const read = readFields(fields);
    const isNew = statusLine[1] === '1';
    if (read.chunked && (read.length !== undefined || !isNew)) throw notHttp();
    const bodiless = status === 204 || status === 304;
    this.keepAlive = isNew ? !/\bclose\b/.test(read.connection) : /\bkeep-alive\b/.test(read.connection);
    this.keepAliveSeconds = read.keepAliveSeconds;
    this.#left = bodiless ? 0 : (read.length ?? 0);
    if (bodiless || read.length !== undefined) this.#state = LENGTH;
    else if (read.chunked) this.#state = SIZE;
    else {
      this.#state = UNTIL_CLOSE;
      this.keepAlive = false;
    }
    this.#taker.onHead({
      status,
      length: bodiless ? 0 : read.length,
      encoding: read.encoding,
      location: read.location,
      retryAfter: read.retryAfter,
      date: read.date,
    });
    if (this.#state === LENGTH && this.#left === 0) this.#end();
  }

  #readLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(0x0a, at);
    const stop = end < 0 ? bytes.length : end + 1;
    const length = this.#held.length + stop - at;
    if (this.#state !== TRAILERS && length > SIZE_LINE_BYTES_MAX) throw notHttp();
    if (length > HEAD_BYTES_MAX) throw headersTooLarge();
    const text = this.#held + bytes.toString('latin1', at, stop);
    if (end < 0) this.#held = text;
    else {
      this.#held = '';
      if (!text.endsWith('\r\n')) throw notHttp();
      this.#takeLine(text.slice(0, -2));
    }
    return stop;
  }

  #takeLine(line: string): void {
    if (this.#state === GAP) {
      if (line !== '') throw notHttp();
      this.#state = SIZE;
    } else if (this.#state === SIZE) {
      const size = CHUNK_SIZE.exec(line);
      if (size === null) throw notHttp();
      this.#extensionBytes += line.length - size[1]!.length;
      // As Node.js bounds them: a body of single bytes could come with a hundred times as much of them.
      if (this.#extensionBytes > HEAD_BYTES_MAX) throw notHttp();
      this.#left = Number.parseInt(size[1]!, 16);
      this.#state = this.#left === 0 ? TRAILERS : CHUNK;
    } else if (line === '') this.#end();
    else {
      this.#trailerBytes += line.length;
      if (this.#trailerBytes > HEAD_BYTES_MAX) throw headersTooLarge();
      if (!FIELDS.test(`${line}\r\n`)) throw notHttp();
    }
  }
}

interface Fields {
  length: number | undefined;
  chunked: boolean;
  /** In lower case. */
  connection: string;
  keepAliveSeconds: number | undefined;
  encoding: string | undefined;
  location: string | undefined;
  retryAfter: string | undefined;
  date: string | undefined;
}

/** Names are told apart by their length first: most of a head is of no interest. */
function readFields(text: string): Fields {
  const fields: Fields = {
    length: undefined,
    chunked: false,
    connection: '',
    keepAliveSeconds: undefined,
    encoding: undefined,
    location: undefined,
    retryAfter: undefined,
    date: undefined,
  };
  let end = 0;
  for (let at = 0; at < text.length; at = end + 2) {
    end = text.indexOf('\r\n', at);
    const colon = text.indexOf(':', at);
    switch (colon - at) {
      case 4:
      case 8:
      case 10:
      case 11:
      case 14:
      case 16:
      case 17:
        take(fields, text.slice(at, colon).toLowerCase(), trimmed(text, colon + 1, end));
    }
  }
  return fields;
}

/** Of spaces and tabs, and nothing else: `trim` would take a byte 0xa0 away, which others take for part of the value. */
function trimmed(text: string, from: number, to: number): string {
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(char: number): boolean {
  return char === 0x20 || char === 0x09;
}

function take(fields: Fields, name: string, value: string): void {
  switch (name) {
    case 'date':
      fields.date ??= value;
      break;
    case 'location':
      fields.location ??= value;
      break;
    case 'retry-after':
      fields.retryAfter ??= value;
      break;
    case 'connection':
      fields.connection += `,${value.toLowerCase()}`;
      break;
    case 'keep-alive': {
      const seconds = /(?:^|[\s,])timeout=(\d{1,6})/i.exec(value)?.[1];
      if (seconds !== undefined) fields.keepAliveSeconds = Number(seconds);
      break;
    }
    case 'content-encoding':
      fields.encoding = fields.encoding === undefined ? value : `${fields.encoding}, ${value}`;
      break;
    case 'content-length':
      if (fields.length !== undefined || !/^\d{1,15}$/.test(value)) throw notHttp();
      fields.length = Number(value);
      break;
    case 'transfer-encoding':
      if (fields.chunked || value.toLowerCase() !== 'chunked') throw notHttp();
      fields.chunked = true;
  }
}
