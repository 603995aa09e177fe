/** What this plugin uses of pnpm: the arguments of its hooks in pnpm 10, 11 and 12. All of it is looked at before it is used. */

export type Members = Readonly<Record<string, unknown>>;

/** Argument of `preResolution`. */
export interface Resolution {
  /** The lockfile as pnpm has read it and is going to install from. */
  readonly wantedLockfile?: unknown;
  /** Folder of the lockfile. */
  readonly lockfileDir?: unknown;
  /** URLs by scope, and `default`. */
  readonly registries?: unknown;
}

/**
 * Argument of `readPackage`: the manifest of a project (first), of a package as its registry has it (with `dist`), or of
 * one out of the lockfile or from elsewhere (without).
 */
export type Manifest = Members;

export interface Hooks {
  updateConfig(config: Members): Promise<Members>;
  preResolution(resolution: Resolution): Promise<void>;
  readPackage(manifest: Manifest): Promise<Manifest>;
  afterAllResolved(lockfile: unknown): Promise<unknown>;
}

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own members of a member; none where there is no such thing. */
export function membersOf(of: Members, key: string): readonly (readonly [string, unknown])[] {
  const value = Object.hasOwn(of, key) ? of[key] : undefined;
  return isMembers(value) ? Object.entries(value) : [];
}

export function textOf(of: Members, key: string): string | undefined {
  const value = Object.hasOwn(of, key) ? of[key] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}
