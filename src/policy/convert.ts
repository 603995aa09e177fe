/**
 * Turns a validated policy file into a layer: positions attached, short forms written out, and everything checked that
 * the schema cannot say.
 */
import type { RegistryTrust } from '../trust/types.ts';
import { toCoverage } from './convert-coverage.ts';
import { toExemption } from './convert-exemptions.ts';
import { toBuilders, toMinimum } from './convert-minimum.ts';
import { toRegistries } from './convert-registries.ts';
import { refuseContradictions, toRequires, toRule } from './convert-rules.ts';
import type { OneOrMore, PolicyFile, SourceName } from './file-types.ts';
import { toLocked } from './locked-parts.ts';
import type { ParsedPolicy, Path } from './parse.ts';
import { type PlaceKind, readPlace } from './places.ts';
import { quoted, refusal } from './refuse.ts';
import { toScopes } from './scopes.ts';
import { entries } from './short-forms.ts';
import type {
  CoverageDemand,
  Exemption,
  LockedPart,
  Placed,
  Policy,
  PolicyPlaces,
  Rule,
  ScopePin,
  SourceLevels,
} from './types.ts';

/** What one file says, before it is merged with others. */
export interface Layer {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly extends: readonly Placed<string>[];
  /** Files of all it rests on, nearest first. */
  readonly restsOn: readonly string[];
  readonly locked: readonly Placed<LockedPart>[];
  readonly places: PolicyPlaces;
  readonly mode: Placed<Policy['mode']['value']> | undefined;
  readonly practices: Policy['practices'] | undefined;
  readonly require: Rule['require'];
  readonly minimum: Rule['minimum'];
  readonly builders: Policy['builders'];
  readonly coverage: Partial<CoverageDemand>;
  readonly rules: readonly Rule[];
  readonly sources: Partial<Record<SourceName, Partial<SourceLevels>>>;
  readonly registries: readonly RegistryTrust[];
  readonly scopes: readonly ScopePin[];
  readonly exemptions: readonly Exemption[];
}

/** @throws {VerifyDepsError} `policy-malformed`, `policy-conflict` */
export function toLayer(file: PolicyFile, parsed: ParsedPolicy, name: string, bytes: Uint8Array): Layer {
  const rules = (file.rules ?? []).map((rule, index) => toRule(rule, ['rules', index], parsed));
  refuseContradictions(rules);
  const registries = toRegistries(file.registries ?? [], parsed);
  const urls = registries.map(({ url }) => url);
  const { coverage: _ofTheRun, ...ofPackages } = file.require ?? {};
  return {
    file: name,
    bytes,
    extends: placedList(file.extends, ['extends'], parsed),
    restsOn: [],
    locked: toLocked(file.locked, parsed),
    places: {
      practices: file.practices === undefined ? undefined : parsed.at(['practices']),
      registries: new Map(urls.map((url, index) => [url, parsed.at(['registries', index])])),
    },
    mode: file.mode === undefined ? undefined : { value: file.mode, at: parsed.at(['mode']) },
    practices: file.practices,
    require: toRequires(ofPackages, ['require'], parsed),
    minimum: toMinimum(file.minimum, ['minimum'], parsed),
    builders: toBuilders(file.builders, parsed),
    coverage: toCoverage(file, parsed),
    rules,
    sources: toSources(file.sources, parsed),
    registries,
    scopes: toScopes(file.registries ?? [], urls, parsed),
    exemptions: (file.exemptions ?? []).map((one, index) => toExemption(one, index, parsed)),
  };
}

function toSources(sources: PolicyFile['sources'], parsed: ParsedPolicy): Layer['sources'] {
  const result: Record<string, Partial<SourceLevels>> = {};
  for (const [name, value] of Object.entries(sources ?? {})) {
    if (value === undefined) continue;
    const path = ['sources', name];
    if (typeof value === 'string') {
      const placed = { value, at: parsed.at(path) };
      // One level says all about the kind: places that an extended file allows are not allowed any more.
      result[name] = { direct: placed, transitive: placed, allow: [] };
      continue;
    }
    result[name] = {
      ...(value.direct && { direct: { value: value.direct, at: parsed.at([...path, 'direct']) } }),
      ...(value.transitive && {
        transitive: { value: value.transitive, at: parsed.at([...path, 'transitive']) },
      }),
      ...('allow' in value && {
        allow: toPlaces(name as PlaceKind, value.allow, [...path, 'allow'], parsed),
      }),
    };
  }
  return result;
}

function toPlaces(
  kind: PlaceKind,
  allow: OneOrMore | undefined,
  path: Path,
  parsed: ParsedPolicy,
): readonly Placed<string>[] {
  return entries(allow, path).map(([text, item]) => {
    const at = parsed.at(item);
    const read = readPlace(kind, text);
    if ('problem' in read) throw refusal('policy-malformed', at, `${quoted(text)} ${read.problem}`);
    return { value: read.place, at };
  });
}

function placedList(value: OneOrMore | undefined, path: Path, parsed: ParsedPolicy): Placed<string>[] {
  return entries(value, path).map(([item, place]) => ({ value: item, at: parsed.at(place) }));
}
