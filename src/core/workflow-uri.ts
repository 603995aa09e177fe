/**
 * `https://HOST/OWNER/REPO/PATH@REF` without `@REF`. File names and tags may hold an `@` as well; cut is at the last one
 * before `refs/`, so that no path that somebody makes up comes out as a shorter one.
 */
export function withoutRef(uri: string): string {
  const named = uri.lastIndexOf('@refs/');
  // A reusable workflow can be called by its commit.
  const at = named < 0 ? uri.lastIndexOf('@') : named;
  return at < 0 ? uri : uri.slice(0, at);
}
