/**
 * What a parser makes of an input. It may accept it or refuse it with a code of the project; anything else is a finding.
 * A refusal must also be sayable: one line, no control characters, not endless.
 */
import { product } from './product.mjs';

const LINE_MAX = 4096;

/** What must not happen; `key` is the same for findings that come from the same place. */
export class Finding extends Error {
  constructor(kind, cause) {
    super(
      `${kind}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)}`.slice(0, 1000),
    );
    this.name = 'Finding';
    this.kind = kind;
    this.where = cause instanceof Error ? (cause.stack ?? '').slice(0, 4000) : '';
    this.key = `${kind} ${cause?.name} ${placeOf(this.where)}`;
  }
}

function placeOf(stack) {
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line));
  return (
    lines.find((line) => /\/(?:dist|src)\//.test(line) && !line.includes('node_modules')) ??
    lines[0] ??
    ''
  ).trim();
}

/** @returns a function from target and input to `accepted` or the code of the refusal; throws a Finding */
export async function makeJudge() {
  const { ProofError, VerifyDepsError } = await product('core/errors');
  const { codes, errorCodes } = await product('core/codes');
  const { sentence } = await product('report/words');

  const codeOf = (error) => {
    if (error instanceof Finding) throw error;
    if (error instanceof ProofError && Object.hasOwn(codes, error.code)) {
      assertLine(sentence(error.code, error.args), error);
      return error.code;
    }
    if (error instanceof VerifyDepsError && Object.hasOwn(errorCodes, error.code)) {
      assertLine(error.message, error);
      if (error.hint !== undefined) assertLine(error.hint, error);
      return error.code;
    }
    throw new Finding('uncoded', error);
  };

  return async function judge(target, bytes) {
    const codesSeen = [];
    let [passed, any] = [0, false];
    const failed = (error) => {
      codesSeen.push(codeOf(error));
    };
    /** What a reader hands back instead of throwing: an outcome with a code. */
    const returned = (result) => {
      if (result?.status !== undefined && Object.hasOwn(codes, result.code)) codesSeen.push(result.code);
      else passed++;
    };
    /** For readers that go on: runs one step, and notes how it ended. With `any`, one good step makes a good input. */
    const refused = (step, mode) => {
      any ||= mode === 'any';
      try {
        const result = step();
        if (typeof result?.then === 'function') return result.then(returned, failed);
        returned(result);
      } catch (error) {
        failed(error);
      }
    };
    try {
      let result = target.read(bytes, refused);
      if (typeof result?.then === 'function') result = await result;
      if (!any) returned(result);
    } catch (error) {
      failed(error);
    }
    if (Object.keys(Object.prototype).length > 0) {
      for (const key of Object.keys(Object.prototype)) delete Object.prototype[key];
      throw new Finding('pollution', new Error('a member of Object.prototype'));
    }
    return codesSeen.length === 0 || (any && passed > 0) ? 'accepted' : codesSeen[0];
  };
}

function assertLine(text, error) {
  if (text.length > LINE_MAX)
    throw new Finding('endless', new Error(`${text.length} characters for ${error.code}`, { cause: error }));
  if (/[\0-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/.test(text))
    throw new Finding(
      'unprintable',
      Object.assign(new Error(JSON.stringify(text).slice(0, 500)), { stack: error.stack }),
    );
}
