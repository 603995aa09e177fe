/**
 * Provenance of GitHub Actions: SLSA v1 (workflow build type), SLSA v0.2 of the npm CLI (`gha@v0`, `gha@v1`, `gha/v2`)
 * and of reusable builders that delegate.
 * @see https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1 and https://slsa.dev/spec/v0.2/provenance
 */

import { ProofError } from '../core/errors.ts';
import { shared } from '../core/shared.ts';
import { withoutRef } from '../core/workflow-uri.ts';
import type { CertificateIdentity } from '../sigstore/types.ts';
import { assertClaims, type Claim, type ProvenanceReader, SLSA_V1, textAt } from './claims.ts';

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';
const HOST = 'https://github.com';
const RUNNER = `${HOST}/actions/runner`;

/** The certificate's words, with the older extensions (.2 to .6) where it was issued before the newer ones existed. */
interface Certified {
  readonly repository: string | undefined;
  readonly ref: string | undefined;
  readonly commit: string | undefined;
  readonly trigger: string | undefined;
  /** URI of the workflow that signed (the subject alternative name). */
  readonly signer: string;
  /** `OWNER/REPO/PATH@REF` of the workflow that was started, without the host. */
  readonly workflow: string | undefined;
}

export const readGithubProvenance: ProvenanceReader = ({ predicateType, predicate }, identity) => {
  const certified = certifiedBy(identity);
  const { claims } = identity;
  const isV1 = predicateType === SLSA_V1;
  const builderId = isV1
    ? textAt(predicate, 'runDetails', 'builder', 'id')
    : textAt(predicate, 'builder', 'id');
  const buildType = isV1 ? textAt(predicate, 'buildDefinition', 'buildType') : textAt(predicate, 'buildType');
  assertClaims(
    isV1 ? claimsOfV1(predicate, certified, identity) : claimsOfV02(predicate, certified, identity),
  );
  const { repository, ref, commit } = certified;
  if (
    builderId === undefined ||
    buildType === undefined ||
    repository === undefined ||
    ref === undefined ||
    commit === undefined
  ) {
    throw new ProofError('claim-absent', {
      claim: builderId === undefined ? 'builder' : 'build type',
      what: 'predicate',
    });
  }
  return {
    predicateType,
    buildType: shared(buildType),
    builderId: certifiedBuilder(builderId, certified, claims.runnerEnvironment),
    ci: 'github',
    issuer: GITHUB_ISSUER,
    sourceRepository: repository,
    sourceRepositoryId: claims.sourceRepositoryIdentifier,
    sourceOwnerId: claims.sourceRepositoryOwnerIdentifier,
    ref,
    commit,
    workflow: workflowPath(certified),
    signer: certified.signer,
    trigger: certified.trigger,
    runner: claims.runnerEnvironment,
    invocation: claims.runInvocationUri,
  };
};

function certifiedBy({ claims, subjectAlternativeName }: CertificateIdentity): Certified {
  if (!subjectAlternativeName.startsWith(`${HOST}/`)) {
    throw new ProofError('provenance-signer-mismatch', {
      san: subjectAlternativeName,
      issuer: GITHUB_ISSUER,
    });
  }
  const legacy = claims.githubWorkflowRepository;
  const repository = claims.sourceRepositoryUri ?? (legacy === undefined ? undefined : `${HOST}/${legacy}`);
  // Before Fulcio knew reusable workflows apart, the subject alternative name was the only word on the workflow.
  const workflow =
    claims.buildConfigUri ??
    (repository && subjectAlternativeName.startsWith(`${repository}/`) ? subjectAlternativeName : undefined);
  return {
    repository,
    ref: claims.sourceRepositoryRef ?? claims.githubWorkflowRef,
    commit: claims.sourceRepositoryDigest ?? claims.githubWorkflowSha,
    trigger: claims.buildTrigger ?? claims.githubWorkflowTrigger,
    signer: subjectAlternativeName,
    workflow: workflow?.startsWith(`${HOST}/`) ? workflow.slice(HOST.length + 1) : undefined,
  };
}

type Predicate = Parameters<ProvenanceReader>[0]['predicate'];

function claimsOfV1(
  predicate: Predicate,
  certified: Certified,
  { claims }: CertificateIdentity,
): readonly Claim[] {
  const workflow = ['buildDefinition', 'externalParameters', 'workflow'] as const;
  const github = ['buildDefinition', 'internalParameters', 'github'] as const;
  const repository = textAt(predicate, ...workflow, 'repository');
  const ref = textAt(predicate, ...workflow, 'ref');
  const path = textAt(predicate, ...workflow, 'path');
  const source = ['buildDefinition', 'resolvedDependencies', 0] as const;
  return [
    { name: 'source repository', claimed: repository, certified: certified.repository, required: true },
    // The workflow's ref is compared with the workflow, the checked-out one with the source: they may differ.
    {
      name: 'source commit',
      claimed: textAt(predicate, ...source, 'digest', 'gitCommit'),
      certified: certified.commit,
      required: true,
    },
    {
      name: 'source',
      claimed: textAt(predicate, ...source, 'uri'),
      certified: sourceUri(certified),
      required: true,
    },
    {
      name: 'workflow',
      claimed: workflowClaim(repository, path, ref),
      certified: certified.workflow,
      required: true,
    },
    {
      name: 'trigger',
      claimed: textAt(predicate, ...github, 'event_name'),
      certified: certified.trigger,
      required: false,
    },
    {
      name: 'repository id',
      claimed: textAt(predicate, ...github, 'repository_id'),
      certified: claims.sourceRepositoryIdentifier,
      required: false,
    },
    {
      name: 'owner id',
      claimed: textAt(predicate, ...github, 'repository_owner_id'),
      certified: claims.sourceRepositoryOwnerIdentifier,
      required: false,
    },
    {
      name: 'run',
      claimed: textAt(predicate, 'runDetails', 'metadata', 'invocationId'),
      certified: claims.runInvocationUri,
      required: false,
    },
  ];
}

function workflowClaim(
  repository: string | undefined,
  path: string | undefined,
  ref: string | undefined,
): string | undefined {
  if (!repository?.startsWith(`${HOST}/`) || path === undefined || ref === undefined) return undefined;
  return `${repository.slice(HOST.length + 1)}/${path}@${ref}`;
}

function sourceUri({ repository, ref }: Certified): string | undefined {
  return repository === undefined || ref === undefined ? undefined : `git+${repository}@${ref}`;
}

function claimsOfV02(
  predicate: Predicate,
  certified: Certified,
  { claims }: CertificateIdentity,
): readonly Claim[] {
  const config = ['invocation', 'configSource'] as const;
  const env = (name: string): string | undefined => textAt(predicate, 'invocation', 'environment', name);
  const material = textAt(predicate, 'materials', 0, 'uri');
  const { repository } = certified;
  const slug = repository?.slice(HOST.length + 1);
  const run = env('GITHUB_RUN_ID');
  return [
    {
      name: 'source',
      claimed: textAt(predicate, ...config, 'uri'),
      certified: sourceUri(certified),
      required: true,
    },
    {
      name: 'source commit',
      claimed: textAt(predicate, ...config, 'digest', 'sha1'),
      certified: certified.commit,
      required: true,
    },
    // The first build types left the ref out of the material.
    {
      name: 'material',
      claimed: material,
      certified: material?.includes('@') ? sourceUri(certified) : repository && `git+${repository}`,
      required: false,
    },
    {
      name: 'material commit',
      claimed: textAt(predicate, 'materials', 0, 'digest', 'sha1'),
      certified: certified.commit,
      required: false,
    },
    entryPointClaim(textAt(predicate, ...config, 'entryPoint'), certified, claims.githubWorkflowName),
    { name: 'source repository', claimed: env('GITHUB_REPOSITORY'), certified: slug, required: false },
    { name: 'source ref', claimed: env('GITHUB_REF'), certified: certified.ref, required: false },
    { name: 'source commit', claimed: env('GITHUB_SHA'), certified: certified.commit, required: false },
    { name: 'trigger', claimed: env('GITHUB_EVENT_NAME'), certified: certified.trigger, required: false },
    { name: 'workflow', claimed: env('GITHUB_WORKFLOW_REF'), certified: certified.workflow, required: false },
    {
      name: 'repository id',
      claimed: env('GITHUB_REPOSITORY_ID'),
      certified: claims.sourceRepositoryIdentifier,
      required: false,
    },
    {
      name: 'owner id',
      claimed: env('GITHUB_REPOSITORY_OWNER_ID'),
      certified: claims.sourceRepositoryOwnerIdentifier,
      required: false,
    },
    {
      name: 'run',
      claimed:
        run === undefined || repository === undefined
          ? undefined
          : `${repository}/actions/runs/${run}/attempts/${env('GITHUB_RUN_ATTEMPT') ?? '1'}`,
      certified: claims.runInvocationUri,
      required: false,
    },
  ];
}

/** Over the years: the workflow's name, then `OWNER/REPO/PATH@REF`, then its path. */
function entryPointClaim(
  entryPoint: string | undefined,
  certified: Certified,
  workflowName: string | undefined,
): Claim {
  const name = 'workflow';
  if (entryPoint === undefined)
    return { name, claimed: undefined, certified: certified.workflow, required: false };
  if (!entryPoint.includes('/'))
    return { name, claimed: entryPoint, certified: workflowName, required: true };
  if (entryPoint.includes('@'))
    return { name, claimed: entryPoint, certified: certified.workflow, required: false };
  return {
    name,
    claimed: entryPoint,
    certified: certified.workflow && workflowPath(certified),
    required: false,
  };
}

/** Path within the repository of the workflow that was started. */
function workflowPath(certified: Certified): string {
  const slug = certified.repository?.slice(HOST.length + 1) ?? '';
  const uri = certified.workflow ?? certified.signer.slice(HOST.length + 1);
  const path = withoutRef(uri);
  return path.startsWith(`${slug}/`) ? path.slice(slug.length + 1) : path;
}

/**
 * Who ran the build, as far as the certificate bears it out. GitHub's own runners are named with the environment that the
 * certificate speaks of; any other builder must be of the very workflow repository and ref that signed. The npm CLI of 2022
 * and 2023 named itself, of which the certificate knows nothing: then it is the runner that counts.
 */
function certifiedBuilder(claimed: string, certified: Certified, runner: string | undefined): string {
  const own = /^https:\/\/github\.com\/actions\/runner(?:\/([a-z-]+))?$/.exec(claimed);
  const npm = /^https:\/\/github\.com\/npm\/cli@[0-9A-Za-z.-]+$/.test(claimed);
  if (own || npm) {
    const environment = own?.[1];
    assertClaims([
      { name: 'runner', claimed: environment, certified: runner, required: environment !== undefined },
    ]);
    return runner === undefined ? RUNNER : `${RUNNER}/${runner}`;
  }
  const repository = workflowRepository(claimed) ?? claimed;
  assertClaims([
    { name: 'builder', claimed: repository, certified: workflowRepository(certified.signer), required: true },
  ]);
  return claimed;
}

/** `OWNER/REPO@REF` of a workflow's URI. */
function workflowRepository(uri: string): string | undefined {
  const match = /^https:\/\/github\.com\/([^/]+\/[^/]+)\/[^@]+@(.+)$/.exec(uri);
  return match ? `${match[1]}@${match[2]}` : undefined;
}
