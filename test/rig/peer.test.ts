import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/run.ts';
import { runOptions, serveRig, tempProject } from '../support/project.ts';
import {
  auditSignatures,
  npmCi,
  npmCli,
  parseAudit,
  peerDir,
  trustedRootOf,
} from '../support/rig/peer-npm.mjs';

/** `npm audit signatures` verifies attestations since npm 9.5; the trust root is set up as npm 10 and 11 want it. */
function npmMajor(): number {
  const { stdout } = spawnSync(npmCli(), ['--version'], { encoding: 'utf8' });
  return Number(/^(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
}

describe('ordinary trees', () => {
  it('1,000 packages of which a quarter is attested pass, each of them verified', async () => {
    const served = await serveRig({ packages: 1000, attested: 0.25 });
    const project = await tempProject(served);
    try {
      const { report } = await run(runOptions(served, project));
      const { info } = served.rig;
      expect(report.outcome).toBe('passed');
      expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(report.counts).toMatchObject({
        nodes: info.installed + info.platformOnly,
        packages: info.uniqueInstalled + info.platformOnly,
        passed: info.uniqueInstalled + info.platformOnly,
        failed: 0,
        undecided: 0,
        registrySigned: info.uniqueInstalled + info.platformOnly,
        withProvenance: info.withAttestations,
      });
    } finally {
      await project.remove();
      await served.server.close();
    }
  });

  it.skipIf(npmMajor() < 10)('npm itself agrees with us about a sound tree of the rig', async () => {
    const served = await serveRig({ packages: 30, attested: 0.5 });
    const { rig, server } = served;
    const project = await tempProject(served);
    const peer = peerDir(undefined, {
      anchor: server.tuf.anchor,
      trustedRoot: trustedRootOf(server.tuf),
      tlsCA: server.tlsCA,
      project: rig.project,
    });
    try {
      const installed = await npmCi(peer, server.url);
      expect(installed).toMatchObject({ code: 0 });
      const audit = await auditSignatures(peer, server.url);
      expect(audit).toMatchObject({ code: 0 });
      const attested = rig.packages.filter((x) => x.onDisk && x.attested);
      expect(parseAudit(audit.out)).toMatchObject({
        signatures: rig.info.installed,
        attestations: attested.length,
        missing: 0,
        invalidSignatures: 0,
        invalidAttestations: 0,
      });
      const { report } = await run(runOptions(served, project));
      expect(report.outcome).toBe('passed');
      expect(report.counts.withProvenance).toBe(rig.info.withAttestations);
      expect(server.stats().refusedConnects).toEqual([]);
    } finally {
      rmSync(peer.dir, { recursive: true, force: true });
      await project.remove();
      await server.close();
    }
  });
});
