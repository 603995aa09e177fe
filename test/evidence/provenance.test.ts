import { describe, expect, test } from 'vitest';
import { ProofError } from '../../src/core/errors.ts';
import { isProvenanceType, readProvenance } from '../../src/evidence/provenance.ts';
import type { CertificateIdentity } from '../../src/sigstore/types.ts';
import { KEY_SHA256 } from '../support/signer.ts';
import {
  attestationBy,
  githubSigner,
  githubV1,
  githubV02,
  gitlabSigner,
  gitlabV1,
  gitlabV02,
  type Loose,
  legacySigner,
  put,
  SHA,
  statementOf,
} from './samples.ts';

const V1 = 'https://slsa.dev/provenance/v1';
const V02 = 'https://slsa.dev/provenance/v0.2';

const read = (type: string, predicate: Loose, signer: CertificateIdentity = githubSigner()) =>
  readProvenance(attestationBy(signer), statementOf(type, predicate)).claims;
/** `CODE CLAIM` of the failure, or `verified`. */
function outcome(type: string, predicate: Loose, signer: CertificateIdentity = githubSigner()): string {
  try {
    read(type, predicate, signer);
    return 'verified';
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    return [error.status === 'invalid' ? [] : error.status, error.code, error.args.claim ?? []]
      .flat()
      .join(' ');
  }
}
const signed = (
  change: Partial<CertificateIdentity['claims']>,
  signer = githubSigner(),
): CertificateIdentity => ({
  ...signer,
  claims: { ...signer.claims, ...change },
});
const without = (signer: CertificateIdentity, ...names: (keyof CertificateIdentity['claims'])[]) => {
  const claims: Loose = { ...signer.claims };
  for (const name of names) delete claims[name];
  return { ...signer, claims };
};

test('what counts as provenance by its type', () => {
  expect([V1, V02, 'https://slsa.dev/provenance/v9'].map(isProvenanceType)).toEqual([true, true, true]);
  expect(['https://slsa.dev/verification_summary/v1', `x${V1}`, ''].map(isProvenanceType)).toEqual([
    false,
    false,
    false,
  ]);
});

describe('who may sign a provenance', () => {
  const code = (signer: Parameters<typeof attestationBy>[0], type = V1) => {
    try {
      readProvenance(attestationBy(signer), statementOf(type, githubV1()));
      return 'verified';
    } catch (error) {
      return error instanceof ProofError ? `${error.status} ${error.code}` : String(error);
    }
  };
  test('not a bare key, not a person', () => {
    expect(code({ kind: 'key', hint: 'SHA256:x', sha256: KEY_SHA256 })).toBe(
      'invalid provenance-signer-mismatch',
    );
    const person = {
      ...githubSigner(),
      subjectAlternativeName: 'someone@example.com',
      sanType: 'email' as const,
    };
    expect(code(person)).toBe('invalid provenance-signer-mismatch');
    expect(code({ ...githubSigner(), sanType: 'other' })).toBe('invalid provenance-signer-mismatch');
  });
  test('of a build service that is not known: not covered', () => {
    expect(code(signed({ issuer: 'https://token.actions.githubusercontent.com/' }))).toBe(
      'uncovered format-unsupported',
    );
    expect(code(signed({ issuer: 'https://ci.example' }))).toBe('uncovered format-unsupported');
    expect(code(without(githubSigner(), 'issuer'))).toBe('uncovered format-unsupported');
  });
  test('of a version of SLSA that is not known: not covered', () => {
    expect(code(githubSigner(), 'https://slsa.dev/provenance/v2')).toBe('uncovered format-unsupported');
    expect(code(githubSigner(), 'https://slsa.dev/provenance/v0.1')).toBe('uncovered format-unsupported');
  });
  test('of a known service under the name of another: a contradiction', () => {
    for (const name of [
      'https://gitlab.com/acme/log//x@y',
      'https://github.com.evil.example/acme/log/x@y',
      'http://github.com/acme/log/x@y',
    ])
      expect(code({ ...githubSigner(), subjectAlternativeName: name })).toBe(
        'invalid provenance-signer-mismatch',
      );
    expect(code({ ...gitlabSigner(), subjectAlternativeName: 'https://gitlab.com.evil.example/a' })).toBe(
      'invalid provenance-signer-mismatch',
    );
  });
});

describe('GitHub, SLSA v1', () => {
  test('is read as the certificate says', () => {
    expect(read(V1, githubV1())).toEqual({
      predicateType: V1,
      buildType: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
      builderId: 'https://github.com/actions/runner/github-hosted',
      ci: 'github',
      issuer: 'https://token.actions.githubusercontent.com',
      sourceRepository: 'https://github.com/acme/log',
      sourceRepositoryId: '101',
      sourceOwnerId: '202',
      ref: 'refs/heads/main',
      commit: SHA,
      workflow: '.github/workflows/release.yml',
      signer: 'https://github.com/acme/log/.github/workflows/release.yml@refs/heads/main',
      trigger: 'push',
      runner: 'github-hosted',
      invocation: 'https://github.com/acme/log/actions/runs/7/attempts/1',
    });
  });

  const workflow = 'buildDefinition.externalParameters.workflow';
  const github = 'buildDefinition.internalParameters.github';
  test.each([
    [`${workflow}.repository`, 'https://github.com/evil/log', 'source repository'],
    [`${workflow}.repository`, 'https://github.com/acme/log/', 'source repository'],
    [`${workflow}.repository`, 'https://github.com/Acme/log', 'source repository'],
    [`${workflow}.ref`, 'refs/heads/other', 'workflow'],
    [`${workflow}.path`, '.github/workflows/other.yml', 'workflow'],
    ['buildDefinition.resolvedDependencies.0.digest.gitCommit', SHA.replace('c', 'd'), 'source commit'],
    ['buildDefinition.resolvedDependencies.0.digest.gitCommit', SHA.slice(0, 7), 'source commit'],
    [
      'buildDefinition.resolvedDependencies.0.uri',
      'git+https://github.com/evil/log@refs/heads/main',
      'source',
    ],
    ['buildDefinition.resolvedDependencies.0.uri', 'git+https://github.com/acme/log@refs/heads/x', 'source'],
    ['buildDefinition.resolvedDependencies.0.uri', 'git+https://github.com/acme/log', 'source'],
    [`${github}.event_name`, 'pull_request_target', 'trigger'],
    [`${github}.repository_id`, '102', 'repository id'],
    [`${github}.repository_owner_id`, '203', 'owner id'],
    ['runDetails.metadata.invocationId', 'https://github.com/acme/log/actions/runs/8/attempts/1', 'run'],
    ['runDetails.builder.id', 'https://github.com/actions/runner/self-hosted', 'runner'],
    ['runDetails.builder.id', 'https://github.com/actions/runner/github-hosted/', 'builder'],
    ['runDetails.builder.id', 'https://github.com/actions/Runner', 'builder'],
    [
      'runDetails.builder.id',
      'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/b.yml@refs/tags/v2',
      'builder',
    ],
    ['runDetails.builder.id', 'https://ci.example/builder', 'builder'],
  ])('%s as %s is a mismatch of the %s', (path, value, claim) => {
    expect(outcome(V1, put(githubV1(), path, value))).toBe(`claim-mismatch ${claim}`);
  });

  test.each<[keyof CertificateIdentity['claims'], string, string]>([
    ['sourceRepositoryUri', 'https://github.com/evil/log', 'source repository'],
    ['sourceRepositoryRef', 'refs/heads/other', 'source'],
    ['sourceRepositoryDigest', 'f'.repeat(40), 'source commit'],
    ['buildConfigUri', 'https://github.com/acme/log/.github/workflows/other.yml@refs/heads/main', 'workflow'],
    [
      'buildConfigUri',
      'https://github.com/acme/log/.github/workflows/release.yml@refs/heads/other',
      'workflow',
    ],
    ['buildTrigger', 'pull_request', 'trigger'],
    ['sourceRepositoryIdentifier', '999', 'repository id'],
    ['sourceRepositoryOwnerIdentifier', '999', 'owner id'],
    ['runInvocationUri', 'https://github.com/acme/log/actions/runs/7/attempts/2', 'run'],
    ['runnerEnvironment', 'self-hosted', 'runner'],
  ])('a certificate with %s %s is a mismatch of the %s', (name, value, claim) => {
    expect(outcome(V1, githubV1(), signed({ [name]: value }))).toBe(`claim-mismatch ${claim}`);
  });

  test.each([
    [`${workflow}.repository`, 'source repository'],
    [`${workflow}.ref`, 'workflow'],
    [`${workflow}.path`, 'workflow'],
    ['buildDefinition.resolvedDependencies', 'source commit'],
    ['buildDefinition.resolvedDependencies.0.digest', 'source commit'],
    ['buildDefinition.resolvedDependencies.0.uri', 'source'],
    ['runDetails.builder.id', 'builder'],
    ['buildDefinition.buildType', 'build type'],
    ['runDetails', 'builder'],
  ])('without %s the %s is absent', (path, claim) => {
    expect(outcome(V1, put(githubV1(), path, undefined))).toBe(`claim-absent ${claim}`);
  });

  test('values of other types count as absent, and inherited ones do not exist', () => {
    for (const value of [1, null, ['refs/heads/main'], { toString: 'x' }, ''])
      expect(outcome(V1, put(githubV1(), `${workflow}.ref`, value))).toBe('claim-absent workflow');
    expect(outcome(V1, put(githubV1(), 'buildDefinition.externalParameters', []))).toBe(
      'claim-absent source repository',
    );
    expect(outcome(V1, {})).toBe('claim-absent source repository');
  });

  test('what nobody has to say may be left out', () => {
    for (const path of ['buildDefinition.internalParameters', 'runDetails.metadata'])
      expect(outcome(V1, put(githubV1(), path, undefined))).toBe('verified');
    const quiet = without(
      githubSigner(),
      'runInvocationUri',
      'sourceRepositoryIdentifier',
      'runnerEnvironment',
    );
    const bare = put(githubV1(), 'runDetails.builder.id', 'https://github.com/actions/runner');
    expect(read(V1, bare, quiet)).toMatchObject({
      builderId: 'https://github.com/actions/runner',
      invocation: undefined,
      runner: undefined,
      sourceRepositoryId: undefined,
    });
  });

  test('the kind of runner is the one the certificate names, or none', () => {
    const silent = without(githubSigner(), 'runnerEnvironment');
    expect(outcome(V1, githubV1(), silent)).toBe('claim-absent runner');
    const own = signed({ runnerEnvironment: 'self-hosted' });
    for (const builder of ['https://github.com/actions/runner', 'https://github.com/npm/cli@9.5.0']) {
      const predicate = put(githubV1(), 'runDetails.builder.id', builder);
      expect(read(V1, predicate, own).builderId).toBe('https://github.com/actions/runner/self-hosted');
      expect(read(V1, predicate, silent).builderId).toBe('https://github.com/actions/runner');
    }
  });

  test('what the certificate has to say may not', () => {
    for (const [name, claim] of [
      ['sourceRepositoryUri', 'source repository'],
      ['sourceRepositoryRef', 'source'],
      ['sourceRepositoryDigest', 'source commit'],
    ] as const) {
      const legacy = {
        sourceRepositoryUri: 'githubWorkflowRepository',
        sourceRepositoryRef: 'githubWorkflowRef',
        sourceRepositoryDigest: 'githubWorkflowSha',
      } as const;
      expect(outcome(V1, githubV1(), without(githubSigner(), name))).toBe('verified');
      expect(outcome(V1, githubV1(), without(githubSigner(), name, legacy[name]))).toBe(
        `claim-absent ${claim}`,
      );
    }
  });

  test('the workflow may come from another ref than the source it built', () => {
    const ref = 'refs/tags/workflow-v1';
    const uri = `https://github.com/acme/log/.github/workflows/release.yml@${ref}`;
    const predicate = put(githubV1(), `${workflow}.ref`, ref);
    expect(outcome(V1, predicate, signed({ buildConfigUri: uri }))).toBe('verified');
    expect(read(V1, predicate, signed({ buildConfigUri: uri }))).toMatchObject({ ref: 'refs/heads/main' });
  });

  test.each([
    ['.github/workflows/release.yml', 'refs/tags/@acme/log@1.0.0'],
    ['.github/workflows/release.yml@x.yml', 'refs/heads/main'],
    ['.github/workflows/release.yml@refs.yml', 'refs/tags/v1@refs'],
  ])('no path of a workflow comes out shorter than it is: %s at %s', (path, ref) => {
    const predicate = put(put(githubV1(), `${workflow}.ref`, ref), `${workflow}.path`, path);
    const uri = `https://github.com/acme/log/${path}@${ref}`;
    expect(read(V1, predicate, signed({ buildConfigUri: uri }))).toMatchObject({ workflow: path });
  });

  test('a reusable workflow signs under its own name, while the caller is the workflow', () => {
    const signer = {
      ...githubSigner(),
      subjectAlternativeName: 'https://github.com/shared/flows/.github/workflows/build.yml@refs/tags/v3',
    };
    expect(read(V1, githubV1(), signer)).toMatchObject({
      workflow: '.github/workflows/release.yml',
      signer: signer.subjectAlternativeName,
      sourceRepository: 'https://github.com/acme/log',
    });
    // Without the newer extension nothing says which workflow called it.
    expect(outcome(V1, githubV1(), without(signer, 'buildConfigUri'))).toBe('claim-absent workflow');
  });

  test('a delegated builder must be the workflow that signed', () => {
    const builder =
      'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/builder.yml@refs/tags/v2.1.0';
    const predicate = put(githubV1(), 'runDetails.builder.id', builder);
    const by = (name: string) => outcome(V1, predicate, { ...githubSigner(), subjectAlternativeName: name });
    expect(by(builder)).toBe('verified');
    expect(by(builder.replace('builder.yml', 'delegator.yml'))).toBe('verified');
    expect(by(builder.replace('v2.1.0', 'v2.0.0'))).toBe('claim-mismatch builder');
    expect(by(builder.replace('slsa-framework', 'evil'))).toBe('claim-mismatch builder');
    expect(by(githubSigner().subjectAlternativeName)).toBe('claim-mismatch builder');
  });
});

describe('GitHub, SLSA v0.2', () => {
  test('is read as the certificate says', () => {
    expect(read(V02, githubV02())).toMatchObject({
      predicateType: V02,
      buildType: 'https://github.com/npm/cli/gha/v2',
      builderId: 'https://github.com/actions/runner/github-hosted',
      workflow: '.github/workflows/release.yml',
      commit: SHA,
      trigger: 'push',
    });
  });

  const config = 'invocation.configSource';
  const env = 'invocation.environment';
  test.each([
    [`${config}.uri`, 'git+https://github.com/evil/log@refs/heads/main', 'source'],
    [`${config}.digest.sha1`, 'f'.repeat(40), 'source commit'],
    [`${config}.entryPoint`, '.github/workflows/other.yml', 'workflow'],
    [`${config}.entryPoint`, 'acme/log/.github/workflows/other.yml@refs/heads/main', 'workflow'],
    [`${config}.entryPoint`, 'Other name', 'workflow'],
    ['materials.0.uri', 'git+https://github.com/evil/log@refs/heads/main', 'material'],
    ['materials.0.uri', 'git+https://github.com/evil/log', 'material'],
    ['materials.0.digest.sha1', 'f'.repeat(40), 'material commit'],
    [`${env}.GITHUB_REPOSITORY`, 'evil/log', 'source repository'],
    [`${env}.GITHUB_REF`, 'refs/heads/x', 'source ref'],
    [`${env}.GITHUB_SHA`, 'f'.repeat(40), 'source commit'],
    [`${env}.GITHUB_EVENT_NAME`, 'pull_request_target', 'trigger'],
    [`${env}.GITHUB_WORKFLOW_REF`, 'acme/log/.github/workflows/other.yml@refs/heads/main', 'workflow'],
    [`${env}.GITHUB_REPOSITORY_ID`, '9', 'repository id'],
    [`${env}.GITHUB_REPOSITORY_OWNER_ID`, '9', 'owner id'],
    [`${env}.GITHUB_RUN_ID`, '9', 'run'],
    [`${env}.GITHUB_RUN_ATTEMPT`, '9', 'run'],
    ['builder.id', 'https://github.com/actions/runner/self-hosted', 'runner'],
    ['builder.id', 'https://github.com/npm/cli', 'builder'],
    ['builder.id', 'https://github.com/evil/builder/x@refs/tags/v1', 'builder'],
  ])('%s as %s is a mismatch of the %s', (path, value, claim) => {
    expect(outcome(V02, put(githubV02(), path, value))).toBe(`claim-mismatch ${claim}`);
  });

  test.each([
    [`${config}.uri`, 'source'],
    [`${config}.digest`, 'source commit'],
    ['builder', 'builder'],
    ['buildType', 'build type'],
  ])('without %s the %s is absent', (path, claim) => {
    expect(outcome(V02, put(githubV02(), path, undefined))).toBe(`claim-absent ${claim}`);
  });

  test('the entry point may be a path, a reference, or the name of the workflow', () => {
    for (const entryPoint of [
      '.github/workflows/release.yml',
      'acme/log/.github/workflows/release.yml@refs/heads/main',
      'Release',
      undefined,
    ])
      expect(outcome(V02, put(githubV02(), `${config}.entryPoint`, entryPoint))).toBe('verified');
    const nameless = without(githubSigner(), 'githubWorkflowName');
    expect(outcome(V02, put(githubV02(), `${config}.entryPoint`, 'Release'), nameless)).toBe(
      'claim-absent workflow',
    );
  });

  test('the first build types: material without a ref, no environment, the CLI as builder', () => {
    const predicate = githubV02();
    predicate.buildType = 'https://github.com/npm/cli/gha@v0';
    predicate.builder.id = 'https://github.com/npm/cli@9.5.0';
    predicate.materials[0].uri = 'git+https://github.com/acme/log';
    delete predicate.invocation.environment;
    predicate.invocation.configSource.entryPoint = 'Release';
    expect(read(V02, predicate, legacySigner())).toMatchObject({
      builderId: 'https://github.com/actions/runner',
      sourceRepository: 'https://github.com/acme/log',
      sourceRepositoryId: undefined,
      ref: 'refs/heads/main',
      commit: SHA,
      trigger: 'push',
      workflow: '.github/workflows/release.yml',
      runner: undefined,
    });
  });

  test.each<[keyof CertificateIdentity['claims'], string, string]>([
    ['githubWorkflowRepository', 'evil/log', 'source'],
    ['githubWorkflowRef', 'refs/heads/x', 'source'],
    ['githubWorkflowSha', 'f'.repeat(40), 'source commit'],
    ['githubWorkflowTrigger', 'schedule', 'trigger'],
  ])('an old certificate with %s %s is a mismatch of the %s', (name, value, claim) => {
    expect(outcome(V02, githubV02(), legacySigner())).toBe('verified');
    expect(outcome(V02, githubV02(), signed({ [name]: value }, legacySigner()))).toBe(
      `claim-mismatch ${claim}`,
    );
  });
});

describe('GitLab', () => {
  test('SLSA v0.2 is read as the certificate says', () => {
    expect(read(V02, gitlabV02(), gitlabSigner())).toEqual({
      predicateType: V02,
      buildType: 'https://github.com/npm/cli/gitlab/v0alpha1',
      builderId: 'https://gitlab.com/acme/log/-/runners/12270852',
      ci: 'gitlab',
      issuer: 'https://gitlab.com',
      sourceRepository: 'https://gitlab.com/acme/log',
      sourceRepositoryId: '101',
      sourceOwnerId: '202',
      ref: 'refs/tags/v1',
      commit: SHA,
      workflow: '.gitlab-ci.yml',
      signer: 'https://gitlab.com/acme/log//.gitlab-ci.yml@refs/tags/v1',
      trigger: 'push',
      runner: 'gitlab-hosted',
      invocation: 'https://gitlab.com/acme/log/-/jobs/7',
    });
  });

  test('SLSA v1 too, with or without the ref', () => {
    expect(read(V1, gitlabV1(), gitlabSigner())).toMatchObject({ commit: SHA, ref: 'refs/tags/v1' });
    const withRef = put(
      gitlabV1(),
      'buildDefinition.resolvedDependencies.0.uri',
      'git+https://gitlab.com/acme/log@refs/tags/v1',
    );
    expect(outcome(V1, withRef, gitlabSigner())).toBe('verified');
  });

  test.each([
    [V02, 'invocation.configSource.uri', 'git+https://gitlab.com/evil/log', 'source'],
    [V02, 'invocation.configSource.digest.sha1', 'f'.repeat(40), 'source commit'],
    [V02, 'materials.0.uri', 'git+https://gitlab.com/evil/log', 'material'],
    [V02, 'materials.0.digest.sha1', 'f'.repeat(40), 'material commit'],
    [V02, 'invocation.parameters.CI_COMMIT_REF_NAME', 'v2', 'source ref'],
    [V02, 'invocation.parameters.CI_PIPELINE_SOURCE', 'merge_request_event', 'trigger'],
    [V02, 'invocation.parameters.CI_PROJECT_ID', '9', 'project id'],
    [V02, 'metadata.buildInvocationId', 'https://gitlab.com/acme/log/-/jobs/8', 'run'],
    [V02, 'builder.id', 'https://gitlab.com/evil/log/-/runners/1', 'builder'],
    [V02, 'builder.id', 'https://gitlab.com/acme/log/-/runners/x', 'builder'],
    [V1, 'buildDefinition.resolvedDependencies.0.uri', 'git+https://gitlab.com/evil/log', 'source'],
    [
      V1,
      'buildDefinition.resolvedDependencies.0.uri',
      'git+https://gitlab.com/acme/log@refs/tags/v2',
      'source',
    ],
    [V1, 'buildDefinition.resolvedDependencies.0.digest.gitCommit', 'f'.repeat(40), 'source commit'],
    [V1, 'runDetails.metadata.invocationId', 'https://gitlab.com/acme/log/-/jobs/8', 'run'],
    [V1, 'runDetails.builder.id', 'https://gitlab.com/evil/log/-/runners/1', 'builder'],
  ])('%s: %s as %s is a mismatch of the %s', (type, path, value, claim) => {
    const predicate = type === V1 ? gitlabV1() : gitlabV02();
    expect(outcome(type, put(predicate, path, value), gitlabSigner())).toBe(`claim-mismatch ${claim}`);
  });

  test.each([
    [V02, 'invocation.configSource.uri', 'source'],
    [V02, 'invocation.configSource.digest', 'source commit'],
    [V02, 'builder.id', 'builder'],
    [V02, 'buildType', 'build type or source'],
    [V1, 'buildDefinition.resolvedDependencies', 'source'],
    [V1, 'runDetails.builder.id', 'builder'],
  ])('%s: without %s the %s is absent', (type, path, claim) => {
    const predicate = type === V1 ? gitlabV1() : gitlabV02();
    expect(outcome(type, put(predicate, path, undefined), gitlabSigner())).toBe(`claim-absent ${claim}`);
  });

  test('a certificate that leaves out the source proves none, whatever the predicate says', () => {
    const bare = without(gitlabSigner(), 'sourceRepositoryUri', 'sourceRepositoryRef');
    const predicate = put(gitlabV1(), 'buildDefinition.resolvedDependencies.0.uri', 'git+undefined');
    expect(outcome(V1, predicate, bare)).toBe('claim-absent build type or source');
    for (const name of ['sourceRepositoryUri', 'sourceRepositoryRef', 'sourceRepositoryDigest'] as const)
      expect(outcome(V02, gitlabV02(), without(gitlabSigner(), name))).toMatch(/^claim-absent /);
  });
});
