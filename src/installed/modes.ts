/**
 * Permissions as npm and pnpm give them: at least 0666 for every file and 0777 for a command, then what the umask takes
 * away. Which umask was in force is not recorded, so only what no umask explains is told.
 */
import { stat } from 'node:fs/promises';

const SPECIAL = 0o7000;
const OWNER_EXECUTES = 0o100;

/** Who besides the owner may write to a folder: what the umask of whoever made it left. */
export async function writableBits(folder: string): Promise<number> {
  try {
    return (await stat(folder)).mode & 0o022;
  } catch {
    return 0;
  }
}

/** Undefined if the mode is what could have been written. */
export function isModeOf(
  mode: number,
  about: {
    /** Bits in the archive. */
    readonly archived: number;
    readonly isBin: boolean;
    /** Write permissions of the node_modules folder: a file with more was given them later. */
    readonly writable: number;
  },
): { readonly expected: string; readonly actual: string } | undefined {
  // Windows has none of these bits; Node.js makes them up.
  if (process.platform === 'win32') return undefined;
  const { archived, isBin, writable } = about;
  const executes = (archived & OWNER_EXECUTES) !== 0;
  const differs =
    (mode & SPECIAL) !== 0 ||
    // A command is made executable where it is linked, which can be switched off.
    ((mode & OWNER_EXECUTES) !== 0 ? !executes && !isBin && (archived & 0o111) === 0 : executes) ||
    (mode & 0o022 & ~writable) !== 0;
  if (!differs) return undefined;
  const base = executes || isBin ? 0o755 : 0o644;
  return { expected: octal(base | (writable & 0o022)), actual: octal(mode) };
}

function octal(mode: number): string {
  return `0${mode.toString(8).padStart(3, '0')}`;
}
