/** Timestamp authorities and tokens with every field under the test's control, signed all the same. */
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { content, encodeDer, parseDer } from '../../src/core/der.ts';
import { type Certificate, parseCertificate } from '../../src/sigstore/certificate.ts';
import { allHold } from '../../src/sigstore/pending.ts';
import { planTimestamp } from '../../src/sigstore/timestamp.ts';
import type { CertificateAuthority, ValidFor } from '../../src/sigstore/types.ts';
import { codeOfAsync } from '../support/failing.ts';
import {
  authorityKey,
  CERT_SIGN,
  type CertificateParts,
  constraints,
  DIGITAL_SIGNATURE,
  extension,
  forge,
  integer,
  nameOf,
  newKey,
  octets,
  oid,
  seq,
  subjectKey,
  TIME_STAMPING,
} from './forge.ts';
import { NOW } from './world.ts';

const DAY = 86_400_000;
export const SIGNATURE: Buffer = Buffer.from('a signature that somebody wants dated');
export const SHA1 = '1.3.14.3.2.26';
export const SHA256 = '2.16.840.1.101.3.4.2.1';
export const SHA384 = '2.16.840.1.101.3.4.2.2';
export const SHA512 = '2.16.840.1.101.3.4.2.3';
export const TST_INFO = '1.2.840.113549.1.9.16.1.4';
export const SIGNED_DATA = '1.2.840.113549.1.7.2';
export const CONTENT_TYPE = '1.2.840.113549.1.9.3';
export const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
export const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
export const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
export const NULL: Uint8Array = Uint8Array.of(5, 0);
const NAMES: Readonly<Record<string, string>> = {
  [SHA1]: 'sha1',
  [SHA256]: 'sha256',
  [SHA384]: 'sha384',
  [SHA512]: 'sha512',
};

export const set = (...parts: Uint8Array[]): Uint8Array => encodeDer(0x31, ...parts);
export const digestOf = (id: string, bytes: Uint8Array): Buffer =>
  createHash(NAMES[id]!).update(bytes).digest();
export const algorithm = (id: string, ...parameters: Uint8Array[]): Uint8Array => seq(oid(id), ...parameters);
export const attribute = (id: string, ...values: Uint8Array[]): Uint8Array => seq(oid(id), set(...values));
export const generalizedTime = (text: string): Uint8Array => encodeDer(0x18, Buffer.from(text));
/** The critical extended key usage that RFC 3161 demands. */
export const TIMESTAMPS_ONLY: Uint8Array = extension('2.5.29.37', seq(oid(TIME_STAMPING)), true);

export function publicSpki(key: KeyObject): Buffer {
  return createPublicKey(key.export({ type: 'pkcs8', format: 'pem' })).export({
    type: 'spki',
    format: 'der',
  });
}
const keyId = (key: KeyObject): Buffer => createHash('sha1').update(publicSpki(key)).digest();

/** A root, an intermediate and a leaf. */
export interface Tsa {
  readonly key: KeyObject;
  readonly issuerKey: KeyObject;
  readonly root: Certificate;
  readonly issuer: Certificate;
  readonly leaf: Certificate;
  readonly keyId: Uint8Array;
  /** [leaf, issuer, root], as trust roots have it. */
  readonly authority: CertificateAuthority;
}

export interface TsaParts {
  readonly key?: KeyObject;
  readonly root?: CertificateParts;
  readonly issuer?: CertificateParts;
  readonly leaf?: CertificateParts;
  readonly validFor?: ValidFor;
  readonly name?: string;
}

export function makeTsa(parts: TsaParts = {}): Tsa {
  const rootKey = newKey();
  const issuerKey = newKey();
  const key = parts.key ?? newKey();
  const name = parts.name ?? 'tsa';
  const period = { notBefore: NOW - 1000 * DAY, notAfter: NOW + 1000 * DAY };
  const [rootName, issuerName] = [nameOf(`${name} root`), nameOf(`${name} issuer`)];
  const root = forge({
    ...period,
    issuer: rootName,
    subject: rootName,
    spki: publicSpki(rootKey),
    extensions: [CERT_SIGN, constraints(true), subjectKey(keyId(rootKey))],
    key: rootKey,
    ...parts.root,
  });
  const issuer = forge({
    ...period,
    issuer: rootName,
    subject: issuerName,
    spki: publicSpki(issuerKey),
    extensions: [CERT_SIGN, constraints(true, 0), subjectKey(keyId(issuerKey)), authorityKey(keyId(rootKey))],
    key: rootKey,
    ...parts.issuer,
  });
  const leaf = forge({
    ...period,
    serial: integer(0x4d, 0x2a),
    issuer: issuerName,
    subject: nameOf(name),
    spki: publicSpki(key),
    extensions: leafExtensions(key, issuerKey),
    key: issuerKey,
    ...parts.leaf,
  });
  const chain = [leaf, issuer, root].map(parseCertificate);
  return {
    key,
    issuerKey,
    root: chain[2]!,
    issuer: chain[1]!,
    leaf: chain[0]!,
    keyId: keyId(key),
    authority: {
      operator: `${name} operator`,
      uri: `https://${name}.example`,
      chain,
      validFor: parts.validFor ?? { start: NOW - 100 * DAY, end: NOW + 100 * DAY },
    },
  };
}

export function leafExtensions(key: KeyObject, issuerKey: KeyObject): readonly Uint8Array[] {
  return [DIGITAL_SIGNATURE, TIMESTAMPS_ONLY, subjectKey(keyId(key)), authorityKey(keyId(issuerKey))];
}

/** Every field of a token; what is not given is as it should be. */
export interface TokenParts {
  readonly status?: readonly Uint8Array[];
  /** Behind the status, in place of the token. */
  readonly rest?: readonly Uint8Array[];
  readonly contentInfo?: (body: Uint8Array) => Uint8Array;
  readonly version?: Uint8Array;
  readonly digestAlgorithms?: Uint8Array;
  readonly contentType?: Uint8Array;
  readonly encapsulated?: (info: Uint8Array) => Uint8Array;
  readonly certificates?: readonly Uint8Array[];
  /** Between the certificates and the signers. */
  readonly crls?: readonly Uint8Array[];
  readonly signers?: (signer: Uint8Array) => readonly Uint8Array[];
  readonly behind?: readonly Uint8Array[];
  readonly info?: InfoParts;
  /** The whole of TSTInfo. */
  readonly rawInfo?: Uint8Array;
  readonly signer?: SignerParts;
}

export interface InfoParts {
  readonly version?: Uint8Array;
  readonly policy?: Uint8Array;
  readonly imprintAlgorithm?: Uint8Array;
  readonly imprint?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly time?: Uint8Array;
  /** Accuracy, ordering, nonce, tsa, extensions. */
  readonly optional?: readonly Uint8Array[];
}

export interface SignerParts {
  readonly version?: Uint8Array;
  readonly sid?: Uint8Array;
  /** Of the content, by its OID. */
  readonly digest?: string;
  readonly digestAlgorithm?: Uint8Array;
  /** Adds, drops or changes attributes by their OID before they are sorted. */
  readonly attributes?: (sound: Map<string, Uint8Array>) => void;
  /** The last word on what stands in the set. */
  readonly order?: (attributes: Uint8Array[]) => Uint8Array[];
  readonly signatureAlgorithm?: Uint8Array;
  readonly sign?: (attributes: Uint8Array) => Uint8Array;
  readonly behind?: readonly Uint8Array[];
}

export function issuerAndSerial(certificate: Certificate): Uint8Array {
  return seq(certificate.issuer, encodeDer(0x02, certificate.serialNumber));
}

/** ESSCertID of either version. */
export function certificateId(
  certificate: Certificate,
  hash: string = SHA256,
  issuerSerial: readonly Uint8Array[] = [],
): Uint8Array {
  const named = hash === SHA256 || hash === SHA1 ? [] : [algorithm(hash)];
  return seq(...named, octets(digestOf(hash, certificate.der)), ...issuerSerial);
}

export const signingCertificate = (...ids: Uint8Array[]): Uint8Array => seq(seq(...ids));
export const issuerSerial = (name: Uint8Array, serial: Uint8Array): Uint8Array =>
  seq(seq(encodeDer(0xa4, name)), encodeDer(0x02, serial));

/** TimeStampResp over a signature. */
export function forgeToken(tsa: Tsa, parts: TokenParts = {}, signature: Uint8Array = SIGNATURE): Uint8Array {
  const status = seq(...(parts.status ?? [integer(0)]));
  if (parts.rest) return seq(status, ...parts.rest);
  const info = parts.rawInfo ?? forgeInfo(parts.info ?? {}, signature);
  const encapsulated = (parts.encapsulated ?? ((bytes) => encodeDer(0xa0, octets(bytes))))(info);
  const signer = forgeSigner(tsa, parts.signer ?? {}, info);
  const body = seq(
    parts.version ?? integer(3),
    parts.digestAlgorithms ?? set(algorithm(parts.signer?.digest ?? SHA256)),
    seq(parts.contentType ?? oid(TST_INFO), encapsulated),
    ...(parts.certificates ? [encodeDer(0xa0, ...parts.certificates)] : []),
    ...(parts.crls ?? []),
    set(...(parts.signers ?? ((one) => [one]))(signer)),
  );
  const token = parts.contentInfo?.(body) ?? seq(oid(SIGNED_DATA), encodeDer(0xa0, body));
  return seq(status, token, ...(parts.behind ?? []));
}

function forgeInfo(parts: InfoParts, signature: Uint8Array): Uint8Array {
  return seq(
    parts.version ?? integer(1),
    parts.policy ?? oid('1.3.6.1.4.1.57264.2'),
    seq(
      parts.imprintAlgorithm ?? algorithm(SHA256, NULL),
      octets(parts.imprint ?? digestOf(SHA256, signature)),
    ),
    parts.serial ?? integer(0x5a, 0x11),
    parts.time ?? generalizedTime('20260115120001Z'),
    ...(parts.optional ?? [seq(integer(1)), integer(0x7f, 0x01)]),
  );
}

function forgeSigner(tsa: Tsa, parts: SignerParts, info: Uint8Array): Uint8Array {
  const digest = parts.digest ?? SHA256;
  const sound = new Map([
    [CONTENT_TYPE, attribute(CONTENT_TYPE, oid(TST_INFO))],
    [MESSAGE_DIGEST, attribute(MESSAGE_DIGEST, octets(digestOf(digest, info)))],
    [SIGNING_CERTIFICATE_V2, attribute(SIGNING_CERTIFICATE_V2, signingCertificate(certificateId(tsa.leaf)))],
  ]);
  parts.attributes?.(sound);
  const sorted = [...sound.values()].sort(Buffer.compare);
  const attributes = (parts.order ?? ((list) => list))(sorted);
  const covered = set(...attributes);
  const signature = (parts.sign ?? ((bytes) => sign(NAMES[digest], bytes, tsa.key)))(covered);
  return seq(
    parts.version ?? integer(1),
    parts.sid ?? issuerAndSerial(tsa.leaf),
    parts.digestAlgorithm ?? algorithm(digest),
    encodeDer(0xa0, content(parseDer(covered, 'attributes'))),
    parts.signatureAlgorithm ?? algorithm('1.2.840.10045.4.3.2'),
    octets(signature),
    ...(parts.behind ?? []),
  );
}

/** What becomes of a token: `verified`, or status and code. */
export async function verdictOf(
  token: Uint8Array,
  authorities: readonly CertificateAuthority[],
  signature: Uint8Array = SIGNATURE,
): Promise<string> {
  let uncovered: string | undefined;
  const code = await codeOfAsync(async () => {
    const plan = planTimestamp(token, signature, authorities);
    if ('uncovered' in plan) uncovered = `uncovered ${plan.uncovered.code}`;
    else await allHold(plan.signatures);
  });
  return uncovered ?? code;
}
