/** The declarations of the public API in one file, out of those of single files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { declarations } from '../../scripts/bundle/types.mjs';
import { temporary } from './support.ts';

function together(files: Readonly<Record<string, string>>): string {
  const folder = path.join(temporary('types'), 'd');
  mkdirSync(path.join(folder, 'core'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  return declarations(folder);
}

test('what the API needs and nothing else, of each thing one, with its comment; only the API is exported', () => {
  const text = together({
    'index.d.ts': `import { type Given } from './core/given.ts';
export { type Given } from './core/given.ts';
/** Runs. */
export declare function run(given: Given): import('./core/kept.ts').Kept;
export {};
`,
    'core/given.d.ts': `import { type KeyObject } from 'node:crypto';
import { type Kept } from './kept.ts';
/** What is given. */
export interface Given {
    readonly key: KeyObject;
    readonly kept: Kept;
}
export declare const unneeded: Kept;
`,
    'core/kept.d.ts': `type Inner = 'a' | 'b';
export interface Kept {
    readonly inner: Inner;
}
`,
  });
  expect(text).toBe(`import { type KeyObject } from 'node:crypto';
/** What is given. */
interface Given {
    readonly key: KeyObject;
    readonly kept: Kept;
}
type Inner = 'a' | 'b';
interface Kept {
    readonly inner: Inner;
}
/** Runs. */
declare function run(given: Given): Kept;
export { type Given, run };
`);
});

test.each<[string, Readonly<Record<string, string>>, string]>([
  [
    'two things of one name',
    {
      'index.d.ts': `import { type A } from './core/a.ts';
import { type B } from './core/b.ts';
export declare function run(a: A, b: B): void;
`,
      'core/a.d.ts': `interface Own {}
export type A = Own;
`,
      'core/b.d.ts': `interface Own {}
export type B = Own;
`,
    },
    'the public API needs Own of core/a.d.ts and of core/b.d.ts',
  ],
  [
    'a thing of two names',
    {
      'index.d.ts': `import { type A as Other } from './core/a.ts';
export declare function run(a: Other): void;
`,
      'core/a.d.ts': `export type A = string;
`,
    },
    'index.d.ts: A goes by the name of Other',
  ],
  [
    'a package',
    {
      'index.d.ts': `import { type A } from 'some-package';
export declare function run(a: A): void;
`,
    },
    'the public API needs A of some-package (index.d.ts)',
  ],
])('refuses %s', (_, files, message) => {
  expect(() => together(files)).toThrow(message);
});
