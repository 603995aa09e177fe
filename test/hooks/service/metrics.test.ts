import { expect, test } from 'vitest';
import { createMetrics } from '../../../src/hooks/service/metrics.ts';

/** A line of the exposition format, version 0.0.4. */
const LINE =
  /^(?:# (?:HELP|TYPE) [a-z_]+ [^\n]+|[a-z_]+(?:\{[a-z]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z]+="(?:[^"\\\n]|\\[\\"n])*")*\})? (?:[-+0-9.e]+|\+Inf|NaN))$/;

test('counters, gauges and histograms as Prometheus reads them', () => {
  const metrics = createMetrics();
  const requests = metrics.counter('requests_total', 'Requests.', ['class', 'status']);
  metrics.gauge('in_flight', 'Now.', [], () => [[[], 3]]);
  const latency = metrics.histogram('latency_seconds', 'Wait.', ['class'], [0.1, 1]);
  requests.add(['tarball', '200']);
  requests.add(['tarball', '200'], 2);
  requests.add(['packument', '404']);
  for (const seconds of [0.05, 0.1, 0.5, 7]) latency.observe(['tarball'], seconds);
  expect(metrics.text()).toBe(
    [
      '# HELP requests_total Requests.',
      '# TYPE requests_total counter',
      'requests_total{class="tarball",status="200"} 3',
      'requests_total{class="packument",status="404"} 1',
      '# HELP in_flight Now.',
      '# TYPE in_flight gauge',
      'in_flight 3',
      '# HELP latency_seconds Wait.',
      '# TYPE latency_seconds histogram',
      'latency_seconds_bucket{class="tarball",le="0.1"} 2',
      'latency_seconds_bucket{class="tarball",le="1"} 3',
      'latency_seconds_bucket{class="tarball",le="+Inf"} 4',
      'latency_seconds_sum{class="tarball"} 7.65',
      'latency_seconds_count{class="tarball"} 4',
      '',
    ].join('\n'),
  );
});

test.each(['"', '\\', '\n', 'a"} 1\nevil_total 2', '\\n'])('the label value %j stays one value', (value) => {
  const metrics = createMetrics();
  metrics.counter('seen_total', 'Help with \\ and\nline.', ['what']).add([value]);
  const lines = metrics.text().trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatch(LINE);
});

test('series are bounded: what comes after that is counted together', () => {
  const metrics = createMetrics();
  const seen = metrics.counter('seen_total', 'Seen.', ['what']);
  for (let index = 0; index < 5_000; index++) seen.add([`value-${index}`]);
  seen.add(['value-0']);
  const lines = metrics.text().trimEnd().split('\n').slice(2);
  expect(lines.length).toBeLessThan(500);
  expect(lines).toContain('seen_total{what="value-0"} 2');
  const sum = lines.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  expect(sum).toBe(5_001);
  expect(lines.at(-1)).toMatch(/^seen_total\{what="other"\} 4\d{3}$/);
});
