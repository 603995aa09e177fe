/** Bits flipped in what a field stands for, and other spellings of the same bytes. */
import type { Random } from '../support/rig/sigstore.mjs';
import { flipBit, type Mutation, type SlotMutator } from './mutation.ts';
import type { Slot } from './slots.ts';

/** One bit of the bytes behind base64, of a number's value, of a character of a text. */
export const flip: SlotMutator = (slot, random) => {
  const { bytes, label } = slot;
  if (bytes.length === 0) return undefined;
  if (slot.kind === 'number') {
    const bit = random.int(0, 44);
    const value = BigInt(bytes.toString()) ^ (1n << BigInt(bit));
    return {
      kind: 'bit of a number',
      detail: `${label}, bit ${bit}`,
      text: slot.write(Buffer.from(String(value))),
    };
  }
  const bit = random.int(0, bytes.length * 8 - 1);
  const flipped = flipBit(bytes, bit);
  // Text that is no longer UTF-8 would be written as something else than one bit.
  if (slot.kind !== 'bytes' && slot.kind !== 'der' && !flipped.equals(Buffer.from(flipped.toString('utf8'))))
    return undefined;
  const what = slot.kind === 'text' || slot.kind === 'json' ? 'text' : slot.kind;
  return { kind: `bit of ${what}`, detail: `${label}, bit ${bit}`, text: slot.write(flipped) };
};

/** Another length: bytes cut off, added, or all gone. */
export const resize: SlotMutator = (slot, random) => {
  if (slot.kind === 'json' || slot.kind === 'number') return undefined;
  const { bytes, label } = slot;
  const [how, other] = random.pick<[string, Buffer]>([
    ['cut', bytes.subarray(0, random.int(0, bytes.length))],
    [
      'longer',
      Buffer.concat([
        bytes,
        Buffer.alloc(random.int(1, 3), slot.kind === 'text' ? 0x20 : random.pick([0, 255])),
      ]),
    ],
    ['empty', Buffer.alloc(0)],
    ['doubled', Buffer.concat([bytes, bytes])],
    ['zeroed', Buffer.alloc(bytes.length, slot.kind === 'text' ? 0x30 : 0)],
  ]);
  return {
    kind: `${slot.kind === 'text' ? 'text' : 'bytes'} ${how}`,
    detail: label,
    text: slot.write(other),
  };
};

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The same bytes to a lenient decoder. */
export const respell: SlotMutator = ({ base64, label }, random) => {
  if (!base64) return undefined;
  const [how, text] = random.pick(spellings)(base64.text, random) ?? [];
  return how === undefined || text === undefined
    ? undefined
    : { kind: `base64 ${how}`, detail: label, text: base64.write(text) };
};

type Spelling = (text: string, random: Random) => [string, string] | undefined;
const insert = (text: string, random: Random, what: string): string => {
  const at = random.int(0, text.length);
  return text.slice(0, at) + what + text.slice(at);
};
const spellings: readonly Spelling[] = [
  (text, random) => ['white space', insert(text, random, random.pick(['\n', ' ', '\r\n', '\t']))],
  (text) => (text.endsWith('=') ? ['unpadded', text.replace(/=+$/, '')] : undefined),
  (text) => ['padded twice', `${text}====`],
  (text) =>
    /[+/]/.test(text) ? ['url alphabet', text.replaceAll('+', '-').replaceAll('/', '_')] : undefined,
  (text, random) => ['foreign character', insert(text, random, random.pick(['!', '*', '\u00e9', '.']))],
  (text) => {
    const [, body, last, pad] = /^(.*)([A-Za-z0-9+/])(={1,2})$/.exec(text) ?? [];
    if (last === undefined) return undefined;
    return ['pad bits', `${body}${ALPHABET[ALPHABET.indexOf(last) | 1]}${pad}`];
  },
  (text) => ['behind the end', `${text}=AAAA`],
];

const NUMBERS: readonly ((text: string) => [string, string])[] = [
  (text) => ['leading zero', `0${text}`],
  (text) => ['plus sign', `+${text}`],
  (text) => ['white space', ` ${text} `],
  (text) => ['hexadecimal', `0x${BigInt(text).toString(16)}`],
  (text) => ['fraction', `${text}.0`],
  (text) => ['exponent', `${text}e0`],
  (text) => ['negative', `-${text}`],
  (text) => ['beyond 2^64', String(BigInt(text) + (1n << 64n))],
  (text) => ['beyond 2^53', String(BigInt(text) + (1n << 54n))],
  (text) => ['separator', text.replace(/(\d)(?=\d)/, '$1_')],
];

/** The same number, or nearly, in another spelling. */
export const renumber: SlotMutator = (slot: Slot, random: Random): Mutation | undefined => {
  if (slot.kind !== 'number') return undefined;
  const [how, text] = random.pick(NUMBERS)(slot.bytes.toString());
  return { kind: `number ${how}`, detail: slot.label, text: slot.write(Buffer.from(text)) };
};
