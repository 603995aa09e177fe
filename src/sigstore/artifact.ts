import type { DigestAlgorithm } from './types.ts';

/** What a message signature covers, or a statement is about. */
export type Artifact =
  | {
      readonly kind: 'content';
      /** The bytes, from the start at each call; read once for each bundle. */
      chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
    }
  | { readonly kind: 'digest'; readonly algorithm: DigestAlgorithm; readonly digest: Uint8Array };
