export function publish(
  folder: string,
  files: ReadonlyMap<string, string | Uint8Array>,
  options: { readonly clean: boolean },
): void;
