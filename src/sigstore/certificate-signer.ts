import { sameBytes } from '../core/bytes.ts';
import { ProofError } from '../core/errors.ts';
import type { Certificate } from './certificate.ts';
import {
  assertLeaf,
  chainFault,
  EKU_CODE_SIGNING,
  type Issuer,
  isSignedBy,
  issuersOf,
  notInForce,
} from './chain.ts';
import { nameText } from './distinguished-name.ts';
import { certificateIdentity } from './identity.ts';
import type { Thresholds } from './options.ts';
import { verifyScts } from './sct.ts';
import type { Signer } from './signer.ts';
import type { TrustRoot, VerifiedSct } from './types.ts';

/** The holder of a Fulcio certificate. */
export function certificateSigner(leaf: Certificate, trustRoot: TrustRoot, thresholds: Thresholds): Signer {
  const key = leaf.publicKey();
  let authority: string | undefined;
  let transparency: readonly VerifiedSct[] | undefined;
  return {
    key,
    verifier: { label: 'CERTIFICATE', der: leaf.der, key },
    identity() {
      if (authority === undefined || transparency === undefined)
        throw new Error('a certificate speaks for nobody before its path and its SCTs held');
      return certificateIdentity(leaf, authority, transparency);
    },
    trusted(given) {
      const times = given.length > 1 ? [...new Set(given)] : given;
      assertLeaf(leaf, times, EKU_CODE_SIGNING);
      const issuers = issuersOf(leaf, trustRoot.certificateAuthorities, times);
      const keys = issuerKeys(issuers.flat());
      let running: Promise<Issuer> | undefined;
      const path = (): Promise<Issuer> => {
        running ??= findPath(leaf, issuers, times, keys);
        return running;
      };
      return [
        {
          failure: { code: 'certificate-signature-invalid', args: {} },
          async verify() {
            authority = (await path()).authority.uri;
            return true;
          },
        },
        {
          failure: { code: 'sct-invalid', args: {} },
          async verify() {
            // Which of several keys has issued the leaf is known only once its signature is verified.
            const { certificate } = keys.length === 1 ? keys[0]! : await path();
            const demanded = thresholds.certificateTransparencyLogs;
            transparency = await verifyScts(leaf, certificate.spkiDer, trustRoot.ctLogs, demanded);
            return true;
          },
        },
      ];
    },
  };
}

/** One issuer for each key among them. */
function issuerKeys(issuers: readonly Issuer[]): readonly Issuer[] {
  const found: Issuer[] = [];
  for (const issuer of issuers) if (!found.some((other) => hasSameKey(other, issuer))) found.push(issuer);
  return found;
}

function hasSameKey(a: Issuer, b: Issuer): boolean {
  return sameBytes(a.certificate.spkiDer, b.certificate.spkiDer);
}

/**
 * Who has issued the leaf, in force at the first time. At each of the others one with the same key must be: the trust root
 * may list an authority once for every window, or with several certificates.
 * @param issuers  for each time those that may have
 * @throws {ProofError} `certificate-signature-invalid`, `certificate-authority-time`, `authority-chain-invalid`
 */
async function findPath(
  leaf: Certificate,
  issuers: readonly (readonly Issuer[])[],
  times: readonly number[],
  keys: readonly Issuer[],
): Promise<Issuer> {
  const signer = await signerAmong(leaf, keys);
  const found: Issuer[] = [];
  for (const [index, inForce] of issuers.entries()) {
    const candidates = inForce.filter((issuer) => hasSameKey(issuer, signer));
    if (candidates.length === 0) throw notInForce(signer, times[index]!);
    found.push(await firstSound(candidates));
  }
  return found[0]!;
}

async function signerAmong(leaf: Certificate, keys: readonly Issuer[]): Promise<Issuer> {
  for (const issuer of keys) if (await isSignedBy(leaf, issuer.certificate)) return issuer;
  throw new ProofError('certificate-signature-invalid', { issuer: nameText(leaf.issuer) });
}

async function firstSound(candidates: readonly Issuer[]): Promise<Issuer> {
  let failure: ProofError | undefined;
  for (const candidate of candidates) {
    const { authority } = candidate;
    const fault = await chainFault(authority, EKU_CODE_SIGNING);
    if (!fault) return candidate;
    failure ??= new ProofError('authority-chain-invalid', {
      authority: authority.uri || authority.operator,
      ...fault,
    });
  }
  throw failure!;
}
