/** One GET, one answer, whatever it comes over. */
import { type Exchange, type ExchangeOptions, Receiver, type UnderWay } from './receiver.ts';
import type { RequestHead, Transport } from './transport.ts';

/** @throws {TransportError}; what {@link Receiver.abandon} was told */
export function exchange(
  transport: Transport,
  request: RequestHead,
  options: ExchangeOptions,
  underWay: UnderWay,
): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const receiver = new Receiver(request.url, options, underWay, resolve, reject);
    try {
      transport.send(request, receiver);
    } catch (error) {
      receiver.onError(error);
    }
  });
}
