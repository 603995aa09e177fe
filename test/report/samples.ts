import { createHash } from 'node:crypto';
import { type Args, type Check, unproven, verified } from '../../src/core/check.ts';
import type { Code } from '../../src/core/codes.ts';
import { npmPurl } from '../../src/core/purl.ts';
import type {
  Evidence,
  Provenance,
  ProvenanceFact,
  RegistrySignatureFact,
  VerifiedAttestation,
} from '../../src/evidence/types.ts';
import type { Finding, Outcome, Severity, Verdict } from '../../src/policy/types.ts';
import { buildReport } from '../../src/report/build.ts';
import type { Report } from '../../src/report/types.ts';
import type { VerifiedBundle } from '../../src/sigstore/types.ts';
import type { DependencyTree, PackageNode, Source } from '../../src/tree/types.ts';
import { packageNode } from '../support/nodes.ts';
import { CERTIFICATE, KEY_SHA256 } from '../support/signer.ts';

export const REGISTRY = 'https://registry.example/';
/** 2026-11-22T12:00:00Z */
export const NOW: number = Date.UTC(2026, 10, 22, 12);
const SIGNED: number = Date.UTC(2026, 5, 1, 8, 30);
const KEYID = 'SHA256:c2FtcGxlIGtleSBvZiBhIHNhbXBsZSByZWdpc3RyeQ';

export function sri(seed: string): string {
  return `sha512-${createHash('sha512').update(seed).digest('base64')}`;
}

function hexDigest(seed: string): string {
  return createHash('sha256').update(seed).digest('hex');
}

export interface NodeOptions {
  readonly source?: Source;
  readonly integrity?: PackageNode['integrity'];
  readonly parents?: readonly string[];
  readonly key?: string;
  readonly dependency?: PackageNode['dependency'];
}

export function node(name: string, version: string, options: NodeOptions = {}): PackageNode {
  return packageNode({
    name,
    version,
    source: { kind: 'registry', resolved: `${REGISTRY}${name}/-/${name}-${version}.tgz` },
    integrity: { kind: 'sha512', sri: sri(`${name}@${version}`) },
    ...options,
  });
}

function bundle(signer: VerifiedBundle['signer'], logIndex: string): VerifiedAttestation {
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    signer,
    logEntries: [
      {
        logId: hexDigest('log'),
        baseUrl: 'https://log.example',
        logIndex,
        kind: 'dsse',
        integratedTime: SIGNED,
        inclusion: 'proof',
        witnesses: [],
      },
    ],
    times: [
      { source: 'transparency-log', time: SIGNED, authority: 'https://log.example', operator: 'log.example' },
    ],
    uncoveredTimestamps: [],
    content: {
      kind: 'dsse',
      payloadType: 'application/vnd.in-toto+json',
      payloadBytes: 3,
    },
  };
}

export function claims(repository: string, changes: Partial<Provenance> = {}): Provenance {
  const workflow = '.github/workflows/release.yml';
  return {
    predicateType: 'https://slsa.dev/provenance/v1',
    buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
    builderId: 'https://github.com/actions/runner/github-hosted',
    ci: 'github',
    issuer: 'https://token.actions.githubusercontent.com',
    sourceRepository: repository,
    sourceRepositoryId: '1001',
    sourceOwnerId: '2002',
    ref: 'refs/tags/v1.0.0',
    commit: '0123456789abcdef0123456789abcdef01234567',
    workflow,
    signer: `${repository}/${workflow}@refs/tags/v1.0.0`,
    trigger: 'push',
    runner: 'github-hosted',
    invocation: `${repository}/actions/runs/1/attempts/1`,
    ...changes,
  };
}

export function provenance(repository: string, logIndex = '123456789'): Check<ProvenanceFact> {
  const claimed = claims(repository);
  return verified({
    claims: claimed,
    bundle: bundle(
      {
        kind: 'certificate',
        subjectAlternativeName: claimed.signer,
        sanType: 'uri',
        certificate: CERTIFICATE,
        claims: { issuer: claimed.issuer, sourceRepositoryUri: repository, githubWorkflowName: 'release' },
      },
      logIndex,
    ),
  });
}

const signature: Check<RegistrySignatureFact> = verified({
  keyid: KEYID,
  keyOrigin: 'tuf',
  publishTime: undefined,
});

export function evidenceOf(subject: PackageNode, changes: Partial<Evidence> = {}): Evidence {
  const pinned = subject.integrity.kind === 'none' ? '' : subject.integrity.sri;
  return {
    subject: {
      purl: npmPurl(subject.name, subject.version),
      name: subject.name,
      version: subject.version,
      integrity: subject.integrity,
      source: subject.source,
      nodes: [subject],
    },
    registry: subject.source.kind === 'registry' ? REGISTRY : undefined,
    integrity: verified(pinned),
    resolved: verified(`${REGISTRY}${subject.name}/-/${subject.name}-${subject.version}.tgz`),
    registrySignature: signature,
    publish: unproven('absent', 'attestations-absent', {}),
    provenance: unproven('absent', 'attestations-absent', {}),
    other: [],
    tarball: undefined,
    declared: { repository: `https://github.com/acme/${subject.name}`, hasInstallScript: false },
    notes: [],
    ...changes,
  };
}

export function finding(code: Code, severity: Severity, changes: Partial<Finding> = {}): Finding {
  return {
    code,
    severity,
    args: {},
    status: 'absent',
    about: 'provenance',
    decidedBy: { rule: 'defaults', at: { file: 'preset:recommended', line: 12, column: 3 } },
    ...changes,
  };
}

export function verdict(
  evidence: Evidence,
  outcome: Outcome = 'passed',
  findings: readonly Finding[] = [],
): Verdict {
  return { outcome, evidence, findings };
}

/** A package with everything: signature, publish attestation, provenance. */
export function attested(
  name: string,
  version = '1.0.0',
  owner = 'acme',
  options: NodeOptions = {},
): Verdict {
  return verdict(
    evidenceOf(node(name, version, options), {
      publish: verified(bundle({ kind: 'key', hint: KEYID, sha256: KEY_SHA256 }, '123456788')),
      provenance: provenance(`https://github.com/${owner}/${name}`),
    }),
  );
}

/** A package that its registry signed and nobody attested. */
export function signedOnly(name: string, version = '1.0.0', options: NodeOptions = {}): Verdict {
  return verdict(evidenceOf(node(name, version, options)));
}

/** A package about which the registry serves nothing at all. */
export function bare(name: string, severity: Severity = 'warn', options: NodeOptions = {}): Verdict {
  const args: Args = { registry: REGISTRY };
  return verdict(
    evidenceOf(node(name, '1.0.0', options), {
      registrySignature: unproven('absent', 'signature-absent', args),
      publish: unproven('absent', 'attestations-absent', args),
      provenance: unproven('absent', 'attestations-absent', args),
    }),
    severity === 'error' ? 'failed' : 'passed',
    [
      finding('signature-absent', severity, { args, about: 'registry signature' }),
      finding('attestations-absent', severity, { args }),
    ],
  );
}

export function treeOf(verdicts: readonly Verdict[]): DependencyTree {
  const nodes = verdicts.flatMap(({ evidence }) => evidence.subject.nodes);
  return {
    lockfile: {
      kind: 'npm',
      version: '3',
      path: '/somewhere/project/package-lock.json',
      digest: hexDigest('lockfile'),
    },
    project: 'sample',
    nodes: new Map(nodes.map((item) => [item.key, item])),
    omitted: 0,
  };
}

export interface SampleOptions {
  readonly findings?: readonly Finding[];
  readonly mode?: 'enforce' | 'observe';
  readonly asOf?: number;
  readonly stats?: Report['stats'];
}

export function sample(verdicts: readonly Verdict[], options: SampleOptions = {}): Report {
  return buildReport({
    toolVersion: '0.0.0-test',
    tree: treeOf(verdicts),
    policy: {
      files: ['verify-deps.yaml', 'preset:recommended'],
      digest: hexDigest('policy'),
      mode: options.mode ?? 'enforce',
    },
    trust: {
      digest: hexDigest('trust root'),
      origin: {
        kind: 'tuf',
        from: 'https://tuf.example',
        metadata: { root: 12, timestamp: 345 },
        asOf: options.asOf ?? Date.UTC(2026, 10, 19, 12),
        stale: undefined,
      },
    },
    verdicts,
    findings: options.findings ?? [],
    stats: options.stats ?? { requests: 3, bytes: 4096, fromStore: 0 },
  });
}

/** The scenarios that every reporter is shown with. */
export function scenarios(): ReadonlyMap<string, Report> {
  const deep = node('left-pad', '1.3.0', {
    parents: ['node_modules/b'],
    key: 'node_modules/b/node_modules/left-pad',
  });
  const tampered = verdict(
    evidenceOf(deep, {
      registrySignature: unproven('invalid', 'signature-invalid', { keyid: KEYID }),
      integrity: unproven('invalid', 'integrity-mismatch', {
        expected: sri('left-pad@1.3.0'),
        actual: sri('the original'),
      }),
    }),
    'failed',
    [
      finding('signature-invalid', 'error', {
        status: 'invalid',
        args: { keyid: KEYID },
        about: 'registry signature',
      }),
      finding('integrity-mismatch', 'error', {
        status: 'invalid',
        about: 'integrity',
        args: { expected: sri('left-pad@1.3.0'), actual: sri('the original') },
      }),
    ],
  );
  const strict = { rule: 'production', at: { file: 'verify-deps.yaml', line: 7, column: 5 } };
  const lacking = (name: string): Verdict => ({
    ...signedOnly(name),
    outcome: 'failed',
    findings: [finding('provenance-absent', 'error', { decidedBy: strict })],
  });
  const unreachable = (name: string): Verdict => {
    const args = { registry: REGISTRY, reason: 'ECONNREFUSED' };
    const check = unproven('unreachable', 'registry-unreachable', args);
    return verdict(
      evidenceOf(node(name, '1.0.0'), {
        integrity: check,
        resolved: check,
        registrySignature: check,
        publish: check,
        provenance: check,
        declared: undefined,
      }),
      'undecided',
      [finding('registry-unreachable', 'error', { status: 'unreachable', args, about: 'registry' })],
    );
  };
  const many = Array.from({ length: 1000 }, (_, i) => {
    const name = `package-${String(i).padStart(4, '0')}`;
    if (i % 4 === 0) return attested(name, '1.0.0', `owner-${i % 7}`);
    const plain = signedOnly(name);
    return i % 10 === 1
      ? {
          ...plain,
          outcome: 'failed' as const,
          findings: [finding('provenance-absent', 'error', { decidedBy: strict })],
        }
      : { ...plain, findings: [finding('attestations-absent', 'warn')] };
  });
  return new Map([
    ['all passed', sample([attested('a'), attested('@acme/b', '2.1.0'), signedOnly('c')])],
    [
      'one invalid',
      sample([attested('a'), signedOnly('b', '1.0.0', { parents: ['node_modules/a'] }), tampered]),
    ],
    ['missing provenance under strict', sample([attested('a'), ...['k', 'l', 'm', 'n'].map(lacking)])],
    ['registry unreachable', sample(['a', 'b', 'c'].map(unreachable))],
    ['stripped mirror', sample(['a', 'b', 'c', 'd'].map((name) => bare(name)))],
    ['1000 packages', sample(many)],
  ]);
}
