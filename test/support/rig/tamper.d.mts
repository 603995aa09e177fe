import type { Project, Rig, RigPackage } from './registry.mjs';
import type { RigServer } from './server.mjs';

export interface Tamper {
  readonly id: string;
  /** The id up to the first hyphen. */
  readonly group: string;
  /**
   * What a sound verifier owes: `reject`; `policy` (detectable only with the lockfile, an expected repository, an earlier
   * state); `either` (harmless or a matter of taste); `accept`.
   */
  readonly sound: 'reject' | 'policy' | 'either' | 'accept';
  readonly about: string;
  /** What it changes: the registry's and mirror's answers, an installed project, the project's lockfile. */
  readonly where: 'served' | 'disk' | 'lock';
  /** Means something only if the victim was published after (`rotated`) or before the registry changed its key. */
  readonly needs?: 'rotated' | 'unrotated';
}
export const TAMPERS: readonly Tamper[];
export interface Target {
  rig: Rig;
  server: RigServer;
  /** The first that fits, if left out. */
  victim?: RigPackage;
  /** Whose parts are used against the victim. */
  other?: RigPackage;
  /** For `lock-*`: a deep copy of `rig.project`, edited in place. */
  project?: Project;
  /** For `disk-*`: folder of an installed project. */
  dir?: string;
}
export interface Applied {
  /** NAME@VERSION */
  victim: string;
  other: string;
  sound: Tamper['sound'];
  about: string;
  undo(): void;
}
export function applyTamper(id: string, target: Target): Applied;
