/** Deterministic PRNG, so the *shape* of a rig depends on its seed only (keys never do). */
export function rng(seed) {
  let a = seed >>> 0;
  const f = () => {
    a |= 0;
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  f.int = (lo, hi) => lo + Math.floor(f() * (hi - lo + 1));
  f.pick = (arr) => arr[Math.floor(f() * arr.length)];
  f.normal = () => Math.sqrt(-2 * Math.log(1 - f())) * Math.cos(2 * Math.PI * f());
  f.hex = (n) => {
    let s = '';
    while (s.length < n)
      s += Math.floor(f() * 0x100000000)
        .toString(16)
        .padStart(8, '0');
    return s.slice(0, n);
  };
  return f;
}
