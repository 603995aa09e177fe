// One run of a project, timed by its phases. Prints JSON; see scripts/bench-policy.mjs.
import { run } from '../build/run.js';

const marks = { start: mark() };
const { report } = await run({
  ...JSON.parse(process.argv[2]),
  onProgress: ({ phase }) => {
    marks[phase] ??= mark();
  },
});
const judged = report.verdicts.length;
console.log(
  JSON.stringify({
    verify: between(marks.start, marks.judgement),
    judge: between(marks.judgement, marks.report),
    judged,
  }),
);

function mark() {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000 };
}

function between(from, to) {
  return { wall: to.wall - from.wall, cpu: to.cpu - from.cpu };
}
