/**
 * Binds the body of a Rekor log entry to the bundle it comes with. The log vouches for its body only; what the bundle shows
 * next to it counts no further than the two agree.
 */

import { ProofError } from '../core/errors.ts';
import { asObject, asString, type JsonObject, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { Bundle, BundleContent, LogEntry } from './bundle.ts';
import { mismatch, type Verifier } from './rekor-match.ts';
import { matchDsse, matchHashedRekordV1, matchIntotoV1, matchIntotoV2 } from './rekor-v1.ts';
import { matchHashedRekordV2 } from './rekor-v2.ts';

export type { Verifier } from './rekor-match.ts';

const WHAT = 'log entry';

interface Kind {
  readonly about: readonly BundleContent['kind'][];
  match(spec: JsonObject, content: BundleContent, verifier: Verifier): void;
}

/** `dsse 0.0.2` was retired before any log of Rekor v2 was put to use: envelopes are logged as `hashedrekord 0.0.2`. */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['dsse 0.0.1', { about: ['dsse'], match: matchDsse }],
  ['intoto 0.0.1', { about: ['dsse'], match: matchIntotoV1 }],
  ['intoto 0.0.2', { about: ['dsse'], match: matchIntotoV2 }],
  ['hashedrekord 0.0.1', { about: ['message'], match: matchHashedRekordV1 }],
  ['hashedrekord 0.0.2', { about: ['message', 'dsse'], match: matchHashedRekordV2 }],
]);

/**
 * @throws {ProofError} `tlog-entry-mismatch` with the field that differs, `format-unsupported` for kinds not known here,
 *                      `malformed`
 */
export function assertEntryMatches(entry: LogEntry, bundle: Bundle, verifier: Verifier): void {
  const body = asObject(parseJson(entry.body, WHAT, limits.payloadBytesMax), WHAT);
  const name = asString(member(body, 'kind'), 'kind');
  const version = asString(member(body, 'apiVersion'), 'apiVersion');
  if (name !== entry.kind || version !== entry.kindVersion) {
    throw mismatch('kind', `${entry.kind} ${entry.kindVersion}`, `${name} ${version}`);
  }
  const known = `${name} ${version}`;
  const kind = KINDS.get(known);
  if (!kind) throw new ProofError('format-unsupported', { what: WHAT, actual: known }, 'uncovered');
  const { content } = bundle;
  if (!kind.about.includes(content.kind)) throw mismatch('kind', content.kind, known);
  kind.match(asObject(member(body, 'spec'), 'spec'), content, verifier);
}
