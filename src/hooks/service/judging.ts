/** One generation of what a service judges by: gate, npm's configuration, and the proxy over both. */
import path from 'node:path';
import { npmOf } from '../../connect.ts';
import type { Clock } from '../../core/clock.ts';
import { type Gate, type GateOptions, openGate } from '../../gate.ts';
import { createRegistryClient } from '../../registry/client.ts';
import { DownloadError } from '../../registry/download-error.ts';
import type { NpmOptions } from '../../registry/npmrc.ts';
import { createHandler } from '../proxy/handler.ts';
import type { HandlerOptions, ProxyHandler } from '../proxy/types.ts';
import type { Generation } from './generations.ts';
import type { Sums } from './sums.ts';
import { withTrustAge } from './trust-age.ts';

const PING_BYTES_MAX = 65_536;

export interface Judging extends Generation {
  readonly gate: Gate;
  readonly npm: NpmOptions;
  readonly handler: ProxyHandler;
}

export interface JudgingOptions {
  readonly gate: GateOptions;
  readonly proxy: Pick<
    HandlerOptions,
    'publicUrl' | 'hosts' | 'limits' | 'onDecision' | 'onRequest' | 'onUpstream'
  >;
  readonly clock: Clock;
  readonly trustMsMax: number;
  readonly sums: Sums;
}

/** @throws {VerifyDepsError} unreadable policy, report or npm configuration, no trust root */
export async function openJudging(options: JudgingOptions): Promise<Judging> {
  const npm = await npmOf(path.resolve(options.gate.cwd), options.gate);
  const gate = withTrustAge(await openGate(options.gate), options.clock, options.trustMsMax);
  const handler = createHandler({
    ...options.proxy,
    gate: () => gate,
    upstream: npm,
    registries: gate.policy.registries.map(({ url }) => url),
  });
  const counted = options.sums.enter(() => ({ proxy: handler.stats, evidence: gate.stats }));
  return {
    gate,
    npm,
    handler,
    async close() {
      await handler.close();
      await gate.close();
      counted.leave();
    },
  };
}

/** Whether the registry answers at all; that it has no such page is an answer. @returns why not */
export async function pingRegistry(npm: NpmOptions, signal: AbortSignal): Promise<string | undefined> {
  const client = createRegistryClient({ npm, store: undefined, signal });
  try {
    await client.download(`${npm.registry}-/ping`, PING_BYTES_MAX);
    return undefined;
  } catch (error) {
    if (!(error instanceof DownloadError)) return 'asking was broken off';
    const { status, failure } = error;
    if (status === undefined) return failure === 'too-large' ? undefined : 'no answer';
    return status < 500 ? undefined : `status ${status}`;
  } finally {
    await client.close();
  }
}
