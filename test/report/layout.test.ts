import { describe, expect, it } from 'vitest';
import { age, bytesText, decimal, plural, share, usableWidth, wrap } from '../../src/report/layout.ts';
import { shortestPath } from '../../src/report/path.ts';
import { createStyle, plain } from '../../src/report/style.ts';
import type { PackageNode } from '../../src/tree/types.ts';
import { node, treeOf } from './samples.ts';

describe('createStyle', () => {
  const tty = { isTTY: true };
  const cases: readonly [Record<string, string | undefined>, { isTTY?: boolean }, boolean][] = [
    [{}, tty, true],
    [{}, {}, false],
    [{}, { isTTY: false }, false],
    [{ TERM: 'dumb' }, tty, false],
    [{ NO_COLOR: '1' }, tty, false],
    [{ NO_COLOR: '' }, tty, true],
    [{ FORCE_COLOR: '1' }, {}, true],
    [{ FORCE_COLOR: '' }, {}, true],
    [{ FORCE_COLOR: '0' }, tty, false],
    [{ FORCE_COLOR: 'false' }, tty, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, {}, true],
  ];
  it.each(cases)('%j on %j', (env, stream, colour) => {
    const style = createStyle({ env, stream });
    expect(style.colour).toBe(colour);
    expect(style.bad('x')).toBe(colour ? '\u001b[31mx\u001b[39m' : 'x');
  });
  it('leaves empty text empty', () => {
    expect(createStyle({ env: { FORCE_COLOR: '1' }, stream: {} }).bold('')).toBe('');
    expect(plain.bold('x')).toBe('x');
  });
});

describe('layout', () => {
  it('wraps at spaces, indents further lines, keeps long words whole', () => {
    expect(wrap('aa bb cc', 7, '- ')).toEqual(['- aa bb', '  cc']);
    expect(wrap('a bbbbbbbbbb c', 6, '')).toEqual(['a', 'bbbbbbbbbb', 'c']);
    expect(wrap('', 10, '> ')).toEqual(['> ']);
  });
  it.each([
    [undefined, 80],
    [0, 80],
    [Number.NaN, 80],
    [10, 40],
    [100.7, 100],
    [500, 120],
  ])('width %s', (columns, expected) => {
    expect(usableWidth(columns)).toBe(expected);
  });
  it('writes numbers', () => {
    expect([0, 999, 1000, 1234567].map(decimal)).toEqual(['0', '999', '1,000', '1,234,567']);
    expect([plural(1, 'package'), plural(1000, 'package')]).toEqual(['1 package', '1,000 packages']);
  });
  it.each([
    [1, '1 byte'],
    [999, '999 bytes'],
    [1_000, '1 KB'],
    [999_400, '999 KB'],
    [1_000_000, '1.0 MB'],
    [99_940_000, '99.9 MB'],
    [1_234_567_890, '1,235 MB'],
  ])('size of %d', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
  it.each([
    [0, 0, '0 %'],
    [0, 5, '0 %'],
    [1, 1000, '1 %'],
    [999, 1000, '99 %'],
    [5, 5, '100 %'],
  ])('share of %d in %d', (part, whole, text) => {
    expect(share(part, whole)).toBe(text);
  });
  it.each([
    [undefined, undefined],
    [11, undefined],
    [10, 'less than an hour'],
    [10 - 3_600_000, '1 hour'],
    [10 - 3_600_000 * 47, '47 hours'],
    [10 - 3_600_000 * 72, '3 days'],
  ])('age of %s', (then, text) => {
    expect(age(then, 10)).toBe(text);
  });
});

describe('shortestPath', () => {
  const make = (parents: Record<string, readonly string[]>): readonly PackageNode[] =>
    Object.entries(parents).map(([key, above]) => node(key, '1.0.0', { key, parents: above }));
  const path = (parents: Record<string, readonly string[]>, target: string): string | undefined => {
    const nodes = make(parents);
    const tree = { ...treeOf([]), nodes: new Map(nodes.map((item) => [item.key, item])) };
    const found = shortestPath(
      tree,
      nodes.filter(({ key }) => key === target),
    );
    return found && [found.from ?? '', ...found.nodes.map(({ key }) => key)].join('>');
  };
  it.each([
    ['direct', { a: [''] }, 'a', '>a'],
    ['the shorter of two', { a: ['b', 'c'], b: ['d'], c: [''], d: [''] }, 'a', '>c>a'],
    ['of a workspace', { a: ['b'], b: ['workspace:packages/x'] }, 'a', 'packages/x>b>a'],
    ['past a cycle', { a: ['b'], b: ['a', 'c'], c: [''] }, 'a', '>c>b>a'],
    ['a cycle only', { a: ['b'], b: ['a'] }, 'a', undefined],
    ['a parent that does not exist', { a: ['__proto__', 'constructor'] }, 'a', undefined],
    ['nothing', {}, 'a', undefined],
  ] as const)('%s', (_, parents, target, expected) => {
    expect(path(parents, target)).toBe(expected);
  });
  it('gives up on a chain that is too long', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`n${i}`, [i === 99 ? '' : `n${i + 1}`]]),
    );
    expect(path(chain, 'n0')).toBeUndefined();
    expect(path(chain, 'n50')).toContain('>n99>');
  });
});
