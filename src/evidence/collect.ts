/** All checks for one subject. They do not depend on one another's success: each says what it could establish. */
import { type Note, type Unproven, unproven, verified } from '../core/check.ts';
import { createLimiter } from '../registry/limiter.ts';
import type { Answer, RegistryClient, VersionManifest } from '../registry/types.ts';
import type { ManagedKey } from '../sigstore/types.ts';
import type { RegistryKeys, Trust } from '../trust/types.ts';
import { type Attestations, checkAttestations, withheld } from './attestations.ts';
import { checkIntegrity, checkResolved, unpinned } from './integrity.ts';
import { lockfileConfusion } from './lockfile-confusion.ts';
import { manifestConfusion } from './manifest-confusion.ts';
import { checkRegistrySignature, type SignatureOutcome } from './registry-signature.ts';
import { isList, type OpenedTarball, openTarball } from './tarball.ts';
import type { Evidence, Subject } from './types.ts';

export interface EvidenceContext {
  readonly client: RegistryClient;
  /** What does not depend on it is asked for meanwhile. */
  readonly trust: Trust | Promise<Trust>;
  readonly tarballs: boolean;
  /** Milliseconds since 1970; decides only whether an expired key makes the publish time matter. */
  readonly now: number;
  /** Whether it matters when a package was published, so that the registry gets asked where nobody signed for it. */
  readonly asksReleaseTime?: (subject: Subject, declaresScript: boolean, registry: string) => boolean;
}

/** Takes the manifest from `/NAME/VERSION`, or out of the full packument for registries that leave signatures out of it. */
export type ManifestSource = 'version' | 'packument';

export async function collectEvidence(
  subject: Subject,
  context: EvidenceContext,
  from: ManifestSource = 'version',
): Promise<Evidence> {
  if (subject.source.kind !== 'registry') return outsideRegistry(subject);
  const { client } = context;
  const registry = client.registryFor(subject.name);
  const answer = await (from === 'version' ? client.manifest(subject) : client.fullManifest(subject));
  if (answer.status !== 'found') return unanswered(subject, registry, answer, context);
  const manifest = answer.value;
  const resolved = checkResolved(subject, manifest, registry, client.defaultRegistry);
  const declared = { repository: manifest.repository, hasInstallScript: manifest.hasInstallScript };
  const opened = context.tarballs
    ? await openedTarballs(() => openTarball(subject, client, false))
    : undefined;
  const tarball = opened?.check;
  if (manifest.name !== subject.name || manifest.version !== subject.version) {
    const wrong = unproven('invalid', 'manifest-mismatch', {
      expected: `${subject.name}@${subject.version}`,
      actual: `${manifest.name}@${manifest.version}`,
    });
    return { ...nothing(subject, wrong), registry, resolved, tarball, declared };
  }
  const integrity = checkIntegrity(subject, manifest);
  const attestations = await attestationsOf(subject, manifest, context, registry);
  const keys = await (await context.trust).registryKeys(registry);
  const signature = await signatureOf(subject, manifest, keys, attestations, context, registry);
  return {
    subject,
    registry,
    integrity,
    resolved,
    registrySignature: signature.check,
    ...attestations,
    tarball,
    declared,
    ...(await claimedTimeOf(subject, attestations, context, declared.hasInstallScript, registry)),
    ...confusionOf(subject, manifest, opened),
    notes: signature.notes,
  };
}

/** A few at a time: each is in memory whole. */
const openedTarballs = createLimiter(4);

/** What is said in several places about how the package is installed, compared. */
export function confusionOf(
  subject: Subject,
  manifest: VersionManifest,
  opened: OpenedTarball | undefined,
): Pick<Evidence, 'confusion'> {
  const list = opened?.list;
  const confusion = [
    ...lockfileConfusion(subject, manifest),
    ...(isList(list) ? manifestConfusion(list, manifest) : list === undefined ? [] : [list]),
  ].map(({ code, args }): Note => ({ code, args }));
  return confusion.length === 0 ? {} : { confusion };
}

/** A full packument for each package: nobody is asked who need not be. */
async function claimedTimeOf(
  subject: Subject,
  { publish }: Attestations,
  { client, asksReleaseTime }: EvidenceContext,
  declaresScript: boolean,
  registry: string,
): Promise<Pick<Evidence, 'claimedTime'>> {
  if (asksReleaseTime?.(subject, declaresScript, registry) !== true) return {};
  // The time of a build does not do: it can lie ready for long before it is published.
  if (publish.status === 'verified' && publish.value.times.length > 0) return {};
  // Whoever writes an evidence file would make a version as old as the policy wants it.
  const answer = await client.publishTime(subject, 'registry');
  return { claimedTime: answer.status === 'found' ? verified(answer.value) : answer };
}

const absent = unproven('absent', 'attestations-absent');
/** Of most packages, and the same for all of them. */
const unannounced: Attestations = { publish: absent, provenance: absent, other: [] };

/**
 * Lists of attestations in memory at once, with all that is read out of them. More packages than that may wait for the trust
 * root, and a list may have megabytes.
 */
const holding = createLimiter(64);

async function attestationsOf(
  subject: Subject,
  manifest: VersionManifest,
  context: EvidenceContext,
  registry: string,
): Promise<Attestations> {
  const { integrity } = subject;
  if (!manifest.announcesAttestations) return unannounced;
  if (integrity.kind !== 'sha512') {
    const uncovered = unpinned(integrity) ?? unproven('uncovered', 'integrity-missing');
    return { publish: uncovered, provenance: uncovered, other: [] };
  }
  const { sri } = integrity;
  return holding(() => attestationsFor(subject, sri, manifest, context, registry));
}

async function attestationsFor(
  subject: Subject,
  sri: string,
  manifest: VersionManifest,
  context: EvidenceContext,
  registry: string,
): Promise<Attestations> {
  const answer = await context.client.attestations(subject);
  if (answer.status === 'absent') return withheld();
  if (answer.status !== 'found') return { publish: answer, provenance: answer, other: [] };
  const trust = await context.trust;
  const keys = await trust.registryKeys(registry);
  const checked = await checkAttestations({
    body: answer.value,
    trustRoot: trust.root,
    keys: managedKeys(keys),
    name: subject.name,
    version: subject.version,
    purl: subject.purl,
    sha512: Buffer.from(sri.slice('sha512-'.length), 'base64').toString('hex'),
    registries: [registry, ...(keys ? [keys.registry] : [])],
    announcesProvenance: manifest.announcesProvenance,
  });
  // Where no key of the registry is known, no key of a publish attestation can be: nobody has tampered with anything.
  const { publish } = checked;
  return !keys && publish.status === 'invalid' && publish.code === 'key-unknown'
    ? { ...checked, publish: unproven('uncovered', 'registry-keys-unknown', { registry }) }
    : checked;
}

/** By the keys of a registry, which are the same for each of its packages. */
const managed = new WeakMap<RegistryKeys, readonly ManagedKey[]>();

function managedKeys(keys: RegistryKeys | undefined): readonly ManagedKey[] {
  if (keys === undefined) return [];
  let found = managed.get(keys);
  if (found === undefined) {
    found = managedOf(keys);
    managed.set(keys, found);
  }
  return found;
}

function managedOf({ keys }: RegistryKeys): readonly ManagedKey[] {
  return keys
    .filter(({ usage }) => usage === 'attestations')
    .map(({ keyid, key, validFor }) => ({ hint: keyid, key, validFor }));
}

async function signatureOf(
  subject: Subject,
  manifest: VersionManifest,
  keys: RegistryKeys | undefined,
  attestations: Attestations,
  context: EvidenceContext,
  registry: string,
): Promise<SignatureOutcome> {
  const { integrity } = subject;
  if (integrity.kind !== 'sha512')
    return { check: unpinned(integrity) ?? unproven('uncovered', 'integrity-missing'), notes: [] };
  // A registry that signs nothing has no keys either; that there is no signature is the plainer fact.
  if (!keys && manifest.signatures.length > 0)
    return { check: unproven('uncovered', 'registry-keys-unknown', { registry }), notes: [] };
  return checkRegistrySignature({
    name: subject.name,
    version: subject.version,
    sri: integrity.sri,
    signatures: manifest.signatures,
    keys: keys ?? { origin: 'tuf', registry, keys: [] },
    signedTime: publishedAt(attestations),
    claimedTime: () => context.client.publishTime(subject),
    now: context.now,
  });
}

/** When the transparency log took the registry's own attestation: moments after the package was published. */
function publishedAt({ publish }: Attestations): number | undefined {
  return publish.status === 'verified' ? publish.value.times[0]?.time : undefined;
}

/** The registry does not know the version, or could not be asked: then nothing about it is known. */
function unanswered(
  subject: Subject,
  registry: string,
  answer: Exclude<Answer<never>, { status: 'found' }>,
  context: EvidenceContext,
): Evidence {
  const resolved = checkResolved(subject, undefined, registry, context.client.defaultRegistry);
  // Registries may keep tarballs wherever they like and name the place in the manifest, which is not at hand.
  return {
    ...nothing(subject, answer),
    registry,
    resolved: resolved.status === 'invalid' ? answer : resolved,
  };
}

function outsideRegistry(subject: Subject): Evidence {
  const { source } = subject;
  const place =
    source.kind === 'bundled'
      ? source.within
      : 'url' in source
        ? source.url
        : 'path' in source
          ? source.path
          : '';
  const code = source.kind === 'bundled' ? 'bundled-inside' : 'source-unverifiable';
  return nothing(subject, unproven('uncovered', code, { kind: source.kind, actual: place }));
}

function nothing(subject: Subject, outcome: Unproven): Evidence {
  const notes: readonly Note[] = [];
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
    claimedTime: outcome,
    declared: undefined,
    notes,
  };
}
