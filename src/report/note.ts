/**
 * A note to the maintainer of a package of which a release has lost its provenance: Markdown to paste into an issue. Only
 * facts that were verified, what would help, and no word about why: nobody outside can know.
 */
import { printable } from '../core/text.ts';
import type { Verdict } from '../policy/types.ts';
import type { Report } from './types.ts';

/** What is known of an earlier release with provenance. */
export interface EarlierRelease {
  /** Undefined where only the release line was recorded. */
  readonly version: string | undefined;
  readonly repository: string;
  readonly workflow: string | undefined;
  readonly commit: string | undefined;
  /** Decimal. */
  readonly logIndex: string | undefined;
}

type Row = readonly [what: string, before: string | undefined, now: string | undefined];

/** @returns Markdown with a final line feed */
export function maintainerNote(
  { evidence }: Verdict,
  earlier: EarlierRelease,
  report: Pick<Report, 'tool' | 'trust'>,
): string {
  const { subject, registrySignature, registry } = evidence;
  const name = code(subject.name);
  const now = code(subject.version);
  const before = earlier.version === undefined ? 'an earlier release' : code(earlier.version);
  const rows: readonly Row[] = [
    ['version', earlier.version && code(earlier.version), now],
    ['provenance', 'verified', 'none'],
    ['built from', code(earlier.repository), undefined],
    ['commit', earlier.commit && code(earlier.commit), undefined],
    ['workflow', earlier.workflow && code(earlier.workflow), undefined],
    ['log entry', earlier.logIndex && logEntry(earlier.logIndex, report), undefined],
    ['registry signature', undefined, registrySignature.status === 'verified' ? 'verified' : undefined],
    ['digest', undefined, subject.integrity.kind === 'none' ? undefined : code(subject.integrity.sri)],
    ['registry', undefined, registry && code(registry)],
  ];
  return `${[
    `## ${name} ${now} was published without provenance`,
    '',
    `Hello, and thank you for maintaining ${name}.`,
    '',
    `When we checked our dependencies, ${now} had no provenance attestation, while ${before} had one. There may be a simple reason, such as a release from another machine or a changed workflow. We cannot tell from outside, so we ask.`,
    '',
    '| | before | now |',
    '| --- | --- | --- |',
    ...rows
      .filter(([, ...values]) => values.some((value) => value !== undefined && value !== ''))
      .map(([what, ...values]) => `| ${what} | ${values.map((value) => value || '–').join(' | ')} |`),
    '',
    'It would help us to know:',
    '',
    `- Was ${now} published by the project, and was it meant to go out without provenance?`,
    '- Will later releases have it again?',
    '',
    `If it was not meant: a release from the CI workflow has provenance again, with trusted publishing or with \`npm publish --provenance\`. If nobody of the project recognises ${now}, please look at who can publish the package.`,
    '',
    `Until we know more we stay with ${before}. Thank you for your time.`,
    '',
    `*Found with ${report.tool.name} ${report.tool.version}. The facts under “before” were verified and recorded when that release was in our lockfile; anybody can look them up in the transparency log.*`,
  ].join('\n')}\n`;
}

/** A code span that nothing ends early, safe inside a table. */
function code(text: string): string {
  return `\`${printable(text, 300).replace(/[`|]/g, '')}\``;
}

/** Only the public instance has a page for its entries. */
function logEntry(index: string, { trust }: Pick<Report, 'trust'>): string {
  if (!/^\d{1,20}$/.test(index)) return code(index);
  const { kind, from } = trust.origin;
  const host = URL.canParse(from) ? new URL(from).hostname : '';
  const isPublic = kind === 'shipped' || host === 'sigstore.dev' || host.endsWith('.sigstore.dev');
  return isPublic ? `[${index}](https://search.sigstore.dev/?logIndex=${index})` : code(index);
}
