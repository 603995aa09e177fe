/**
 * Who a Fulcio certificate was issued to: the subject alternative name and Fulcio's extensions by their names.
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 */
import { children, content, expectTag, oidOf, parseDer } from '../core/der.ts';
import { MalformedError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Certificate } from './certificate.ts';
import type { CertificateIdentity, FulcioClaims } from './types.ts';

const WHAT = 'certificate identity';
const FULCIO = '1.3.6.1.4.1.57264.1.';
const OID_OTHER_NAME = `${FULCIO}7`;
/** .1 to .6 hold bare text, .8 and up a DER string; .8 says the same as .1 and wins. */
const LEGACY: Readonly<Record<string, keyof FulcioClaims>> = {
  1: 'issuer',
  2: 'githubWorkflowTrigger',
  3: 'githubWorkflowSha',
  4: 'githubWorkflowName',
  5: 'githubWorkflowRepository',
  6: 'githubWorkflowRef',
};
const CURRENT: Readonly<Record<string, keyof FulcioClaims>> = {
  8: 'issuer',
  9: 'buildSignerUri',
  10: 'buildSignerDigest',
  11: 'runnerEnvironment',
  12: 'sourceRepositoryUri',
  13: 'sourceRepositoryDigest',
  14: 'sourceRepositoryRef',
  15: 'sourceRepositoryIdentifier',
  16: 'sourceRepositoryOwnerUri',
  17: 'sourceRepositoryOwnerIdentifier',
  18: 'buildConfigUri',
  19: 'buildConfigDigest',
  20: 'buildTrigger',
  21: 'runInvocationUri',
  22: 'sourceRepositoryVisibility',
  23: 'deploymentEnvironment',
};

/** @throws {ProofError} `malformed` */
export function certificateIdentity(certificate: Certificate): CertificateIdentity {
  const claims: { -readonly [K in keyof FulcioClaims]: FulcioClaims[K] } = {};
  for (const [arc, name] of Object.entries(LEGACY)) {
    const extension = certificate.extensions.get(FULCIO + arc);
    if (extension) claims[name] = text(extension.value, name);
  }
  const legacyIssuer = claims.issuer;
  for (const [arc, name] of Object.entries(CURRENT)) {
    const extension = certificate.extensions.get(FULCIO + arc);
    if (extension) claims[name] = text(content(expectTag(parseDer(extension.value, name), 0x0c, name)), name);
  }
  if (legacyIssuer !== undefined && claims.issuer !== legacyIssuer)
    throw new MalformedError(WHAT, 'two issuers');
  return { kind: 'certificate', ...subjectAlternativeName(certificate), claims };
}

function subjectAlternativeName(
  certificate: Certificate,
): Pick<CertificateIdentity, 'subjectAlternativeName' | 'sanType'> {
  const extension = certificate.extensions.get('2.5.29.17');
  if (!extension) throw new MalformedError(WHAT, 'no subject alternative name');
  const names = children(expectTag(parseDer(extension.value, WHAT), 0x30, WHAT), WHAT);
  const [name] = names;
  // Fulcio issues exactly one; with two, whom a policy pins would depend on which one is read.
  if (!name || names.length !== 1) throw new MalformedError(WHAT, 'not exactly one subject alternative name');
  if (name.tag === 0x86) return { subjectAlternativeName: text(content(name), WHAT), sanType: 'uri' };
  if (name.tag === 0x81) return { subjectAlternativeName: text(content(name), WHAT), sanType: 'email' };
  if (name.tag === 0xa0) {
    const [id, value] = children(name, WHAT);
    if (id && value && value.tag === 0xa0 && oidOf(id, WHAT) === OID_OTHER_NAME) {
      const inner = children(value, WHAT)[0];
      return { subjectAlternativeName: text(content(expectTag(inner, 0x0c, WHAT)), WHAT), sanType: 'other' };
    }
  }
  throw new MalformedError(WHAT, 'subject alternative name of an unknown kind');
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function text(bytes: Uint8Array, what: string): string {
  if (bytes.length === 0 || bytes.length > limits.urlCharsMax)
    throw new MalformedError(what, 'empty or too long');
  try {
    return decoder.decode(bytes);
  } catch {
    throw new MalformedError(what, 'not UTF-8');
  }
}
