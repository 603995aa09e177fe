/** One case again: what goes in and what comes out. */
import { corpusDigest } from './corpus.mjs';
import { decodeInput, encodeInput, inputOf } from './input.mjs';
import { makeJudge } from './judge.mjs';
import { load } from './targets/index.mjs';

const SHOWN = 4000;

/** @returns the text to show, and whether it went as it should */
export async function replay({ parser, seed, case: number, input, expect }) {
  const target = await load(parser);
  const bytes = input === undefined ? inputOf(target, seed, number) : decodeInput(input);
  const judge = await makeJudge();
  const shown = JSON.stringify(encodeInput(bytes)).slice(0, SHOWN);
  const head = `${parser}, corpus ${corpusDigest()}, ${bytes.length} bytes:\n${shown}`;
  const start = performance.now();
  try {
    const outcome = await judge(target, bytes);
    const passed = expect === undefined || expect === outcome;
    return { text: `${head}\n${outcome}, ${(performance.now() - start).toFixed(1)} ms`, passed };
  } catch (error) {
    return { text: `${head}\n${error.message}\n${error.where ?? ''}`, passed: false };
  }
}
