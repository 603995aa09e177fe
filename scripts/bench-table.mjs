// Medians of benchmark rows, the table made of them, and the page that shows it.
import fs from 'node:fs';
import path from 'node:path';

const PAGE = path.join(import.meta.dirname, '..', 'docs', 'performance.md');
const MARKERS = {
  run: ['<!-- bench:start -->', '<!-- bench:end -->'],
  bundles: ['<!-- bench-bundles:start -->', '<!-- bench-bundles:end -->'],
};

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

/**
 * One entry per kind of bundle: { kind, sigstore?, ours, floor, speed, work } with medians of bundles per second (`rate`) and
 * CPU milliseconds per bundle (`cpu`), and of the ratios within a round by rate (`speed`) and by CPU time (`work`): how many
 * times as fast as `sigstore`, in how many times the time of `floor`.
 */
export function summarizeBundles(rows) {
  const rate = ({ bundles, wall }) => bundles / wall;
  const cpu = ({ bundles, cpu }) => (cpu / bundles) * 1000;
  return [...new Set(rows.map(({ kind }) => kind))].map((kind) => {
    const of = (who) => rows.filter((row) => row.kind === kind && row.who === who);
    const medians = (who) => {
      const list = of(who);
      return list.length === 0 ? undefined : { rate: median(list.map(rate)), cpu: median(list.map(cpu)) };
    };
    /** Theirs to ours in the same round. */
    const ratio = (who, measure) => {
      const ours = new Map(of('ours').map((row) => [row.round, row]));
      const list = of(who).map((row) => measure(row) / measure(ours.get(row.round)));
      return list.length === 0 ? undefined : median(list);
    };
    const inverse = (row) => 1 / rate(row);
    return {
      kind,
      sigstore: medians('sigstore'),
      ours: medians('ours'),
      floor: medians('floor'),
      speed: { sigstore: ratio('sigstore', inverse), floor: ratio('floor', rate) },
      work: { sigstore: ratio('sigstore', cpu), floor: ratio('floor', (row) => 1 / cpu(row)) },
    };
  });
}

/** Markdown: a line of facts and the table. */
export function bundleTable(cells, { bundles, rounds, sigstore, node, cpus }) {
  const head = ['bundle', 'bundles/s', 'ratio', 'floor', 'CPU ms', 'ratio', 'floor'];
  const lines = cells.map((cell) => {
    const all = (measure, digits) =>
      [cell.sigstore, cell.ours, cell.floor].map((x) => x?.[measure].toFixed(digits) ?? '–').join(' : ');
    const ratios = ({ sigstore, floor }) => [
      sigstore === undefined ? '' : `**${sigstore.toFixed(1)}**`,
      `**${floor.toFixed(2)}**`,
    ];
    return [cell.kind, all('rate', 0), ...ratios(cell.speed), all('cpu', 2), ...ratios(cell.work)];
  });
  const row = (items) => `| ${items.join(' | ')} |`;
  return [
    `${bundles} bundles of each kind, medians of ${rounds} rounds; Node ${node.slice(1)}, ${cpus} logical CPUs. Each cell: \`@sigstore/verify\` ${sigstore} : \`verify-deps\` : floor. *ratio*: how many times less time ours takes than \`@sigstore/verify\`; *floor*: our time as a multiple of the floor's.`,
    '',
    row(head),
    row(head.map((_, i) => (i === 0 ? '---' : '--:'))),
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

${MARKERS.run.join('\n')}
`;

const FRESH_BUNDLES = `
## One bundle

The same command then times the verification of single bundles, from JSON bytes to the verdict, against \`@sigstore/verify\`
and against a floor, on the same bytes in the same run. Each of the three is a process of its own that has read its trust root
before and is warm; they take turns of about a second. Ours and the floor keep 64 bundles in flight, as a run keeps packages,
and verify signatures on Node's thread pool; \`@sigstore/verify\` works synchronously. The floor (\`scripts/floor.mjs\`) is the
least work that verifies the same signatures, hashes and proofs with \`node:crypto\`: it trusts the form of what it reads,
knows one algorithm each, and cannot say what is wrong. It tells how much of the time is cryptography that nobody can save.
*Provenance* is a v0.3 bundle with a Fulcio certificate, an SCT, and an entry with promise, proof and checkpoint; the same of
*Rekor v2* has no promise but an RFC 3161 timestamp (\`@sigstore/verify\` does not read how such a log writes envelopes down
today); *publish* is a v0.2 bundle by a managed key with an entry of Rekor v1.

${MARKERS.bundles.join('\n')}
`;

/**
 * Puts a table between its markers in docs/performance.md; page and section are made if there are none.
 * @param table  'run' or 'bundles'
 */
export function writePage(text, table = 'run') {
  const page = fs.existsSync(PAGE) ? fs.readFileSync(PAGE, 'utf8') : FRESH;
  fs.mkdirSync(path.dirname(PAGE), { recursive: true });
  fs.writeFileSync(PAGE, pageWith(page, text, table));
  return 'docs/performance.md';
}

/** The page with another table in it. */
export function pageWith(before, text, table) {
  const [first, last] = MARKERS[table];
  const page = table === 'bundles' && !before.includes(first) ? before + FRESH_BUNDLES : before;
  const start = page.indexOf(first);
  const end = page.indexOf(last);
  if (start < 0 || end < start) throw new Error(`docs/performance.md lacks ${first} or ${last}`);
  return `${page.slice(0, start + first.length)}\n\n${text}\n\n${page.slice(end)}`;
}
