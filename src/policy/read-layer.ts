/** One policy file from its bytes to a layer. Apart from who follows `extends`, since it brings the reader of YAML. */
import { type Layer, toLayer } from './convert.ts';
import { parsePolicy } from './parse.ts';
import { refusal } from './refuse.ts';
import { validatePolicy } from './validate.ts';

/**
 * @param name  of the file, for positions and errors
 * @param key   read only what stands under this key (package.json)
 * @throws {VerifyDepsError} `policy-malformed`, `policy-unknown-key`, `policy-conflict`
 */
export function readLayer(bytes: Uint8Array, name: string, key: string | undefined): Layer {
  const parsed = parsePolicy(bytes, name, key);
  if (parsed === undefined) {
    throw refusal('policy-malformed', { file: name, line: 1, column: 1 }, `no key "${key}"`);
  }
  return toLayer(validatePolicy(parsed), parsed, name, bytes);
}
