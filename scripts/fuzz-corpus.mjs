// Writes fixtures/fuzz/corpus/sigstore.json: the sound inputs that `npm run fuzz` starts from, as far as they need keys. A
// seed stands for the same inputs only over the same corpus, so it is committed; run this when a format is added.
import { writeFileSync } from 'node:fs';
import { makeBundles } from '../test/fuzz/corpus/bundles.mjs';

const file = new URL('../fixtures/fuzz/corpus/sigstore.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(makeBundles(), null, 1)}\n`);
console.log('fixtures/fuzz/corpus/sigstore.json');
