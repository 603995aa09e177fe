/** The form of a file of cases for `verify-deps policy test`. */
import { z } from 'zod';
import { type Code, codes } from '../core/codes.ts';

const text = z.string().min(1).max(4096);
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a day: 2027-03-01' });
const proof = z.enum(['verified', 'absent', 'invalid', 'unreachable']);

/** Claims of the certificate; what is left out is that of an ordinary release on GitHub. */
const provenance = z.strictObject({
  repository: text,
  repositoryId: text.optional(),
  ownerId: text.optional(),
  workflow: text.optional(),
  ref: text.optional(),
  trigger: text.optional(),
  runner: text.optional(),
  builder: text.optional(),
  issuer: text.optional(),
});

const baseline = z.strictObject({
  repository: text,
  repositoryId: text.optional(),
  ownerId: text.optional(),
  workflow: text.optional(),
  signer: text.optional(),
  refKind: z.enum(['tag', 'branch', 'other']).optional(),
  ref: text.optional(),
  trigger: text.optional(),
  runner: text.optional(),
  builder: text.optional(),
  issuer: text.optional(),
});

const given = z.strictObject({
  package: text.max(214),
  version: text.max(256),
  signature: proof.optional(),
  publish: proof.optional(),
  provenance: z.union([z.enum(['absent', 'invalid', 'unreachable']), provenance]).optional(),
  integrity: z.enum(['verified', 'missing', 'invalid']).optional(),
  /** Transparency: the log's proof, or its promise only. */
  log: z.enum(['proof', 'promise']).optional(),
  published: day.optional(),
  declared: text.optional(),
  source: z.enum(['registry', 'git', 'remote', 'file', 'directory', 'workspace', 'bundled']).optional(),
  url: text.optional(),
  registry: text.optional(),
  dependency: z.enum(['prod', 'dev', 'optional', 'peer']).optional(),
  direct: z.boolean().optional(),
  installScript: z.boolean().optional(),
});

const outcomes = ['passed', 'failed', 'undecided'] as const;
const code = z.enum(Object.keys(codes) as [Code, ...Code[]]);

const oneCase = z.strictObject({
  name: text.max(200),
  given,
  baseline: baseline.optional(),
  now: day.optional(),
  expect: z.enum(outcomes),
  codes: z.array(code).max(100).optional(),
});

export const casesSchema: z.ZodType<CasesFile> = z.strictObject({
  version: z.literal(1),
  now: day.optional(),
  cases: z.array(oneCase).min(1).max(2000),
});

type Claim = 'repositoryId' | 'ownerId' | 'workflow' | 'ref' | 'trigger' | 'runner' | 'builder' | 'issuer';
export type GivenProvenance = { readonly repository: string } & {
  readonly [K in Claim]?: string | undefined;
};
export type GivenBaseline = GivenProvenance & {
  readonly signer?: string | undefined;
  readonly refKind?: 'tag' | 'branch' | 'other' | undefined;
};
type Proof = 'verified' | 'absent' | 'invalid' | 'unreachable';

export interface Given {
  readonly package: string;
  readonly version: string;
  readonly signature?: Proof | undefined;
  readonly publish?: Proof | undefined;
  readonly provenance?: 'absent' | 'invalid' | 'unreachable' | GivenProvenance | undefined;
  readonly integrity?: 'verified' | 'missing' | 'invalid' | undefined;
  readonly log?: 'proof' | 'promise' | undefined;
  readonly published?: string | undefined;
  readonly declared?: string | undefined;
  readonly source?:
    | 'registry'
    | 'git'
    | 'remote'
    | 'file'
    | 'directory'
    | 'workspace'
    | 'bundled'
    | undefined;
  readonly url?: string | undefined;
  readonly registry?: string | undefined;
  readonly dependency?: 'prod' | 'dev' | 'optional' | 'peer' | undefined;
  readonly direct?: boolean | undefined;
  readonly installScript?: boolean | undefined;
}

export interface Case {
  readonly name: string;
  readonly given: Given;
  readonly baseline?: GivenBaseline | undefined;
  readonly now?: string | undefined;
  readonly expect: (typeof outcomes)[number];
  /** Exactly these, of errors and warnings; undefined leaves them open. */
  readonly codes?: readonly Code[] | undefined;
}

export interface CasesFile {
  readonly version: 1;
  readonly now?: string | undefined;
  readonly cases: readonly Case[];
}
