/**
 * Reads an earlier `verify-deps.lock.json`. It comes out of the repository, so a pull request can change it: it is read
 * strictly, and a file that cannot be read is an error. Taking it for an absent one would drop the baseline, which is
 * what somebody who wants provenance forgotten would try.
 */

import { textOf } from '../core/bytes.ts';
import type { Args } from '../core/check.ts';
import { type Code, codes } from '../core/codes.ts';
import { MalformedError, ProofError, VerifyDepsError } from '../core/errors.ts';
import {
  asArray,
  asObject,
  type JsonObject,
  type JsonValue,
  member,
  parseJson,
  parseJsonText,
} from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { type PracticeId, practices } from '../policy/practices.ts';
import type { Outcome, Severity } from '../policy/types.ts';
import type { LockfileKind, SourceKind } from '../tree/types.ts';
import { baselineFrom } from './lock-baseline.ts';
import { piecesOf } from './lock-pieces.ts';
import { LOCK_VERSION, type LockFinding, type LockPackage, type LockReport } from './lock-types.ts';
import { digest, natural, oneOf, only, optionalText, text } from './lock-values.ts';
import type { Counts } from './types.ts';

const FINDINGS_MAX = 100_000;
const KINDS: readonly LockfileKind[] = ['npm', 'pnpm'];
const OUTCOMES: readonly Outcome[] = ['passed', 'passed-with-exemption', 'failed', 'undecided'];
const RUN_OUTCOMES: readonly LockReport['outcome'][] = ['passed', 'failed', 'undecided'];
const SEVERITIES: readonly Severity[] = ['error', 'warn', 'info'];
const SOURCES: readonly SourceKind[] = [
  'registry',
  'git',
  'remote',
  'file',
  'directory',
  'workspace',
  'bundled',
];
const CONFLICT = /^(?:<{7}|>{7}|={7})(?: |\r?$)/m;

/**
 * @param file  path as the user knows it, for the error
 * @throws {VerifyDepsError} `report-unreadable`
 */
export function readLock(bytes: Uint8Array, file: string): LockReport {
  try {
    return lockFrom(parseJson(bytes, 'report', limits.reportBytesMax));
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw new VerifyDepsError(
      'report-unreadable',
      `cannot read the report ${printable(file)}: ${why(error)}`,
      {
        hint: hintFor(bytes),
        cause: error,
      },
    );
  }
}

/**
 * Reads a report as strictly, and keeps what later runs are held to. In the layout in which it is written, its packages are
 * looked at one by one: all at once, they take more memory than a run needs for anything else.
 * @param file  path as the user knows it, for the error
 * @throws {VerifyDepsError} `report-unreadable`
 */
export function readRecorded(bytes: Uint8Array, file: string): Pick<LockReport, 'baseline' | 'coverage'> {
  return recordedFrom(bytes) ?? readLock(bytes, file);
}

/** Undefined where anything at all is wrong with it: whoever reads it whole can say what. */
function recordedFrom(bytes: Uint8Array): LockReport | undefined {
  const text = bytes.length > limits.reportBytesMax ? undefined : textOf(bytes);
  const pieces = text === undefined ? undefined : piecesOf(text);
  if (pieces === undefined) return undefined;
  const keys = new Set<string>();
  try {
    for (const piece of pieces.packages) {
      const read = mapFrom(parseJsonText(piece, 'report'), 'packages', packageFrom);
      const [key] = read.keys();
      if (key === undefined || read.size > 1 || keys.has(key) || keys.size === limits.packagesMax)
        return undefined;
      keys.add(key);
    }
    return lockFrom(pieces.rest);
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

function why({ code, args }: ProofError): string {
  if (code === 'limit-exceeded') {
    return printable(`${args.what} is more than ${args.max} ${args.unit}`);
  }
  return printable(`${args.what}: ${args.why}`);
}

function hintFor(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 16_777_216));
  return CONFLICT.test(head.toString('utf8'))
    ? 'it holds merge conflict markers: take either side whole, then run verify-deps to bring it up to date'
    : 'restore it from version control; deleting it forgets which packages had provenance before';
}

function lockFrom(value: JsonValue): LockReport {
  const root = asObject(value, 'report');
  // Checked before anything else: another version may have other keys.
  if (member(root, 'version') !== LOCK_VERSION) {
    const found = JSON.stringify(member(root, 'version')) ?? 'none';
    throw new MalformedError('version', `expected ${LOCK_VERSION} but got ${found}`);
  }
  only(root, 'report', [
    'baseline',
    'counts',
    'coverage',
    'findings',
    'lockfile',
    'outcome',
    'packages',
    'policy',
    'trustRoot',
    'version',
  ]);
  const lockfile = asObject(member(root, 'lockfile'), 'lockfile');
  only(lockfile, 'lockfile', ['digest', 'kind', 'name', 'version']);
  return {
    lockfile: {
      kind: oneOf(member(lockfile, 'kind'), KINDS, 'lockfile.kind'),
      version: text(member(lockfile, 'version'), 'lockfile.version'),
      name: text(member(lockfile, 'name'), 'lockfile.name'),
      digest: digest(member(lockfile, 'digest'), 'lockfile.digest'),
    },
    policy: digest(member(root, 'policy'), 'policy'),
    trustRoot: digest(member(root, 'trustRoot'), 'trustRoot'),
    counts: countsFrom(asObject(member(root, 'counts'), 'counts')),
    outcome: oneOf(member(root, 'outcome'), RUN_OUTCOMES, 'outcome'),
    findings: findingsFrom(member(root, 'findings'), 'findings'),
    packages: mapFrom(member(root, 'packages'), 'packages', packageFrom),
    baseline: mapFrom(member(root, 'baseline'), 'baseline', baselineFrom),
    coverage: coverageFrom(member(root, 'coverage')),
  };
}

function countsFrom(object: JsonObject): Counts {
  const names = [
    'packages',
    'nodes',
    'passed',
    'exempted',
    'failed',
    'undecided',
    'registrySigned',
    'withProvenance',
  ] as const;
  only(object, 'counts', [...names, 'sources']);
  const sources = mapFrom(member(object, 'sources'), 'counts.sources', natural);
  const counts = Object.fromEntries(
    names.map((name) => [name, natural(member(object, name), `counts.${name}`)]),
  );
  return { ...(counts as unknown as Omit<Counts, 'sources'>), sources: Object.fromEntries(sources) };
}

function coverageFrom(value: JsonValue | undefined): LockReport['coverage'] {
  if (value === undefined) return undefined;
  const object = asObject(value, 'coverage');
  only(object, 'coverage', ['production', 'proven']);
  const production = natural(member(object, 'production'), 'coverage.production');
  const proven = natural(member(object, 'proven'), 'coverage.proven');
  if (proven > production || production > limits.packagesMax) {
    throw new MalformedError('coverage', `${proven} of ${production} is no share`);
  }
  return { production, proven };
}

function packageFrom(value: JsonValue, what: string): LockPackage {
  const object = asObject(value, what);
  only(object, what, [
    'findings',
    'integrity',
    'outcome',
    'provenance',
    'publish',
    'registrySignature',
    'source',
  ]);
  const publish = member(object, 'publish');
  const provenance = member(object, 'provenance');
  return {
    integrity: optionalText(member(object, 'integrity'), `${what} integrity`),
    source: oneOf(member(object, 'source'), SOURCES, `${what} source`),
    outcome: oneOf(member(object, 'outcome'), OUTCOMES, `${what} outcome`),
    registrySignature: optionalText(member(object, 'registrySignature'), `${what} registrySignature`),
    publish: publish === undefined ? undefined : publishFrom(publish, what),
    provenance: provenance === undefined ? undefined : provenanceFrom(provenance, what),
    findings: findingsFrom(member(object, 'findings') ?? [], `${what} findings`),
  };
}

function publishFrom(value: JsonValue, what: string): LockPackage['publish'] {
  const object = asObject(value, `${what} publish`);
  only(object, `${what} publish`, ['logIndex']);
  return { logIndex: optionalText(member(object, 'logIndex'), `${what} logIndex`) };
}

function provenanceFrom(value: JsonValue, what: string): LockPackage['provenance'] {
  const where = `${what} provenance`;
  const object = asObject(value, where);
  const required = ['builder', 'commit', 'issuer', 'ref', 'repository', 'signer', 'workflow'] as const;
  const optional = ['logIndex', 'runner', 'trigger'] as const;
  only(object, where, [...required, ...optional]);
  const claims = Object.fromEntries([
    ...required.map((name) => [name, text(member(object, name), `${where}.${name}`)]),
    ...optional.map((name) => [name, optionalText(member(object, name), `${where}.${name}`)]),
  ]);
  return claims as unknown as LockPackage['provenance'];
}

function findingsFrom(value: JsonValue | undefined, what: string): readonly LockFinding[] {
  return asArray(value, what, FINDINGS_MAX).map((item) => {
    const object = asObject(item, what);
    only(object, what, ['args', 'code', 'practices', 'severity']);
    const code = text(member(object, 'code'), `${what} code`);
    if (!Object.hasOwn(codes, code)) throw new MalformedError(`${what} code`, `unknown code ${code}`);
    return {
      code: code as Code,
      severity: oneOf(member(object, 'severity'), SEVERITIES, `${what} severity`),
      args: argsFrom(member(object, 'args') ?? {}, `${what} args`),
      ...practicesFrom(member(object, 'practices'), `${what} practices`),
    };
  });
}

function practicesFrom(value: JsonValue | undefined, what: string): Pick<LockFinding, 'practices'> {
  if (value === undefined) return {};
  const ids = Object.keys(practices) as PracticeId[];
  return { practices: asArray(value, what, ids.length).map((id) => oneOf(id, ids, what)) };
}

function argsFrom(value: JsonValue, what: string): Args {
  return Object.fromEntries(
    Object.entries(asObject(value, what)).map(([key, item]) => {
      if (Array.isArray(item)) return [key, item.map((entry: JsonValue) => text(entry, what))];
      if (typeof item === 'string') return [key, text(item, what)];
      if (typeof item === 'number' || typeof item === 'boolean') return [key, item];
      throw new MalformedError(what, 'neither text, number, truth value nor list');
    }),
  );
}

function mapFrom<T>(
  value: JsonValue | undefined,
  what: string,
  read: (item: JsonValue, what: string) => T,
): ReadonlyMap<string, T> {
  const entries = Object.entries(asObject(value, what));
  if (entries.length > limits.packagesMax) {
    throw new ProofError('limit-exceeded', { what, max: limits.packagesMax, unit: 'entries' });
  }
  return new Map(
    entries.map(([key, item]) => [
      text(key, what),
      read(item as JsonValue, `${what} ${printable(key, 120)}`),
    ]),
  );
}
