import { describe, expect, test } from 'vitest';
import { type Check, type Unproven, unproven } from '../../src/core/check.ts';
import { collectEvidence, type EvidenceContext } from '../../src/evidence/collect.ts';
import type { Evidence, Subject } from '../../src/evidence/types.ts';
import type { RegistryClient, VersionManifest } from '../../src/registry/types.ts';
import type { RegistryKeys, Trust } from '../../src/trust/types.ts';
import { makeWorld, NOW, REGISTRY } from '../sigstore/world.ts';
import { SRI } from '../support/nodes.ts';
import { type Loose, subjectOf } from './samples.ts';

const world = makeWorld(9);
const [, key] = world.keys;
const KEYS: RegistryKeys = {
  origin: 'tuf',
  registry: REGISTRY,
  keys: (['signatures', 'attestations'] as const).map((usage) => ({
    keyid: key!.hint,
    usage,
    key: key!.key,
    validFor: key!.validFor,
  })),
};
const manifest: VersionManifest = {
  name: '@acme/log',
  version: '2.1.0',
  integrity: SRI,
  shasum: undefined,
  tarball: 'https://registry.example/@acme/log/-/log-2.1.0.tgz',
  signatures: [world.sigstore.registrySignature('@acme/log@2.1.0', SRI, world.sigstore.npmKeys[1])],
  announcesAttestations: true,
  announcesProvenance: true,
  repository: 'git+https://github.com/acme/log.git',
  repositoryDirectory: undefined,
  hasInstallScript: true,
};
const body = Buffer.from(
  JSON.stringify({
    attestations: [
      {
        predicateType: 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1',
        bundle: world.bundle('key v0.3'),
      },
      { predicateType: 'https://slsa.dev/provenance/v1', bundle: world.bundle('v0.3') },
    ],
  }),
);
const found = <T>(value: T) => Promise.resolve({ status: 'found' as const, value });

interface Fakes {
  readonly manifest?: Partial<VersionManifest>;
  readonly client?: Partial<RegistryClient>;
  readonly keys?: RegistryKeys | undefined;
  readonly tarballs?: boolean;
  readonly now?: number;
}
function contextOf(fakes: Fakes): { context: EvidenceContext; asked: string[] } {
  const asked: string[] = [];
  const served = { ...manifest, ...fakes.manifest };
  const ask = <T>(what: string, answer: T): T => {
    asked.push(what);
    return answer;
  };
  const client: Loose = {
    registryFor: () => REGISTRY,
    defaultRegistry: REGISTRY,
    manifest: () => ask('manifest', found(served)),
    fullManifest: () => ask('packument', found(served)),
    publishTime: () => ask('time', found(NOW)),
    attestations: () => ask('attestations', found(body)),
    tarballIntegrity: () => ask('tarball', found(SRI)),
    // Too large to be held: its digest alone is asked for.
    tarball: () => Promise.resolve(unproven('unreachable', 'limit-exceeded')),
    ...fakes.client,
  };
  const trust: Loose = {
    root: world.trustRoot,
    registryKeys: () => Promise.resolve('keys' in fakes ? fakes.keys : KEYS),
  };
  return {
    asked,
    context: {
      client: client as RegistryClient,
      trust: trust as Trust,
      tarballs: fakes.tarballs ?? false,
      now: fakes.now ?? NOW,
    },
  };
}
const brief = (check: Check<unknown>) =>
  check.status === 'verified' ? 'verified' : `${check.status} ${check.code}`;
const all = ({ integrity, resolved, registrySignature, publish, provenance }: Evidence) =>
  [integrity, resolved, registrySignature, publish, provenance].map(brief);
const collect = async (fakes: Fakes = {}, of: Subject = subjectOf()) => {
  const { context, asked } = contextOf(fakes);
  return { evidence: await collectEvidence(of, context), asked };
};

describe('the evidence of one package', () => {
  test('is all there for a sound one', async () => {
    const { evidence, asked } = await collect();
    expect(all(evidence)).toEqual(Array(5).fill('verified'));
    expect(evidence).toMatchObject({
      registry: REGISTRY,
      tarball: undefined,
      declared: { repository: 'git+https://github.com/acme/log.git', hasInstallScript: true },
      notes: [],
    });
    // The log's time of the publish attestation dates the signature too.
    expect(evidence.registrySignature).toMatchObject({
      value: { publishTime: { time: NOW + 6000, signed: true } },
    });
    expect(asked).toEqual(['manifest', 'attestations']);
  });

  test('can be asked for from the full packument', async () => {
    const { context, asked } = contextOf({});
    expect(all(await collectEvidence(subjectOf(), context, 'packument'))).toEqual(Array(5).fill('verified'));
    expect(asked).toContain('packument');
  });

  test.each<[string, Partial<Subject>, string]>([
    [
      'a git source',
      { source: { kind: 'git', url: 'https://github.com/a/b', commit: '1' } },
      'uncovered source-unverifiable',
    ],
    [
      'a tarball from anywhere',
      { source: { kind: 'remote', url: 'https://example.com/x.tgz' } },
      'uncovered source-unverifiable',
    ],
    ['a local file', { source: { kind: 'file', path: 'x.tgz' } }, 'uncovered source-unverifiable'],
    ['a folder', { source: { kind: 'directory', path: '../x' } }, 'uncovered source-unverifiable'],
    [
      'a bundled package',
      { source: { kind: 'bundled', within: 'node_modules/x' } },
      'uncovered bundled-inside',
    ],
  ])('is not to be had for %s, and nobody is asked', async (_, rest, outcome) => {
    const { evidence, asked } = await collect({}, subjectOf(rest));
    expect(all(evidence)).toEqual(Array(5).fill(outcome));
    expect(asked).toEqual([]);
    expect(evidence.registry).toBeUndefined();
  });

  test.each(['absent', 'unreachable'] as const)('is %s where the manifest is', async (status) => {
    const answer = unproven(status, status === 'absent' ? 'version-absent' : 'registry-unreachable');
    const { evidence } = await collect({ client: { manifest: () => Promise.resolve(answer) } });
    const outcome = brief(answer);
    expect(all(evidence)).toEqual([outcome, 'verified', outcome, outcome, outcome]);
  });

  test('accuses nobody of a strange tarball place while nothing says where the registry keeps them', async () => {
    const strange = subjectOf({
      source: { kind: 'registry', resolved: `${REGISTRY}download/acme/log/2.1.0/f00` },
    });
    const resolvedAt = async (answer: Unproven) =>
      brief(
        (await collect({ client: { manifest: () => Promise.resolve(answer) } }, strange)).evidence.resolved,
      );
    expect(await resolvedAt(unproven('unreachable', 'registry-unreachable'))).toBe(
      'unreachable registry-unreachable',
    );
    expect(await resolvedAt(unproven('absent', 'version-absent'))).toBe('absent version-absent');
    expect(brief((await collect({}, strange)).evidence.resolved)).toBe('invalid resolved-mismatch');
  });

  test.each([{ name: '@acme/lag' }, { version: '2.1.1' }])(
    'is refused from the manifest of %j',
    async (rest) => {
      const { evidence } = await collect({ manifest: rest });
      expect(all(evidence).filter((outcome) => outcome === 'invalid manifest-mismatch')).toHaveLength(4);
    },
  );

  test('is about the bytes of the lockfile, not about what the registry shows', async () => {
    const other = `sha512-${Buffer.alloc(64, 9).toString('base64')}`;
    const swapped = subjectOf({ integrity: { kind: 'sha512', sri: other } });
    expect(all((await collect({}, swapped)).evidence)).toEqual([
      'invalid integrity-mismatch',
      'verified',
      'invalid signature-invalid',
      'invalid subject-digest-mismatch',
      'invalid subject-digest-mismatch',
    ]);
    // A registry that plays along still cannot sign for it.
    expect(all((await collect({ manifest: { integrity: other } }, swapped)).evidence)[2]).toBe(
      'invalid signature-invalid',
    );
  });

  test.each<[string, Subject['integrity'], string]>([
    ['nothing', { kind: 'none' }, 'uncovered integrity-missing'],
    ['a sha1', { kind: 'weak', algorithm: 'sha1', sri: 'sha1-x' }, 'uncovered integrity-weak'],
  ])('cannot cover a lockfile that pins %s', async (_, integrity, outcome) => {
    const { evidence, asked } = await collect({ tarballs: true }, subjectOf({ integrity }));
    expect(all(evidence)).toEqual([outcome, 'verified', outcome, outcome, outcome]);
    expect(evidence.tarball).toMatchObject({ status: 'uncovered' });
    expect(asked).not.toContain('attestations');
  });

  test('says that there are no attestations, or that they are withheld', async () => {
    const none = await collect({ manifest: { announcesAttestations: false } });
    expect(all(none.evidence).slice(3)).toEqual(Array(2).fill('absent attestations-absent'));
    expect(none.asked).toEqual(['manifest']);
    const withheld = await collect({
      client: { attestations: () => Promise.resolve(unproven('absent', 'version-absent')) },
    });
    expect(all(withheld.evidence).slice(3)).toEqual(Array(2).fill('absent attestations-withheld'));
    const down = await collect({
      client: { attestations: () => Promise.resolve(unproven('unreachable', 'registry-unreachable')) },
    });
    expect(all(down.evidence).slice(2)).toEqual([
      'verified',
      ...Array(2).fill('unreachable registry-unreachable'),
    ]);
  });

  test('without any known key of the registry is not covered where it rests on one, and nobody is accused', async () => {
    expect(all((await collect({ keys: undefined })).evidence)).toEqual([
      'verified',
      'verified',
      'uncovered registry-keys-unknown',
      'uncovered registry-keys-unknown',
      'verified',
    ]);
    const unsigned = await collect({ keys: undefined, manifest: { signatures: [] } });
    expect(all(unsigned.evidence)[2]).toBe('absent signature-absent');
    // With keys, one that is not among them is another matter.
    expect(all((await collect({ keys: { origin: 'tuf', registry: REGISTRY, keys: [] } })).evidence)[3]).toBe(
      'invalid key-unknown',
    );
  });

  test('may be of a registry that mirrors the one that signed', async () => {
    const mirror = 'https://mirror.example/';
    const client = { registryFor: () => mirror };
    const own = { ...KEYS, registry: mirror };
    expect(all((await collect({ client, keys: own })).evidence)[3]).toBe('invalid publish-claim-mismatch');
    expect(all((await collect({ client, keys: KEYS })).evidence)[3]).toBe('verified');
  });

  test('asks for the time of publication only where an expired key makes it matter', async () => {
    const expired: RegistryKeys = {
      origin: 'tuf',
      registry: REGISTRY,
      keys: [{ ...KEYS.keys[0]!, validFor: { start: 0, end: NOW + 1 } }],
    };
    const quiet = { announcesAttestations: false };
    expect((await collect({ keys: expired, manifest: quiet })).asked).not.toContain('time');
    const late = await collect({ keys: expired, manifest: quiet, now: NOW + 1 });
    expect(late.asked).toContain('time');
    expect(late.evidence.registrySignature).toMatchObject({
      value: { publishTime: { time: NOW, signed: false } },
    });
  });

  test('includes the bytes of the tarball where they are asked for', async () => {
    expect((await collect({ tarballs: true })).evidence.tarball).toEqual({ status: 'verified', value: SRI });
    const other = `sha512-${Buffer.alloc(64).toString('base64')}`;
    const swapped = await collect({ tarballs: true, client: { tarballIntegrity: () => found(other) } });
    expect(brief(swapped.evidence.tarball!)).toBe('invalid tarball-mismatch');
    const down = unproven('unreachable', 'registry-unreachable');
    const lost = await collect({ tarballs: true, client: { tarball: () => Promise.resolve(down) } });
    expect(lost.evidence.tarball).toEqual(down);
    const lostToo = await collect({
      tarballs: true,
      client: { tarballIntegrity: () => Promise.resolve(down) },
    });
    expect(lostToo.evidence.tarball).toEqual(down);
  });
});
