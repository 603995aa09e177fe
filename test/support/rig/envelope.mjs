import { b64, sha256 } from './der.mjs';

/** What a DSSE signature covers (pre-authentication encoding). */
export const pae = (type, payload) =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);

/** What Rekor v1 records of an envelope: `dsse` 0.0.1, or `intoto` 0.0.2, which encodes the signature twice. */
export function logBody(kind, { envelope, payload, sig, keyid, verifier }) {
  const hash = (x) => ({ algorithm: 'sha256', value: sha256(x).toString('hex') });
  const envelopeHash = hash(JSON.stringify(envelope));
  const payloadHash = hash(payload);
  if (kind === 'dsse') {
    const signatures = [{ signature: b64(sig), verifier: b64(verifier) }];
    return { apiVersion: '0.0.1', kind, spec: { envelopeHash, payloadHash, signatures } };
  }
  const signature = { ...(keyid ? { keyid } : {}), publicKey: b64(verifier), sig: b64(b64(sig)) };
  const recorded = { payloadType: envelope.payloadType, signatures: [signature] };
  const content = { envelope: recorded, hash: envelopeHash, payloadHash };
  return { apiVersion: '0.0.2', kind, spec: { content } };
}
