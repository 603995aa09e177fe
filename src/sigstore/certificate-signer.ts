import { hex } from '../core/bytes.ts';
import type { Certificate } from './certificate.ts';
import { EKU_CODE_SIGNING, issuersOf, verifyPath } from './chain.ts';
import { certificateIdentity } from './identity.ts';
import type { Thresholds } from './options.ts';
import { verifyScts } from './sct.ts';
import type { Signer } from './signer.ts';
import type { TrustRoot } from './types.ts';

/** The holder of a Fulcio certificate. */
export function certificateSigner(leaf: Certificate, trustRoot: TrustRoot, thresholds: Thresholds): Signer {
  return {
    key: leaf.publicKey(),
    verifier: { label: 'CERTIFICATE', der: leaf.der },
    identity: () => certificateIdentity(leaf),
    trusted(times) {
      const issuers = issuersOf(leaf, trustRoot.certificateAuthorities, times, EKU_CODE_SIGNING);
      return [
        {
          failure: { code: 'certificate-untrusted', args: {} },
          async verify() {
            for (const issuer of issuers) if (await verifyPath(leaf, issuer, EKU_CODE_SIGNING)) return true;
            return false;
          },
        },
        {
          failure: { code: 'sct-invalid', args: {} },
          async verify() {
            // Several authorities can share a name, but only one key: any of them tells the issuer's SPKI.
            const keys = new Map(issuers.map(({ chain }) => [hex(chain[0]!.spkiDer), chain[0]!.spkiDer]));
            let failure: unknown;
            for (const spki of keys.values()) {
              try {
                return (await verifyScts(leaf, spki, trustRoot.ctLogs)).length > 0;
              } catch (error) {
                failure = error;
              }
            }
            throw failure;
          },
        },
      ];
    },
  };
}
