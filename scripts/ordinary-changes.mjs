// What happens to a tree between two runs when nobody attacks it: versions go up, repositories are renamed, publishing moves.
import semver from 'semver';
import { certified, claimsOf, digestOf, ordinaryEvidence, provenanceOf } from './ordinary-evidence.mjs';

/** Packages whose old lines live on without provenance beside a newer one that has it. */
const BESIDE = [
  { before: ['semver@5.7.1', 'semver@6.3.0'], after: ['semver@5.7.2', 'semver@6.3.1'] },
  { before: ['undici-types@6.20.0'], after: ['undici-types@6.21.0'] },
  { before: ['ua-parser-js@1.0.39'], after: ['ua-parser-js@1.0.41'] },
  { before: ['semver@7.6.0'], after: ['semver@7.7.2'], proven: true },
  { before: ['undici-types@7.10.0'], after: ['undici-types@7.16.0'], proven: true },
  { before: ['ua-parser-js@2.0.3'], after: ['ua-parser-js@2.0.6'], proven: true },
];
/** How many packages of a tree each change happens to. */
const EACH = 5;

/** The next version of every package, built as the one before. */
export function nextPatch(evidence) {
  return evidence.map((item) => released(item, semver.inc(item.subject.version, 'patch')));
}

/** A prerelease of every package. */
export function nextPrerelease(evidence) {
  return evidence.map((item) => released(item, semver.inc(item.subject.version, 'prepatch', 'beta')));
}

/**
 * What other tools take for attacks, each on other packages of the tree and in the next release.
 * @returns evidence of the tree before and after
 */
export async function lookAlikes(evidence, client) {
  const known = new Set(BESIDE.flatMap(({ before }) => before.map(nameOf)));
  const rest = evidence.filter(({ subject }) => !known.has(subject.name));
  // One release each, so that a change happens to a whole line.
  const single = rest.filter(
    ({ subject }) =>
      subject.source.kind === 'registry' &&
      semver.prerelease(subject.version) === null &&
      rest.filter((other) => other.subject.name === subject.name).length === 1,
  );
  const proven = single.filter(({ provenance }) => provenance.status === 'verified');
  const plain = single.filter(
    ({ provenance, declared }) => provenance.status === 'absent' && certified(declared.repository),
  );
  const take = (list) => list.splice(0, EACH);
  const groups = [
    { items: take(proven), change: (item) => renamed(item, (repository) => `${repository}-renamed`) },
    {
      items: take(proven),
      change: (item) => renamed(item, (repository) => repository.replace(/[^/]+(?=\/[^/]+$)/, 'new-owner')),
    },
    {
      items: take(proven),
      change: (item) => rebuilt(item, { trigger: 'release', workflow: '.github/workflows/publish.yml' }),
    },
    {
      items: take(proven),
      before: (item) => rebuilt(item, { ref: 'refs/heads/main' }),
      change: (item) => rebuilt(item, { ref: `refs/tags/v${item.subject.version}` }),
    },
    {
      items: take(proven),
      before: (item) => rebuilt(item, { ref: 'refs/heads/master' }),
      change: (item) => rebuilt(item, { ref: 'refs/heads/main' }),
    },
    { items: take(proven), before: onGitLab, change: (item) => item, release: 'major' },
    { items: take(plain), change: trusted },
  ];
  const moved = groups.flatMap(({ items, before = (item) => item, change, release = 'patch' }) =>
    items.map((item) => {
      const version = semver.inc(item.subject.version, release);
      return { before: before(item), after: change(released(item, version)) };
    }),
  );
  const touched = new Set(groups.flatMap(({ items }) => items));
  const still = rest.filter((item) => !touched.has(item));
  const beside = await Promise.all(
    BESIDE.map(async ({ before, after, proven: isProven }) => ({
      before: await Promise.all(before.map((spec) => published(spec, client, isProven === true))),
      after: await Promise.all(after.map((spec) => published(spec, client, isProven === true))),
    })),
  );
  return {
    before: [...still, ...moved.map(({ before }) => before), ...beside.flatMap(({ before }) => before)],
    after: [...still, ...moved.map(({ after }) => after), ...beside.flatMap(({ after }) => after)],
  };
}

/** Of another version, and of no place in a lockfile that exists. */
function released(item, version) {
  const { subject, declared } = item;
  if (subject.source.kind !== 'registry' || version === null) return item;
  const { name } = subject;
  const integrity = digestOf(name, version);
  const source = { kind: 'registry', resolved: undefined };
  const nodes = subject.nodes.map((node) => ({ ...node, version, integrity, source }));
  const purl = subject.purl.replace(/@[^@]*$/, `@${encodeURIComponent(version)}`);
  const next = {
    ...item,
    subject: { ...subject, purl, version, integrity, source, nodes },
    integrity: { status: 'verified', value: integrity.sri },
    resolved: { status: 'verified', value: '' },
  };
  if (item.provenance.status !== 'verified') return next;
  return {
    ...next,
    provenance: provenanceOf(next.subject, claimsOf(next.subject, certified(declared.repository))),
  };
}

function rebuilt(item, over) {
  if (item.provenance.status !== 'verified') return item;
  const { claims } = item.provenance.value;
  const signer =
    over.workflow === undefined ? claims.signer : `${claims.sourceRepository}/${over.workflow}@${claims.ref}`;
  return { ...item, provenance: provenanceOf(item.subject, { ...claims, signer, ...over }) };
}

/** Another name of the same repository, in the certificate and in the manifest: the numbers stay. */
function renamed(item, rename) {
  const { claims } = item.provenance.value;
  // Certificates of the first years bear no numbers; of those a rename cannot be told from a move.
  if (claims.sourceRepositoryId === undefined) return item;
  const sourceRepository = rename(claims.sourceRepository);
  const signer = claims.signer.replace(claims.sourceRepository, sourceRepository);
  const declared = { ...item.declared, repository: `git+${sourceRepository}.git` };
  return { ...rebuilt(item, { sourceRepository, signer }), declared };
}

/** From a token of the registry to trusted publishing. */
function trusted(item) {
  const claims = claimsOf(item.subject, certified(item.declared.repository));
  const provenance = provenanceOf(item.subject, claims);
  return { ...item, publish: { status: 'verified', value: provenance.value.bundle }, provenance };
}

function onGitLab(item) {
  const { claims } = item.provenance.value;
  const sourceRepository = claims.sourceRepository.replace('github.com', 'gitlab.com');
  const declared = { ...item.declared, repository: `git+${sourceRepository}.git` };
  const over = {
    ci: 'gitlab',
    issuer: 'https://gitlab.com',
    builderId: `${sourceRepository}/-/runners/7`,
    sourceRepository,
    workflow: '.gitlab-ci.yml',
    signer: `${sourceRepository}//.gitlab-ci.yml@${claims.ref}`,
    runner: 'gitlab-hosted',
  };
  return { ...rebuilt(item, over), declared };
}

async function published(spec, client, proven) {
  const name = nameOf(spec);
  const version = spec.slice(name.length + 1);
  const answer = await client.manifest({ name, version });
  if (answer.status !== 'found') throw new Error(`${spec}: ${answer.code}`);
  const integrity = { kind: 'sha512', sri: answer.value.integrity };
  const source = { kind: 'registry', resolved: undefined };
  const node = {
    key: `node_modules/${name}`,
    name,
    alias: undefined,
    version,
    source,
    integrity,
    dependency: 'prod',
    depth: 2,
    parents: [],
    hasInstallScript: false,
    platform: undefined,
    patch: undefined,
    line: undefined,
  };
  const subject = { purl: `pkg:npm/${name}@${version}`, name, version, integrity, source, nodes: [node] };
  return ordinaryEvidence(subject, answer.value, client, proven);
}

function nameOf(spec) {
  return spec.slice(0, spec.lastIndexOf('@'));
}
