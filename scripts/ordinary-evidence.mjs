// Evidence of ordinary packages, as a run finds it at a registry that signs: no cryptography, only what was established. What
// a package declares, its digest and its place come from its real manifest; who built it is made up to fit the declaration.
import { createHash } from 'node:crypto';
import semver from 'semver';
import { collectEvidence } from '../build/evidence/collect.js';
import { checkIntegrity, checkResolved } from '../build/evidence/integrity.js';

const PUBLISHED = Date.UTC(2025, 5, 1);
const NONE = { status: 'absent', code: 'attestations-absent', args: {} };

/** The ways in which projects publish; a package keeps its own. Old certificates say less. */
const WAYS = [
  { ref: (version) => `refs/tags/v${version}`, trigger: 'push' },
  { ref: (version, name) => `refs/tags/${name}@${version}`, trigger: 'push' },
  { ref: (version) => `refs/tags/${version}`, trigger: 'release' },
  { ref: () => 'refs/heads/main', trigger: 'push' },
  { ref: () => 'refs/heads/master', trigger: 'workflow_dispatch' },
  { ref: () => 'refs/heads/main', trigger: 'push', old: true },
  { ref: (version) => `refs/tags/v${version}`, trigger: 'push', reusable: true },
];
/** Prereleases of all of them. */
const CANARY = { ref: () => 'refs/heads/next', workflow: '.github/workflows/canary.yml', trigger: 'push' };

/**
 * @param manifest  what the registry says; undefined where it was not asked, which is taken as a plain package
 * @param proven    whether it comes with provenance that fits its declaration
 */
export async function ordinaryEvidence(subject, manifest, client, proven) {
  if (subject.source.kind !== 'registry') return collectEvidence(subject, {});
  const registry = client.registryFor(subject.name);
  const attested = proven ? { status: 'verified', value: bundleOf(subject, 'key') } : NONE;
  return {
    subject,
    registry,
    integrity: manifest ? checkIntegrity(subject, manifest) : pinned(subject),
    resolved: checkResolved(subject, manifest, registry, client.defaultRegistry),
    registrySignature: {
      status: 'verified',
      value: { keyid: 'SHA256:ordinary', keyOrigin: 'tuf', publishTime: undefined },
    },
    publish: attested,
    provenance: proven ? provenanceOf(subject, claimsOf(subject, certified(manifest.repository))) : NONE,
    other: [],
    tarball: undefined,
    declared: { repository: manifest?.repository, hasInstallScript: manifest?.hasInstallScript ?? false },
    notes: [],
  };
}

export function provenanceOf(subject, claims) {
  return { status: 'verified', value: { bundle: bundleOf(subject, 'certificate'), claims } };
}

/**
 * `https://github.com/OWNER/REPO` as a certificate has it, in the case the package writes. On purpose not made with what
 * is being tried: undefined for what is not plainly on GitHub.
 */
export function certified(declared) {
  if (declared === undefined) return undefined;
  const found =
    /(?:^|[@/])(?:www\.)?github\.com[:/]+([\w-]+)\/+([\w.-]+?)(?:\.git)*(?:[/#?]|$)/i.exec(declared) ??
    /^(?:github:)?([\w-]+)\/([\w.-]+?)(?:\.git)?(?:#.*)?$/.exec(declared);
  return found === null ? undefined : `https://github.com/${found[1]}/${found[2]}`;
}

export function claimsOf({ name, version }, repository) {
  const number = numberOf(name);
  const way = semver.prerelease(version) === null ? WAYS[number % WAYS.length] : CANARY;
  // Packages are careless about the case of a name, certificates are not.
  const spelled = number % 5 === 0 ? repository.replace(/([^/]+)\/([^/]+)$/, capital) : repository;
  const ref = way.ref(version, name);
  const workflow =
    way.workflow ?? (number % 3 === 0 ? '.github/workflows/release.yml' : '.github/workflows/ci.yaml');
  const shared = 'https://github.com/actions-of-all/publish/.github/workflows/publish.yml@refs/tags/v3.1.0';
  const runner = way.old ? undefined : 'github-hosted';
  return {
    predicateType: way.old ? 'https://slsa.dev/provenance/v0.2' : 'https://slsa.dev/provenance/v1',
    buildType: way.old
      ? 'https://github.com/npm/cli/gha@v1'
      : 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
    builderId: way.reusable
      ? shared
      : `https://github.com/actions/runner${runner === undefined ? '' : `/${runner}`}`,
    ci: 'github',
    issuer: 'https://token.actions.githubusercontent.com',
    sourceRepository: spelled,
    sourceRepositoryId: way.old ? undefined : `${numberOf(repository.toLowerCase())}`,
    sourceOwnerId: way.old ? undefined : `${numberOf(ownerOf(repository.toLowerCase()))}`,
    ref,
    commit: createHash('sha1').update(`${name}@${version}`).digest('hex'),
    workflow,
    signer: way.reusable ? shared : `${spelled}/${workflow}@${ref}`,
    trigger: way.trigger,
    runner,
    invocation: undefined,
  };
}

/** The same number for the same text, evenly spread. */
export function numberOf(text) {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}

/** Digest of a version that is not published yet. */
export function digestOf(name, version) {
  return {
    kind: 'sha512',
    sri: `sha512-${createHash('sha512').update(`${name}@${version}`).digest('base64')}`,
  };
}

function capital(_, owner, repository) {
  return `${owner[0].toUpperCase()}${owner.slice(1)}/${repository}`;
}

function ownerOf(repository) {
  return repository.slice(0, repository.lastIndexOf('/'));
}

function pinned({ integrity }) {
  if (integrity.kind === 'sha512') return { status: 'verified', value: integrity.sri };
  return { status: 'uncovered', code: 'integrity-missing', args: {} };
}

function bundleOf({ name }, kind) {
  const signer =
    kind === 'key'
      ? { kind, hint: 'SHA256:ordinary', sha256: 'aa' }
      : { kind, subjectAlternativeName: '', sanType: 'uri', claims: {}, certificate: {} };
  const authority = 'https://log.example';
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    signer,
    logEntries: [
      {
        logId: 'aa',
        baseUrl: authority,
        logIndex: `${numberOf(name)}`,
        kind: 'dsse',
        integratedTime: PUBLISHED,
        inclusion: numberOf(name) % 4 === 0 ? 'promise' : 'proof',
        witnesses: [],
      },
    ],
    times: [{ source: 'transparency-log', time: PUBLISHED, authority, operator: 'log' }],
    uncoveredTimestamps: [],
    content: { kind: 'dsse', payloadType: 'application/vnd.in-toto+json', payload: new Uint8Array() },
  };
}
