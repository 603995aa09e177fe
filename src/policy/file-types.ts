/** The form of a policy file as TypeScript sees it; `schema.ts` checks that a file has it. */
import type { Code } from '../core/codes.ts';
import type { DependencyKind, SourceKind } from '../tree/types.ts';
import type { BuildLevel, IdentityPin, Level, LockedPart, RequirementName } from './types.ts';

/** A key that may be left out. */
type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined };
export type OneOrMore<T extends string = string> = T | readonly T[];

export interface RuleFile {
  readonly name?: string | undefined;
  readonly match: string | MatchFile;
  readonly require?: Optional<Record<RequirementName, Level>> | undefined;
  readonly minimum?: MinimumFile | undefined;
  readonly identity?: PinFile | undefined;
  readonly deny?: PinFile | 'off' | undefined;
}

export interface MinimumFile {
  readonly releaseAge?: string | undefined;
  readonly buildLevel?: BuildLevel | undefined;
}

export type PinFile = { readonly [K in keyof IdentityPin]?: OneOrMore | undefined };

interface MatchFile {
  readonly name?: OneOrMore | undefined;
  readonly version?: string | undefined;
  readonly dependency?: OneOrMore<DependencyKind> | undefined;
  readonly direct?: boolean | undefined;
  readonly source?: OneOrMore<SourceKind> | undefined;
  readonly registry?: OneOrMore | undefined;
  readonly installScript?: boolean | undefined;
}

export type SourceName = Exclude<SourceKind, 'registry'>;
type SourceFile = Level | SourceLevelsFile;
interface SourceLevelsFile {
  readonly direct?: Level | undefined;
  readonly transitive?: Level | undefined;
  readonly allow?: OneOrMore | undefined;
}

export interface PinnedKeyFile {
  readonly keyid: string;
  readonly key: string;
  readonly usage?: OneOrMore<'signatures' | 'attestations'> | undefined;
  readonly validFrom?: string | undefined;
  readonly validUntil?: string | undefined;
}

export interface RegistryFile {
  readonly url: string;
  readonly keys?: 'tuf' | 'mirror' | 'registry' | 'none' | readonly PinnedKeyFile[] | undefined;
  readonly mirrorOf?: string | undefined;
  readonly scopes?: OneOrMore | undefined;
}

export interface ExemptionFile {
  readonly package: string;
  readonly integrity?: string | undefined;
  readonly codes?: readonly Code[] | undefined;
  readonly reason: string;
  readonly owner: string;
  readonly expires: string;
}

/** A policy file as written, before anything it extends is folded in. */
export interface PolicyFile {
  readonly $schema?: string | undefined;
  readonly version: 1;
  readonly extends?: OneOrMore | undefined;
  readonly locked?: true | OneOrMore<LockedPart> | undefined;
  readonly mode?: 'enforce' | 'observe' | undefined;
  readonly practices?: 'ssdf' | 'none' | undefined;
  readonly require?: Optional<Record<RequirementName | 'coverage', Level>> | undefined;
  readonly minimum?: (MinimumFile & { readonly coverage?: string | undefined }) | undefined;
  readonly builders?: Readonly<Record<string, BuildLevel>> | undefined;
  readonly rules?: readonly RuleFile[] | undefined;
  readonly sources?: Optional<Record<SourceName, SourceFile>> | undefined;
  readonly registries?: readonly RegistryFile[] | undefined;
  readonly exemptions?: readonly ExemptionFile[] | undefined;
}
