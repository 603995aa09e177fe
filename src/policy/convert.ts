/**
 * Turns a validated policy file into a layer: positions attached, short forms written out, and everything checked that
 * the schema cannot say.
 */
import valid from 'semver/functions/valid.js';
import type { RegistryTrust } from '../trust/types.ts';
import { toRegistries } from './convert-registries.ts';
import { refuseContradictions, toRequires, toRule } from './convert-rules.ts';
import type { ParsedPolicy, Path } from './parse.ts';
import { nameProblem } from './patterns.ts';
import { quoted, refusal } from './refuse.ts';
import type { OneOrMore, PolicyFile, SourceName } from './schema.ts';
import { entries, isRealTime } from './short-forms.ts';
import type { Exemption, Level, Placed, Policy, Rule } from './types.ts';

/** What one file says, before it is merged with others. */
export interface Layer {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly extends: readonly Placed<string>[];
  readonly mode: Placed<Policy['mode']['value']> | undefined;
  readonly require: Rule['require'];
  readonly rules: readonly Rule[];
  readonly sources: Partial<
    Record<SourceName, { readonly direct?: Placed<Level>; readonly transitive?: Placed<Level> }>
  >;
  readonly registries: readonly RegistryTrust[];
  readonly exemptions: readonly Exemption[];
}

/** @throws {VerifyDepsError} `policy-malformed`, `policy-conflict` */
export function toLayer(file: PolicyFile, parsed: ParsedPolicy, name: string, bytes: Uint8Array): Layer {
  const rules = (file.rules ?? []).map((rule, index) => toRule(rule, ['rules', index], parsed));
  refuseContradictions(rules);
  return {
    file: name,
    bytes,
    extends: placedList(file.extends, ['extends'], parsed),
    mode: file.mode === undefined ? undefined : { value: file.mode, at: parsed.at(['mode']) },
    require: toRequires(file.require, ['require'], parsed),
    rules,
    sources: toSources(file.sources, parsed),
    registries: toRegistries(file.registries ?? [], parsed),
    exemptions: (file.exemptions ?? []).map((_, index) => toExemption(file, index, parsed)),
  };
}

function toSources(sources: PolicyFile['sources'], parsed: ParsedPolicy): Layer['sources'] {
  const result: Record<string, { direct?: Placed<Level>; transitive?: Placed<Level> }> = {};
  for (const [name, value] of Object.entries(sources ?? {})) {
    if (value === undefined) continue;
    const path = ['sources', name];
    if (typeof value === 'string') {
      const placed = { value, at: parsed.at(path) };
      result[name] = { direct: placed, transitive: placed };
      continue;
    }
    result[name] = {
      ...(value.direct && { direct: { value: value.direct, at: parsed.at([...path, 'direct']) } }),
      ...(value.transitive && {
        transitive: { value: value.transitive, at: parsed.at([...path, 'transitive']) },
      }),
    };
  }
  return result;
}

function toExemption(file: PolicyFile, index: number, parsed: ParsedPolicy): Exemption {
  const exemption = file.exemptions![index]!;
  const path = ['exemptions', index];
  const split = exemption.package.lastIndexOf('@');
  const name = exemption.package.slice(0, split);
  const version = exemption.package.slice(split + 1);
  if (split < 1 || name.endsWith('*') || nameProblem(name) !== undefined || valid(version) !== version) {
    throw refusal(
      'policy-malformed',
      parsed.at([...path, 'package']),
      `${quoted(exemption.package)} is not exactly one version of a package`,
      'write name@1.2.3; an exemption never covers a range',
    );
  }
  const expiresAt = parsed.at([...path, 'expires']);
  if (!isRealTime(exemption.expires)) {
    throw refusal('policy-malformed', expiresAt, `${quoted(exemption.expires)} is not a day of the calendar`);
  }
  return {
    at: parsed.at(path),
    name,
    version,
    integrity: exemption.integrity,
    codes: exemption.codes,
    reason: exemption.reason.trim(),
    owner: exemption.owner?.trim(),
    // The given day counts in full, in UTC.
    expires: Date.parse(`${exemption.expires}T00:00:00.000Z`) + 86_400_000 - 1,
  };
}

function placedList(value: OneOrMore | undefined, path: Path, parsed: ParsedPolicy): Placed<string>[] {
  return entries(value, path).map(([item, place]) => ({ value: item, at: parsed.at(place) }));
}
