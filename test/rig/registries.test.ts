import { describe, expect, it } from 'vitest';
import { run } from '../../src/run.ts';
import { runOptions, serveRig, tempProject } from '../support/project.ts';
import type { ServerOptions } from '../support/rig/server.mjs';

/** Runs against a registry with peculiarities; hands back the report and what the registry was asked. */
async function against(options: ServerOptions, runs = 1) {
  const served = await serveRig({ packages: 12, attested: 0.5, seed: 3 }, options);
  const project = await tempProject(served);
  try {
    let last = await run(runOptions(served, project));
    for (let k = 1; k < runs; k++) {
      served.server.reset();
      last = await run(runOptions(served, project));
    }
    return { ...last, rig: served.rig, stats: served.server.stats() };
  } finally {
    await project.remove();
    await served.server.close();
  }
}

describe('registries with peculiarities', () => {
  it.each<[string, ServerOptions]>([
    ['compresses nothing', { gzip: false }],
    ['has no /NAME/VERSION', { versionEndpoint: false }],
    ['is overloaded at first', { failFirst: 1 }],
    ['lets nothing be kept', { maxAge: 0 }],
    ['is slow', { latency: 40, jitter: 40 }],
    ['answers a few at a time', { maxRps: 50 }],
    ['asks to slow down', { maxRps: 50, rateMode: '429' }],
  ])('one that %s is verified like any other', async (_, options) => {
    const { report, rig } = await against(options);
    expect(report.findings).toEqual([]);
    expect(report.outcome).toBe('passed');
    expect(report.counts).toMatchObject({
      registrySigned: report.counts.packages,
      withProvenance: rig.info.withAttestations,
    });
  });

  it('of one that strips all signatures and attestations it is said once, and nothing passes', async () => {
    const { report, stats } = await against({ strip: true });
    expect(report.outcome).toBe('failed');
    expect(report.findings).toMatchObject([{ code: 'registry-without-evidence', severity: 'error' }]);
    expect(report.counts).toMatchObject({ passed: 0, registrySigned: 0, withProvenance: 0 });
    // A few full packuments show that it is no habit of the short answers; not one for each package.
    expect(stats.byClass.packument?.requests ?? 0).toBeLessThan(5);
  });

  it('what was proven once is verified again without asking for it again', async () => {
    const { report, stats } = await against({}, 2);
    expect(report.outcome).toBe('passed');
    expect(report.stats.fromStore).toBeGreaterThan(0);
    expect(stats.byClass.manifest).toBeUndefined();
    expect(stats.byClass.att).toBeUndefined();
  });
});
