/** Where a service listens, and who can reach it there. */
import { isIPv4, isIPv6 } from 'node:net';

export interface Place {
  /** Name or address, without brackets. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** `HOST:PORT`, `[::1]:PORT`, `:PORT` (loopback) or `PORT`. @returns undefined for anything else */
export function parseListen(text: string): Place | undefined {
  const match = /^(?:(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9.-]{1,253}))?:)?(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, six, name, digits] = match;
  const port = Number(digits);
  if (port > 65_535 || (six !== undefined && !isIPv6(six))) return undefined;
  return { host: six ?? name ?? '127.0.0.1', port };
}

/** Only this machine can reach it. A name counts as loopback only where it can mean nothing else. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  if (isIPv6(host)) return host === '::1' || /^::ffff:127\./i.test(host);
  return host.toLowerCase() === 'localhost';
}

/** `host:port` as it stands in a URL. */
export function authority({ host, port }: Place): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}
