import assert from 'node:assert';
import { sameBytes } from '../core/bytes.ts';
import { ProofError } from '../core/errors.ts';
import type { Certificate } from './certificate.ts';
import { assertLeaf, chainFault, EKU_CODE_SIGNING, isSignedBy, issuersOf, notInForce } from './chain.ts';
import { nameText } from './distinguished-name.ts';
import { certificateIdentity } from './identity.ts';
import type { Thresholds } from './options.ts';
import { verifyScts } from './sct.ts';
import type { Signer } from './signer.ts';
import type { CertificateAuthority, TrustRoot, VerifiedSct } from './types.ts';

/** The holder of a Fulcio certificate. */
export function certificateSigner(leaf: Certificate, trustRoot: TrustRoot, thresholds: Thresholds): Signer {
  const key = leaf.publicKey();
  let authority: CertificateAuthority | undefined;
  let transparency: readonly VerifiedSct[] | undefined;
  return {
    key,
    verifier: { label: 'CERTIFICATE', der: leaf.der, key },
    identity() {
      assert(authority && transparency, 'a certificate speaks for nobody before its path and its SCTs held');
      return certificateIdentity(leaf, authority.uri, transparency);
    },
    trusted(given) {
      const times = given.length > 1 ? [...new Set(given)] : given;
      assertLeaf(leaf, times, EKU_CODE_SIGNING);
      const issuers = issuersOf(leaf, trustRoot.certificateAuthorities, times);
      const keys = issuerKeys(issuers.flat());
      let running: Promise<CertificateAuthority> | undefined;
      const path = (): Promise<CertificateAuthority> => (running ??= findPath(leaf, issuers, times, keys));
      return [
        {
          failure: { code: 'certificate-signature-invalid', args: {} },
          async verify() {
            authority = await path();
            return true;
          },
        },
        {
          failure: { code: 'sct-invalid', args: {} },
          async verify() {
            // Which of several keys has issued the leaf is known only once its signature is verified.
            const issuer = keys.length === 1 ? keys[0]!.chain[0]! : (await path()).chain[0]!;
            const demanded = thresholds.certificateTransparencyLogs;
            transparency = await verifyScts(leaf, issuer.spkiDer, trustRoot.ctLogs, demanded);
            return true;
          },
        },
      ];
    },
  };
}

/** One authority for each key among them. */
function issuerKeys(issuers: readonly CertificateAuthority[]): readonly CertificateAuthority[] {
  const found: CertificateAuthority[] = [];
  for (const issuer of issuers) if (!found.some((other) => hasSameKey(other, issuer))) found.push(issuer);
  return found;
}

function hasSameKey(a: CertificateAuthority, b: CertificateAuthority): boolean {
  return sameBytes(a.chain[0]!.spkiDer, b.chain[0]!.spkiDer);
}

/**
 * The authority that has issued the leaf, in force at the first time. At each of the others one with the same key must be:
 * the trust root may list it once for every window, or with several certificates.
 * @param issuers  for each time those that may have
 * @throws {ProofError} `certificate-signature-invalid`, `certificate-authority-time`, `authority-chain-invalid`
 */
async function findPath(
  leaf: Certificate,
  issuers: readonly (readonly CertificateAuthority[])[],
  times: readonly number[],
  keys: readonly CertificateAuthority[],
): Promise<CertificateAuthority> {
  const signer = await signerAmong(leaf, keys);
  const found: CertificateAuthority[] = [];
  for (const [index, inForce] of issuers.entries()) {
    const candidates = inForce.filter((authority) => hasSameKey(authority, signer));
    if (candidates.length === 0) throw notInForce([signer], times[index]!);
    found.push(await firstSound(candidates));
  }
  return found[0]!;
}

async function signerAmong(
  leaf: Certificate,
  keys: readonly CertificateAuthority[],
): Promise<CertificateAuthority> {
  for (const authority of keys) if (await isSignedBy(leaf, authority.chain[0]!)) return authority;
  throw new ProofError('certificate-signature-invalid', { issuer: nameText(leaf.issuer) });
}

async function firstSound(candidates: readonly CertificateAuthority[]): Promise<CertificateAuthority> {
  let failure: ProofError | undefined;
  for (const candidate of candidates) {
    const fault = await chainFault(candidate, EKU_CODE_SIGNING);
    if (!fault) return candidate;
    const authority = candidate.uri || candidate.operator;
    failure ??= new ProofError('authority-chain-invalid', { authority, ...fault });
  }
  throw failure!;
}
