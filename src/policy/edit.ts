/**
 * Takes exemptions out of the text of a policy file. Only the lines (or, inside `[ ]`, the entries) that go are cut: every
 * other byte of what somebody wrote by hand stays as it is, comments, quotes and indentation included.
 */
import { type CST, isMap, isScalar, isSeq, type Pair, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

/** From, up to. */
type Cut = readonly [start: number, end: number];

/**
 * @param text  a file that `parsePolicy` has accepted, without byte order mark
 * @param key   the policy stands under this key of the top-level map (package.json)
 * @param dead  places in the list of exemptions
 * @returns     undefined where the list is written in a way that cutting would not leave whole; the caller reads what
 *              comes out and compares it with what it must say
 */
export function withoutExemptions(
  text: string,
  key: string | undefined,
  dead: ReadonlySet<number>,
): string | undefined {
  const document = parseDocument(text, { keepSourceTokens: true, uniqueKeys: false, version: '1.2' });
  const root = key === undefined ? document.contents : pairOf(document.contents, key)?.value;
  const pair = pairOf(root, 'exemptions');
  const list = pair?.value;
  if (!isSeq(list)) return undefined;
  const token = list.srcToken;
  if (token?.type === 'flow-collection') return cutEntries(text, list, token, dead);
  return token?.type === 'block-seq' ? cutLines(text, pair as Pair, list, token, dead) : undefined;
}

function pairOf(map: unknown, key: string): Pair | undefined {
  if (!isMap(map)) return undefined;
  return (map as YAMLMap).items.find((item) => isScalar(item.key) && item.key.value === key);
}

/** `[a, b]`, as in JSON. Each entry that stays keeps what is written between it and the one before it. */
function cutEntries(
  text: string,
  list: YAMLSeq,
  token: CST.FlowCollection,
  dead: ReadonlySet<number>,
): string | undefined {
  const close = token.end.find(({ type }) => type === 'flow-seq-end')?.offset;
  const spans = list.items.map(spanOf);
  if (close === undefined || spans.some((span) => span === undefined)) return undefined;
  const open = token.start.offset + 1;
  const gaps = spans.map((span, i) => text.slice(i === 0 ? open : spans[i - 1]![1], span![0]));
  const tail = text.slice(spans.at(-1)?.[1] ?? open, close);
  const kept = spans.flatMap((_, i) => (dead.has(i) ? [] : [i]));
  const [first] = kept;
  const lost = gaps.filter((_, i) => (first === undefined ? true : i !== 0 && (dead.has(i) || i === first)));
  // A comment, an anchor or a tag would be lost, or end up at another entry.
  if ([...lost, ...(first === undefined ? [tail] : [])].some((gap) => /[^\s,]/.test(gap))) return undefined;
  if (first !== 0 && /[&!]/.test(gaps[0] ?? '')) return undefined;
  const inner = kept.map((i) => `${i === first ? gaps[0] : gaps[i]}${text.slice(...spans[i]!)}`).join('');
  return `${text.slice(0, open)}${inner}${first === undefined ? '' : tail}${text.slice(close)}`;
}

/** `- a`, an entry begins on a line of its own. */
function cutLines(
  text: string,
  pair: Pair,
  list: YAMLSeq,
  token: CST.BlockSequence,
  dead: ReadonlySet<number>,
): string | undefined {
  const dashes = token.items.flatMap(({ start }) => start.filter(({ type }) => type === 'seq-item-ind'));
  const colon = pair.srcToken?.sep?.find(({ type }) => type === 'map-value-ind');
  if (dashes.length !== list.items.length || colon === undefined) return undefined;
  const cuts: Cut[] = [];
  let before = colon.offset;
  for (const [i, item] of list.items.entries()) {
    const span = spanOf(item);
    const dash = dashes[i]!.offset;
    if (span === undefined || text.slice(lineStart(text, dash), dash).trim() !== '') return undefined;
    const end = endOf(text, span[1], dash);
    if (dead.has(i)) cuts.push(withBlankLines(text, [startOf(text, dash, before, i === 0), end]));
    before = end;
  }
  const empty: readonly Cut[] = dead.size < list.items.length ? [] : [[colon.offset + 1, colon.offset + 1]];
  let out = '';
  let from = 0;
  for (const [start, end] of [...empty, ...cuts]) {
    // Two may claim the same blank lines.
    out += text.slice(from, Math.max(from, start)) + (start === end ? ' []' : '');
    from = Math.max(from, end);
  }
  return out + text.slice(from);
}

/** With the comment right above the entry, which is about it. */
function startOf(text: string, dash: number, before: number, isFirst: boolean): number {
  const column = dash - lineStart(text, dash);
  let start = lineStart(text, dash);
  while (start > 0) {
    const above = lineStart(text, start - 1);
    // Indented further, it is the last word on the entry before.
    const indent = commentColumn(text.slice(above, start));
    if (above <= before - 1 || indent === undefined || (!isFirst && indent > column)) break;
    start = above;
  }
  return start;
}

/** With a comment at the end of its last line, and those under it that are indented as its inside is. */
function endOf(text: string, contentEnd: number, dash: number): number {
  const column = dash - lineStart(text, dash);
  // A block of text ends with its line feed.
  let end = text[contentEnd - 1] === '\n' ? contentEnd : nextLine(text, contentEnd);
  for (;;) {
    const indent = commentColumn(text.slice(end, nextLine(text, end)));
    if (indent === undefined || indent <= column) return end;
    end = nextLine(text, end);
  }
}

/** Of the blank lines on both sides one side goes. */
function withBlankLines(text: string, [start, end]: Cut): Cut {
  const isBlank = (from: number, to: number): boolean => from < to && text.slice(from, to).trim() === '';
  let [from, to] = [start, end];
  if (from > 0 && isBlank(lineStart(text, from - 1), from)) {
    while (isBlank(to, nextLine(text, to))) to = nextLine(text, to);
    if (to === text.length)
      while (from > 0 && isBlank(lineStart(text, from - 1), from)) from = lineStart(text, from - 1);
  }
  return [from, to];
}

/** Indentation of a line that is nothing but a comment. */
function commentColumn(line: string): number | undefined {
  const column = line.length - line.trimStart().length;
  return line[column] === '#' ? column : undefined;
}

function lineStart(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

function nextLine(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  return feed < 0 ? text.length : feed + 1;
}

/** What an entry itself takes, without what is around it. */
function spanOf(node: unknown): Cut | undefined {
  const { range } = node as { readonly range?: readonly [number, number, number] | null };
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}
