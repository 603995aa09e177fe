/** The registry's list of attestations for one version: each verified, then sorted by what it says it is. */
import { type Check, type Unproven, unproven, verified } from '../core/check.ts';
import { outcomeOf, ProofError } from '../core/errors.ts';
import { asArray, asObject, asString, type JsonValue, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { shared } from '../core/shared.ts';
import type { ManagedKey, TrustRoot, VerifiedBundle } from '../sigstore/types.ts';
import { verifyBundle } from '../sigstore/verify-bundle.ts';
import { isProvenanceType, readProvenance } from './provenance.ts';
import { assertPublish, PUBLISH_V01 } from './publish.ts';
import { assertSubject, readStatement, type Statement } from './statement.ts';
import type { Evidence, ProvenanceFact, VerifiedAttestation } from './types.ts';

export interface AttestationInput {
  readonly body: Uint8Array;
  readonly trustRoot: TrustRoot;
  readonly keys: readonly ManagedKey[];
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  /** Hex, from the lockfile. */
  readonly sha512: string;
  readonly registries: readonly string[];
  /** The registry says that there is provenance among them. */
  readonly announcesProvenance: boolean;
}

export type Attestations = Pick<Evidence, 'publish' | 'provenance' | 'other'>;

interface Listed {
  readonly predicateType: string;
  readonly bundle: JsonValue;
}

const noOthers: Attestations['other'] = [];

export async function checkAttestations(input: AttestationInput): Promise<Attestations> {
  let listed: readonly Listed[];
  try {
    listed = readList(input.body);
  } catch (error) {
    const failed = outcomeOf(error);
    return { publish: failed, provenance: failed, other: [] };
  }
  // An announced list that is empty proves nothing and hides something.
  if (listed.length === 0) return withheld();
  const publish: Check<VerifiedAttestation>[] = [];
  const provenance: Check<ProvenanceFact>[] = [];
  const other: { predicateType: string; check: Check<VerifiedAttestation> }[] = [];
  for (const item of listed) {
    // The listed type is unsigned: it only says where a failure belongs. `check` compares it with the signed one.
    if (item.predicateType === PUBLISH_V01) {
      publish.push(
        await check(item, input, (bundle, statement) => {
          assertPublish(bundle, statement, input);
          return bundle;
        }),
      );
    } else if (isProvenanceType(item.predicateType))
      provenance.push(await check(item, input, readProvenance));
    else
      other.push({ predicateType: item.predicateType, check: await check(item, input, (bundle) => bundle) });
  }
  return {
    publish: publish.length === 0 ? unproven('absent', 'publish-absent') : decisive(publish),
    provenance:
      provenance.length === 0
        ? unproven('absent', input.announcesProvenance ? 'provenance-withheld' : 'provenance-absent')
        : oneBuilder(provenance),
    other: other.length === 0 ? noOthers : other,
  };
}

export function withheld(): Attestations {
  const nothing = unproven('absent', 'attestations-withheld');
  return { publish: nothing, provenance: nothing, other: [] };
}

function readList(body: Uint8Array): readonly Listed[] {
  const what = 'attestations';
  const root = asObject(parseJson(body, what, limits.attestationsBytesMax), what);
  return asArray(member(root, 'attestations'), what, limits.attestationsMax).map((item) => {
    const entry = asObject(item, what);
    return {
      predicateType: asString(member(entry, 'predicateType'), 'predicateType'),
      bundle: member(entry, 'bundle') ?? null,
    };
  });
}

async function check<T>(
  item: Listed,
  input: AttestationInput,
  read: (bundle: VerifiedAttestation, statement: Statement) => T,
): Promise<Check<T>> {
  try {
    const bundle = await verifyBundle(item.bundle, { trustRoot: input.trustRoot, keys: input.keys });
    const statement = readStatement(bundle);
    if (statement.predicateType !== item.predicateType) {
      throw new ProofError('predicate-type-mismatch', {
        listed: item.predicateType,
        signed: statement.predicateType,
      });
    }
    assertSubject(statement, input.purl, input.sha512);
    return verified(read(attestationOf(bundle), statement));
  } catch (error) {
    return outcomeOf(error);
  }
}

/** Written out: objects that are put together by spreading can take several times the memory. */
function attestationOf(bundle: VerifiedBundle): VerifiedAttestation {
  const { mediaType, signer, logEntries, times, uncoveredTimestamps, content } = bundle;
  if (content.kind !== 'dsse') throw new Error('a statement was read from what is no envelope');
  const { kind, payloadType, payload } = content;
  return {
    mediaType,
    signer,
    logEntries,
    times,
    uncoveredTimestamps,
    content: { kind, payloadType: shared(payloadType), payloadBytes: payload.length },
  };
}

/** One bad proof among several of a kind is a bad sign, not noise; one this tool cannot judge does not spoil a good one. */
function decisive<T>(checks: readonly Check<T>[]): Check<T> {
  return (
    checks.find(({ status }) => status === 'invalid') ??
    checks.find(({ status }) => status === 'verified') ??
    (checks[0] as Unproven)
  );
}

/** Two provenances that name two builders leave it open who built it. */
function oneBuilder(checks: readonly Check<ProvenanceFact>[]): Check<ProvenanceFact> {
  const chosen = decisive(checks);
  if (chosen.status !== 'verified') return chosen;
  for (const item of checks) {
    if (item.status !== 'verified') continue;
    const [a, b] = [chosen.value.claims, item.value.claims];
    if (a.sourceRepository !== b.sourceRepository || a.signer !== b.signer || a.commit !== b.commit) {
      return unproven('invalid', 'claim-mismatch', {
        claim: 'builder of a second provenance',
        certificate: `${a.signer} ${a.commit}`,
        predicate: `${b.signer} ${b.commit}`,
      });
    }
  }
  return chosen;
}
