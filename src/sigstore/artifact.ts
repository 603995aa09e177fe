import type { DigestAlgorithm } from './digest.ts';

/** The file that a message signature covers, or a statement is about: its content, or only its digest. */
export type Artifact =
  | {
      readonly kind: 'content';
      /** The bytes, from the start at each call. */
      chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
    }
  | { readonly kind: 'digest'; readonly algorithm: DigestAlgorithm; readonly digest: Uint8Array };
