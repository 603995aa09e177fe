// Just enough DER, X.509 and RFC 3161 for scripts/floor.mjs: everything is believed to be where it belongs.
import crypto from 'node:crypto';

export const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), crypto.createHash('sha256')).digest();
export const keyFromDer = (der) => crypto.createPublicKey({ key: der, format: 'der', type: 'spki' });

export function elementAt(der, start) {
  let body = start + 2;
  let length = der[start + 1];
  if (length > 127) {
    const count = length & 127;
    length = der.readUIntBE(body, count);
    body += count;
  }
  return { tag: der[start], start, body, end: body + length };
}
export function childrenOf(der, { body, end }) {
  const list = [];
  for (let at = body; at < end; at = list.at(-1).end) list.push(elementAt(der, at));
  return list;
}
export const contentOf = (der, { body, end }) => der.subarray(body, end);
export function wrap(tag, ...parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.of(tag, ...head), ...parts]);
}

export function readCertificate(der) {
  const [tbs, , signature] = childrenOf(der, elementAt(der, 0));
  const fields = childrenOf(der, tbs);
  const [notBefore, notAfter] = childrenOf(der, fields[4]).map(({ body, end }) =>
    timeOf(`20${der.latin1Slice(body, end)}`),
  );
  return {
    der,
    fields,
    notBefore,
    notAfter,
    tbs: der.subarray(tbs.start, tbs.end),
    spki: der.subarray(fields[6].start, fields[6].end),
    signature: der.subarray(signature.body + 1, signature.end),
  };
}

function timeOf(digits) {
  const [century, year, month, day, hour, minute, second] = digits.match(/\d\d/g).map(Number);
  return Date.UTC(century * 100 + year, month - 1, day, hour, minute, second);
}

const MESSAGE_DIGEST = Buffer.from('06092a864886f70d010904', 'hex');
const SIGNING_CERTIFICATE_V2 = Buffer.from('060b2a864886f70d010910022f', 'hex');

/** A TimeStampResp: what it stamps, when, and what its signature covers. */
export function readTimestamp(der) {
  const [status, token] = childrenOf(der, elementAt(der, 0));
  const [, data] = childrenOf(der, token);
  const parts = childrenOf(der, childrenOf(der, data)[0]);
  const octets = childrenOf(der, childrenOf(der, parts[2])[1])[0];
  const info = contentOf(der, octets);
  const [, , imprint, , genTime] = childrenOf(der, elementAt(der, octets.body));
  const signerInfo = childrenOf(der, childrenOf(der, parts.at(-1))[0]);
  const attributes = signerInfo[3];
  const attribute = (id) => {
    const found = childrenOf(der, attributes).find(({ body }) =>
      der.subarray(body, body + id.length).equals(id),
    );
    return childrenOf(der, found)[1].body;
  };
  let certificate = elementAt(der, attribute(SIGNING_CERTIFICATE_V2));
  for (let depth = 0; depth < 3; depth++) certificate = childrenOf(der, certificate)[0];
  return {
    granted: contentOf(der, childrenOf(der, status)[0])[0] === 0,
    imprint: contentOf(der, childrenOf(der, imprint)[1]),
    time: timeOf(der.latin1Slice(genTime.body, genTime.end)),
    info,
    infoDigest: contentOf(der, elementAt(der, attribute(MESSAGE_DIGEST))),
    certificateDigest: contentOf(der, certificate),
    /** RFC 5652 section 5.4: signed under the tag of a SET. */
    covered: Buffer.concat([Buffer.of(0x31), der.subarray(attributes.start + 1, attributes.end)]),
    signature: contentOf(der, signerInfo[5]),
  };
}
