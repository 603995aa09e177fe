/** Other checkpoints, signed by the log, and other signatures under a sound one. */
import type { Random } from '../support/rig/sigstore.mjs';
import type { Resign } from './base.ts';
import { entryOf, signNote } from './relog.ts';

type NoteChange = (lines: string[], random: Random) => [string, string[]] | undefined;
const noteChanges: readonly NoteChange[] = [
  (lines) => ['other line', [...lines, 'other 1']],
  (lines) => ['empty origin', ['', ...lines.slice(1)]],
  (lines) => ['origin of another log', ['rekor.example - 1', ...lines.slice(1)]],
  (lines) => ['origin without tree', [lines[0]!.split(' ')[0]!, ...lines.slice(1)]],
  (lines, random) => [
    'size in another spelling',
    [
      lines[0]!,
      random.pick([
        `0${lines[1]}`,
        `+${lines[1]}`,
        ` ${lines[1]}`,
        `0x${BigInt(lines[1]!).toString(16)}`,
        `${lines[1]} `,
        `${lines[1]}\r`,
      ]),
      ...lines.slice(2),
    ],
  ],
  (lines, random) => [
    'another size',
    [lines[0]!, String(BigInt(lines[1]!) + BigInt(random.pick([-1, 1, 1000]))), ...lines.slice(2)],
  ],
  (lines, random) => [
    'root hash in another spelling',
    [
      ...lines.slice(0, 2),
      random.pick([lines[2]!.replace(/=+$/, ''), `${lines[2]}=`, `${lines[2]} `, `!${lines[2]}`]),
      ...lines.slice(3),
    ],
  ],
  (lines) => ['line missing', lines.slice(0, 2)],
  (lines) => ['carriage returns', lines.map((line) => `${line}\r`)],
  (lines) => ['lines exchanged', [lines[1]!, lines[0]!, ...lines.slice(2)]],
];
type SignatureChange = (line: string, random: Random) => [string, string];
const signatureChanges: readonly SignatureChange[] = [
  (line) => ['signature twice', line + line],
  (line) => [
    'foreign signature first',
    `\u2014 other.example ${Buffer.alloc(70, 7).toString('base64')}\n${line}`,
  ],
  (line) => [
    'foreign signature last',
    `${line}\u2014 other.example ${Buffer.alloc(70, 7).toString('base64')}\n`,
  ],
  (line) => ['bad signature of the log first', line.replace(/(.{6})\n$/, 'AAAAA=\n') + line],
  (line) => ['malformed line first', `\u2014 other.example\n${line}`],
  (line) => ['malformed line last', `${line}nonsense\n`],
  (line) => ['signature without newline', line.slice(0, -1)],
  (line) => ['hyphen for a dash', line.replace('\u2014', '-')],
  (line, random) => [
    'another name',
    line.replace(/^\u2014 \S+/, `\u2014 ${random.pick(['rekor', '.', 'rekor.*', 'x', 'http', ''])}`),
  ],
  (line) => ['empty line behind', `${line}\n`],
  (line) => ['signature not canonical', line.replace(/=*\n$/, '\n')],
];

/** Other checkpoints, signed by the log. */
export const resignNote: Resign = (base, instance, random) => {
  const bundle = JSON.parse(base.text);
  const proof = entryOf(bundle)?.inclusionProof;
  if (!proof) return undefined;
  const [text, signature] = proof.checkpoint.envelope.split('\n\n') as [string, string];
  if (random.int(0, 1) === 0) {
    const [how, line] = random.pick(signatureChanges)(signature, random);
    proof.checkpoint.envelope = `${text}\n\n${line}`;
    return { kind: `note: ${how}`, detail: '', text: JSON.stringify(bundle) };
  }
  const [how, lines] = random.pick(noteChanges)(text.split('\n'), random) ?? [];
  if (lines === undefined) return undefined;
  const other = `${lines.join('\n')}\n`;
  proof.checkpoint.envelope = `${other}\n${signNote(other, instance)}`;
  return { kind: `note signed: ${how}`, detail: '', text: JSON.stringify(bundle) };
};
