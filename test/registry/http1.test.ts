import { describe, expect, test } from 'vitest';
import { ResponseReader } from '../../src/registry/http1.ts';
import { type Head, type Taker, TransportError } from '../../src/registry/transport.ts';

interface Seen {
  readonly head: Head | undefined;
  readonly body: string;
  readonly ended: boolean;
  readonly keepAlive: boolean;
  readonly keepAliveSeconds: number | undefined;
}

/** Reads pieces as they would come off a connection, then its end. */
function readAll(pieces: readonly Uint8Array[], close = false): Seen {
  let head: Head | undefined;
  let body = '';
  let ended = false;
  const taker: Taker = {
    carrier: undefined,
    onHead: (seen) => {
      expect(head).toBeUndefined();
      head = seen;
    },
    onBody: (chunk) => {
      expect(head !== undefined && !ended).toBe(true);
      body += Buffer.from(chunk).toString('latin1');
    },
    onEnd: () => {
      expect(ended).toBe(false);
      ended = true;
    },
    onError: () => expect.unreachable(),
  };
  const reader = new ResponseReader(taker);
  for (const piece of pieces) reader.read(Buffer.from(piece));
  if (close) expect(reader.closed()).toBe(ended);
  const { keepAlive, keepAliveSeconds } = reader;
  return { head, body, ended, keepAlive, keepAliveSeconds };
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const read = (text: string, close = false): Seen => readAll([bytes(text)], close);
const headOf = (more: Partial<Head> = {}): Head => ({
  status: 200,
  length: undefined,
  encoding: undefined,
  location: undefined,
  retryAfter: undefined,
  date: undefined,
  ...more,
});

const GOOD: readonly { readonly name: string; readonly text: string; readonly expect: Seen }[] = [
  {
    name: 'a length',
    text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: today\r\n\r\nhello',
    expect: {
      head: headOf({ length: 5, date: 'today' }),
      body: 'hello',
      ended: true,
      keepAlive: true,
      keepAliveSeconds: undefined,
    },
  },
  {
    name: 'nothing',
    text: 'HTTP/1.1 200 \r\ncontent-length:0\r\nkeep-alive: max=9, timeout=7\r\n\r\n',
    expect: { head: headOf({ length: 0 }), body: '', ended: true, keepAlive: true, keepAliveSeconds: 7 },
  },
  {
    name: 'chunks with extensions and trailers',
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a="b"\r\nabc\r\nA \r\n0123456789\r\n000\r\nx-sum: 1\r\ny: 2\r\n\r\n',
    expect: {
      head: headOf(),
      body: 'abc0123456789',
      ended: true,
      keepAlive: true,
      keepAliveSeconds: undefined,
    },
  },
  {
    name: 'a connection that ends behind it',
    text: 'HTTP/1.1 429 Too Many\r\nConnection: foo, Close\r\nRetry-After: 3\r\nRetry-After: 9\r\ncontent-length: 1\r\n\r\nx',
    expect: {
      head: headOf({ status: 429, length: 1, retryAfter: '3' }),
      body: 'x',
      ended: true,
      keepAlive: false,
      keepAliveSeconds: undefined,
    },
  },
  {
    name: 'HTTP/1.0 that stays',
    text: 'HTTP/1.0 200\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\nx',
    expect: {
      head: headOf({ length: 1 }),
      body: 'x',
      ended: true,
      keepAlive: true,
      keepAliveSeconds: undefined,
    },
  },
  {
    name: 'HTTP/1.0 that does not',
    text: 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx',
    expect: {
      head: headOf({ length: 1 }),
      body: 'x',
      ended: true,
      keepAlive: false,
      keepAliveSeconds: undefined,
    },
  },
  {
    name: 'no body, whatever the head says',
    text: 'HTTP/1.1 204 No Content\r\ncontent-length: 9\r\n\r\n',
    expect: {
      head: headOf({ status: 204, length: 0 }),
      body: '',
      ended: true,
      keepAlive: true,
      keepAliveSeconds: undefined,
    },
  },
  {
    name: 'hints before the answer',
    text: 'HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nLocation: /b\r\ncontent-encoding: gzip\r\nContent-Encoding: br\r\ncontent-length: 0\r\n\r\n',
    expect: {
      head: headOf({ status: 302, length: 0, location: '/b', encoding: 'gzip, br' }),
      body: '',
      ended: true,
      keepAlive: true,
      keepAliveSeconds: undefined,
    },
  },
];

describe('an answer', () => {
  test.each(GOOD)('with $name', ({ text, expect: expected }) => {
    expect(read(text)).toEqual(expected);
  });

  test.each(GOOD)('with $name, wherever it is cut', ({ text, expect: expected }) => {
    const whole = bytes(text);
    for (let at = 1; at < whole.length; at++) {
      expect(readAll([whole.subarray(0, at), whole.subarray(at)])).toEqual(expected);
    }
    expect(readAll([...whole].map((byte) => Buffer.of(byte)))).toEqual(expected);
  });

  test.each(GOOD)('with $name is not there before its end', ({ text }) => {
    const whole = bytes(text);
    for (let length = 0; length < whole.length; length++) {
      expect(readAll([whole.subarray(0, length)]).ended).toBe(false);
    }
  });

  test('that goes on until the connection ends', () => {
    const text = 'HTTP/1.1 200 OK\r\nserver: x\r\n\r\nhello';
    expect(read(text)).toMatchObject({ body: 'hello', ended: false, keepAlive: false });
    expect(read(text, true)).toMatchObject({ body: 'hello', ended: true, keepAlive: false });
  });

  test('with something behind it ends the connection', () => {
    expect(read('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n')).toMatchObject({
      body: 'x',
      ended: true,
      keepAlive: false,
    });
  });

  test('is complete only with the last chunk, not with the end of the connection', () => {
    for (const cut of ['', '5\r\nhel', '5\r\nhello', '5\r\nhello\r\n', '5\r\nhello\r\n0\r\n']) {
      const text = `HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${cut}`;
      expect(read(text, true).ended).toBe(false);
    }
    expect(read('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhell', true).ended).toBe(
      false,
    );
  });
});

const head = (...lines: readonly string[]): string => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;
const chunked = 'transfer-encoding: chunked';

describe('is refused', () => {
  test.each<[string, string, string]>([
    ['another protocol', '220 smtp ready\r\n', 'not HTTP'],
    ['HTTP/2 in the clear', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'not HTTP'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n', 'not HTTP'],
    ['no status', 'HTTP/1.1 OK\r\n\r\n', 'not HTTP'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'not HTTP'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n', 'not HTTP'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n', 'not HTTP'],
    ['hints without end', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(9), 'not HTTP'],
    ['two lengths', head('content-length: 1', 'content-length: 1'), 'not HTTP'],
    ['two lengths in one', head('content-length: 1, 1'), 'not HTTP'],
    ['a signed length', head('content-length: +1'), 'not HTTP'],
    ['a length in hex', head('content-length: 0x1'), 'not HTTP'],
    ['an empty length', head('content-length:'), 'not HTTP'],
    ['a length of twenty digits', head(`content-length: ${'9'.repeat(20)}`), 'not HTTP'],
    ['a length beside chunks', head('content-length: 1', chunked), 'not HTTP'],
    ['chunks in HTTP/1.0', `HTTP/1.0 200 OK\r\n${chunked}\r\n\r\n`, 'not HTTP'],
    ['chunks twice', head(chunked, chunked), 'not HTTP'],
    ['another transfer encoding', head('transfer-encoding: gzip, chunked'), 'not HTTP'],
    ['a folded line', head('a: b', ' c'), 'not HTTP'],
    ['white space before the colon', head('content-length : 1'), 'not HTTP'],
    ['a line without a colon', head('content-length'), 'not HTTP'],
    ['a line that ends without CR', head('a: b\ncontent-length: 1'), 'not HTTP'],
    ['a lonely CR', head('a: b\rcontent-length: 1'), 'not HTTP'],
    ['a NUL', head('a: \0'), 'not HTTP'],
    ['a length behind what only JavaScript takes for a space', head('content-length: \xa01'), 'not HTTP'],
    ['chunks with such a thing', head('transfer-encoding: chunked\xa0'), 'not HTTP'],
    ['extensions without end', `${head(chunked)}${`1;${'x'.repeat(200)}\r\ny\r\n`.repeat(90)}`, 'not HTTP'],
    ['no size of a chunk', `${head(chunked)}\r\n`, 'not HTTP'],
    ['a size that is no number', `${head(chunked)}-1\r\n`, 'not HTTP'],
    ['a size with white space before', `${head(chunked)} 1\r\n`, 'not HTTP'],
    ['a size of twenty digits', `${head(chunked)}${'f'.repeat(20)}\r\n`, 'not HTTP'],
    ['an endless size', `${head(chunked)}1;${'a'.repeat(300)}`, 'not HTTP'],
    ['a chunk longer than its size', `${head(chunked)}1\r\nab\r\n`, 'not HTTP'],
    ['a size that ends without CR', `${head(chunked)}1\nab\r\n`, 'not HTTP'],
    ['a trailer that is none', `${head(chunked)}0\r\nx y\r\n\r\n`, 'not HTTP'],
    ['a head without end', `HTTP/1.1 200 OK\r\na: ${'b'.repeat(16_384)}`, 'headers too large'],
    [
      'a head that is too large',
      head(...Array.from({ length: 900 }, (_, i) => `x-${i}: ${'y'.repeat(16)}`)),
      'headers too large',
    ],
    ['a trailer without end', `${head(chunked)}0\r\nx: ${'y'.repeat(17_000)}`, 'headers too large'],
    [
      'trailers without end',
      `${head(chunked)}0\r\n${'x: yyyyyyyyyyyyyyyyy\r\n'.repeat(900)}`,
      'headers too large',
    ],
  ])('%s', (_, text, reason) => {
    const run = (pieces: readonly Uint8Array[]) => (): unknown => readAll(pieces);
    expect(run([bytes(text)])).toThrow(expect.objectContaining({ reason, retryable: false }));
    expect(run([...bytes(text)].map((byte) => Buffer.of(byte)))).toThrow(reason);
  });

  test('a head of many bytes in little time', () => {
    const dashes = bytes(`HTTP/1.1 200 OK\r\n${'a:'.repeat(8_000)}\r`);
    expect(() => readAll([dashes, bytes('\r\n\r\n')])).toThrow(TransportError);
  });
});
