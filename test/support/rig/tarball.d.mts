export function tarball(files: Readonly<Record<string, string>>, mtime?: number): Buffer;
