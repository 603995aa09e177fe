/**
 * The plugins of package managers, each as one file that needs nothing beside it. An installation holds their code once, in
 * the chunks that the command line loads; here it is joined, as `dist/plugins.json` says.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { VerifyDepsError } from '../../core/errors.ts';
import { parseJsonText } from '../../core/json.ts';

export type PluginName = 'pnpmfile.cjs' | 'pnpmfile.mjs' | 'yarn-plugin.cjs' | 'bun-scanner.mjs';
/** Bytes of a plugin; the same for the same version of this tool. */
export type PluginSource = (name: PluginName) => Promise<Uint8Array>;

/** Texts, and files of the folder whose contents stand there. */
type Plan = Readonly<Record<string, readonly (string | { readonly file: string })[]>>;

/** @param dist  the folder `dist` of an installation */
export function pluginsIn(dist: string): PluginSource {
  return async (name) => {
    try {
      const plan = parseJsonText(await readFile(path.join(dist, 'plugins.json'), 'utf8'), 'plugins.json');
      const parts = (plan as Plan)[name]!.map((part) =>
        typeof part === 'string' ? part : codeOf(path.join(dist, part.file)),
      );
      return Buffer.from((await Promise.all(parts)).join(''));
    } catch (cause) {
      throw new VerifyDepsError('setup-malformed', `this installation of verify-deps has no plugin ${name}`, {
        hint: 'install verify-deps anew; in a checkout of it: npm run build',
        cause,
      });
    }
  };
}

/** Without the name of its source map, which stays where it is, and without the empty lines that are for it. */
async function codeOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trimStart().replace(/^\/\/# sourceMappingURL=.*\n/m, '');
}
