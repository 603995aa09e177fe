/**
 * Patterns of a policy: exact text, or a prefix with one `*` at the end. Always anchored, never a regular expression,
 * and a prefix has to end where a name ends, so that it cannot run into a stranger's.
 */

/** What is wrong with a package name pattern, or undefined. */
export function nameProblem(pattern: string): string | undefined {
  if (pattern === '*') return undefined;
  const star = pattern.indexOf('*');
  const name = star < 0 ? pattern : pattern.slice(0, star);
  if (star >= 0) {
    if (star !== pattern.length - 1) return 'may have one * only, at its end';
    if (pattern.startsWith('@') && !pattern.includes('/')) {
      return 'must have a slash after the scope, or other scopes match too: @acme/*';
    }
    if (!/[/._-]$/.test(name)) return 'must end in - . _ or / before the *, or other names match too: acme-*';
  }
  const whole = star < 0 ? name : `${name}x`;
  return /^(?:@[A-Za-z0-9~._-]+\/)?[A-Za-z0-9~._!'()-]+$/.test(whole) && whole.length <= 214
    ? undefined
    : 'is not a package name';
}

/**
 * Specificity of a name pattern that matches: exact names before prefixes, longer prefixes before shorter ones, `*` last.
 * @returns undefined if it does not match
 */
export function matchName(pattern: string, name: string): number | undefined {
  if (pattern === '*') return 0;
  if (!pattern.endsWith('*')) return pattern === name ? Number.MAX_SAFE_INTEGER : undefined;
  const prefix = pattern.slice(0, -1);
  return name.length > prefix.length && name.startsWith(prefix) ? prefix.length : undefined;
}

/** Whether a value is one of the patterns. What the certificate does not say matches nothing, not even `*`. */
export function matchesAny(patterns: readonly string[], value: string | undefined): boolean {
  if (value === undefined) return false;
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern,
  );
}
