import path from 'node:path';
import { printable } from '../core/text.ts';
import { usage } from './usage.ts';

export type PolicyAction =
  | { readonly kind: 'show' }
  | { readonly kind: 'check' }
  /** File of cases, absolute; undefined means the one beside the policy. */
  | { readonly kind: 'test'; readonly file: string | undefined };

/** @throws {VerifyDepsError} `usage` */
export function policyAction(operands: readonly string[], cwd: string): PolicyAction {
  const [kind, ...rest] = operands;
  const extra = kind === 'test' ? rest[1] : rest[0];
  if (kind !== 'show' && kind !== 'check' && kind !== 'test') {
    const got = kind === undefined ? '' : `, but got ${printable(kind)}`;
    throw usage(`policy needs show, check or test${got}`, 'verify-deps policy show');
  }
  if (extra !== undefined) throw usage(`policy ${kind} takes no ${printable(extra)}`);
  if (kind !== 'test') return { kind };
  return { kind, file: rest[0] === undefined ? undefined : path.resolve(cwd, rest[0]) };
}
