const TEXTS_MAX = 2048;
const texts = new Map<string, string>();

/** One copy of texts that come up again: a certificate says most things three times, and a repository publishes many packages. */
export function shared(text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= TEXTS_MAX) texts.clear();
  texts.set(text, text);
  return text;
}
