import { decodeBase64 } from '../core/base64.ts';
import { ProofError } from '../core/errors.ts';
import type { Integrity } from './types.ts';

/** Real pins are one or two digests; whoever writes more wants to be misread. */
const charsMax = 4096;
/** One sha512 in canonical base64: the bits behind the last byte are zero. */
const usual = /^sha512-[A-Za-z0-9+/]+[AQgw]==$/;
const usualChars = 95;
const weakerThanSha512 = new Set(['md5', 'sha1', 'sha224', 'sha256', 'sha384']);

/**
 * Reads the pin of a lockfile entry: white-space separated `algorithm-base64` as in W3C Subresource Integrity.
 *
 * Package managers accept bytes that match any digest of the strongest algorithm, so a pin counts as sha512 only if it
 * allows one sha512 digest and nothing beside it that could rank higher:
 * - one canonical sha512, alone or beside weaker digests: `sha512`
 * - two different sha512 digests: `weak`, algorithm `ambiguous` (either bytes would be installed)
 * - a sha512 that is not padded canonical base64 of 64 bytes, or text that is no digest at all: `weak`, `malformed`
 * - only other algorithms: `weak`, the strongest one's name
 * @see https://www.w3.org/TR/2016/REC-SRI-20160623/ section 3.3
 */
export function parseIntegrity(text: string | undefined): Integrity {
  const trimmed = text?.trim() ?? '';
  if (trimmed === '') return { kind: 'none' };
  if (trimmed.length === usualChars && usual.test(trimmed)) return { kind: 'sha512', sri: trimmed };
  if (trimmed.length > charsMax) return weak('malformed', trimmed.slice(0, charsMax));

  const digests = new Map<string, Set<string>>();
  for (const token of trimmed.split(/\s+/)) {
    const dash = token.indexOf('-');
    const algorithm = token.slice(0, Math.max(0, dash));
    // Options (`?…`) are reserved by the specification and carry no meaning.
    const digest = token.slice(dash + 1).split('?', 1)[0]!;
    if (!/^[a-z0-9]{2,16}$/.test(algorithm) || digest === '') return weak('malformed', trimmed);
    digests.set(algorithm, (digests.get(algorithm) ?? new Set()).add(digest));
  }

  const [digest, ...others] = digests.get('sha512') ?? [];
  if (digest === undefined) return weak(strongest([...digests.keys()]), trimmed);
  if (others.length > 0) return weak('ambiguous', trimmed);
  const ranked = [...digests.keys()].every((name) => name === 'sha512' || weakerThanSha512.has(name));
  return ranked && isSha512(digest)
    ? { kind: 'sha512', sri: `sha512-${digest}` }
    : weak('malformed', trimmed);
}

function weak(algorithm: string, sri: string): Integrity {
  return { kind: 'weak', algorithm, sri };
}

function isSha512(digest: string): boolean {
  try {
    return decodeBase64(digest, 'sha512').length === 64;
  } catch (error) {
    if (error instanceof ProofError) return false;
    throw error;
  }
}

function strongest(algorithms: readonly string[]): string {
  const order = [...weakerThanSha512];
  return algorithms.toSorted((a, b) => order.indexOf(b) - order.indexOf(a))[0]!;
}
