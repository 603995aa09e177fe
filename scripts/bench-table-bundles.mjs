// The table of single bundles.
import { median, tableText } from './bench-table.mjs';

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
  return tableText(
    `${bundles} bundles of each kind, medians of ${rounds} rounds; Node ${node.slice(1)}, ${cpus} logical CPUs. Each cell: \`@sigstore/verify\` ${sigstore} : \`verify-deps\` : floor. *ratio*: how many times less time ours takes than \`@sigstore/verify\`; *floor*: our time as a multiple of the floor's.`,
    1,
    head,
    lines,
  );
}
