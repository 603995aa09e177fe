/** YAML documents: edited as lines, as JSON (which is YAML), and as JSON's structure written in YAML's layout. */
import { loadAll } from 'js-yaml';
import { fromValue, mutateTree, toText } from './json.mjs';
import { lines } from './text.mjs';

export const yaml = {
  prepare(bytes) {
    const documents = loadAll(bytes.toString('utf8'));
    return { bytes, lines: lines.prepare(bytes), root: fromValue(documents.at(-1)) };
  },
  mutate(random, sample, samples) {
    if (random.chance(0.5))
      return lines.mutate(
        random,
        sample.lines,
        samples.map((other) => other.lines),
      );
    const root = mutateTree(random, sample, samples);
    const text = random.chance(0.3) ? toText(root) : block(root, '');
    return random.chance(0.8) ? Buffer.from(text) : lines.mutate(random, text.split('\n'), [sample.lines]);
  },
};

function block(node, indent) {
  if (node.members?.length > 0 && indent.length < 200)
    return node.members.map(([key, item]) => `${indent}${word(key)}:${value(item, indent)}`).join('');
  if (node.items?.length > 0 && indent.length < 200)
    return node.items.map((item) => `${indent}-${value(item, indent)}`).join('');
  return `${indent}${toText(node)}\n`;
}

function value(node, indent) {
  const inner = (node.members ?? node.items ?? []).length > 0;
  return inner ? `\n${block(node, `${indent}  `)}` : ` ${toText(node)}\n`;
}

/** A key as people write it, where that is the same key. */
function word(key) {
  return /^[A-Za-z][\w-]*$/.test(key) ? key : JSON.stringify(key);
}
