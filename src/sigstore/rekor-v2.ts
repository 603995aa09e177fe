/**
 * The one entry type of Rekor v2: a signature over a digest. An envelope is logged as one over its pre-authentication
 * encoding.
 * @see https://github.com/sigstore/rekor-tiles/blob/v2.0.1/api/proto/rekor/v2/hashedrekord.proto
 */
import { createHash } from 'node:crypto';
import { hex } from '../core/bytes.ts';
import { MalformedError } from '../core/errors.ts';
import { asObject, asString, type JsonObject, member } from '../core/json.ts';
import type { BundleContent } from './bundle.ts';
import { type DigestAlgorithm, digestAlgorithmOf } from './digest.ts';
import { preAuthEncoding } from './dsse.ts';
import { assertKeyDetails } from './keys.ts';
import { bytesOf, matchBytes, matchVerifier, mismatch, type Verifier, WHAT } from './rekor-match.ts';

export function matchHashedRekordV2(spec: JsonObject, content: BundleContent, verifier: Verifier): void {
  const entry = asObject(member(spec, 'hashedRekordV002'), 'hashedRekordV002');
  const data = asObject(member(entry, 'data'), 'data');
  const algorithm = digestAlgorithmOf(asString(member(data, 'algorithm'), 'algorithm'), WHAT);
  const signed = digestOf(content, algorithm);
  const logged = bytesOf(data, 'digest');
  if (signed.algorithm !== algorithm || Buffer.compare(signed.digest, logged) !== 0) {
    throw mismatch('digest', `${signed.algorithm}:${hex(signed.digest)}`, `${algorithm}:${hex(logged)}`);
  }
  const signature = asObject(member(entry, 'signature'), 'signature');
  matchBytes('signature', bytesOf(signature, 'content'), content.signature);
  matchSigner(asObject(member(signature, 'verifier'), 'verifier'), verifier);
}

function digestOf(
  content: BundleContent,
  algorithm: DigestAlgorithm,
): { algorithm: DigestAlgorithm; digest: Uint8Array } {
  if (content.kind === 'message') return { algorithm: content.digestAlgorithm, digest: content.digest };
  const covered = preAuthEncoding(content.payloadType, content.payload);
  return { algorithm, digest: createHash(algorithm).update(covered).digest() };
}

function matchSigner(holder: JsonObject, verifier: Verifier): void {
  const certificate = member(holder, 'x509Certificate');
  const publicKey = member(holder, 'publicKey');
  if ((certificate === undefined) === (publicKey === undefined)) {
    throw new MalformedError(WHAT, 'not exactly one certificate or public key');
  }
  const name = certificate === undefined ? 'publicKey' : 'x509Certificate';
  const der = bytesOf(asObject(certificate ?? publicKey, name), 'rawBytes');
  matchVerifier(certificate === undefined ? 'PUBLIC KEY' : 'CERTIFICATE', der, verifier);
  // The key is the same; the log must not say that it is used with another algorithm.
  assertKeyDetails(verifier.key.spkiDer, asString(member(holder, 'keyDetails'), 'keyDetails'), WHAT);
}
