/** Turns what became of a request into the outcome of a check. */
import { type Args, type Unproven, unproven } from '../core/check.ts';
import type { Code } from '../core/codes.ts';
import { ProofError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import type { Sink } from './receiver.ts';
import type { Requests } from './requests.ts';
import type { Answer } from './types.ts';

/** What was asked of whom, for the sentence. */
export interface Question {
  /** Base URL without credentials. */
  readonly registry: string;
  /** `name@version`, or undefined where the question is about the registry itself. */
  readonly package: string | undefined;
  readonly bytesMax: number;
  /** What it means if the registry says that there is none. */
  readonly absent: Code;
}

/**
 * Asks and reads the answer. Statuses that say no more than "not here" (404, 410 and `alsoAbsent`) become `absent`.
 * @param read  throws a {@link ProofError} for an answer that is not what was asked for; where a sink takes the body, there is
 *              nothing in what it is given
 */
export async function ask<T>(
  requests: Requests,
  url: string,
  question: Question,
  read: (body: Uint8Array) => T,
  options: { readonly alsoAbsent?: readonly number[]; readonly sink?: () => Sink } = {},
): Promise<Answer<T>> {
  const { sink } = options;
  const reply = await requests.get(url, {
    bytesMax: question.bytesMax,
    accept: 'application/json',
    ...(sink === undefined ? {} : { sink }),
  });
  const args = about(question);
  if (reply.status === undefined) {
    const { failure, reason } = reply;
    if (failure === 'unreachable')
      return unproven('unreachable', 'registry-unreachable', { ...args, reason });
    if (failure === 'invalid')
      return unproven('unreachable', 'registry-response-invalid', { ...args, reason });
    return tooLarge(question);
  }
  const { status } = reply;
  if (status === 200) {
    try {
      return { status: 'found', value: read(reply.body) };
    } catch (error) {
      return unreadable(error, question);
    }
  }
  if (status === 404 || status === 410 || options.alsoAbsent?.includes(status)) {
    return unproven('absent', question.absent, args);
  }
  return refusal(status, args);
}

export function refusal(status: number, args: Args): Unproven {
  if (status === 401 || status === 403)
    return unproven('unreachable', 'registry-refused', { ...args, status });
  if (status >= 500 || status === 408 || status === 420 || status === 429) {
    return unproven('unreachable', 'registry-unreachable', { ...args, status });
  }
  return unproven('unreachable', 'registry-response-invalid', {
    ...args,
    status,
    reason: `status ${status}`,
  });
}

export function tooLarge(question: Question): Unproven {
  return unproven('unreachable', 'limit-exceeded', {
    ...about(question),
    what: 'answer of the registry',
    max: question.bytesMax,
    unit: 'bytes',
  });
}

/** An answer that cannot be read proves nothing, in either direction. */
function unreadable(error: unknown, question: Question): Unproven {
  if (!(error instanceof ProofError)) throw error;
  const { args, code } = error;
  if (code === 'limit-exceeded') return unproven('unreachable', code, { ...about(question), ...args });
  const reason = printable(`${String(args.what ?? 'answer')}: ${String(args.why ?? code)}`);
  return unproven('unreachable', 'registry-response-invalid', { ...about(question), reason });
}

export function about(question: { readonly registry: string; readonly package: string | undefined }): Args {
  const registry = printable(question.registry);
  return question.package === undefined ? { registry } : { registry, package: printable(question.package) };
}
