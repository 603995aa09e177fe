/** The decoders that everything else stands on. What they accept is held against a second, slower opinion. */
import { strictEqual } from 'node:assert';
import { bundles, fromBase64, json, sigstore } from '../corpus.mjs';
import { product } from '../product.mjs';

export const core = {
  async base64() {
    const { decodeBase64, encodeBase64 } = await product('core/base64');
    return {
      format: 'base64',
      samples: [...sigstore.certificates, '', 'AA==', 'AAA='].map((text) => Buffer.from(text)),
      read(bytes) {
        const text = bytes.toString('utf8');
        strictEqual(encodeBase64(decodeBase64(text, 'x')), text, 'bytes in two spellings');
      },
    };
  },
  async json() {
    const { parseJson } = await product('core/json');
    return {
      format: 'json',
      samples: [
        json(bundles[0]),
        json(sigstore.keysTarget),
        Buffer.from('{"a":[1,{"a":"\\u0061"}],"b":-0.5e3,"time":{}}'),
      ],
      read(bytes) {
        const value = parseJson(bytes, 'x', 1e6);
        // Written out it is shorter, never another value.
        strictEqual(
          JSON.stringify(JSON.parse(bytes.toString('utf8'))),
          JSON.stringify(value),
          'another value',
        );
      },
    };
  },
  async der() {
    const { booleanOf, children, content, encodeDer, encoded, oidOf, parseDer, timeOf } =
      await product('core/der');
    const leaf = (element) => {
      if (element.tag === 0x01) booleanOf(element, 'x');
      if (element.tag === 0x06) oidOf(element, 'x');
      if (element.tag === 0x17 || element.tag === 0x18) timeOf(element, 'x');
      return content(element);
    };
    const again = (element, depth) =>
      element.tag & 0x20 && depth < 50
        ? encodeDer(element.tag, ...children(element, 'x').map((child) => again(child, depth + 1)))
        : encodeDer(element.tag, leaf(element));
    return {
      format: 'der',
      samples: derSamples(),
      read(bytes) {
        const element = parseDer(bytes, 'x');
        strictEqual(Buffer.compare(again(element, 0), encoded(element)), 0, 'bytes in two encodings');
      },
    };
  },
  async text() {
    const { printable } = await product('core/text');
    const { normalRegistry } = await product('core/registry-url');
    const { normalizeRepository } = await product('policy/repository');
    return {
      format: 'text',
      samples: [
        'https://registry.example/npm/',
        'git+ssh://git@github.com/acme/log.git#main',
        'github:acme/log',
        'https://user:secret@github.com:443//acme///log',
      ].map((text) => Buffer.from(text)),
      read(bytes) {
        const text = bytes.toString('utf8');
        const shown = printable(text);
        if (/[\0-\u001f\u007f-\u009f\u2028-\u202e]|\p{Surrogate}/u.test(shown))
          throw new Error('unprintable');
        normalRegistry(text);
        normalizeRepository(text);
      },
    };
  },
};

/** Certificates and tokens: all the DER there is. */
export function derSamples() {
  const tokens = bundles
    .flatMap((bundle) => bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [])
    .map(({ signedTimestamp }) => signedTimestamp);
  return [...sigstore.certificates, ...tokens].map(fromBase64);
}
