/**
 * Package URL of an npm package, in the form npm signs: the scope's `@` percent-encoded, the slash kept
 * (`pkg:npm/%40scope/name@1.2.3`).
 * @see https://github.com/package-url/purl-spec (npm type) and npm's `toPurl`
 */
export function npmPurl(name: string, version: string): string {
  // Joined, not concatenated: that would keep every part of it besides.
  return ['pkg:npm/', name.replace(/^@/, '%40'), '@', version].join('');
}
