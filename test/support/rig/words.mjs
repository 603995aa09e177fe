export const WORDS = `
amber anchor apex arc atlas axis basalt beacon birch blend bolt branch brass bridge cable canvas
cedar chain cinder cipher cliff cloud cobalt coil comet coral crest cube dawn delta drift dune echo
ember epoch fable falcon fern fiber flint flow forge frame frost gale gate glade grain graph grove
harbor hash hazel helix hive index iris iron ivory jade kelp lane latch lattice leaf ledge lens
lever lilac line loft loom lunar maple marsh matrix mesa mint mirror moss nest node north oak onyx
opal orbit otter oxide panel parse path pearl pine pixel plume port prism pulse quartz query quill
raven reef relay ridge river rune sable sage scope shard shell sigma silk slate solar spark spire
spruce stack stem stone storm stream summit swift tandem thorn tide timber token torch trace trail
tundra union valley vector velvet vertex vine vista wave weave willow wire wren yarn zenith zephyr
`
  .trim()
  .split(/\s+/);

/** Text of exactly n characters. */
export function lorem(r, n) {
  let text = '';
  while (text.length < n) text += `${r.pick(WORDS)} `;
  return text.slice(0, n);
}

/** An `exports` map of about n bytes, the way large packages bloat each version. */
export function exportsFiller(r, n) {
  const map = { '.': './index.js' };
  for (let used = 30; used < n; ) {
    const w = `${r.pick(WORDS)}/${r.pick(WORDS)}-${r.int(1, 999)}`;
    map[`./${w}`] = {
      types: `./dist/types/${w}.d.ts`,
      import: `./dist/esm/${w}.mjs`,
      require: `./dist/cjs/${w}.js`,
    };
    used += 4 * w.length + 78;
  }
  return map;
}
