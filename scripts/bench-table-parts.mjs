// The tables of the other parts of the benchmark; rows as each part measures them: seconds, MiB, bytes.
import {
  barText,
  machineText,
  median,
  medianOfPairs,
  medians,
  percent,
  runsText,
  tableText,
} from './bench-table.mjs';

/** Our time as a multiple of the least work's. */
const FLOOR_MAX = 1.3;
/** Of ten times the packages. */
const SCALE_TIME_MAX = 10.5;
const SCALE_MEMORY_MAX = 1.3;
/** From one size of the tree to the next. */
const RISE_MAX = 1.15;
/** Milliseconds above an empty process. */
const START_MAX = { help: 60, check: 200 };
const NPX_MAX = 1.3;
const UNPACKED_MAX_MB = 3;

const of = (rows, wanted) =>
  rows.filter((row) => Object.entries(wanted).every(([name, value]) => row[name] === value));

const sizesOf = (rows) => [...new Set(rows.map(({ packages }) => packages))].sort((a, b) => a - b);

export function summarizeFloor(rows) {
  const [ours, floor] = [of(rows, { who: 'ours' }), of(rows, { who: 'floor' })];
  const times = (measure) => medianOfPairs(ours, floor, (own, least) => own[measure] / least[measure]);
  const wall = times('wall');
  return {
    ours: medians(ours, ['wall', 'cpu']),
    floor: medians(floor, ['wall', 'cpu', 'signatures']),
    ratio: { wall, cpu: times('cpu') },
    bar: { what: 'warm run as a multiple of the least work', value: wall, limit: FLOOR_MAX },
  };
}

export function floorTable({ ours, floor, ratio, bar }, { packages, runs, rounds, ...machine }) {
  const line = (measure) => [
    ours[measure].toFixed(2),
    floor[measure].toFixed(2),
    `**${ratio[measure].toFixed(2)}**`,
  ];
  return tableText(
    `${packages} packages, 100 % attested, ${floor.signatures} signatures: our whole warm process, and the least work as the median of ${rounds} rounds in one; ${runsText(runs)}, ratios within a run; ${machineText(machine)}.`,
    1,
    ['', '`verify-deps` s', 'least work s', 'ratio', 'bar'],
    [
      ['wall', ...line('wall'), barText(bar)],
      ['CPU', ...line('cpu'), '–'],
    ],
  );
}

/** Of two sizes, the larger to the smaller. */
export function summarizeScale(rows) {
  const sizes = sizesOf(rows);
  const [small, large] = sizes.map((packages) => of(rows, { packages }));
  const times = (measure) => medianOfPairs(large, small, (a, b) => a[measure] / b[measure]);
  const ratio = { wall: times('wall'), cpu: times('cpu'), rssMB: times('rssMB') };
  const what = `${sizes[1]} packages to ${sizes[0]}, warm`;
  return {
    cells: sizes.map((packages) => ({
      packages,
      ...medians(of(rows, { packages }), ['wall', 'cpu', 'rssMB']),
    })),
    ratio,
    bars: [
      { what: `${what}: time`, value: ratio.wall, limit: SCALE_TIME_MAX },
      { what: `${what}: peak memory`, value: ratio.rssMB, limit: SCALE_MEMORY_MAX },
    ],
  };
}

export function scaleTable({ cells, ratio, bars }, { attested, runs, ...machine }) {
  const [time, memory] = bars;
  const times = (value) => `**${value.toFixed(2)}**`;
  return tableText(
    `Warm runs, ${percent(attested)} attested; ${runsText(runs)}, ratios within a run; ${machineText(machine)}.`,
    1,
    ['packages', 'wall s', 'CPU s', 'peak memory MiB'],
    [
      ...cells.map(({ packages, wall, cpu, rssMB }) => [
        packages,
        wall.toFixed(2),
        cpu.toFixed(2),
        rssMB.toFixed(0),
      ]),
      ['ratio', times(ratio.wall), times(ratio.cpu), times(ratio.rssMB)],
      ['bar', barText(time), '–', barText(memory)],
    ],
  );
}

/**
 * One entry per cache and size: seconds, MiB, and of each package `each: { wall, cpu, memory }` in milliseconds and KiB;
 * `rises`: which of them cost more than 15 % more than in the next smaller tree.
 */
export function summarizeCurve(rows) {
  return ['cold', 'warm'].flatMap((cache) => {
    let before;
    return sizesOf(of(rows, { cache })).map((packages) => {
      const { wall, cpu, rssMB } = medians(of(rows, { cache, packages }), ['wall', 'cpu', 'rssMB']);
      const each = {
        wall: (wall / packages) * 1000,
        cpu: (cpu / packages) * 1000,
        memory: (rssMB / packages) * 1024,
      };
      const rises = before ? Object.keys(each).filter((name) => each[name] > before[name] * RISE_MAX) : [];
      before = each;
      return { cache, packages, wall, rssMB, each, rises };
    });
  });
}

export function curveTable(cells, { attested, runs, ...machine }) {
  const lines = cells.map(({ cache, packages, wall, rssMB, each, rises }) => {
    const cost = (name, digits) => `${each[name].toFixed(digits)}${rises.includes(name) ? ' ▲' : ''}`;
    return [
      ...[cache, packages, wall.toFixed(2), cost('wall', 2), cost('cpu', 2)],
      ...[rssMB.toFixed(0), cost('memory', 1)],
    ];
  });
  return tableText(
    `${percent(attested)} attested; ${runsText(runs)}; ${machineText(machine)}. ▲: more than ${percent(RISE_MAX - 1)} above what a package costs in the next smaller tree.`,
    1,
    ['cache', 'packages', 'wall s', 'ms a package', 'CPU ms a package', 'peak memory MiB', 'KiB a package'],
    lines,
  );
}

/** Ours above an empty process that ran beside it. */
export function summarizeStart(rows, { loaded }) {
  const names = { help: '`verify-deps --help`', check: '`verify-deps check`, 10 packages, warm' };
  return Object.entries(names).map(([what, name]) => {
    const [ours, node] = [of(rows, { what, who: 'ours' }), of(rows, { what, who: 'node' })];
    const above = (measure) =>
      medianOfPairs(ours, node, (own, empty) => (own[measure] - empty[measure]) * 1000);
    const value = above('wall');
    return {
      name,
      ours: medians(ours, ['wall', 'rssMB']),
      node: medians(node, ['wall', 'rssMB']),
      above: { wall: value, cpu: above('cpu') },
      loaded: loaded[what],
      bar: { what: `${name} above \`node -e 0\``, value, limit: START_MAX[what], unit: ' ms' },
    };
  });
}

export function startTable(cells, { runs, ...machine }) {
  const lines = cells.map(({ name, ours, node, above, loaded, bar }) => [
    ...[name, (ours.wall * 1000).toFixed(0), (node.wall * 1000).toFixed(0), `**${above.wall.toFixed(0)}**`],
    ...[barText(bar), above.cpu.toFixed(0), `${ours.rssMB.toFixed(0)} : ${node.rssMB.toFixed(0)}`],
    ...[loaded.files, (loaded.bytes / 1000).toFixed(0)],
  ]);
  return tableText(
    `Whole processes beside \`node -e 0\`; ${runsText(runs, 'pair')}, differences within a pair; ${machineText(machine)}. CPU to 10 ms. Files of code, other than Node's own, with their bytes.`,
    1,
    ['', 'ms', '`node -e 0` ms', 'above', 'bar', 'CPU ms above', 'memory MiB', 'files', 'kB'],
    lines,
  );
}

/** @param facts  with `packages` and bytes `unpacked`, of what `npx` puts on the disk */
export function summarizeNpx(rows, { packages, unpacked }) {
  const [ours, single] = [of(rows, { who: 'ours' }), of(rows, { who: 'one file' })];
  const value = medianOfPairs(ours, single, (own, other) => own.wall / other.wall);
  return {
    ours: medians(ours, ['wall', 'cpu']),
    single: medians(single, ['wall', 'cpu']),
    bars: [
      { what: '`npx` to a package of one file: time', value, limit: NPX_MAX },
      { what: '`npx`: packages installed', value: packages, limit: 1 },
      { what: '`npx`: unpacked', value: unpacked / 1e6, limit: UNPACKED_MAX_MB, unit: ' MB' },
    ],
    ratio: value,
  };
}

export function npxTable(
  { ours, single, bars, ratio },
  { runs, npm, packages, files, tarball, unpacked, ...machine },
) {
  const [time, count, size] = bars;
  const megabytes = (bytes) => (bytes / 1e6).toFixed(2);
  return tableText(
    `\`npx --yes verify-deps --version\` with an empty cache of npm ${npm}, beside a package of one file, both from a registry on loopback; ${runsText(runs, 'pair')}, ratios within a pair; ${machineText(machine)}.`,
    1,
    ['', '`verify-deps`', 'one file', 'ratio', 'bar'],
    [
      ['wall s', ours.wall.toFixed(2), single.wall.toFixed(2), `**${ratio.toFixed(2)}**`, barText(time)],
      ['CPU s', ours.cpu.toFixed(2), single.cpu.toFixed(2), `**${(ours.cpu / single.cpu).toFixed(2)}**`, '–'],
      ['packages', packages, 1, '', barText(count)],
      ['files', files, 2, '', '–'],
      ['packed MB', megabytes(tarball), '', '', '–'],
      ['unpacked MB', megabytes(unpacked), '', '', barText(size)],
    ],
  );
}

const SOUND = new Set(['200', '304', '404']);

/** Every kind of fault beside the run without any of the same round. */
export function summarizeFaults(rows) {
  const calm = of(rows, { faults: 'none' });
  return [...new Set(rows.map(({ faults }) => faults))].map((faults) => {
    const list = of(rows, { faults });
    const failed = ({ answers }) =>
      Object.entries(answers).reduce((sum, [status, count]) => sum + (SOUND.has(status) ? 0 : count), 0);
    const same = list.filter((row) => row.same).length;
    return {
      faults,
      ...medians(list, ['wall', 'requests']),
      failed: median(list.map(failed)),
      longer: medianOfPairs(list, calm, (row, other) => row.wall - other.wall),
      repeated: medianOfPairs(list, calm, (row, other) => row.requests - other.requests),
      /** Seconds that nobody can be faster than, at that rate. */
      least: list[0].rate > 0 ? median(calm.map(({ requests }) => requests)) / list[0].rate : undefined,
      same,
      runs: list.length,
      bar: {
        what: `faults (${faults}): runs with the same report`,
        value: same,
        limit: list.length,
        least: true,
      },
    };
  });
}

export function faultsTable(cells, { packages, attested, runs, ...machine }) {
  const lines = cells.map((cell) => [
    ...[cell.faults, cell.wall.toFixed(2), cell.longer.toFixed(2), cell.least?.toFixed(2) ?? '–'],
    ...[cell.requests, cell.failed, cell.repeated],
    cell.same === cell.runs ? 'yes' : `**in ${cell.same} of ${cell.runs} runs**`,
  ]);
  return tableText(
    `${packages} packages, ${percent(attested)} attested, cold; ${runsText(runs)}; ${machineText(machine)}. *least*: what the rate alone demands; *same*: whether the report is, byte for byte, that of a run without faults.`,
    1,
    ['faults', 'wall s', 'longer s', 'least s', 'requests', 'failed', 'repeated', 'same'],
    lines,
  );
}
