/**
 * The small shell scripts that pnpm writes for commands. Their text is fixed for a version of pnpm, but for the places in
 * it; those are checked one by one.
 */
import { createHash } from 'node:crypto';

export interface Shim {
  /** sha256 of the text without its places, hex. */
  readonly form: string;
  /** What it runs, relative to its folder. */
  readonly targets: readonly string[];
  /** Where Node.js is told to look, absolute or relative to its folder. */
  readonly searched: readonly string[];
}

/** Forms that pnpm has been seen to write. */
const KNOWN: ReadonlySet<string> = new Set([
  // 10.34
  'e4c6549ed01549b8b2b20e9254f42688b679c9ef7c64a6ad58ef5136e7e31f11',
  // 11.28
  'fd95355d229cd9b382f40dccb61bf63e8dc557251c3ea18f8af9adc1165cbb00',
  // 12.10
  'c567dc5bb609f4cca2c4d81f24aaeb62947542d6b09d1e98fd939fe0c080b040',
  // 12.21
  'd1fc6c10f42f2dd895ece2d3b8376487af20c94040aea06a2303b6d26b6c1b81',
]);

const PROGRAMS = ['sh', 'bash', 'python', 'python3', 'perl', 'ruby', 'deno', 'bun', 'tsx', 'ts-node'];
const NODE_PATH = /^( *export NODE_PATH=)(.*?)(:"?\$NODE_PATH"?)?$/;
const TARGET = /"\$basedir(?:_abs|_win)?"?\/'?([^"'$`\\]+)["'] (?="\$@")/g;

export function isKnownForm({ form }: Shim): boolean {
  return KNOWN.has(form);
}

export function readShim(text: string): Shim {
  const targets: string[] = [];
  const searched: string[] = [];
  const [, program = 'node'] = /^ *exec ([\w-]+) {2}"\$basedir/m.exec(text) ?? [];
  const lines = text.split('\n').map((line) => {
    const path = NODE_PATH.exec(line);
    if (path !== null) {
      const [, start, places, end = ''] = path;
      searched.push(...placesOf(places!));
      return `${start}*${end === '' ? '' : '+'}`;
    }
    if (line.startsWith('# cmd-shim-target=')) return '# cmd-shim-target=*';
    const found = line.replace(TARGET, (all, target: string) => {
      targets.push(target);
      return all.replace(target, '*');
    });
    return PROGRAMS.includes(program)
      ? found.replaceAll(new RegExp(`\\b${program}(?=\\.exe|"| )`, 'g'), 'node')
      : found;
  });
  return { form: createHash('sha256').update(lines.join('\n')).digest('hex'), targets, searched };
}

/** `"/a:/b"`, `"$basedir_abs/../a:…"` or `"$basedir_abs"/'../a':…`; anything else is one place that cannot be. */
function placesOf(text: string): readonly string[] {
  const parts = text.split(':');
  const bare = /^"?([^"'$`\\]*)"?$/;
  const single = /^'?([^"'$`\\]*)'?$/;
  const based = /^"?\$basedir_abs"?\/'?([^"'$`\\]*)["']?$/;
  return parts.map((part) => (based.exec(part) ?? bare.exec(part) ?? single.exec(part))?.[1] ?? '/');
}
