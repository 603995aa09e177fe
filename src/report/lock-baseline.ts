import { asObject, type JsonObject, type JsonValue, member } from '../core/json.ts';
import { RECORDED } from '../policy/baseline-record.ts';
import type { BaselineEntry, RecordedProvenance, RefKind } from '../policy/types.ts';
import { oneOf, only, text } from './lock-values.ts';

const REF_KINDS: readonly RefKind[] = ['tag', 'branch', 'other'];

/** One entry of `baseline` in a report. */
export function baselineFrom(value: JsonValue, what: string): BaselineEntry {
  const object = asObject(value, what);
  only(object, what, ['accepted', 'provenance']);
  const provenance = member(object, 'provenance');
  const accepted = member(object, 'accepted');
  return {
    provenance: provenance === undefined ? undefined : recordedFrom(asObject(provenance, what), what),
    ...(accepted === undefined ? {} : { accepted: acceptedFrom(asObject(accepted, what), what) }),
  };
}

/** Reports made before a claim was recorded do not have it; only the repository is always there. */
function recordedFrom(claims: JsonObject, what: string): RecordedProvenance {
  only(claims, what, ['sourceRepository', ...RECORDED]);
  const said = RECORDED.filter((name) => member(claims, name) !== undefined).map((name) => [
    name,
    name === 'refKind'
      ? oneOf(member(claims, name), REF_KINDS, `${what} ${name}`)
      : text(member(claims, name), `${what} ${name}`),
  ]);
  const sourceRepository = text(member(claims, 'sourceRepository'), `${what} sourceRepository`);
  return { sourceRepository, ...Object.fromEntries(said) };
}

function acceptedFrom(accepted: JsonObject, what: string): NonNullable<BaselineEntry['accepted']> {
  only(accepted, what, ['reason']);
  return { reason: text(member(accepted, 'reason'), `${what} reason`) };
}
