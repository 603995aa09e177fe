import { readFile } from 'node:fs/promises';
import { asObject, asString, parseJson } from '../core/json.ts';

/** Version of this tool, out of its own package.json: two folders up from `src/cli` and from `dist/cli` alike. */
export async function toolVersion(): Promise<string> {
  const bytes = await readFile(new URL('../../package.json', import.meta.url));
  const manifest = asObject(parseJson(bytes, 'package.json', 65_536), 'package.json');
  return asString(manifest.version, 'version');
}
