/** A proposed policy as the text of a file: YAML with comments, each value quoted, whatever it is. */
import { codes } from '../core/codes.ts';
import { printable } from '../core/text.ts';
import type { PresetName } from './presets.ts';
import type { Proposal, ProposedExemption, ProposedPin } from './propose.ts';

export interface ProposalDetails {
  readonly preset: PresetName;
  /** Who answers for the exemptions. */
  readonly owner: string;
  /** Last day of the exemptions: `2027-02-20`. */
  readonly expires: string;
  /** Day on which it is written: `2026-11-22`. */
  readonly today: string;
}

/** @returns text with a final line feed */
export function proposalText({ pins, exemptions }: Proposal, details: ProposalDetails): string {
  const { preset, today } = details;
  return `${[
    `# What verify-deps demands of our dependencies. Written by \`verify-deps init\` on ${today}; edit it freely.`,
    'version: 1',
    '',
    `# Presets, from the mildest: observe, recommended, strict.`,
    `extends: ${preset}`,
    ...rules(pins),
    ...list(exemptions, details),
  ].join('\n')}\n`;
}

function rules(pins: readonly ProposedPin[]): readonly string[] {
  if (pins.length === 0) return [];
  return [
    '',
    '# Our own packages come from where they come from today, and from nowhere else.',
    'rules:',
    ...pins.flatMap(({ name, identity }) => [
      `  - match: ${quote(name)}`,
      '    identity:',
      ...Object.entries(identity).map(([field, values]) => `      ${field}: ${values.map(quote).join(', ')}`),
    ]),
  ];
}

function list(exemptions: readonly ProposedExemption[], details: ProposalDetails): readonly string[] {
  if (exemptions.length === 0) return [];
  const { owner, expires, today } = details;
  return [
    '',
    '# What did not hold when this began. Each entry is for these very bytes, and ends: replace the package, or renew',
    '# the entry with a reason of your own.',
    'exemptions:',
    ...exemptions.flatMap(({ name, version, integrity, codes: accepted }) => [
      `  - package: ${quote(`${name}@${version}`)}`,
      ...(integrity === undefined ? [] : [`    integrity: ${quote(integrity)}`]),
      `    codes: [${accepted.join(', ')}]`,
      `    reason: ${quote(`as found on ${today}: ${accepted.map((code) => codes[code]).join('; ')}`)}`,
      `    owner: ${quote(owner)}`,
      `    expires: ${expires}`,
    ]),
  ];
}

/** Single quotes: nothing in them has a meaning but the quote itself. */
function quote(text: string): string {
  return `'${printable(text, 4096).replaceAll("'", "''")}'`;
}
