/**
 * Finds the lines of the keys of one JSON object in one pass over the text. The keys must come in the order of the text;
 * the first one that is not found ends the search, so that a strange layout costs lines and never time.
 * @param after  text to start behind, such as `"packages"`
 * @returns      key -> 1-based line
 */
export function linesOfKeys(
  text: string,
  after: string,
  keys: Iterable<string>,
): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let at = text.indexOf(after);
  if (at < 0) return lines;
  let line = 1;
  let newline = text.indexOf('\n');
  for (const key of keys) {
    const quoted = JSON.stringify(key);
    let found = text.indexOf(quoted, at);
    while (found >= 0 && !isFollowedByColon(text, found + quoted.length))
      found = text.indexOf(quoted, found + 1);
    if (found < 0) return lines;
    for (; newline >= 0 && newline < found; newline = text.indexOf('\n', newline + 1)) line++;
    lines.set(key, line);
    at = found + quoted.length;
  }
  return lines;
}

function isFollowedByColon(text: string, at: number): boolean {
  return text.charCodeAt(at) === 0x3a || /^\s*:/.test(text.slice(at, at + 16));
}

/**
 * Finds the lines of the keys of `packages` in a pnpm lockfile: two spaces, the key, a colon. The first of two documents
 * wins.
 * @returns  key -> 1-based line
 */
export function linesOfPackages(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  let inside = false;
  let number = 0;
  for (let start = 0; start < text.length; number++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const first = text.charCodeAt(start);
    if (end > start && first !== 0x20 && first !== 0x0d) inside = text.startsWith('packages:', start);
    else if (inside && first === 0x20 && text.charCodeAt(start + 2) !== 0x20 && end - start < 4096) {
      const line = text.slice(start + 2, end).trimEnd();
      const key = line.endsWith(':') ? line.slice(0, -1) : '';
      const plain = key.startsWith("'") ? key.slice(1, -1).replaceAll("''", "'") : key;
      if (plain !== '' && !lines.has(plain)) lines.set(plain, number + 1);
    }
    start = end + 1;
  }
  return lines;
}
