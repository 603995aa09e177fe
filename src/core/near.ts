const CHARS_MAX = 64;

/**
 * The candidates that a typo may have meant, nearest first, at most `countMax`. Near is: one edit (insertion, deletion,
 * substitution, swap of neighbours) for each three characters, or the same beginning.
 */
export function nearest(word: string, candidates: Iterable<string>, countMax = 3): readonly string[] {
  if (word === '' || word.length > CHARS_MAX) return [];
  const editsMax = word.length < 3 ? 0 : Math.max(1, Math.floor(word.length / 3));
  const found: { candidate: string; edits: number }[] = [];
  for (const candidate of new Set(candidates)) {
    if (candidate.length > CHARS_MAX) continue;
    const begins = word.length >= 3 && candidate.startsWith(word);
    if (!begins && Math.abs(candidate.length - word.length) > editsMax) continue;
    const edits = begins ? 1 : distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits <= editsMax) found.push({ candidate, edits });
  }
  found.sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1));
  return found.slice(0, countMax).map((entry) => entry.candidate);
}

/** `did you mean a, b or c?`, or undefined for nothing near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates);
  const last = near.at(-1);
  if (last === undefined) return undefined;
  const others = near.slice(0, -1);
  return `did you mean ${others.length === 0 ? last : `${others.join(', ')} or ${last}`}?`;
}

/** Optimal string alignment distance: Levenshtein's, and a swap of neighbours is one edit. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, beforeLast[j - 2]! + 1);
      }
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
