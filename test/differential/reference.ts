/** The reference implementation: the project's own copy, or another one named by VERIFY_DEPS_REFERENCE. */
import { createPublicKey } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as SigstoreBundle from '@sigstore/bundle';
import type * as Protobuf from '@sigstore/protobuf-specs';
import type * as SigstoreVerify from '@sigstore/verify';
import type { Base } from './base.ts';
import type { Gap } from './gaps.ts';

/** A folder with node_modules in it. */
const folder: string = process.env.VERIFY_DEPS_REFERENCE ?? path.join(import.meta.dirname, '..', '..');
const load = createRequire(path.join(folder, 'package.json'));
const { bundleFromJSON } = load('@sigstore/bundle') as typeof SigstoreBundle;
const { TrustedRoot } = load('@sigstore/protobuf-specs') as typeof Protobuf;
const { toSignedEntity, toTrustMaterial, Verifier } = load('@sigstore/verify') as typeof SigstoreVerify;

/** Of @sigstore/verify: `3.1.1`. */
export const referenceVersion: string = (load('@sigstore/verify/package.json') as { version: string })
  .version;

export type ReferenceVerdict =
  | { readonly verified: { readonly name: string | undefined; readonly issuer: string | undefined } }
  /** Its own words, for messages only. */
  | { readonly refused: string };

type ReferenceVerifier = InstanceType<typeof SigstoreVerify.Verifier>;
const verifiers = new WeakMap<Base, ReferenceVerifier>();

function verifierOf(base: Base): ReferenceVerifier {
  const known = verifiers.get(base);
  if (known) return known;
  const material = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(base.trustRoot)), (hint: string) => {
    const key = base.keys.find((candidate) => candidate.hint === hint);
    if (!key) throw new Error('key not found');
    const { start, end } = key.validFor;
    return {
      publicKey: createPublicKey({ key: Buffer.from(key.key.spkiDer), format: 'der', type: 'spki' }),
      validFor: (date: Date) => date.getTime() >= start && (end === undefined || date.getTime() <= end),
    };
  });
  const made = new Verifier(material, base.withoutLogs ? { tlogThreshold: 0, ctlogThreshold: 0 } : {});
  verifiers.set(base, made);
  return made;
}

/**
 * Whatever it throws counts as a refusal.
 * @param gap  what it cannot do by itself with bundles like this one
 */
export function referenceVerdict(base: Base, text: string, gap?: Gap): ReferenceVerdict {
  try {
    const value = JSON.parse(text);
    const bundle = bundleFromJSON(gap?.bundle?.(value, base) ?? value);
    const entity = toSignedEntity(bundle, base.artifact && Buffer.from(base.artifact));
    gap?.entity?.(entity, value);
    const { identity } = verifierOf(base).verify(entity);
    return { verified: { name: identity?.subjectAlternativeName, issuer: identity?.extensions?.issuer } };
  } catch (error) {
    return { refused: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}
