import { readFileSync } from 'node:fs';
import { asObject, asString, member, parseJson } from './json.ts';

const BYTES_MAX = 65_536;

/**
 * Version of this tool, out of its own package.json: two folders up from `src/core` and from `build/core` alike. The published
 * form has it inside (`scripts/bundle/inside.mjs`).
 */
export function toolVersion(): string {
  const bytes = readFileSync(new URL('../../package.json', import.meta.url));
  return asString(
    member(asObject(parseJson(bytes, 'package.json', BYTES_MAX), 'package.json'), 'version'),
    'version',
  );
}
