import { expect, test } from 'vitest';
import { encodeDer } from '../../src/core/der.ts';
import { nameText } from '../../src/sigstore/distinguished-name.ts';
import { nameOf, oid, seq, utf8String } from './forge.ts';

const part = (id: string, text: string): Uint8Array => encodeDer(0x31, seq(oid(id), utf8String(text)));

test.each<[string, Uint8Array, string]>([
  ['one part', nameOf('tsa'), 'CN=tsa'],
  [
    'several in their order',
    seq(part('2.5.4.10', 'Acme, Inc.'), part('2.5.4.3', 'tsa')),
    'O=Acme, Inc., CN=tsa',
  ],
  ['a type without a short name', seq(part('2.5.4.13', 'x')), '2.5.4.13=x'],
  ['nothing', seq(), 'an empty name'],
  ['no name', Buffer.from('name'), 'a name of 4 bytes'],
  ['half a part', seq(encodeDer(0x31, seq(oid('2.5.4.3')))), '?'],
  ['too much', nameOf('x'.repeat(1000)), `CN=${'x'.repeat(197)}`],
])('%s', (_, name, expected) => {
  expect(nameText(name)).toBe(expected);
});
