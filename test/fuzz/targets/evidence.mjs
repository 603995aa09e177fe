/** What signed payloads say: statements, provenance of each build service, publish attestations, whole answers. */
import { bundles, json, sigstore, statements } from '../corpus.mjs';
import { product } from '../product.mjs';
import { contextOf } from './sigstore.mjs';

const SHA = 'c0ffee'.repeat(7).slice(0, 40);
const PROJECT = 'https://gitlab.com/acme/log';
const GITLAB = {
  kind: 'certificate',
  subjectAlternativeName: `${PROJECT}//.gitlab-ci.yml@refs/tags/v1`,
  sanType: 'uri',
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
};
const SUBJECT = [{ name: 'pkg:npm/%40acme/log@2.1.0', digest: { sha512: '5a'.repeat(64) } }];
const GITLAB_STATEMENTS = [
  {
    _type: 'https://in-toto.io/Statement/v1',
    subject: SUBJECT,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://gitlab.com/gitlab-org/gitlab-runner/-/blob/main/PROVENANCE.md',
        resolvedDependencies: [{ uri: `git+${PROJECT}`, digest: { gitCommit: SHA } }],
      },
      runDetails: {
        builder: { id: `${PROJECT}/-/runners/1` },
        metadata: { invocationId: `${PROJECT}/-/jobs/7` },
      },
    },
  },
  {
    _type: 'https://in-toto.io/Statement/v0.1',
    subject: SUBJECT,
    predicateType: 'https://slsa.dev/provenance/v0.2',
    predicate: {
      buildType: 'https://github.com/npm/cli/gitlab/v0alpha1',
      builder: { id: `${PROJECT}/-/runners/12270852` },
      invocation: {
        configSource: { uri: `git+${PROJECT}`, digest: { sha1: SHA }, entryPoint: 'publish' },
        parameters: { CI_COMMIT_REF_NAME: 'v1', CI_PIPELINE_SOURCE: 'push', CI_PROJECT_ID: '101' },
      },
      metadata: { buildInvocationId: `${PROJECT}/-/jobs/7` },
      materials: [{ uri: `git+${PROJECT}`, digest: { sha1: SHA } }],
    },
  },
];

const bundleBy = (signer, payload) => ({
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  signer,
  logEntries: [],
  times: [],
  content: { kind: 'dsse', payloadType: 'application/vnd.in-toto+json', payload },
});

const byGithub = statements.filter(({ predicateType }) => predicateType.startsWith('https://slsa.dev/'));
const byRegistry = statements.filter((statement) => !byGithub.includes(statement));

export const evidence = {
  async statement() {
    const { assertSubject, readStatement } = await product('evidence/statement');
    return {
      format: 'json',
      samples: [...statements, ...GITLAB_STATEMENTS].map(json),
      read(bytes) {
        const statement = readStatement(bundleBy(GITLAB, bytes));
        assertSubject(statement, SUBJECT[0].name, SUBJECT[0].digest.sha512);
      },
    };
  },
  'provenance-github': async () => provenance(await githubSigner(), byGithub),
  'provenance-gitlab': async () => provenance(GITLAB, GITLAB_STATEMENTS),
  async publish() {
    const { readStatement } = await product('evidence/statement');
    const { assertPublish } = await product('evidence/publish');
    const expected = { name: '@acme/log', version: '2.1.0', registries: ['https://registry.example/'] };
    return {
      format: 'json',
      samples: byRegistry.map(json),
      read(bytes) {
        const bundle = bundleBy({ kind: 'key', hint: sigstore.keys[0].keyid }, bytes);
        assertPublish(bundle, readStatement(bundle), expected);
      },
    };
  },
  /** Never refused as a whole: what is wrong with it is in the outcome. */
  async attestations() {
    const { checkAttestations } = await product('evidence/attestations');
    const { parseAttestationsBody } = await product('registry/attestations');
    const context = await contextOf();
    const listed = bundles
      .slice(0, 6)
      .map((bundle, index) => ({ predicateType: statements[index].predicateType, bundle }));
    return {
      format: 'json',
      samples: [json({ attestations: listed.slice(0, 2) }), json({ attestations: listed.slice(4) })],
      read(bytes) {
        parseAttestationsBody(bytes);
        return checkAttestations({
          ...context,
          body: bytes,
          name: '@acme/log',
          version: '2.1.0',
          purl: SUBJECT[0].name,
          sha512: SUBJECT[0].digest.sha512,
          registries: ['https://registry.example/'],
          announcesProvenance: true,
        });
      },
    };
  },
};

async function provenance(signer, samples) {
  const { readStatement } = await product('evidence/statement');
  const { readProvenance } = await product('evidence/provenance');
  return {
    format: 'json',
    samples: samples.map(json),
    read(bytes) {
      const bundle = bundleBy(signer, bytes);
      readProvenance(bundle, readStatement(bundle));
    },
  };
}

/** As the corpus has it certified. */
async function githubSigner() {
  const { parseCertificate } = await product('sigstore/certificate');
  const { certificateIdentity } = await product('sigstore/identity');
  return certificateIdentity(parseCertificate(Buffer.from(sigstore.certificates[0], 'base64')));
}
