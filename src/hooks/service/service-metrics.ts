/** What a service counts. Label values are words of this tool; names of packages and addresses of clients are in the log. */
import type { Decision, ProxyStats, RequestRecord, UpstreamRecord } from '../proxy/types.ts';
import { labelsOf } from './decisions.ts';
import type { TurnedAway } from './http-server.ts';
import { createMetrics, type Reading } from './metrics.ts';

/** Seconds: a manifest takes milliseconds, a large tarball over a slow line a minute. */
const LATENCY_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

/** What is read when somebody asks for the metrics. */
export interface Readings {
  readonly version: string;
  readonly policyDigest: () => string | undefined;
  readonly trust: () => { readonly kind: string; readonly digest: string } | undefined;
  readonly trustAgeMs: () => number | undefined;
  readonly certificateEndsMs: () => number | undefined;
  readonly isHealthy: () => boolean;
  readonly connections: () => number;
  readonly usage: () => { readonly memoryBytes: number; readonly cpuSeconds: number };
  readonly logLinesLost: () => number;
  readonly evidence: () => { readonly asked: number; readonly fromStore: number; readonly bytes: number };
  /** Sums of all that have been in use, but what goes on now only of those still in use. */
  readonly proxy: () => ProxyStats;
}

export interface ServiceMetrics {
  decided(decision: Decision): void;
  requested(record: Pick<RequestRecord, 'kind' | 'status' | 'bytes'>): void;
  served(what: 'health' | 'metrics' | 'refused', status: number): void;
  asked(record: UpstreamRecord): void;
  turnedAway(why: TurnedAway): void;
  renewed(outcome: 'done' | 'failed'): void;
  text(): string;
}

export function createServiceMetrics(readings: Readings): ServiceMetrics {
  const metrics = createMetrics();
  const name = (rest: string): string => `verify_deps_${rest}`;
  const one = (amount: number | undefined): Reading => (amount === undefined ? [] : [[[], amount]]);
  const gauge = (rest: string, help: string, read: () => number | undefined): void =>
    metrics.gauge(name(rest), help, [], () => one(read()));
  const total = (rest: string, help: string, read: () => number): void =>
    metrics.total(name(rest), help, [], () => one(read()));

  const decisions = metrics.counter(
    name('decisions_total'),
    'Packages judged, by outcome and by the code that decided.',
    ['outcome', 'code'],
  );
  const requests = metrics.counter(name('requests_total'), 'Requests of clients answered.', [
    'class',
    'status',
  ]);
  const sent = metrics.counter(name('sent_bytes_total'), 'Bytes of answers sent to clients.', ['class']);
  const upstream = metrics.histogram(
    name('upstream_seconds'),
    'Time until a registry began to answer, or failed to.',
    ['class', 'outcome'],
    LATENCY_BOUNDS,
  );
  const away = metrics.counter(name('turned_away_total'), 'Connections ended before a request was there.', [
    'reason',
  ]);
  const renewals = metrics.counter(name('renewals_total'), 'Policy, record and trust root read anew.', [
    'outcome',
  ]);
  metrics.gauge(name('info'), 'Version of verify-deps.', ['version'], () => [[[readings.version], 1]]);
  metrics.gauge(name('policy_info'), 'Digest (sha256) of the policy in force.', ['digest'], () => {
    const digest = readings.policyDigest();
    return digest === undefined ? [] : [[[digest], 1]];
  });
  metrics.gauge(name('trust_root_info'), 'Origin and digest of the trust root.', ['kind', 'digest'], () => {
    const trust = readings.trust();
    return trust === undefined ? [] : [[[trust.kind, trust.digest], 1]];
  });
  gauge('trust_root_age_seconds', 'Since the trust root was refreshed.', () =>
    seconds(readings.trustAgeMs()),
  );
  gauge('certificate_expires_seconds', 'When the TLS certificate ends, since 1970.', () =>
    seconds(readings.certificateEndsMs()),
  );
  gauge('healthy', '1 if the health endpoint answers 200.', () => (readings.isHealthy() ? 1 : 0));
  gauge('connections', 'Connections of clients.', readings.connections);
  gauge('requests_in_flight', 'Requests being answered.', () => readings.proxy().active);
  gauge('spool_bytes', 'Bytes of tarballs that wait for their verdict.', () => readings.proxy().spoolBytes);
  gauge('resident_memory_bytes', 'Resident memory of the process.', () => readings.usage().memoryBytes);
  total('cpu_seconds_total', 'Processor time of the process.', () => readings.usage().cpuSeconds);
  total(
    'upstream_requests_total',
    'Requests to registries on behalf of clients.',
    () => readings.proxy().upstreamRequests,
  );
  total(
    'upstream_bytes_total',
    'Bytes received from registries on behalf of clients.',
    () => readings.proxy().upstreamBytes,
  );
  total(
    'upstream_failures_total',
    'Requests to registries that failed.',
    () => readings.proxy().upstreamFailures,
  );
  total(
    'evidence_from_store_total',
    'Pieces of evidence that the store had.',
    () => readings.evidence().fromStore,
  );
  total('evidence_requests_total', 'Requests to registries for evidence.', () => readings.evidence().asked);
  total(
    'evidence_bytes_total',
    'Bytes of evidence received from registries.',
    () => readings.evidence().bytes,
  );
  total('log_lines_lost_total', 'Lines that the log did not take.', readings.logLinesLost);

  return {
    decided: (decision) => decisions.add(labelsOf(decision)),
    requested({ kind, status, bytes }) {
      requests.add([kind, String(status)]);
      sent.add([kind], bytes);
    },
    served: (what, status) => requests.add([what, String(status)]),
    asked({ kind, status, ms }) {
      upstream.observe([kind, status === undefined ? 'none' : `${Math.trunc(status / 100)}xx`], ms / 1000);
    },
    turnedAway: (why) => away.add([why]),
    renewed: (outcome) => renewals.add([outcome]),
    text: () => metrics.text(),
  };
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
