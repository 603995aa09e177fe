export function grouping(root: string): {
  readonly groups: readonly { readonly name: string; readonly test: (id: string) => boolean }[];
  expectUsed(): void;
};
