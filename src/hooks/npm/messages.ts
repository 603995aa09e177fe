/**
 * What the patched npm and the command that started it say to one another, over the channel that node:child_process opens
 * between a process and its child. Scripts of packages have no part in it: the channel is not handed on.
 */

/** npm has a plan and waits. */
export interface Plan {
  readonly kind: 'plan';
  /** Folder of the project. */
  readonly path: string;
  /** The plan as a package-lock.json of version 3. */
  readonly lockfile: string;
  /** What of it npm will not install. */
  readonly omit: readonly ('dev' | 'optional' | 'peer')[];
  /** Names of workspaces that npm installs for, `.` for the project; empty means all. */
  readonly workspaces: readonly string[];
  /** npm's own settings, as it hands them to what it starts. */
  readonly env: Readonly<Record<string, string>>;
  readonly registry: string;
  /** npm writes a lockfile at the end, or one stands there. */
  readonly keepsLockfile: boolean;
}

export type FromNpm =
  | Plan
  /** Its code is patched: from here on nothing is unpacked unasked. */
  | { readonly kind: 'patched' }
  /** `npm ci` could not read a lockfile in this folder. */
  | { readonly kind: 'unlocked'; readonly path: string }
  /** It was asked for something that cannot be gated. */
  | { readonly kind: 'refused'; readonly what: 'global' | 'layout' | 'unplanned'; readonly why: string };

export type ToNpm =
  /** Locations of the plan that were judged and may be unpacked. */
  | { readonly kind: 'proceed'; readonly locations: readonly string[] }
  | { readonly kind: 'stop'; readonly why: string };
