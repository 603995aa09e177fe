/** Flags about evidence that was collected before. */
import type { CommandName, Flag } from './flags.ts';

/**
 * @param offline   commands that need not ask anybody
 * @param evidence  those of them that look into evidence files
 */
export function evidenceFlags(
  offline: readonly CommandName[],
  evidence: readonly CommandName[],
): Readonly<Record<string, Flag>> {
  return {
    offline: {
      only: offline,
      help: [
        'ask nobody: what is there counts, the trust root',
        'as it was last fetched, or as it was shipped',
      ],
    },
    evidence: {
      value: 'PATH',
      repeatable: true,
      only: evidence,
      help: [
        'file that fetch has written, or a folder of',
        'such files: looked into before anybody is asked',
      ],
    },
    'evidence-digest': {
      value: 'DIGEST',
      repeatable: true,
      only: evidence,
      help: [
        'digest that fetch has told: no other evidence',
        'counts, and what is unsigned in it counts too',
      ],
    },
    output: {
      short: 'o',
      value: 'FILE',
      only: ['fetch'],
      help: ['file to write (default verify-deps.evidence', 'beside the lockfile)'],
    },
  };
}
