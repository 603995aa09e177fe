/**
 * Source maps that tell the line and no more: of every statement that is shown in a stack, the file and the line of our own
 * sources. Whole maps would be larger than the code, and those of libraries lead to files that are not there.
 */
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

/**
 * @param maps  of version 3, with `mappings`, `sources` and `lines`: how many the file has whose map it is
 * @param keep  path of a source as the map is to name it; undefined for one that is to be left out
 * @returns     one map for all of the files, each of which begins on the line after the last of the one before it
 */
export function linesOnly(maps, keep) {
  const sources = [];
  const last = { source: 0, line: 0, column: 0 };
  const mappings = maps.flatMap((map) => {
    const kept = map.sources.map((source) => keep(source));
    const index = kept.map((name) => (name === undefined ? undefined : indexIn(sources, name)));
    const lines = decode(map.mappings).map((segments) => lineOf(segments, index, last));
    return Array.from({ length: map.lines }, (_, line) => lines[line] ?? '');
  });
  return { version: 3, names: [], sources, mappings: mappings.join(';') };
}

function indexIn(sources, name) {
  const known = sources.indexOf(name);
  return known < 0 ? sources.push(name) - 1 : known;
}

function lineOf(segments, index, last) {
  const text = [];
  let column = 0;
  let before;
  for (const [at, source, line, sourceColumn] of segments) {
    const name = source === undefined ? undefined : index[source];
    const here = name === undefined ? 'none' : `${name}:${line}`;
    if (here === before) continue;
    // What stands before the first line of ours needs no word that it is none of them.
    if (here !== 'none' || before !== undefined) {
      text.push(encode([at - column, ...(name === undefined ? [] : steps(last, name, line, sourceColumn))]));
      column = at;
    }
    before = here;
  }
  return text.join(',');
}

function steps(last, source, line, column) {
  const values = [source - last.source, line - last.line, column - last.column];
  Object.assign(last, { source, line, column });
  return values;
}

function decode(mappings) {
  let [source, line, sourceColumn] = [0, 0, 0];
  return mappings.split(';').map((text) => {
    let column = 0;
    return text === ''
      ? []
      : text.split(',').map((segment) => {
          const values = numbers(segment);
          column += values[0];
          if (values.length === 1) return [column];
          source += values[1];
          line += values[2];
          sourceColumn += values[3];
          return [column, source, line, sourceColumn];
        });
  });
}

function numbers(segment) {
  const found = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = VALUES.get(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    found.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return found;
}

function encode(values) {
  let text = '';
  for (const value of values) {
    let rest = value < 0 ? (-value << 1) | 1 : value << 1;
    do {
      const more = rest >>> 5;
      text += DIGITS[(rest & 31) | (more > 0 ? 32 : 0)];
      rest = more;
    } while (rest > 0);
  }
  return text;
}
