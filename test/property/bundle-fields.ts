/** Every value inside a sound bundle, as a path with a way to read and replace it. */

import { flipBit } from '../sigstore/world.ts';
import type { Bundle } from '../support/rig/sigstore.mjs';

// biome-ignore lint/suspicious/noExplicitAny: walks arbitrary JSON
type Loose = any;

export interface Field {
  /** `verificationMaterial.tlogEntries.0.logIndex` */
  readonly path: string;
  readonly value: string;
}

/** Leaves of the bundle that hold text or a number in text. */
export function fieldsOf(bundle: Bundle): readonly Field[] {
  const fields: Field[] = [];
  const walk = (value: Loose, path: string): void => {
    if (typeof value === 'string') fields.push({ path, value });
    else if (value !== null && typeof value === 'object')
      for (const [key, child] of Object.entries(value)) walk(child, path === '' ? key : `${path}.${key}`);
  };
  walk(bundle, '');
  return fields;
}

export function withField(bundle: Bundle, path: string, value: unknown): Bundle {
  const copy: Loose = structuredClone(bundle);
  const steps = path.split('.');
  const last = steps.pop()!;
  steps.reduce((at, step) => at[step], copy)[last] = value;
  return copy;
}

const BYTES = /(?:rawBytes|keyId|signedEntryTimestamp|rootHash|hashes\.\d+|canonicalizedBody|payload|sig)$/;

/**
 * The field with one bit of what it stands for flipped: of the bytes behind base64, of the value of a number, of the
 * characters of a text. Undefined where that cannot be written down (a text with a control character in it still can).
 */
export function flipField({ path, value }: Field, bit: number): string | undefined {
  if (BYTES.test(path)) {
    const bytes = Buffer.from(value, 'base64');
    return bytes.length === 0 ? undefined : flipBit(bytes, bit % (bytes.length * 8)).toString('base64');
  }
  if (/^\d+$/.test(value)) return String(BigInt(value) ^ (1n << BigInt(bit % 40)));
  if (value === '') return 'x';
  const bytes = Buffer.from(value, 'utf8');
  // The seven low bits of one character that is ASCII, so that the text stays text.
  const ascii = [...bytes.keys()].filter((at) => bytes[at]! < 0x80);
  const at = ascii[bit % ascii.length]!;
  bytes[at] = bytes[at]! ^ (1 << (Math.floor(bit / ascii.length) % 7));
  return bytes.toString('utf8');
}
