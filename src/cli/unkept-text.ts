import { printable } from '../core/text.ts';

/** What is said where evidence cannot be kept, or a folder of it is not used at all: the verdict is what it is. */
export function unkeptText(folder: string, code: string): string {
  const what =
    code === 'EOWNER'
      ? 'evidence is neither taken from the cache nor kept there'
      : 'evidence is not kept, so the next run asks for it again';
  return `verify-deps: ${what}: ${printable(folder)}: ${reasonOf(code)}\n`;
}

function reasonOf(code: string): string {
  switch (code) {
    case 'EOWNER':
      return 'it belongs to another user, or others may write to it';
    case 'ENOTDIR':
      return 'something else than a folder is in its place (ENOTDIR)';
    case 'ENOSPC':
    case 'EDQUOT':
      return `no room is left (${code})`;
    case 'EROFS':
      return 'the file system is read-only (EROFS)';
    case 'EACCES':
    case 'EPERM':
      return `no right to do so (${code})`;
    default:
      return printable(code);
  }
}
