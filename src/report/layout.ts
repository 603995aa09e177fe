/** Plain text in lines of a given width. Widths count code points: names of packages are ASCII. */

const WIDTH_DEFAULT = 80;
const WIDTH_MIN = 40;
const WIDTH_MAX = 120;

/** A usable width out of what a terminal says about itself. */
export function usableWidth(columns: number | undefined): number {
  if (columns === undefined || !Number.isFinite(columns) || columns <= 0) return WIDTH_DEFAULT;
  return Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, Math.floor(columns)));
}

/**
 * Breaks text at spaces. A word longer than the line stays whole: digests and URLs must be copyable.
 * @param first  what the first line begins with; further lines are indented by as much
 */
export function wrap(text: string, width: number, first: string): readonly string[] {
  const indent = ' '.repeat([...first].length);
  const lines: string[] = [];
  let line = first;
  let empty = true;
  for (const word of text.split(' ')) {
    if (!empty && [...line].length + 1 + [...word].length > width) {
      lines.push(line);
      line = indent;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  }
  lines.push(line);
  return lines;
}

/** `1,204` in every locale: output is compared, not localised. */
export function decimal(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `512 bytes`, `34 KB`, `1.2 MB`: thousands, as transfers are counted. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return plural(bytes, 'byte');
  if (bytes < 1_000_000) return `${decimal(Math.round(bytes / 1_000))} KB`;
  const megabytes = bytes / 1_000_000;
  return `${megabytes < 100 ? megabytes.toFixed(1) : decimal(Math.round(megabytes))} MB`;
}

export function plural(count: number, noun: string, nouns: string = `${noun}s`): string {
  return `${decimal(count)} ${count === 1 ? noun : nouns}`;
}

/** Share in whole per cent, never rounded up to all nor down to none. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %';
  if (part === whole) return '100 %';
  return `${Math.min(99, Math.max(1, Math.round((part / whole) * 100)))} %`;
}

const HOUR = 3_600_000;

/** `3 hours`, `12 days`. A time in the future or none at all has no age. */
export function age(then: number | undefined, now: number): string | undefined {
  if (then === undefined || !Number.isFinite(then) || then > now) return undefined;
  const hours = Math.floor((now - then) / HOUR);
  if (hours < 1) return 'less than an hour';
  if (hours < 48) return plural(hours, 'hour');
  return plural(Math.floor(hours / 24), 'day');
}
