/** Names of certificates as text, for messages. Nothing is decided by what comes out: names are compared as bytes. */
import { children, content, type Der, oidOf, parseDer } from '../core/der.ts';
import { ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';

const WHAT = 'name';
const SHORT: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
]);

/**
 * About as RFC 4514 writes it, in the order of the encoding.
 * @param name  Name, DER; whatever else it is, its length is told
 */
export function nameText(name: Uint8Array): string {
  try {
    const text = children(parseDer(name, WHAT), WHAT)
      .flatMap((set) => children(set, WHAT))
      .map(attributeText)
      .join(', ');
    return text.slice(0, limits.argCharsMax) || 'an empty name';
  } catch (error) {
    if (error instanceof ProofError) return `a name of ${name.length} bytes`;
    throw error;
  }
}

function attributeText(attribute: Der): string {
  const [type, value] = children(attribute, WHAT);
  if (!type || !value) return '?';
  const oid = oidOf(type, WHAT);
  return `${SHORT.get(oid) ?? oid}=${Buffer.from(content(value)).toString('utf8')}`;
}
