/** A parser with every fault there is to find: the harness is tested with it. Not among the parsers that are fuzzed. */
const kept = [];
const FAULTS = {
  uncoded: () => undefined.member,
  async rejected() {
    await undefined;
    throw new RangeError('too deep');
  },
  pollution() {
    Object.prototype.polluted = true;
  },
  hang() {
    for (;;);
  },
  crash: () => process.kill(process.pid, 'SIGKILL'),
  slow() {
    const start = process.cpuUsage();
    const used = () => {
      const { user, system } = process.cpuUsage(start);
      return user + system;
    };
    while (used() < 400_000);
  },
  memory() {
    kept.push(Buffer.alloc(16_384, 1));
  },
};

const parserOf = (...faults) => ({
  format: 'text',
  samples: faults.map((name) => Buffer.from(name)),
  read: (bytes) => FAULTS[bytes.toString('utf8')]?.(),
});

export const planted = {
  'planted-faults': async () =>
    parserOf('sound', 'uncoded', 'hang', 'rejected', 'crash', 'pollution', 'slow', 'sound'),
  'planted-leak': async () => ({ ...parserOf('memory'), read: FAULTS.memory }),
};
