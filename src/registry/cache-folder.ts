import os from 'node:os';
import path from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Folder of this user for evidence and TUF state, not created here. `VERIFY_DEPS_CACHE` wins; a relative path there or
 * in `XDG_CACHE_HOME` is ignored (XDG Base Directory Specification 0.8), since it would point into the project.
 */
export function cacheFolder(env: Env, platform: NodeJS.Platform = process.platform): string {
  const { posix, win32 } = path;
  const own = env.VERIFY_DEPS_CACHE;
  const { isAbsolute, join } = platform === 'win32' ? win32 : posix;
  if (own !== undefined && isAbsolute(own)) return own;
  const home = env[platform === 'win32' ? 'USERPROFILE' : 'HOME'] || os.homedir();
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'verify-deps');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'verify-deps');
  const xdg = env.XDG_CACHE_HOME;
  return join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(home, '.cache'), 'verify-deps');
}

/** Bytes that evidence may take there: `VERIFY_DEPS_CACHE_MAX` in megabytes. Undefined if it says nothing, or not that. */
export function cacheBytesMax(env: Env): number | undefined {
  const megabytes = env.VERIFY_DEPS_CACHE_MAX;
  return megabytes !== undefined && /^\d{1,7}$/.test(megabytes) ? Number(megabytes) * 1_000_000 : undefined;
}
