import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** Everything that is loaded before a command is chosen. Types are erased and load nothing. */
function loadedWith(entry: string): { files: readonly string[]; packages: readonly string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const queue = [path.join(SRC, entry)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const text = readFileSync(file, 'utf8');
    for (const match of text.matchAll(/^(?:import|export)\s(?!type\b)[^'"`;]*?from\s*'([^']+)'/gm)) {
      const specifier = match[1]!;
      if (specifier.startsWith('.')) queue.push(path.join(path.dirname(file), specifier));
      else packages.add(specifier);
    }
  }
  return {
    files: [...files].map((file) => path.relative(SRC, file).replaceAll('\\', '/')),
    packages: [...packages],
  };
}

// The names of the presets are one line of data.
test.each(['cli/process.ts', 'cli/help.ts', 'core/version.ts'])('%s loads nothing heavy', (entry) => {
  const { files, packages } = loadedWith(entry);
  expect(files.filter((file) => !/^(?:(?:cli|core)\/|policy\/presets\.ts$)/.test(file))).toEqual([]);
  expect(packages.filter((name) => !name.startsWith('node:'))).toEqual([]);
});

test('progress waits for its first line, and timing for its flag', () => {
  for (const entry of ['cli/main.ts', 'cli/commands/check.ts', 'cli/ui.ts']) {
    const { files, packages } = loadedWith(entry);
    expect(packages).not.toContain('ora');
    expect(files.filter((file) => /progress|estimate|standing/.test(file))).toEqual([]);
  }
  expect(loadedWith('cli/ui.ts').files).toEqual(['cli/ui.ts', 'core/clock.ts']);
});

test('the commands are what loads the rest', () => {
  expect(loadedWith('cli/commands/check.ts').files).toContain('run.ts');
});
