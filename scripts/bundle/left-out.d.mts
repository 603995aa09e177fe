export function edits(): {
  transform(code: string, id: string): { readonly code: string } | undefined;
  buildEnd(error?: Error): void;
};
