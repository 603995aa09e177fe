import { describe, expect, it } from 'vitest';
import { type RunResult, run } from '../../src/run.ts';
import { runOptions, serveRig, tempProject } from '../support/project.ts';

const DEMANDING = `version: 1
require: { releaseAge: error }
minimum: { releaseAge: 9999w }
`;

/** Runs twice, so that the second run can use what the first has kept. */
async function against(policy: string) {
  const served = await serveRig({ packages: 12, attested: 0.5, seed: 3 });
  const project = await tempProject(served);
  try {
    await project.write('verify-deps.yaml', policy);
    const runs: { result: RunResult; packuments: number }[] = [];
    for (let k = 0; k < 2; k++) {
      served.server.reset();
      const result = await run(runOptions(served, project));
      runs.push({ result, packuments: served.server.stats().byClass.packument?.requests ?? 0 });
    }
    const [first, second] = runs;
    return { first: first!, second: second!, attested: served.rig.info.withAttestations };
  } finally {
    await project.remove();
    await served.server.close();
  }
}

describe('the age of releases', () => {
  it('is not asked for unless the policy demands one of this very package', async () => {
    const [plain, other] = await Promise.all([
      against('version: 1\n'),
      against('version: 1\nrules: [{ match: no-such-package, require: { releaseAge: error } }]\n'),
    ]);
    const { verdicts, outcome } = plain.first.result.report;
    expect(outcome).toBe('passed');
    // A signature by a key that has expired since makes the time matter under any policy.
    const expired = verdicts.filter(({ evidence: { registrySignature: check } }) =>
      check.status === 'verified' ? check.value.publishTime?.signed === false : false,
    );
    expect([plain.first.packuments, other.first.packuments]).toEqual([expired.length, expired.length]);
  });

  it('is asked for where nobody signed for it, once, and told with its source', async () => {
    const { first, second, attested } = await against(DEMANDING);
    const { verdicts, outcome, counts } = first.result.report;
    expect(outcome).toBe('failed');
    const told = verdicts.flatMap(({ evidence, findings }) =>
      findings
        .filter(({ code }) => code === 'release-too-young')
        .map(({ args }) => ({ name: evidence.subject.name, time: args.time })),
    );
    expect(told).toHaveLength(counts.packages);
    expect(told.filter(({ time }) => time === 'signed')).toHaveLength(attested);
    // One document has the times of all versions of a package.
    const unsigned = new Set(told.filter(({ time }) => time === 'unsigned').map(({ name }) => name));
    expect(first.packuments).toBe(unsigned.size);
    expect(second.packuments).toBe(0);
    expect(second.result.report.verdicts.map(({ findings }) => findings)).toEqual(
      verdicts.map(({ findings }) => findings),
    );
  });
});
