import { expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import { collectEvidence, type EvidenceContext } from '../../src/evidence/collect.ts';
import type { RegistryClient, VersionManifest } from '../../src/registry/types.ts';
import type { Trust } from '../../src/trust/types.ts';
import { makeWorld, NOW, REGISTRY } from '../sigstore/world.ts';
import { SRI } from '../support/nodes.ts';
import { type Loose, subjectOf } from './samples.ts';

const world = makeWorld(9);
const manifest: VersionManifest = {
  name: '@acme/log',
  version: '2.1.0',
  integrity: SRI,
  shasum: undefined,
  tarball: undefined,
  signatures: [],
  announcesAttestations: false,
  announcesProvenance: false,
  repository: undefined,
  repositoryDirectory: undefined,
  hasInstallScript: true,
};
const provenanceOnly = Buffer.from(
  JSON.stringify({
    attestations: [{ predicateType: 'https://slsa.dev/provenance/v1', bundle: world.bundle('v0.3') }],
  }),
);
const DOWN = unproven('unreachable', 'registry-unreachable');

interface Case {
  readonly asks?: EvidenceContext['asksReleaseTime'];
  readonly attested?: boolean;
  readonly client?: Partial<RegistryClient>;
}
async function collect({ asks, attested = false, client }: Case) {
  const asked: string[] = [];
  const fake: Loose = {
    registryFor: () => REGISTRY,
    defaultRegistry: REGISTRY,
    manifest: () =>
      Promise.resolve({
        status: 'found',
        value: { ...manifest, announcesAttestations: attested, announcesProvenance: attested },
      }),
    attestations: () => Promise.resolve({ status: 'found', value: provenanceOnly }),
    publishTime: () => {
      asked.push('time');
      return Promise.resolve({ status: 'found', value: NOW });
    },
    ...client,
  };
  const trust: Loose = { root: world.trustRoot, registryKeys: () => Promise.resolve(undefined) };
  const context = { client: fake as RegistryClient, trust: trust as Trust, tarballs: false, now: NOW };
  const { claimedTime, provenance } = await collectEvidence(
    subjectOf(),
    asks === undefined ? context : { ...context, asksReleaseTime: asks },
  );
  return { claimedTime, asked, provenance: provenance.status };
}

test('the registry is not asked when a version was published unless that matters', async () => {
  expect(await collect({})).toMatchObject({ claimedTime: undefined, asked: [] });
  expect(await collect({ asks: () => false })).toMatchObject({ claimedTime: undefined, asked: [] });
});

test('its unsigned word is kept where it does', async () => {
  const seen: unknown[] = [];
  const asks: EvidenceContext['asksReleaseTime'] = (subject, declaresScript, registry) => {
    seen.push([subject.name, declaresScript, registry]);
    return true;
  };
  expect(await collect({ asks })).toMatchObject({
    claimedTime: { status: 'verified', value: NOW },
    asked: ['time'],
  });
  expect(seen).toEqual([['@acme/log', true, REGISTRY]]);
});

test('it is asked also where a build has a signed time: it can lie ready for long', async () => {
  expect(await collect({ asks: () => true, attested: true })).toEqual({
    claimedTime: { status: 'verified', value: NOW },
    asked: ['time'],
    provenance: 'verified',
  });
});

test.each([DOWN, unproven('absent', 'signature-time-unknown')])('%j stays what it is', async (answer) => {
  const client: Loose = { publishTime: () => Promise.resolve(answer) };
  expect(
    (await collect({ asks: () => true, client: client as Partial<RegistryClient> })).claimedTime,
  ).toEqual(answer);
});

test('of a version that could not be asked for nothing is known', async () => {
  const client: Loose = { manifest: () => Promise.resolve(DOWN) };
  const found = await collect({ asks: () => true, client: client as Partial<RegistryClient> });
  expect(found).toMatchObject({ claimedTime: DOWN, asked: [] });
});
