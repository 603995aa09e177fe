import { MalformedError } from '../core/errors.ts';
import { asArray, asObject, type JsonObject, type JsonValue, member } from '../core/json.ts';
import { shared } from '../core/shared.ts';
import { FORMER_NAMES_MAX, isFormerName } from '../policy/baseline-names.ts';
import { RECORDED } from '../policy/baseline-record.ts';
import type { BaselineEntry, RecordedProvenance, RefKind } from '../policy/types.ts';
import { oneOf, only, text } from './lock-values.ts';

const REF_KINDS: readonly RefKind[] = ['tag', 'branch', 'other'];

/** One entry of `baseline` in a report. */
export function baselineFrom(value: JsonValue, what: string): BaselineEntry {
  const object = asObject(value, what);
  only(object, what, ['accepted', 'formerly', 'provenance']);
  const claims = member(object, 'provenance');
  const provenance = claims === undefined ? undefined : recordedFrom(asObject(claims, what), what);
  const formerly = member(object, 'formerly');
  const accepted = member(object, 'accepted');
  return {
    provenance,
    ...(formerly === undefined ? {} : { formerly: formerlyFrom(formerly, provenance, `${what} formerly`) }),
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
      : shared(text(member(claims, name), `${what} ${name}`)),
  ]);
  const sourceRepository = shared(text(member(claims, 'sourceRepository'), `${what} sourceRepository`));
  return { sourceRepository, ...Object.fromEntries(said) };
}

/** As strict as can be: what stands here can excuse a package that declares another repository. */
function formerlyFrom(
  value: JsonValue,
  provenance: RecordedProvenance | undefined,
  what: string,
): readonly string[] {
  const names = asArray(value, what, FORMER_NAMES_MAX).map((name) => text(name, what));
  const isWrong = (name: string): boolean => provenance === undefined || !isFormerName(name, provenance);
  if (names.length === 0 || new Set(names).size < names.length || names.some(isWrong)) {
    throw new MalformedError(what, 'not former names of the recorded repository');
  }
  return names;
}

function acceptedFrom(accepted: JsonObject, what: string): NonNullable<BaselineEntry['accepted']> {
  only(accepted, what, ['reason']);
  return { reason: text(member(accepted, 'reason'), `${what} reason`) };
}
