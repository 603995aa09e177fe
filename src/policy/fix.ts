/** Removes dead exemptions from the policy file that a project owns. */
import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { VerifyDepsError } from '../core/errors.ts';
import { writeFileAtomic } from '../core/files.ts';
import { printable } from '../core/text.ts';
import { toLayer } from './convert.ts';
import { withoutExemptions } from './edit.ts';
import { factsOf, placeKey } from './exemptions.ts';
import { fileSource } from './extends.ts';
import { readPolicyFile } from './find.ts';
import { type ParsedPolicy, parsePolicy } from './parse.ts';
import type { Finding } from './types.ts';
import { validatePolicy } from './validate.ts';

/** Why nothing was written: the file says something else by now, or is written in a way that only a person can edit. */
export type Unfixed = 'changed' | 'by-hand';

/** Findings about exemptions of the project's own policy file that accept nothing any more. */
export function deadExemptions(
  findings: readonly Finding[],
  ownName: string | undefined,
): readonly Finding[] {
  return findings.filter(
    ({ code, decidedBy }) =>
      (code === 'exemption-expired' || code === 'exemption-unused') && decidedBy?.at.file === ownName,
  );
}

/**
 * Rewrites the file without these exemptions, whole or not at all. What comes out is read again and has to say exactly
 * what the file said, less the exemptions; else nothing is written.
 * @param file  absolute path
 * @param name  name of the file in positions
 * @param dead  findings about exemptions of this very file
 * @throws {VerifyDepsError} `policy-unwritable` and what reading a policy throws
 */
export async function removeExemptions(
  file: string,
  name: string,
  dead: readonly Finding[],
): Promise<'removed' | Unfixed> {
  const source = fileSource(file);
  const key = source.kind === 'file' ? source.key : undefined;
  const bytes = await readPolicyFile(file);
  const parsed = parsePolicy(bytes, name, key);
  const indices = parsed === undefined ? undefined : placesOf(dead, parsed, name, bytes);
  if (parsed === undefined || indices === undefined) return 'changed';
  const edited = withoutExemptions(new TextDecoder().decode(bytes), key, indices);
  if (edited === undefined) return 'by-hand';
  const output = Buffer.from(`${hasByteOrderMark(bytes) ? '\ufeff' : ''}${edited}`);
  if (!saysTheRest(output, parsed, indices, name, key)) return 'by-hand';
  try {
    await writeFileAtomic(file, output, { flush: true, mode: (await stat(file)).mode & 0o777 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new VerifyDepsError('policy-unwritable', `cannot write the policy ${printable(file)}: ${code}`, {
      hint: 'give this user the right to write there, or run without --fix',
      cause: error,
    });
  }
  return 'removed';
}

/** Their places in the list, if the file still has all of them where the run has found them. */
function placesOf(
  dead: readonly Finding[],
  parsed: ParsedPolicy,
  name: string,
  bytes: Uint8Array,
): ReadonlySet<number> | undefined {
  const wanted = new Map(dead.map(({ decidedBy, args }) => [placeKey(decidedBy!.at), args]));
  const places = new Set<number>();
  const found = new Set<string>();
  for (const [index, exemption] of toLayer(
    validatePolicy(parsed),
    parsed,
    name,
    bytes,
  ).exemptions.entries()) {
    const key = placeKey(exemption.at);
    const args = wanted.get(key);
    if (
      args === undefined ||
      !Object.entries(factsOf(exemption)).every(([fact, value]) => args[fact] === value)
    ) {
      continue;
    }
    places.add(index);
    found.add(key);
  }
  return found.size === wanted.size ? places : undefined;
}

function saysTheRest(
  output: Uint8Array,
  before: ParsedPolicy,
  dead: ReadonlySet<number>,
  name: string,
  key: string | undefined,
): boolean {
  const data = before.data as { readonly exemptions: readonly unknown[] };
  const expected = { ...data, exemptions: data.exemptions.filter((_, index) => !dead.has(index)) };
  try {
    return isDeepStrictEqual(parsePolicy(output, name, key)?.data, expected);
  } catch (error) {
    if (error instanceof VerifyDepsError) return false;
    throw error;
  }
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}
