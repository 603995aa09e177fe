import type { ManagedKey } from '../../src/sigstore/types.ts';
import type { World } from '../sigstore/world.ts';
import type { LeafCert, Random } from '../support/rig/sigstore.mjs';
import type { Mutation } from './mutation.ts';

/** One bundle as it came, and what it takes to verify it. */
export interface Base {
  /** For messages: `generated v0.3`, or the path of the file below the data folder. */
  readonly name: string;
  /** JSON, as it came. */
  readonly text: string;
  /** trusted_root.json */
  readonly trustRoot: string;
  readonly keys: readonly ManagedKey[];
  /** What a message signature covers. */
  readonly artifact?: Uint8Array;
  /** True for private instances that run no logs: one timestamp must do. */
  readonly withoutLogs?: boolean;
  /** Where the log and the authorities are ours, so that a changed bundle can be signed again. */
  readonly instance?: Instance;
}

export interface Instance {
  readonly world: World;
  /** Whose the first entry is: Rekor v1 or v2. */
  readonly log: 'classic' | 'modern';
  /** The leaf's key, for bundles with a certificate. */
  readonly leaf?: LeafCert;
}

/** A change that the instance signs for; undefined where it does not apply to this bundle. */
export type Resign = (base: Base, instance: Instance, random: Random) => Mutation | undefined;
