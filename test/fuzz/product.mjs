/**
 * Modules of the product by their path below `src/`. Built ones in a script, which is what people run; the sources
 * themselves under vitest, which compiles them. FUZZ_DIST names another build, to see since when an input is refused.
 */
const sources = process.env.VITEST !== undefined;
const folder = sources
  ? new URL('../../src/', import.meta.url)
  : new URL(process.env.FUZZ_DIST ? `file://${process.env.FUZZ_DIST}/` : '../../build/', import.meta.url);

export function product(name) {
  return import(new URL(`${name}.${sources ? 'ts' : 'js'}`, folder).href);
}
