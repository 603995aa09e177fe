// Medians of benchmark rows, the table made of them, and the page that shows it.
import fs from 'node:fs';
import path from 'node:path';

const PAGE = path.join(import.meta.dirname, '..', 'docs', 'performance.md');
const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** One entry per tree, latency and cache: { attested, latency, cache, npm?, ours } with the medians of each measure. */
export function summarize(rows) {
  const cells = new Map();
  for (const row of rows) {
    const { attested, latency, cache, who } = row;
    const key = [attested, latency, cache].join();
    if (!cells.has(key)) cells.set(key, { attested, latency, cache, rows: { npm: [], ours: [] } });
    cells.get(key).rows[who].push(row);
  }
  const medians = (list) =>
    list.length === 0
      ? undefined
      : Object.fromEntries(
          ['wall', 'cpu', 'rssMB', 'requests', 'bytes'].map((m) => [m, median(list.map((row) => row[m]))]),
        );
  return [...cells.values()].map(({ rows: { npm, ours }, ...cell }) => ({
    ...cell,
    npm: medians(npm),
    ours: medians(ours),
  }));
}

/** Markdown: a line of facts and the table. */
export function table(cells, { packages, runs, npm, node, cpus }) {
  const head = [
    'attested',
    'latency',
    'cache',
    'wall s',
    'ratio',
    'CPU s',
    'ratio',
    'memory MiB',
    'requests',
    'MB',
  ];
  const lines = cells.map(({ attested, latency, cache, npm: theirs, ours }) => {
    const pair = (measure, digits, scale = 1) =>
      [theirs, ours]
        .filter(Boolean)
        .map((x) => (x[measure] / scale).toFixed(digits))
        .join(' : ');
    const ratio = (measure) => (theirs ? `**${(theirs[measure] / ours[measure]).toFixed(1)}**` : '');
    return [
      `${attested * 100} %`,
      `${latency} ms`,
      cache,
      pair('wall', 2),
      ratio('wall'),
      pair('cpu', 2),
      ratio('cpu'),
      pair('rssMB', 0),
      pair('requests', 0),
      pair('bytes', 2, 1e6),
    ];
  });
  const row = (items) => `| ${items.join(' | ')} |`;
  const versions = `Node ${node.slice(1)}${npm ? `, npm ${npm}` : ''}, ${cpus} logical CPUs`;
  const order = npm ? 'Each cell: `npm audit signatures` : `verify-deps`. ' : '';
  return [
    `${packages} packages, medians of ${runs} ${runs === 1 ? 'run' : 'runs'}; ${versions}. ${order}MB as they travel.`,
    '',
    row(head),
    row(head.map((_, i) => (i < 3 ? '---' : '--:'))),
    ...lines.map(row),
  ].join('\n');
}

const FRESH = `# Performance

\`npm run bench\` times this tool against the real \`npm audit signatures\` on one synthetic registry.

Both run as whole processes, from the command to the exit code, on the same project, whose lockfile names packages with
packuments of the size public ones have (86 KB in the median). The registry is a third process on loopback with its own
Sigstore instance: every signature, certificate, log entry and proof is real and is verified by both. It delays each response
by the latency given. *Cold* means an empty cache (npm keeps the trust root it ships with), *warm* the same command again at
once. npm needs \`npm ci\` before it can audit; that time is not counted. A run measures both tools one right after the other,
because machines differ from minute to minute: the ratios mean more than the seconds. CPU time and peak memory are those of
the whole process, by GNU time where there is one. A run counts only if both tools verified every signature and every
attestation that there is.

${START}
${END}
`;

/** Puts the table between the markers of docs/performance.md, which is made if there is none. */
export function writePage(text) {
  const page = fs.existsSync(PAGE) ? fs.readFileSync(PAGE, 'utf8') : FRESH;
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`docs/performance.md lacks ${START} or ${END}`);
  fs.mkdirSync(path.dirname(PAGE), { recursive: true });
  fs.writeFileSync(PAGE, `${page.slice(0, start + START.length)}\n\n${text}\n\n${page.slice(end)}`);
  return 'docs/performance.md';
}
