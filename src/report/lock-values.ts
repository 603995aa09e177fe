/** Values of a report file, each checked for its form. All throw `MalformedError` or `ProofError`, naming the value. */
import { MalformedError, ProofError } from '../core/errors.ts';
import { asString, isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';

/** No claim is longer than the certificate that bears it. */
const TEXT_MAX = limits.certificateBytesMax;
const HEX_DIGEST = /^[0-9a-f]{64}$/;

/** Refuses members that are not in the list. */
export function only(object: JsonObject, what: string, keys: readonly string[]): void {
  const strange = Object.keys(object).find((key) => !keys.includes(key));
  if (strange !== undefined) throw new MalformedError(what, `unknown key ${printable(strange, 80)}`);
}

export function oneOf<T extends string>(
  value: JsonValue | undefined,
  allowed: readonly T[],
  what: string,
): T {
  const found = allowed.find((item) => item === value);
  if (found !== undefined) return found;
  const got = isObject(value) || Array.isArray(value) ? 'a structure' : String(value ?? 'nothing');
  throw new MalformedError(what, `expected one of ${allowed.join(', ')} but got ${printable(got, 40)}`);
}

export function text(value: JsonValue | undefined, what: string): string {
  const found = asString(value, what);
  if (found.length > TEXT_MAX)
    throw new ProofError('limit-exceeded', { what, max: TEXT_MAX, unit: 'characters' });
  return found;
}

export function optionalText(value: JsonValue | undefined, what: string): string | undefined {
  return value === undefined ? undefined : text(value, what);
}

export function digest(value: JsonValue | undefined, what: string): string {
  const found = text(value, what);
  if (!HEX_DIGEST.test(found)) throw new MalformedError(what, 'not a sha256 in hex');
  return found;
}

export function natural(value: JsonValue | undefined, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new MalformedError(what, 'not a count');
  }
  return value;
}
