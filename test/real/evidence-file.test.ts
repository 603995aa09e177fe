import { describe, expect, test } from 'vitest';
import { fetchEvidence } from '../../src/fetch.ts';
import { run } from '../../src/run.ts';
import { hasData, missing, realPackages } from './data.ts';
import { withServed } from './registry.ts';

describe.skipIf(!hasData)(`real packages in an evidence file${missing}`, () => {
  test('come to the same facts without a network, in less than 2 KB each', async () => {
    const items = realPackages();
    const served = items.map(({ name, version, dist, publishTime, attestations }) => ({
      name,
      version,
      integrity: dist.integrity,
      signatures: dist.signatures ?? [],
      publishTime,
      attestations,
    }));
    await withServed(served, 'extends: recommended', async (options) => {
      const fetched = await fetchEvidence(options);
      expect(fetched).toMatchObject({ outcome: 'written', missing: [], head: { attested: items.length } });
      expect(fetched.bytes / items.length).toBeLessThan(2_000);
      const online = await run(options);
      const offline = await run({
        ...options,
        cacheDir: `${options.cacheDir}-none`,
        offline: true,
        evidence: [fetched.path],
      });
      expect(offline.report.stats.requests).toBe(0);
      expect(offline.report.verdicts).toEqual(online.report.verdicts);
    });
  });
});
