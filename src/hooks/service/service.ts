/**
 * The verifying proxy as a service for a team: who may ask, how it is watched, and that it goes on judging by what is true
 * today. What may be installed, the proxy and the gate alone decide.
 */
import { type Clock, systemClock } from '../../core/clock.ts';
import { VerifyDepsError } from '../../core/errors.ts';
import { authority, isLoopback, type Place } from '../../core/listen.ts';
import { printable } from '../../core/text.ts';
import { toolVersion } from '../../core/version.ts';
import type { GateOptions } from '../../gate.ts';
import type { HandlerOptions } from '../proxy/types.ts';
import { type Access, accessBy, readTokens } from './access.ts';
import { type Certificate, type CertificateFiles, readCertificate } from './certificate.ts';
import { factsOf } from './decisions.ts';
import { createDesk } from './desk.ts';
import { type Generations, openGenerations } from './generations.ts';
import { listen } from './http-server.ts';
import { type Judging, openJudging, pingRegistry } from './judging.ts';
import { SERVICE_LIMITS, type ServiceLimits } from './limits.ts';
import { createLog, type LogSink, type LogValue } from './log.ts';
import { createServiceMetrics } from './service-metrics.ts';
import { createSums } from './sums.ts';
import { TRUST_MS_MAX, trustAge, trustTrouble } from './trust-age.ts';
import { QUIET_MS, watchUpstream } from './upstream.ts';

export interface ServiceOptions {
  readonly gate: GateOptions;
  readonly place: Place;
  /** Base URL that clients know it by; by default that of `place`. */
  readonly publicUrl?: string;
  readonly certificate?: CertificateFiles;
  /** Who may ask; without it, whoever reaches it. */
  readonly tokenFile?: string;
  readonly sink: LogSink;
  /** Between two readings of policy, record, trust root and npm's configuration. */
  readonly renewMs: number;
  readonly limits?: Partial<ServiceLimits>;
  readonly proxyLimits?: HandlerOptions['limits'];
  /** Oldest trust root that is believed, see `trustTrouble`. */
  readonly trustMsMax?: number;
  /** What the operator has to know and what the log may not be able to say; one printable line. */
  readonly onTrouble: (line: string) => void;
  /** Of this process. */
  readonly usage: () => { readonly memoryBytes: number; readonly cpuSeconds: number };
}

export interface Service {
  /** Where it listens in fact, with trailing slash. */
  readonly url: string;
  /** Opens the log anew and reads everything again. */
  renew(): Promise<void>;
  /** Takes no more requests and waits for those under way. */
  stop(graceMs: number): Promise<void>;
}

/** @throws {VerifyDepsError} `service-settings`, `service-listen`, and what `openGate` throws */
export async function startService(options: ServiceOptions): Promise<Service> {
  const clock: Clock = options.gate.clock ?? systemClock;
  const limits = { ...SERVICE_LIMITS, ...options.limits };
  const trustMsMax = options.trustMsMax ?? TRUST_MS_MAX;
  const ended = new AbortController();
  const sums = createSums();
  const watch = watchUpstream(clock);
  const log = createLog({ sink: options.sink, clock, onTrouble: options.onTrouble });
  let certificate: Certificate | undefined;
  let access: Access | undefined;
  let judging: Generations<Judging> | undefined;

  const readOwnFiles = async (): Promise<void> => {
    if (options.tokenFile !== undefined) access = accessBy(await readTokens(options.tokenFile));
    if (options.certificate !== undefined) certificate = await readCertificate(options.certificate);
  };
  const troubles = (): readonly string[] => {
    if (judging === undefined) return ['policy and trust root are being loaded'];
    const found = [trustTrouble(judging.current.gate.trust, clock(), trustMsMax), watch.trouble];
    return found.filter((trouble) => trouble !== undefined);
  };
  const metrics = createServiceMetrics({
    version: toolVersion(),
    policyDigest: () => judging?.current.gate.policy.digest,
    trust: () => {
      const trust = judging?.current.gate.trust;
      return trust && { kind: trust.origin.kind, digest: trust.root.digest };
    },
    trustAgeMs: () => judging && trustAge(judging.current.gate.trust, clock()),
    certificateEndsMs: () => certificate?.notAfter,
    isHealthy: () => troubles().length === 0,
    connections: () => listener.connections,
    usage: options.usage,
    logLinesLost: () => log.lost,
    evidence: () => {
      const { requests, bytes, fromStore } = sums.all.evidence;
      return { asked: requests, bytes, fromStore };
    },
    proxy: () => sums.all.proxy,
  });

  const desk = createDesk({
    limits,
    metrics,
    troubles,
    access: () => access,
    judging: () => judging,
  });

  await readOwnFiles();
  const listener = await listen({
    place: options.place,
    certificate,
    limits,
    handler: desk,
    onTurnedAway: metrics.turnedAway,
  });
  const place = authority(listener.place);
  const url = `${listener.secure ? 'https' : 'http'}://${place}/`;
  const local = isLoopback(options.place.host) ? ['127.0.0.1', 'localhost', '::1'] : [];
  const open = (): Promise<Judging> =>
    openJudging({
      gate: { ...options.gate, signal: ended.signal },
      clock,
      trustMsMax,
      sums,
      proxy: {
        publicUrl: options.publicUrl ?? url,
        hosts: [place, ...local.map((host) => authority({ host, port: listener.place.port }))],
        limits: {
          bodyBytesMax: limits.bodyBytesMax,
          memoryBytesMax: limits.tarballInMemoryBytesMax,
          ...options.proxyLimits,
        },
        onDecision(decision) {
          metrics.decided(decision);
          log.write('decision', factsOf(decision));
        },
        onRequest(record) {
          metrics.requested(record);
          // Every tarball that somebody got or did not get. Other paths can bear what is nobody's business.
          if (record.kind !== 'tarball') return;
          const { status, bytes, ms, from } = record;
          log.write('tarball', { package: record.package ?? null, status, bytes, ms, client: from });
        },
        onUpstream(record) {
          metrics.asked(record);
          if (record.status === undefined) watch.failed('no answer');
          else if (record.status >= 500) watch.failed(`status ${record.status}`);
          else watch.answered();
        },
      },
    });
  try {
    judging = await openGenerations(open);
  } catch (error) {
    await listener.stop(0);
    throw error;
  }
  const { current } = judging;
  log.write('started', { url, ...stateOf(current) });

  const report = (what: string, error: unknown): void => {
    const known = error instanceof VerifyDepsError;
    const facts = {
      what,
      error: known ? error.code : 'bug',
      reason: printable(error instanceof Error ? error.message : String(error), 400),
    };
    log.write('renewal-failed', facts);
    options.onTrouble(`${what} cannot be read anew, the old stays: ${facts.reason}`);
  };
  const renewAll = async (): Promise<void> => {
    let failed = false;
    const tried = async (what: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failed = true;
        report(what, error);
      }
    };
    await tried('certificate or token file', async () => {
      await readOwnFiles();
      if (certificate !== undefined) listener.replaceCertificate(certificate);
    });
    await tried('policy or trust root', async () => {
      const outcome = await judging!.renew();
      if (outcome !== undefined) throw outcome.failed;
    });
    metrics.renewed(failed ? 'failed' : 'done');
    if (!failed) log.write('renewed', stateOf(judging!.current));
  };
  const ask = async (): Promise<void> => {
    if (!watch.isQuiet) return;
    const why = await pingRegistry(judging!.current.npm, ended.signal);
    if (why === undefined) watch.answered();
    else watch.failed(why);
  };
  const timers = [
    setInterval(() => void renewAll(), options.renewMs),
    setInterval(() => void ask(), QUIET_MS / 2),
  ];
  await ask();
  return {
    url,
    async renew() {
      await log.reopen().catch((error: unknown) => report('the log', error));
      await renewAll();
    },
    async stop(graceMs) {
      for (const timer of timers) clearInterval(timer);
      const broken = await listener.stop(graceMs);
      ended.abort();
      await judging!.close();
      log.write('stopped', { broken });
      await log.close();
    },
  };
}

function stateOf({ gate, npm }: Judging): Readonly<Record<string, LogValue>> {
  const { policy, trust } = gate;
  const asOf = trust.origin.asOf;
  return {
    policy: policy.digest,
    files: policy.files,
    trustRoot: trust.root.digest,
    trustOrigin: trust.origin.kind,
    trustAsOf: asOf === undefined ? null : new Date(asOf).toISOString(),
    stale: trust.origin.stale ?? null,
    registry: npm.registry,
  };
}
