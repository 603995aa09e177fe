/** One case again: what goes in and what comes out. */
import { corpusDigest } from './corpus.mjs';
import { decodeInput, encodeInput, inputOf } from './input.mjs';
import { makeJudge } from './judge.mjs';
import { load } from './targets/index.mjs';

const SHOWN = 4000;

export async function replay({ parser, seed, case: number, input, expect }) {
  const target = await load(parser);
  const bytes = input === undefined ? inputOf(target, seed, number) : decodeInput(input);
  const judge = await makeJudge();
  console.log(`${parser}, corpus ${corpusDigest()}, ${bytes.length} bytes:\n${JSON.stringify(encodeInput(bytes)).slice(0, SHOWN)}`);
  const start = performance.now();
  try {
    const outcome = await judge(target, bytes);
    console.log(`${outcome}, ${(performance.now() - start).toFixed(1)} ms`);
    if (expect !== undefined && expect !== outcome) process.exitCode = 1;
  } catch (error) {
    console.log(`${error.message}\n${error.where ?? ''}`);
    process.exitCode = 1;
  }
}
