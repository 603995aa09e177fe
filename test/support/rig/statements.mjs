// Predicate and media types, and the statements that npm's own tools make.
export const PUBLISH_PREDICATE = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';
export const SLSA_V1 = 'https://slsa.dev/provenance/v1';
export const SLSA_V02 = 'https://slsa.dev/provenance/v0.2';
export const INTOTO = 'application/vnd.in-toto+json';
export const BUNDLE_V01 = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
export const BUNDLE_V02 = 'application/vnd.dev.sigstore.bundle+json;version=0.2';
export const BUNDLE_V03 = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** What a GitHub Actions run puts into the certificate, and (below) into the SLSA predicate. */
export function githubIdentity(r, repo, { tag = 'v1.0.0', workflow = 'publish.yml' } = {}) {
  const ref = `refs/tags/${tag}`;
  return {
    issuer: GITHUB_ISSUER,
    repo,
    ref,
    sha: r.hex(40),
    trigger: 'release',
    workflowName: 'Publish',
    workflow: `.github/workflows/${workflow}`,
    workflowUri: `https://github.com/${repo}/.github/workflows/${workflow}@${ref}`,
    repoId: String(r.int(1e7, 9e8)),
    ownerId: String(r.int(1e4, 9e7)),
    runId: String(r.int(1e9, 9e9)),
  };
}
export const purl = (pkg, version) => `pkg:npm/${pkg.replace(/^@/, '%40')}@${version}`;
const subject = (pkg, version, sha512hex) => [{ name: purl(pkg, version), digest: { sha512: sha512hex } }];
export const publishStatement = (pkg, version, hex, registry) => ({
  _type: 'https://in-toto.io/Statement/v0.1',
  subject: subject(pkg, version, hex),
  predicateType: PUBLISH_PREDICATE,
  predicate: { name: pkg, version, registry },
});
export function slsaV1(pkg, version, hex, id) {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subject(pkg, version, hex),
    predicateType: SLSA_V1,
    predicate: {
      buildDefinition: {
        buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
        externalParameters: {
          workflow: { ref: id.ref, repository: `https://github.com/${id.repo}`, path: id.workflow },
        },
        internalParameters: {
          github: { event_name: id.trigger, repository_id: id.repoId, repository_owner_id: id.ownerId },
        },
        resolvedDependencies: [
          { uri: `git+https://github.com/${id.repo}@${id.ref}`, digest: { gitCommit: id.sha } },
        ],
      },
      runDetails: {
        builder: { id: 'https://github.com/actions/runner/github-hosted' },
        metadata: { invocationId: `https://github.com/${id.repo}/actions/runs/${id.runId}/attempts/1` },
      },
    },
  };
}
export function slsaV02(pkg, version, hex, id) {
  const uri = `git+https://github.com/${id.repo}@${id.ref}`,
    digest = { sha1: id.sha };
  return {
    _type: 'https://in-toto.io/Statement/v0.1',
    subject: subject(pkg, version, hex),
    predicateType: SLSA_V02,
    predicate: {
      buildType: 'https://github.com/npm/cli/gha/v2',
      builder: { id: 'https://github.com/actions/runner' },
      invocation: {
        configSource: { uri, digest, entryPoint: id.workflow },
        parameters: {},
        environment: {
          GITHUB_EVENT_NAME: id.trigger,
          GITHUB_REF: id.ref,
          GITHUB_REPOSITORY: id.repo,
          GITHUB_REPOSITORY_ID: id.repoId,
          GITHUB_REPOSITORY_OWNER_ID: id.ownerId,
          GITHUB_RUN_ATTEMPT: '1',
          GITHUB_RUN_ID: id.runId,
          GITHUB_SHA: id.sha,
          GITHUB_WORKFLOW_REF: `${id.repo}/${id.workflow}@${id.ref}`,
          GITHUB_WORKFLOW_SHA: id.sha,
        },
      },
      metadata: {
        buildInvocationId: `${id.runId}-1`,
        completeness: { parameters: false, environment: false, materials: false },
        reproducible: false,
      },
      materials: [{ uri, digest }],
    },
  };
}
