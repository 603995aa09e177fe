/**
 * The registry's own signature: ECDSA over `NAME@VERSION:INTEGRITY`, with the integrity of the lockfile, so that it speaks
 * about the bytes that will be installed and not about whatever the registry shows today.
 * @see https://docs.npmjs.com/about-registry-signatures
 */

import { decodeBase64 } from '../core/base64.ts';
import { utf8 } from '../core/bytes.ts';
import { type Check, type Note, type Unproven, unproven, verified } from '../core/check.ts';
import { outcomeOf, ProofError } from '../core/errors.ts';
import { iso } from '../core/time.ts';
import type { Answer, RegistrySignature } from '../registry/types.ts';
import { verifySignature } from '../sigstore/signature.ts';
import type { RegistryKey, RegistryKeys } from '../trust/types.ts';
import type { PublishTime, RegistrySignatureFact } from './types.ts';

export interface SignatureInput {
  readonly name: string;
  readonly version: string;
  /** Canonical `sha512-…` of the lockfile. */
  readonly sri: string;
  readonly signatures: readonly RegistrySignature[];
  readonly keys: RegistryKeys;
  /** When a transparency log says it was published, where it does. Milliseconds since 1970. */
  readonly signedTime: number | undefined;
  /** The registry's bare word on that; asked for only if an expired key makes it matter. */
  readonly claimedTime: () => Promise<Answer<number>>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface SignatureOutcome {
  readonly check: Check<RegistrySignatureFact>;
  readonly notes: readonly Note[];
}

const noNotes: readonly Note[] = [];

/**
 * One good signature by a trusted key in force suffices, as during a key rotation; a bad one by a trusted key is never good.
 * Signatures by keys nobody here knows count for nothing and are reported.
 */
export async function checkRegistrySignature(input: SignatureInput): Promise<SignatureOutcome> {
  if (input.signatures.length === 0) return { check: unproven('absent', 'signature-absent'), notes: [] };
  const known: { signature: RegistrySignature; key: RegistryKey }[] = [];
  const unknown: Note[] = [];
  for (const signature of input.signatures) {
    const candidates = input.keys.keys.filter(({ keyid }) => keyid === signature.keyid);
    const key = candidates.find(({ usage }) => usage === 'signatures');
    if (key) known.push({ signature, key });
    else
      unknown.push({
        code: candidates.length > 0 ? 'signature-key-usage' : 'signature-key-unknown',
        args: { keyid: signature.keyid },
      });
  }
  const [firstUnknown] = unknown;
  if (known.length === 0 && firstUnknown) {
    const status = firstUnknown.code === 'signature-key-usage' ? 'invalid' : 'uncovered';
    return { check: unproven(status, firstUnknown.code, firstUnknown.args), notes: [] };
  }
  const late: Unproven[] = [];
  try {
    for (const { signature, key } of known) await assertSignature(input, signature, key);
    // Keys still in force first: beside a good one, nobody has to ask when an expired one was used.
    for (const { key } of [...known].sort(
      (a, b) => Number(expired(a.key, input)) - Number(expired(b.key, input)),
    )) {
      const inForce = await keyInForce(input, key);
      if (inForce.status === 'verified')
        return { check: inForce, notes: unknown.length === 0 ? noNotes : unknown };
      late.push(inForce);
    }
  } catch (error) {
    return { check: outcomeOf(error), notes: unknown };
  }
  return { check: late[0]!, notes: unknown };
}

async function assertSignature(
  input: SignatureInput,
  { keyid, sig }: RegistrySignature,
  key: RegistryKey,
): Promise<void> {
  const message = utf8(`${input.name}@${input.version}:${input.sri}`);
  if (!(await verifySignature(key.key, message, decodeBase64(sig, 'registry signature')))) {
    throw new ProofError('signature-invalid', { keyid, expected: input.sri });
  }
}

/**
 * A key must have been in force when the package was published. A log's signed time decides where there is one. Without
 * it the time matters only for a key that has expired since: then the registry's unsigned word is all there is, and the
 * fact says so.
 */
async function keyInForce(input: SignatureInput, key: RegistryKey): Promise<Check<RegistrySignatureFact>> {
  const { start, end } = key.validFor;
  const [{ keyid }, keyOrigin] = [key, input.keys.origin];
  let publishTime: PublishTime | undefined;
  if (input.signedTime !== undefined) publishTime = { time: input.signedTime, signed: true };
  else if (end !== undefined && expired(key, input)) {
    const claimed = await input.claimedTime();
    if (claimed.status === 'absent')
      return unproven('uncovered', 'signature-time-unknown', { keyid: key.keyid, expires: iso(end) });
    if (claimed.status !== 'found') return claimed;
    publishTime = { time: claimed.value, signed: false };
  }
  if (publishTime === undefined) return verified({ keyid, keyOrigin, publishTime });
  const published = iso(publishTime.time);
  if (publishTime.time < start)
    return unproven('invalid', 'signature-key-not-yet-valid', {
      keyid: key.keyid,
      starts: iso(start),
      published,
    });
  if (end !== undefined && publishTime.time > end)
    return unproven('invalid', 'signature-key-expired', { keyid: key.keyid, expires: iso(end), published });
  return verified({ keyid, keyOrigin, publishTime });
}

function expired({ validFor: { end } }: RegistryKey, { now }: SignatureInput): boolean {
  return end !== undefined && end <= now;
}
