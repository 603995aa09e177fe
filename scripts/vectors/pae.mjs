// Pre-authentication encodings of DSSE v1.0.0: the bytes a signature covers, one vector for each pair of type and payload that
// a careless encoder gets wrong. All are accepted; what counts is the bytes.
import { concat, hex } from './encode.mjs';
import { vectorTable } from './table.mjs';

const { vectors, add } = vectorTable();

export { vectors };

/** "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body, LEN in decimal and in bytes. */
function encode(type, payload) {
  const size = (bytes) => Buffer.from(String(bytes.length), 'latin1');
  const space = [0x20];
  const typeBytes = Buffer.from(type, 'utf8');
  return concat(
    Buffer.from('DSSEv1'),
    space,
    size(typeBytes),
    space,
    typeBytes,
    space,
    size(payload),
    space,
    payload,
  );
}
function pair(name, why, type, payload) {
  const bytes = Buffer.from(payload);
  add(name, why, { payloadType: type, payload: hex(bytes) }, { value: hex(encode(type, bytes)) });
}

const INTOTO = 'application/vnd.in-toto+json';
pair('example', 'an in-toto statement', INTOTO, '{"_type":"https://in-toto.io/Statement/v1"}');
pair('empty-payload', 'a payload of no bytes still has its length and its separator', INTOTO, '');
pair('empty-type', 'a type of no bytes leaves two spaces in a row', '', 'x');
pair('empty-both', 'nothing at all', '', '');
pair('type-bytes', 'the length of the type counts bytes of UTF-8, not characters', 'größe', 'x');
pair('type-surrogates', 'nor UTF-16 units: one character, two units, four bytes', '\u{1f512}', 'x');
pair(
  'type-combining',
  'and nothing is normalised: e and an accent are two characters',
  'caf\u0065\u0301',
  'x',
);
pair('type-composed', 'the same text to the eye, composed', 'caf\u00e9', 'x');
pair('payload-bytes', 'the length of the payload counts bytes', 't', '日本');
pair('payload-nul', 'a payload that starts, goes on and ends with NUL', 't', [0, 0x61, 0, 0x62, 0]);
pair('type-nul', 'a NUL inside the type does not end it', 'a\0b', 'x');
pair('payload-not-utf8', 'a payload that is no text is kept as it is', 't', [0xff, 0xfe, 0xc3, 0x28, 0x80]);
pair('payload-bom', 'a byte order mark is part of the payload', 't', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]);
pair('payload-crlf', 'line ends are not touched', 't', 'a\r\nb\r\n');
pair(
  'payload-all-bytes',
  'every byte there is',
  't',
  Array.from({ length: 256 }, (_, i) => i),
);
pair('payload-1000', 'a length of four digits, without separators', 't', 'a'.repeat(1000));
pair('payload-is-encoding', 'an encoding as the payload of another', 't', encode('t', Buffer.from('x')));
// Encoders that join without lengths give these the same bytes.
pair('border-type-long', 'a space in the type', 'a b', 'c');
pair('border-type-short', 'the same with the border moved into the payload', 'a', 'b c');
pair('border-length-in-type', 'a type that looks like a type, a length and a payload', 'a 1 b', '');
pair('border-length-in-payload', 'a payload that looks like a length and a payload', 'a', '1 b');
pair('border-digits', 'a type of digits behind its length', '1 1', '1 1');
