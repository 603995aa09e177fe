/**
 * Counters, gauges and histograms in the text format of Prometheus (version 0.0.4). Every metric has a bound on its
 * series: what comes after that is counted together, so that no client can fill the memory or the monitoring.
 */

/** Series of one metric; the labels are ours, and all values they can have are fewer. */
const SERIES_MAX = 400;
const BEYOND = 'other';

export interface Counter {
  /** @param values  of the labels, in their order */
  add(values: readonly string[], by?: number): void;
}

export interface Histogram {
  observe(values: readonly string[], amount: number): void;
}

export type Reading = readonly (readonly [values: readonly string[], amount: number])[];

export interface Metrics {
  counter(name: string, help: string, labels: readonly string[]): Counter;
  /** @param read  called for each scrape */
  gauge(name: string, help: string, labels: readonly string[], read: () => Reading): void;
  /** A number that only grows and that somebody else counts. */
  total(name: string, help: string, labels: readonly string[], read: () => Reading): void;
  /** @param bounds  upper bounds of the buckets, ascending, without infinity */
  histogram(name: string, help: string, labels: readonly string[], bounds: readonly number[]): Histogram;
  text(): string;
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function createMetrics(): Metrics {
  const families: (() => string)[] = [];
  const family = (
    kind: 'counter' | 'gauge' | 'histogram',
    name: string,
    help: string,
    lines: () => readonly string[],
  ): void => {
    families.push(() =>
      [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${kind}`, ...lines(), ''].join('\n'),
    );
  };
  return {
    counter(name, help, labels) {
      const series = seriesOf<{ sum: number }>(() => ({ sum: 0 }));
      family('counter', name, help, () =>
        series.all().map(([values, { sum }]) => line(name, labels, values, sum)),
      );
      return {
        add(values, by = 1) {
          series.at(values).sum += by;
        },
      };
    },
    gauge(name, help, labels, read) {
      family('gauge', name, help, () => read().map(([values, amount]) => line(name, labels, values, amount)));
    },
    total(name, help, labels, read) {
      family('counter', name, help, () =>
        read().map(([values, amount]) => line(name, labels, values, amount)),
      );
    },
    histogram(name, help, labels, bounds) {
      const series = seriesOf<Buckets>(() => ({ counts: bounds.map(() => 0), count: 0, sum: 0 }));
      family('histogram', name, help, () =>
        series.all().flatMap(([values, found]) => bucketLines(name, labels, values, bounds, found)),
      );
      return {
        observe(values, amount) {
          const found = series.at(values);
          found.count++;
          found.sum += amount;
          const index = bounds.findIndex((bound) => amount <= bound);
          if (index >= 0) found.counts[index]!++;
        },
      };
    },
    text: () => families.map((lines) => lines()).join(''),
  };
}

interface Buckets {
  readonly counts: number[];
  count: number;
  sum: number;
}

interface Series<T> {
  at(values: readonly string[]): T;
  all(): readonly (readonly [readonly string[], T])[];
}

function seriesOf<T>(make: () => T): Series<T> {
  const known = new Map<string, readonly [readonly string[], T]>();
  const find = (values: readonly string[]): T => {
    const key = values.join('\u0000');
    const found = known.get(key);
    if (found !== undefined) return found[1];
    const beyond = values.map(() => BEYOND);
    if (known.size >= SERIES_MAX && key !== beyond.join('\u0000')) return find(beyond);
    const made = make();
    known.set(key, [values, made]);
    return made;
  };
  return { at: find, all: () => [...known.values()] };
}

function bucketLines(
  name: string,
  labels: readonly string[],
  values: readonly string[],
  bounds: readonly number[],
  { counts, count, sum }: Buckets,
): readonly string[] {
  let below = 0;
  const buckets = bounds.map((bound, index) => {
    below += counts[index]!;
    return line(`${name}_bucket`, [...labels, 'le'], [...values, String(bound)], below);
  });
  return [
    ...buckets,
    line(`${name}_bucket`, [...labels, 'le'], [...values, '+Inf'], count),
    line(`${name}_sum`, labels, values, sum),
    line(`${name}_count`, labels, values, count),
  ];
}

function line(name: string, labels: readonly string[], values: readonly string[], amount: number): string {
  const pairs = labels.map((label, index) => `${label}="${escapeValue(values[index] ?? '')}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${amount}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function escapeHelp(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
