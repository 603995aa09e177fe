/**
 * Who a Fulcio certificate was issued to: the subject alternative name and Fulcio's extensions by their names.
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 */
import { isAscii } from 'node:buffer';
import { hex, sha256, textOf } from '../core/bytes.ts';
import { children, content, type Der, expectTag, oidOf, parseDer } from '../core/der.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { shared } from '../core/shared.ts';
import type { Certificate } from './certificate.ts';
import type { CertificateIdentity, FulcioClaims, VerifiedSct } from './types.ts';

const WHAT = 'certificate identity';
const FULCIO = '1.3.6.1.4.1.57264.1.';
const OID_OTHER_NAME = `${FULCIO}7`;

type ClaimName = keyof FulcioClaims;
type Claims = { -readonly [K in keyof FulcioClaims]: FulcioClaims[K] };

/** Bare text; .8 says the same as .1 and wins. */
const LEGACY: readonly (readonly [string, ClaimName])[] = [
  [`${FULCIO}1`, 'issuer'],
  [`${FULCIO}2`, 'githubWorkflowTrigger'],
  [`${FULCIO}3`, 'githubWorkflowSha'],
  [`${FULCIO}4`, 'githubWorkflowName'],
  [`${FULCIO}5`, 'githubWorkflowRepository'],
  [`${FULCIO}6`, 'githubWorkflowRef'],
];
/** A DER UTF8String each. */
const CURRENT: readonly (readonly [string, ClaimName])[] = [
  [`${FULCIO}8`, 'issuer'],
  [`${FULCIO}9`, 'buildSignerUri'],
  [`${FULCIO}10`, 'buildSignerDigest'],
  [`${FULCIO}11`, 'runnerEnvironment'],
  [`${FULCIO}12`, 'sourceRepositoryUri'],
  [`${FULCIO}13`, 'sourceRepositoryDigest'],
  [`${FULCIO}14`, 'sourceRepositoryRef'],
  [`${FULCIO}15`, 'sourceRepositoryIdentifier'],
  [`${FULCIO}16`, 'sourceRepositoryOwnerUri'],
  [`${FULCIO}17`, 'sourceRepositoryOwnerIdentifier'],
  [`${FULCIO}18`, 'buildConfigUri'],
  [`${FULCIO}19`, 'buildConfigDigest'],
  [`${FULCIO}20`, 'buildTrigger'],
  [`${FULCIO}21`, 'runInvocationUri'],
  [`${FULCIO}22`, 'sourceRepositoryVisibility'],
  [`${FULCIO}23`, 'deploymentEnvironment'],
  [`${FULCIO}24`, 'tokenSubject'],
];
/** Made with all of its members at once, an object takes a quarter of what it takes when they come one by one. */
const NO_CLAIMS: Claims = {
  issuer: undefined,
  githubWorkflowTrigger: undefined,
  githubWorkflowSha: undefined,
  githubWorkflowName: undefined,
  githubWorkflowRepository: undefined,
  githubWorkflowRef: undefined,
  buildSignerUri: undefined,
  buildSignerDigest: undefined,
  runnerEnvironment: undefined,
  sourceRepositoryUri: undefined,
  sourceRepositoryDigest: undefined,
  sourceRepositoryRef: undefined,
  sourceRepositoryIdentifier: undefined,
  sourceRepositoryOwnerUri: undefined,
  sourceRepositoryOwnerIdentifier: undefined,
  buildConfigUri: undefined,
  buildConfigDigest: undefined,
  buildTrigger: undefined,
  runInvocationUri: undefined,
  sourceRepositoryVisibility: undefined,
  deploymentEnvironment: undefined,
  tokenSubject: undefined,
};
/** What the directory says may be empty, which then says nothing. */
const MAY_BE_EMPTY: ReadonlySet<ClaimName> = new Set([
  'sourceRepositoryIdentifier',
  'sourceRepositoryOwnerUri',
  'sourceRepositoryOwnerIdentifier',
  'sourceRepositoryVisibility',
  'deploymentEnvironment',
]);
/** GeneralName by its tag (RFC 5280 section 4.2.1.6). */
const NAME_KINDS: Readonly<Record<number, string>> = {
  130: 'a host name',
  135: 'an address',
  136: 'a registered identifier',
  164: 'a directory name',
};

/**
 * To be called once the certificate is verified.
 * @param authority     URI of the authority that issued it
 * @param transparency  the certificate transparency that held
 * @throws {ProofError} `certificate-identity`, `malformed`
 */
export function certificateIdentity(
  certificate: Certificate,
  authority: string,
  transparency: readonly VerifiedSct[],
): CertificateIdentity {
  return {
    kind: 'certificate',
    ...subjectAlternativeName(certificate),
    claims: claimsOf(certificate),
    certificate: {
      sha256: hex(sha256(certificate.der)),
      serialNumber: hex(certificate.serialNumber).replace(/^0+(?=.)/, ''),
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
      authority,
      transparency,
    },
  };
}

function claimsOf({ extensions }: Certificate): FulcioClaims {
  const claims: Claims = { ...NO_CLAIMS };
  for (const [oid, name] of LEGACY) {
    const extension = extensions.get(oid);
    if (extension) claims[name] = text(extension.value, name);
  }
  const legacyIssuer = claims.issuer;
  for (const [oid, name] of CURRENT) {
    const extension = extensions.get(oid);
    if (!extension) continue;
    const value = content(expectTag(parseDer(extension.value, name), 0x0c, name));
    if (value.length > 0 || !MAY_BE_EMPTY.has(name)) claims[name] = text(value, name);
  }
  if (legacyIssuer !== undefined && claims.issuer !== undefined && claims.issuer !== legacyIssuer) {
    const actual = claims.issuer;
    throw new ProofError('certificate-identity', { field: 'issuer', expected: legacyIssuer, actual });
  }
  return claims;
}

function subjectAlternativeName(
  certificate: Certificate,
): Pick<CertificateIdentity, 'subjectAlternativeName' | 'sanType'> {
  const extension = certificate.extensions.get('2.5.29.17');
  const names = extension ? children(expectTag(parseDer(extension.value, WHAT), 0x30, WHAT), WHAT) : [];
  const [name] = names;
  // Fulcio issues exactly one; with two, whom a policy pins would depend on which one is read.
  if (!name || names.length !== 1) throw new ProofError('certificate-identity', { count: names.length });
  if (name.tag === 0x86) return { subjectAlternativeName: ascii(name), sanType: 'uri' };
  if (name.tag === 0x81) return { subjectAlternativeName: ascii(name), sanType: 'email' };
  if (name.tag === 0xa0) return { subjectAlternativeName: otherName(name), sanType: 'other' };
  throw new ProofError('certificate-identity', {
    actual: NAME_KINDS[name.tag] ?? `a name of tag ${name.tag}`,
  });
}

/** `OtherName ::= SEQUENCE { type-id, value [0] EXPLICIT }`, with Fulcio's type for names such as `user!issuer`. */
function otherName(name: Der): string {
  const [id, value, ...more] = children(name, WHAT);
  if (!id || !value || more.length > 0) throw new MalformedError(WHAT, 'malformed other name');
  const type = oidOf(id, WHAT);
  if (type !== OID_OTHER_NAME) throw new ProofError('certificate-identity', { actual: `other name ${type}` });
  const [inner, ...rest] = children(expectTag(value, 0xa0, WHAT), WHAT);
  if (rest.length > 0) throw new MalformedError(WHAT, 'malformed other name');
  return text(content(expectTag(inner, 0x0c, WHAT)), WHAT);
}

/** URIs and mail addresses are IA5Strings: what another alphabet makes of the bytes above is anybody's guess. */
function ascii(name: Der): string {
  const bytes = content(name);
  if (!isAscii(bytes)) throw new MalformedError(WHAT, 'not ASCII');
  return text(bytes, WHAT);
}

function text(bytes: Uint8Array, what: string): string {
  if (bytes.length === 0 || bytes.length > limits.urlCharsMax)
    throw new MalformedError(what, 'empty or too long');
  const found = textOf(bytes);
  if (found === undefined) throw new MalformedError(what, 'not UTF-8');
  return shared(found);
}
