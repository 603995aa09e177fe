/** What a build service certifies and claims, as plain data that tests change one value at a time. */
import type { JsonObject } from '../../src/core/json.ts';
import type { Statement } from '../../src/evidence/statement.ts';
import type { Subject, VerifiedAttestation } from '../../src/evidence/types.ts';
import type { CertificateIdentity, SignerIdentity, VerifiedBundle } from '../../src/sigstore/types.ts';
import type { PackageNode } from '../../src/tree/types.ts';
import { packageNode } from '../support/nodes.ts';
import { CERTIFICATE } from '../support/signer.ts';

// biome-ignore lint/suspicious/noExplicitAny: predicates are taken apart and changed
export type Loose = any;

export const SHA: string = 'c0ffee'.repeat(7).slice(0, 40);
const REPO = 'https://github.com/acme/log';
const WORKFLOW = `${REPO}/.github/workflows/release.yml@refs/heads/main`;

export const githubSigner = (): CertificateIdentity => ({
  kind: 'certificate',
  subjectAlternativeName: WORKFLOW,
  sanType: 'uri',
  certificate: CERTIFICATE,
  claims: {
    issuer: 'https://token.actions.githubusercontent.com',
    githubWorkflowTrigger: 'push',
    githubWorkflowSha: SHA,
    githubWorkflowName: 'Release',
    githubWorkflowRepository: 'acme/log',
    githubWorkflowRef: 'refs/heads/main',
    buildSignerUri: WORKFLOW,
    buildSignerDigest: SHA,
    runnerEnvironment: 'github-hosted',
    sourceRepositoryUri: REPO,
    sourceRepositoryDigest: SHA,
    sourceRepositoryRef: 'refs/heads/main',
    sourceRepositoryIdentifier: '101',
    sourceRepositoryOwnerUri: 'https://github.com/acme',
    sourceRepositoryOwnerIdentifier: '202',
    buildConfigUri: WORKFLOW,
    buildConfigDigest: SHA,
    buildTrigger: 'push',
    runInvocationUri: `${REPO}/actions/runs/7/attempts/1`,
  },
});

/** As issued before Fulcio knew of anything but workflows: .2 to .6 only. */
export const legacySigner = (): CertificateIdentity => {
  const {
    issuer,
    githubWorkflowTrigger,
    githubWorkflowSha,
    githubWorkflowName,
    githubWorkflowRepository,
    githubWorkflowRef,
  } = githubSigner().claims as Required<CertificateIdentity['claims']>;
  return {
    ...githubSigner(),
    claims: {
      issuer,
      githubWorkflowTrigger,
      githubWorkflowSha,
      githubWorkflowName,
      githubWorkflowRepository,
      githubWorkflowRef,
    },
  };
};

export const githubV1 = (): Loose => ({
  buildDefinition: {
    buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
    externalParameters: {
      workflow: { ref: 'refs/heads/main', repository: REPO, path: '.github/workflows/release.yml' },
    },
    internalParameters: {
      github: { event_name: 'push', repository_id: '101', repository_owner_id: '202' },
    },
    resolvedDependencies: [{ uri: `git+${REPO}@refs/heads/main`, digest: { gitCommit: SHA } }],
  },
  runDetails: {
    builder: { id: 'https://github.com/actions/runner/github-hosted' },
    metadata: { invocationId: `${REPO}/actions/runs/7/attempts/1` },
  },
});

export const githubV02 = (): Loose => ({
  buildType: 'https://github.com/npm/cli/gha/v2',
  builder: { id: 'https://github.com/actions/runner' },
  invocation: {
    configSource: {
      uri: `git+${REPO}@refs/heads/main`,
      digest: { sha1: SHA },
      entryPoint: '.github/workflows/release.yml',
    },
    environment: {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REPOSITORY: 'acme/log',
      GITHUB_REPOSITORY_ID: '101',
      GITHUB_REPOSITORY_OWNER_ID: '202',
      GITHUB_RUN_ATTEMPT: '1',
      GITHUB_RUN_ID: '7',
      GITHUB_SHA: SHA,
      GITHUB_WORKFLOW_REF: 'acme/log/.github/workflows/release.yml@refs/heads/main',
    },
  },
  materials: [{ uri: `git+${REPO}@refs/heads/main`, digest: { sha1: SHA } }],
});

const PROJECT = 'https://gitlab.com/acme/log';
export const gitlabSigner = (): CertificateIdentity => ({
  kind: 'certificate',
  subjectAlternativeName: `${PROJECT}//.gitlab-ci.yml@refs/tags/v1`,
  sanType: 'uri',
  certificate: CERTIFICATE,
  claims: {
    issuer: 'https://gitlab.com',
    sourceRepositoryUri: PROJECT,
    sourceRepositoryDigest: SHA,
    sourceRepositoryRef: 'refs/tags/v1',
    sourceRepositoryIdentifier: '101',
    sourceRepositoryOwnerIdentifier: '202',
    buildConfigUri: `${PROJECT}//.gitlab-ci.yml@refs/tags/v1`,
    buildTrigger: 'push',
    runInvocationUri: `${PROJECT}/-/jobs/7`,
    runnerEnvironment: 'gitlab-hosted',
  },
});

export const gitlabV02 = (): Loose => ({
  buildType: 'https://github.com/npm/cli/gitlab/v0alpha1',
  builder: { id: `${PROJECT}/-/runners/12270852` },
  invocation: {
    configSource: { uri: `git+${PROJECT}`, digest: { sha1: SHA }, entryPoint: 'publish' },
    parameters: { CI_COMMIT_REF_NAME: 'v1', CI_PIPELINE_SOURCE: 'push', CI_PROJECT_ID: '101' },
  },
  metadata: { buildInvocationId: `${PROJECT}/-/jobs/7` },
  materials: [{ uri: `git+${PROJECT}`, digest: { sha1: SHA } }],
});

export const gitlabV1 = (): Loose => ({
  buildDefinition: {
    buildType: 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/PROVENANCE.md',
    resolvedDependencies: [{ uri: `git+${PROJECT}`, digest: { gitCommit: SHA } }],
  },
  runDetails: {
    builder: { id: `${PROJECT}/-/runners/1` },
    metadata: { invocationId: `${PROJECT}/-/jobs/7` },
  },
});

export const statementOf = (predicateType: string, predicate: JsonObject): Statement => ({
  predicateType,
  predicate,
  subjects: [{ name: 'pkg:npm/%40acme/log@2.1.0', sha512: 'ab' }],
});

export const bundleBy = (
  signer: SignerIdentity,
  payload: Uint8Array = Buffer.from('{}'),
): VerifiedBundle => ({
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  signer,
  logEntries: [],
  times: [],
  uncoveredTimestamps: [],
  content: { kind: 'dsse', payloadType: 'application/vnd.in-toto+json', payload },
});

export const attestationBy = (signer: SignerIdentity): VerifiedAttestation => ({
  ...bundleBy(signer),
  content: { kind: 'dsse', payloadType: 'application/vnd.in-toto+json', payloadBytes: 2 },
});

/** Sets a value at a path; deletes it if the value is undefined. */
export function put(target: Loose, path: string, value: unknown): Loose {
  const steps = path.split('.');
  const last = steps.pop()!;
  const holder = steps.reduce((at, step) => at[step], target);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return target;
}

export function nodeOf(key: string, rest: Partial<PackageNode> = {}): PackageNode {
  return packageNode({ key, ...rest });
}

/** The subject of one node at `node_modules/a`, but for what is given. */
export function subjectOf(rest: Partial<Subject> = {}): Subject {
  const node = nodeOf('a');
  const { name, version, integrity, source } = node;
  return { purl: 'pkg:npm/%40acme/log@2.1.0', name, version, integrity, source, nodes: [node], ...rest };
}
