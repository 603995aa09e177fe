/**
 * Provenance of GitLab CI: SLSA v0.2 as the npm CLI writes it (`npm/cli/gitlab/v0alpha1`), and SLSA v1 with the same
 * facts where they are.
 * @see https://docs.npmjs.com/generating-provenance-statements and Fulcio's OID table for the certificate's side
 */
import { ProofError } from '../core/errors.ts';
import { withoutRef } from '../core/workflow-uri.ts';
import { assertClaims, type Claim, type ProvenanceReader, SLSA_V1, textAt } from './claims.ts';

export const GITLAB_ISSUER = 'https://gitlab.com';

export const readGitlabProvenance: ProvenanceReader = ({ predicateType, predicate }, identity) => {
  const { claims, subjectAlternativeName } = identity;
  if (!subjectAlternativeName.startsWith(`${GITLAB_ISSUER}/`)) {
    throw new ProofError('provenance-signer-mismatch', {
      san: subjectAlternativeName,
      issuer: GITLAB_ISSUER,
    });
  }
  const isV1 = predicateType === SLSA_V1;
  const builderId = isV1
    ? textAt(predicate, 'runDetails', 'builder', 'id')
    : textAt(predicate, 'builder', 'id');
  const buildType = isV1 ? textAt(predicate, 'buildDefinition', 'buildType') : textAt(predicate, 'buildType');
  const repository = claims.sourceRepositoryUri;
  const ref = claims.sourceRepositoryRef;
  const commit = claims.sourceRepositoryDigest;
  assertClaims(isV1 ? claimsOfV1(predicate, claims) : claimsOfV02(predicate, claims));
  if (!builderId || !buildType || !repository || !ref || !commit) {
    throw new ProofError('claim-absent', {
      claim: builderId ? 'build type or source' : 'builder',
      what: 'predicate or certificate',
    });
  }
  // GitLab's builder is a runner of the project: the number at the end is nobody's signed word.
  const runner = /^(.+)\/-\/runners\/\d+$/.exec(builderId)?.[1];
  assertClaims([{ name: 'builder', claimed: runner ?? builderId, certified: repository, required: true }]);
  return {
    predicateType,
    buildType,
    builderId,
    ci: 'gitlab',
    issuer: GITLAB_ISSUER,
    sourceRepository: repository,
    sourceRepositoryId: claims.sourceRepositoryIdentifier,
    sourceOwnerId: claims.sourceRepositoryOwnerIdentifier,
    ref,
    commit,
    workflow: configPath(claims.buildConfigUri ?? subjectAlternativeName, repository),
    signer: subjectAlternativeName,
    trigger: claims.buildTrigger,
    runner: claims.runnerEnvironment,
    invocation: claims.runInvocationUri,
  };
};

type Predicate = Parameters<ProvenanceReader>[0]['predicate'];
type Claims = Parameters<ProvenanceReader>[1]['claims'];

function claimsOfV02(predicate: Predicate, claims: Claims): readonly Claim[] {
  const config = ['invocation', 'configSource'] as const;
  const parameter = (name: string): string | undefined => textAt(predicate, 'invocation', 'parameters', name);
  const source = claims.sourceRepositoryUri === undefined ? undefined : `git+${claims.sourceRepositoryUri}`;
  const refName = parameter('CI_COMMIT_REF_NAME');
  return [
    { name: 'source', claimed: textAt(predicate, ...config, 'uri'), certified: source, required: true },
    {
      name: 'source commit',
      claimed: textAt(predicate, ...config, 'digest', 'sha1'),
      certified: claims.sourceRepositoryDigest,
      required: true,
    },
    {
      name: 'material',
      claimed: textAt(predicate, 'materials', 0, 'uri'),
      certified: source,
      required: false,
    },
    {
      name: 'material commit',
      claimed: textAt(predicate, 'materials', 0, 'digest', 'sha1'),
      certified: claims.sourceRepositoryDigest,
      required: false,
    },
    {
      name: 'source ref',
      claimed: refName,
      certified: claims.sourceRepositoryRef?.replace(/^refs\/(heads|tags)\//, ''),
      required: false,
    },
    {
      name: 'trigger',
      claimed: parameter('CI_PIPELINE_SOURCE'),
      certified: claims.buildTrigger,
      required: false,
    },
    {
      name: 'project id',
      claimed: parameter('CI_PROJECT_ID'),
      certified: claims.sourceRepositoryIdentifier,
      required: false,
    },
    {
      name: 'run',
      claimed: textAt(predicate, 'metadata', 'buildInvocationId'),
      certified: claims.runInvocationUri,
      required: false,
    },
  ];
}

function claimsOfV1(predicate: Predicate, claims: Claims): readonly Claim[] {
  const source = ['buildDefinition', 'resolvedDependencies', 0] as const;
  const uri = textAt(predicate, ...source, 'uri');
  return [
    {
      name: 'source',
      claimed: uri,
      certified: uri?.includes('@')
        ? `git+${claims.sourceRepositoryUri}@${claims.sourceRepositoryRef}`
        : `git+${claims.sourceRepositoryUri}`,
      required: true,
    },
    {
      name: 'source commit',
      claimed: textAt(predicate, ...source, 'digest', 'gitCommit'),
      certified: claims.sourceRepositoryDigest,
      required: true,
    },
    {
      name: 'run',
      claimed: textAt(predicate, 'runDetails', 'metadata', 'invocationId'),
      certified: claims.runInvocationUri,
      required: false,
    },
  ];
}

/** `https://gitlab.com/GROUP/PROJECT//PATH@REF` */
function configPath(uri: string, repository: string): string {
  const path = withoutRef(uri);
  return path.startsWith(`${repository}//`) ? path.slice(repository.length + 2) : path;
}
