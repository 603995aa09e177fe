/**
 * A table of vectors, file name to { name, why, ...input, expect, value? }.
 * `expect` is `accept`, and `value` is then what it must be read as, or the code it must be refused with.
 */
export function vectorTable() {
  const vectors = new Map();
  const add = (name, why, fields, outcome) => {
    const file = `${name}.json`;
    if (vectors.has(file)) throw new Error(`two vectors ${name}`);
    const expect = typeof outcome === 'string' ? { expect: outcome } : { expect: 'accept', ...outcome };
    vectors.set(file, { name, why, ...fields, ...expect });
  };
  return { vectors, add };
}
