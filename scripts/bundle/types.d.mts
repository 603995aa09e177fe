export function declarations(from: string): string;
