/** Requests over `node:http` and an agent of npm's: the way through a proxy of any kind. */
import http, { type Agent, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { brokenOff, type Transport } from './transport.ts';

export function throughAgent(agent: Agent): Transport {
  return {
    send({ url, accept, userAgent, authorization }, taker) {
      const request = (url.protocol === 'https:' ? https : http).request(url, {
        agent,
        headers: {
          accept,
          'user-agent': userAgent,
          ...(authorization === undefined ? {} : { authorization }),
          'accept-encoding': 'gzip',
        },
      });
      let response: IncomingMessage | undefined;
      let over = false;
      const fail = (error: unknown): void => {
        if (over) return;
        over = true;
        taker.onError(error);
      };
      taker.carrier = {
        drop() {
          over = true;
          request.destroy();
        },
        pause: () => response?.pause(),
        resume: () => response?.resume(),
      };
      request.on('error', fail);
      request.on('response', (incoming) => {
        response = incoming;
        incoming.on('error', (error) =>
          fail((error as NodeJS.ErrnoException).code === 'ECONNRESET' ? brokenOff() : error),
        );
        const { headers } = incoming;
        const length = headers['content-length'];
        taker.onHead({
          status: incoming.statusCode ?? 0,
          length: length === undefined ? undefined : Number(length),
          encoding: headers['content-encoding'],
          location: headers.location,
          retryAfter: headers['retry-after'],
          date: headers.date,
        });
        incoming.on('data', (chunk: Uint8Array) => {
          if (!over) taker.onBody(chunk);
        });
        incoming.on('end', () => {
          if (!incoming.complete) return fail(brokenOff());
          if (over) return;
          over = true;
          taker.onEnd();
        });
      });
      request.end();
    },
    // The agent belongs to whoever made it.
    close() {},
  };
}
