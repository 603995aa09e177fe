import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { type Check, unproven, verified } from '../../src/core/check.ts';
import type {
  Evidence,
  Provenance,
  ProvenanceFact,
  Subject,
  VerifiedAttestation,
} from '../../src/evidence/types.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { collectLayers } from '../../src/policy/extends.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { mergeLayers } from '../../src/policy/merge.ts';
import type { PresetName } from '../../src/policy/presets.ts';
import type { Baseline, Policy, Verdict } from '../../src/policy/types.ts';
import type { PackageNode, Source } from '../../src/tree/types.ts';
import { packageNode } from '../support/nodes.ts';
import { KEY_SHA256 } from '../support/signer.ts';

export const NOW: number = Date.UTC(2026, 10, 22);
export const SRI: string = `sha512-${'A'.repeat(86)}==`;
export const OTHER_SRI: string = `sha512-${'B'.repeat(86)}==`;
export const REGISTRY = 'https://registry.example/';

const folders: string[] = [];
afterAll(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A folder with these files, removed after the tests of the file. */
export async function folderOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-policy-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  return folder;
}

/** The policy that a file with this text makes. */
export async function policyOf(text: string): Promise<Policy> {
  return loadPolicy({ from: await folderOf({ 'verify-deps.yaml': text }) });
}

export async function presetOf(name: PresetName): Promise<Policy> {
  return mergeLayers(await collectLayers({ kind: 'preset', name }, { from: '/', root: '/' }));
}

/** What a promise was rejected with, as `CODE MESSAGE`. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code} ${message}`;
  }
  return 'no failure';
}

export function bundle(inclusion: readonly ('proof' | 'promise')[] = ['proof']): VerifiedAttestation {
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    signer: { kind: 'key', hint: 'SHA256:x', sha256: KEY_SHA256 },
    logEntries: inclusion.map((kind) => ({
      logId: 'aa',
      baseUrl: 'https://log.example',
      logIndex: '7',
      kind: 'dsse',
      integratedTime: NOW,
      inclusion: kind,
      witnesses: [],
    })),
    times: [],
    uncoveredTimestamps: [],
    content: { kind: 'dsse', payloadType: 'application/vnd.in-toto+json', payloadBytes: 64 },
  };
}

function claims(over: Partial<Provenance> = {}): Provenance {
  return {
    predicateType: 'https://slsa.dev/provenance/v1',
    buildType: 'https://builds.example/v1',
    builderId: 'https://github.com/actions/runner/github-hosted',
    ci: 'github',
    issuer: 'https://token.actions.githubusercontent.com',
    sourceRepository: 'https://github.com/acme/mono',
    sourceRepositoryId: '1',
    sourceOwnerId: '2',
    ref: 'refs/tags/v2.1.0',
    commit: 'c'.repeat(40),
    workflow: '.github/workflows/release.yml',
    signer: 'https://github.com/acme/mono/.github/workflows/release.yml@refs/tags/v2.1.0',
    trigger: 'push',
    runner: 'github-hosted',
    invocation: undefined,
    ...over,
  };
}

export function provenance(
  over: Partial<Provenance> = {},
  log?: readonly ('proof' | 'promise')[],
): Check<ProvenanceFact> {
  return verified({ bundle: bundle(log), claims: claims(over) });
}

export function node(over: Partial<PackageNode> = {}): PackageNode {
  return packageNode({ integrity: { kind: 'sha512', sri: SRI }, ...over });
}

export function subject(over: Partial<Subject> = {}, nodes: readonly PackageNode[] = []): Subject {
  const name = over.name ?? '@acme/log';
  const version = over.version ?? '2.1.0';
  const source: Source = over.source ?? { kind: 'registry', resolved: undefined };
  const integrity = over.integrity ?? { kind: 'sha512', sri: SRI };
  return {
    purl: `pkg:npm/${name}@${version}`,
    name,
    version,
    integrity,
    source,
    nodes: nodes.length > 0 ? nodes : [node({ name, version, source, integrity })],
  };
}

const NO_ATTESTATIONS = unproven('absent', 'attestations-absent');

/** An ordinary package: signed by its registry, without attestations. */
export function evidence(over: Partial<Evidence> = {}): Evidence {
  return {
    subject: subject(),
    registry: REGISTRY,
    integrity: verified(SRI),
    resolved: verified(''),
    registrySignature: verified({ keyid: 'SHA256:x', keyOrigin: 'tuf', publishTime: undefined }),
    publish: NO_ATTESTATIONS,
    provenance: NO_ATTESTATIONS,
    other: [],
    tarball: undefined,
    declared: { repository: 'git+https://github.com/acme/mono.git', hasInstallScript: false },
    notes: [],
    ...over,
  };
}

/** The same with a publish attestation and provenance. */
export function attested(over: Partial<Evidence> = {}): Evidence {
  return evidence({ publish: verified(bundle()), provenance: provenance(), ...over });
}

/** What is known of a package that no registry speaks for. */
export function foreign(
  source: Source,
  nodes: readonly PackageNode[] = [],
  over: Partial<Subject> = {},
): Evidence {
  const outcome = unproven(
    'uncovered',
    source.kind === 'bundled' ? 'bundled-inside' : 'source-unverifiable',
    {
      kind: source.kind,
    },
  );
  return evidence({
    subject: subject({ source, ...over }, nodes),
    registry: undefined,
    integrity: outcome,
    resolved: outcome,
    registrySignature: outcome,
    publish: outcome,
    provenance: outcome,
    declared: undefined,
  });
}

export const NO_BASELINE: Baseline = new Map();

/** `OUTCOME`, then `SEVERITY CODE` of each finding. */
function said(verdict: Verdict): string {
  return [verdict.outcome, ...verdict.findings.map(({ severity, code }) => `${severity} ${code}`)].join(', ');
}

export function judged(
  item: Evidence,
  policy: Policy,
  baseline: Baseline = NO_BASELINE,
  now: number = NOW,
): string {
  return said(judge(item, policy, baseline, now));
}
