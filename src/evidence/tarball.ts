/** The bytes of a package themselves: those that the lockfile pins, and what is in them. */
import { createHash } from 'node:crypto';
import { type Check, type Unproven, unproven, verified } from '../core/check.ts';
import { outcomeOf } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { listTarball, type TarballList } from '../registry/tar-list.ts';
import type { RegistryClient } from '../registry/types.ts';
import { unpinned } from './integrity.ts';
import type { Subject } from './types.ts';

export interface OpenedTarball {
  /** The bytes have the digest that the lockfile pins. */
  readonly check: Check<string>;
  /** Undefined where the check did not hold: what nobody pinned is not read. */
  readonly list: TarballList | Unproven | undefined;
}

/** @param fromCache  bytes of the right digest count wherever they come from; else the registry has to send them now */
export async function openTarball(
  subject: Subject,
  client: RegistryClient,
  fromCache: boolean,
): Promise<OpenedTarball> {
  const { integrity, source } = subject;
  if (integrity.kind !== 'sha512') {
    return { check: unpinned(integrity) ?? unproven('uncovered', 'integrity-missing'), list: undefined };
  }
  const { sri } = integrity;
  const kept = fromCache ? await client.cachedTarball?.(sri, limits.heldTarballBytesMax) : undefined;
  if (kept !== undefined && sriOf(kept) === sri) return { check: verified(sri), list: await listed(kept) };
  const url = source.kind === 'registry' ? source.resolved : undefined;
  const answer = await client.tarball(subject, url, limits.heldTarballBytesMax);
  if (answer.status === 'found') {
    const check = compared(sri, sriOf(answer.value));
    return { check, list: check.status === 'verified' ? await listed(answer.value) : undefined };
  }
  if (answer.code !== 'limit-exceeded') return { check: answer, list: undefined };
  // Too large to be held in memory: its digest at least.
  const digest = await client.tarballIntegrity(subject, url);
  return digest.status === 'found'
    ? { check: compared(sri, digest.value), list: { ...answer, status: 'uncovered' } }
    : { check: digest, list: undefined };
}

function compared(expected: string, actual: string): Check<string> {
  return actual === expected
    ? verified(expected)
    : unproven('invalid', 'tarball-mismatch', { expected, actual });
}

function sriOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

async function listed(bytes: Uint8Array): Promise<TarballList | Unproven> {
  try {
    return await listTarball(bytes);
  } catch (error) {
    const { args } = outcomeOf(error);
    return unproven('uncovered', 'tarball-ambiguous', { why: String(args.why ?? '') });
  }
}

export function isList(list: TarballList | Unproven | undefined): list is TarballList {
  return list !== undefined && 'files' in list;
}
