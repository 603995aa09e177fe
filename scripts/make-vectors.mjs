// Writes fixtures/vectors: a folder for each format, in it one file for each way an input can be right or wrong, with what
// must come of it. Deterministic, so that a second run changes nothing.
//
//   node scripts/make-vectors.mjs            write the files
//   node scripts/make-vectors.mjs --check    exit with 1 if a file differs
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { vectors as checkpoint } from './vectors/checkpoint.mjs';
import { vectors as der } from './vectors/der.mjs';
import { vectors as merkle } from './vectors/merkle.mjs';
import { vectors as pae } from './vectors/pae.mjs';
import { vectors as sct } from './vectors/sct.mjs';

const FOLDER = fileURLToPath(new URL('../fixtures/vectors/', import.meta.url));
const FORMATS = { checkpoint, der, merkle, pae, sct };
const text = (vector) => `${JSON.stringify(vector, null, 2)}\n`;

for (const [format, vectors] of Object.entries(FORMATS)) {
  const folder = path.join(FOLDER, format);
  if (process.argv.includes('--check')) {
    if (!isCurrent(folder, vectors)) {
      console.error(`fixtures/vectors/${format} is stale: run node scripts/make-vectors.mjs`);
      process.exitCode = 1;
    }
  } else {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [file, vector] of vectors) writeFileSync(path.join(folder, file), text(vector));
  }
}

function isCurrent(folder, vectors) {
  const found = readdirSync(folder).sort();
  return (
    found.join() === [...vectors.keys()].sort().join() &&
    [...vectors].every(([file, vector]) => readFileSync(path.join(folder, file), 'utf8') === text(vector))
  );
}
