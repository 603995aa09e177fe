/** Reads `/-/npm/v1/keys`, the keys a registry says are its own. */
import { asArray, asObject, asString, isObject, member, optionalString, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { ServedKey } from './types.ts';

/** @throws {MalformedError} `malformed`, {ProofError} `limit-exceeded` */
export function parseServedKeys(bytes: Uint8Array): readonly ServedKey[] {
  const what = 'registry keys';
  const document = asObject(parseJson(bytes, what, limits.keysBytesMax), what);
  return asArray(member(document, 'keys'), what, limits.registryKeysMax).map((item) => {
    const key = asObject(isObject(item) ? item : undefined, 'registry key');
    return {
      keyid: asString(member(key, 'keyid'), 'keyid'),
      keytype: asString(member(key, 'keytype'), 'keytype'),
      scheme: asString(member(key, 'scheme'), 'scheme'),
      key: asString(member(key, 'key'), 'key'),
      expires: optionalString(member(key, 'expires')),
    };
  });
}
