import { utf8 } from '../core/bytes.ts';
import { ProofError } from '../core/errors.ts';
import { asArray, asObject, isObject, type JsonValue, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { EntryKind } from '../registry/entry.ts';
import { encodeManifest, parseManifest } from '../registry/manifest.ts';

/**
 * An answer in one form, whoever serves it how: only what is read of it, in one line. Registries change the order of
 * attestations from one answer to the next.
 * @returns undefined if it cannot be read at all
 */
export function plain(kind: EntryKind, bytes: Uint8Array): Uint8Array | undefined {
  try {
    switch (kind) {
      case 'manifest':
      case 'whole-manifest':
        return encodeManifest(parseManifest(bytes));
      case 'attestations':
        return plainAttestations(bytes);
      case 'time':
        return bytes;
    }
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

function plainAttestations(bytes: Uint8Array): Uint8Array {
  const what = 'attestations';
  const document = asObject(parseJson(bytes, what, limits.attestationsBytesMax), what);
  const list = asArray(member(document, 'attestations'), what, limits.attestationsMax).map((item) =>
    isObject(item) ? { predicateType: member(item, 'predicateType'), bundle: member(item, 'bundle') } : item,
  );
  // Of one type there may be several, in any order as well.
  const attestations = [...list].sort(
    (a, b) => compare(typeOf(a), typeOf(b)) || compare(JSON.stringify(a), JSON.stringify(b)),
  );
  return utf8(JSON.stringify({ attestations }));
}

function typeOf(item: JsonValue): string {
  const type = isObject(item) ? member(item, 'predicateType') : undefined;
  return typeof type === 'string' ? type : '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
