/** Sound inputs, as bytes. Everything here is a file of the repository, so that a seed means the same everywhere. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);
const used = createHash('sha256');

export function file(name) {
  const bytes = readFileSync(new URL(name, ROOT));
  used.update(`${name}\0${bytes.length}\0`).update(bytes);
  return bytes;
}

export const sigstore = JSON.parse(file('fixtures/fuzz/corpus/sigstore.json').toString('utf8'));
export const bundles = Object.values(sigstore.bundles);
export const json = (value) => Buffer.from(JSON.stringify(value));
export const fromBase64 = (text) => Buffer.from(text, 'base64');

/** The payload of an envelope, parsed. */
export const statements = bundles
  .filter(({ dsseEnvelope }) => dsseEnvelope !== undefined)
  .map(({ dsseEnvelope }) => JSON.parse(fromBase64(dsseEnvelope.payload).toString('utf8')));

/** Of the files read so far; equal where a seed means the same inputs. */
export function corpusDigest() {
  return used.copy().digest('hex').slice(0, 12);
}
