/** One line for each parser, and one for each place that findings come from. */
const CODES_SHOWN = 4;

export function summary(parser, { findings, runs, outcomes, slowest, slowestCase, seconds, growth, rss }) {
  const share = (count) => `${((100 * count) / Math.max(1, runs)).toFixed(1)} %`;
  const { accepted = 0, found: _, ...refused } = outcomes;
  const codes = Object.entries(refused).sort(([, a], [, b]) => b - a);
  const shown = codes.slice(0, CODES_SHOWN).map(([code, count]) => `${code} ${share(count)}`);
  if (codes.length > CODES_SHOWN) shown.push(`${codes.length - CODES_SHOWN} other codes`);
  const line = [
    `${parser}: ${runs.toLocaleString('en')} runs`,
    `${share(accepted)} accepted`,
    shown.join(', '),
    `${Math.round(runs / seconds).toLocaleString('en')}/s`,
    `slowest ${slowest.toFixed(0)} ms (case ${slowestCase})`,
    `heap ${growth >= 0 ? '+' : ''}${(growth / 1048576).toFixed(1)} MB, rss ${Math.round(rss / 1048576)} MB`,
    findings.length === 0 ? 'nothing found' : `${findings.length} FOUND`,
  ].join('; ');
  const groups = new Map();
  for (const { key, number, message } of findings) {
    const group = groups.get(key) ?? { count: 0, number, message };
    group.count++;
    groups.set(key, group);
  }
  return [
    line,
    ...[...groups].map(
      ([key, { count, number, message }]) =>
        `  ${count} x ${key}\n    case ${number}: ${message.split('\n')[0].slice(0, 300)}`,
    ),
  ].join('\n');
}
