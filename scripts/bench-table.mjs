// What all tables of the benchmark are made with, and the table of whole commands beside npm's.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Medians of the named measures of rows; undefined without rows. */
export function medians(rows, measures) {
  if (rows.length === 0) return undefined;
  return Object.fromEntries(measures.map((name) => [name, median(rows.map((row) => row[name]))]));
}

/**
 * The median of what pairs of rows of the same run make: machines differ from minute to minute, and the rows of one run were
 * measured one right after the other.
 */
export function medianOfPairs(left, right, combine) {
  const byRun = new Map(right.map((row) => [row.run, row]));
  const values = left.filter(({ run }) => byRun.has(run)).map((row) => combine(row, byRun.get(row.run)));
  return values.length === 0 ? undefined : median(values);
}

/**
 * Markdown: a line above it, and the table.
 * @param left  how many columns are words; the others are numbers
 */
export function tableText(caption, left, head, lines) {
  const row = (items) => `| ${items.join(' | ')} |`;
  return [
    caption,
    '',
    row(head),
    row(head.map((_, i) => (i < left ? '---' : '--:'))),
    ...lines.map(row),
  ].join('\n');
}

/** A bar as a cell of a table: `≥ 20 kept`, `≤ 60 ms **missed**`. */
export function barText(bar) {
  if (bar === undefined) return '–';
  const { limit, least = false, unit = '' } = bar;
  return `${least ? '≥' : '≤'} ${limit}${unit} ${isKept(bar) ? 'kept' : '**missed**'}`;
}

/** @param bar  `{ what, value, limit, least }`; `least`: the value must not be below the limit, else not above it */
export function isKept({ value, limit, least = false }) {
  return least ? value >= limit : value <= limit;
}

/** A line for each bar, and how many are kept. */
export function barsText(bars) {
  const lines = bars.map(
    (bar) => `${bar.what}: ${Number(bar.value.toFixed(2))}${bar.unit ?? ''} (${barText(bar)})`,
  );
  return [...lines, `${bars.filter(isKept).length} of ${bars.length} bars kept`].join('\n');
}

export const machineText = ({ node, cpus }) => `Node ${node.slice(1)}, ${cpus} logical CPUs`;
export const percent = (share) => `${Number((share * 100).toFixed(1))} %`;
export const runsText = (runs, noun = 'run') => `medians of ${runs} ${noun}${runs === 1 ? '' : 's'}`;

/** How many times less time ours must take, by share of attested packages, latency and cache. */
const AUDIT_BARS = {
  '0.25,0,cold': 20,
  '0.25,30,cold': 12,
  '0.25,0,warm': 30,
  '1,0,cold': 25,
  '1,0,warm': 25,
};
const AUDIT_MEASURES = ['wall', 'cpu', 'rssMB', 'requests', 'bytes'];

/**
 * One entry per tree, latency and cache: medians of each measure, and `ratio`: the median of the ratios of each run.
 * @param rows  `{ who, run, attested, latency, cache, wall, cpu, rssMB, requests, bytes }`
 */
export function summarizeAudit(rows) {
  const cells = new Map();
  for (const row of rows) {
    const { attested, latency, cache, who } = row;
    const key = [attested, latency, cache].join();
    if (!cells.has(key)) cells.set(key, { attested, latency, cache, rows: { npm: [], ours: [] } });
    cells.get(key).rows[who].push(row);
  }
  return [...cells].map(
    ([
      key,
      {
        rows: { npm, ours },
        ...cell
      },
    ]) => {
      const ratio = {
        wall: medianOfPairs(npm, ours, (theirs, own) => theirs.wall / own.wall),
        cpu: medianOfPairs(npm, ours, (theirs, own) => theirs.cpu / own.cpu),
      };
      const limit = AUDIT_BARS[key];
      const what = `${percent(cell.attested)} attested, ${cell.latency} ms, ${cell.cache}: npm's time to ours`;
      return {
        ...cell,
        npm: medians(npm, AUDIT_MEASURES),
        ours: medians(ours, AUDIT_MEASURES),
        ratio,
        bar: ratio.wall === undefined || !limit ? undefined : { what, value: ratio.wall, limit, least: true },
      };
    },
  );
}

export function auditTable(cells, { packages, runs, npm, ...machine }) {
  const times = (value) => (value === undefined ? '–' : `**${value.toFixed(1)}**`);
  const lines = cells.map(({ attested, latency, cache, npm: theirs, ours, ratio, bar }) => {
    const pair = (measure, digits, scale = 1) =>
      [theirs, ours]
        .filter(Boolean)
        .map((x) => (x[measure] / scale).toFixed(digits))
        .join(' : ');
    return [
      ...[percent(attested), `${latency} ms`, cache],
      ...[pair('wall', 2), times(ratio.wall), barText(bar)],
      ...[pair('cpu', 2), times(ratio.cpu), pair('rssMB', 0), pair('requests', 0), pair('bytes', 2, 1e6)],
    ];
  });
  const order = npm ? ` Each cell: \`npm audit signatures\` (npm ${npm}) : \`verify-deps\`;` : '';
  return tableText(
    `${packages} packages, ${runsText(runs)}; ${machineText(machine)}.${order} ratios are medians of the ratios within a run; MB as they travel.`,
    3,
    [
      'attested',
      'latency',
      'cache',
      'wall s',
      'ratio',
      'bar',
      'CPU s',
      'ratio',
      'memory MiB',
      'requests',
      'MB',
    ],
    lines,
  );
}
