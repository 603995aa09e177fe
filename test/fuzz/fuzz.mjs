export { decodeInput, encodeInput, FORMATS, inputOf } from './input.mjs';
export { makeJudge } from './judge.mjs';
export { judgeGrowth } from './memory.mjs';
export { runParser } from './supervise.mjs';
export { load, names } from './targets/index.mjs';
