/** Evidence in the short form of a case, written out as if it had been collected. */
import { type Check, type Unproven, unproven, verified } from '../core/check.ts';
import { npmPurl } from '../core/purl.ts';
import { normalRegistry } from '../core/registry-url.ts';
import type { Evidence, Provenance, ProvenanceFact, VerifiedAttestation } from '../evidence/types.ts';
import type { PackageNode, Source } from '../tree/types.ts';
import type { Given, GivenProvenance } from './case-schema.ts';

const SRI = `sha512-${'A'.repeat(86)}==`;
const GITHUB_RUNNER = 'https://github.com/actions/runner/github-hosted';
const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
const UNREACHABLE = unproven('unreachable', 'registry-unreachable', { reason: 'as the case says' });
const NO_ATTESTATIONS = unproven('absent', 'attestations-absent');

/** @param defaultRegistry  where a package comes from if the case does not say it */
export function evidenceOf(given: Given, defaultRegistry: string): Evidence {
  const node = nodeOf(given);
  const { name, version, source, integrity } = node;
  const subject = { purl: npmPurl(name, version), name, version, source, integrity, nodes: [node] };
  if (source.kind !== 'registry') return foreign(subject);
  const provenance = provenanceOf(given);
  const built = typeof given.provenance === 'object';
  const signature: Check<Extract<Evidence['registrySignature'], { status: 'verified' }>['value']> =
    (given.signature ?? 'verified') === 'verified'
      ? verified({ keyid: 'SHA256:case', keyOrigin: 'tuf', publishTime: undefined })
      : failed(given.signature, 'signature-absent', 'signature-invalid');
  const publish = given.publish ?? (built ? 'verified' : 'absent');
  return {
    subject,
    registry:
      given.registry === undefined ? defaultRegistry : (normalRegistry(given.registry) ?? given.registry),
    integrity: integrityOf(given),
    resolved: verified(''),
    registrySignature: signature,
    publish:
      publish === 'verified'
        ? verified(bundleOf(given))
        : failed(publish, built ? 'publish-absent' : 'attestations-absent', 'envelope-signature-invalid'),
    provenance,
    other: [],
    tarball: undefined,
    ...(given.published === undefined ? {} : { claimedTime: verified(Date.parse(given.published)) }),
    declared: {
      repository: given.declared ?? (built ? (given.provenance as GivenProvenance).repository : undefined),
      hasInstallScript: given.installScript === true,
    },
    notes: [],
  };
}

function failed(status: string | undefined, absent: Unproven['code'], invalid: Unproven['code']): Unproven {
  if (status === 'unreachable') return UNREACHABLE;
  return status === 'absent' ? unproven('absent', absent) : unproven('invalid', invalid);
}

function integrityOf({ integrity }: Given): Check<string> {
  if (integrity === 'missing') return unproven('uncovered', 'integrity-missing');
  if (integrity === 'invalid') {
    return unproven('invalid', 'integrity-mismatch', { expected: SRI, actual: SRI.replaceAll('A', 'B') });
  }
  return verified(SRI);
}

function provenanceOf(given: Given): Check<ProvenanceFact> {
  const { provenance = 'absent', publish } = given;
  if (typeof provenance === 'object') {
    return verified({ bundle: bundleOf(given), claims: claimsOf(provenance, given.version) });
  }
  // A publish attestation alone: there are attestations, and no provenance among them.
  if (provenance === 'absent' && publish === 'verified') return unproven('absent', 'provenance-absent');
  return provenance === 'absent'
    ? NO_ATTESTATIONS
    : failed(provenance, 'provenance-absent', 'subject-digest-mismatch');
}

function claimsOf(given: GivenProvenance, version: string): Provenance {
  const { repository, workflow = '.github/workflows/release.yml', ref = `refs/tags/v${version}` } = given;
  const issuer = given.issuer ?? GITHUB_ISSUER;
  return {
    predicateType: 'https://slsa.dev/provenance/v1',
    buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
    builderId: given.builder ?? GITHUB_RUNNER,
    ci: issuer === GITHUB_ISSUER ? 'github' : 'gitlab',
    issuer,
    sourceRepository: repository,
    sourceRepositoryId: given.repositoryId,
    sourceOwnerId: given.ownerId,
    ref,
    commit: '0'.repeat(40),
    workflow,
    signer: `${repository}/${workflow}@${ref}`,
    trigger: given.trigger ?? 'push',
    runner: given.runner ?? 'github-hosted',
    invocation: undefined,
  };
}

function bundleOf({ log = 'proof', published }: Given): VerifiedAttestation {
  const time = published === undefined ? 0 : Date.parse(published);
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    signer: { kind: 'key', hint: 'SHA256:case', sha256: '0'.repeat(64) },
    logEntries: [
      {
        logId: '0'.repeat(64),
        baseUrl: 'https://log.example',
        logIndex: '0',
        kind: 'dsse',
        integratedTime: time,
        inclusion: log,
        witnesses: [],
      },
    ],
    times:
      published === undefined
        ? []
        : [{ source: 'transparency-log', time, authority: 'https://log.example', operator: 'log.example' }],
    uncoveredTimestamps: [],
    content: { kind: 'dsse', payloadType: 'application/vnd.in-toto+json', payloadBytes: 0 },
  };
}

function nodeOf(given: Given): PackageNode {
  return {
    key: `node_modules/${given.package}`,
    name: given.package,
    alias: undefined,
    version: given.version,
    source: sourceOf(given),
    integrity: given.integrity === 'missing' ? { kind: 'none' } : { kind: 'sha512', sri: SRI },
    dependency: given.dependency ?? 'prod',
    depth: given.direct === false ? 2 : 1,
    parents: [''],
    hasInstallScript: given.installScript === true,
    platform: undefined,
    patch: undefined,
    line: undefined,
  };
}

function sourceOf({ source: kind = 'registry', url = '' }: Given): Source {
  switch (kind) {
    case 'registry':
      return { kind, resolved: undefined };
    case 'git':
      return { kind, url, commit: '0'.repeat(40) };
    case 'remote':
      return { kind, url };
    case 'bundled':
      return { kind, within: url };
    default:
      return { kind, path: url };
  }
}

function foreign(subject: Evidence['subject']): Evidence {
  const { kind } = subject.source;
  const code = kind === 'bundled' ? 'bundled-inside' : 'source-unverifiable';
  const outcome = unproven('uncovered', code, { kind });
  return {
    subject,
    registry: undefined,
    integrity: outcome,
    resolved: outcome,
    registrySignature: outcome,
    publish: outcome,
    provenance: outcome,
    other: [],
    tarball: undefined,
    declared: undefined,
    notes: [],
  };
}
