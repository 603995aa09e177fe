export function pageWith(before: string, text: string, part: string): string;
export function writePage(text: string, part: string): string;
