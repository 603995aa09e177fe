/** The tasks of NIST SP 800-218 beside findings, where the policy asks for them. */
import type { Code } from '../core/codes.ts';
import { type PracticeId, practicesOf } from '../policy/practices.ts';
import { wrap } from './layout.ts';
import type { Report } from './types.ts';

type Asked = Pick<Report, 'policy'>;

/** A member for JSON; nothing where the policy does not ask. */
export function practicesShown(
  { policy }: Asked,
  code: Code,
): { readonly practices?: readonly PracticeId[] } {
  return policy.practices === 'ssdf' ? { practices: practicesOf(code) } : {};
}

/** A line for people: `SSDF: PS.3.2, PW.4.4`. */
export function practicesLines(
  report: Asked,
  code: Code,
  width: number,
  indent: string = '  ',
): readonly string[] {
  const { practices } = practicesShown(report, code);
  return practices === undefined ? [] : wrap(practices.join(', '), width, `${indent}SSDF: `);
}
