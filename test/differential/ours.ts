import { MalformedError, ProofError } from '../../src/core/errors.ts';
import { type JsonValue, parseJson } from '../../src/core/json.ts';
import { limits } from '../../src/core/limits.ts';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { TrustRoot, VerifiedBundle } from '../../src/sigstore/types.ts';
import { verifyBundle } from '../../src/sigstore/verify-bundle.ts';
import type { Base } from './base.ts';

export type OurVerdict =
  | { readonly verified: VerifiedBundle }
  /** `malformed`, with what was malformed: `malformed bundle`. */
  | { readonly refused: string };

const WITHOUT_LOGS = { insecureWithoutTransparencyLog: true, insecureWithoutCertificateTransparency: true };
const roots = new Map<string, TrustRoot>();

function rootOf(text: string): TrustRoot {
  const known = roots.get(text);
  if (known) return known;
  const root = parseTrustRoot(Buffer.from(text));
  roots.set(text, root);
  return root;
}

/** The verdict on a bundle's text. A crash goes on up: it is a bug of ours. */
export async function ourVerdict(base: Base, text: string): Promise<OurVerdict> {
  try {
    const trustRoot = rootOf(base.trustRoot);
    const value: JsonValue = parseJson(Buffer.from(text), 'bundle', limits.bundleBytesMax);
    const { artifact, keys } = base;
    return {
      verified: await verifyBundle(value, {
        trustRoot,
        keys,
        artifact: artifact && { kind: 'content', chunks: () => [artifact] },
        options: base.withoutLogs ? WITHOUT_LOGS : {},
      }),
    };
  } catch (error) {
    if (error instanceof MalformedError) return { refused: `malformed: ${error.args.why}` };
    if (error instanceof ProofError) return { refused: error.code };
    throw error;
  }
}
