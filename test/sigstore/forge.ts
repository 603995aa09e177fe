/** Certificates with every part under the test's control: what no authority would issue, signed all the same. */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto';
import { encodeDer } from '../../src/core/der.ts';
import { type Certificate, parseCertificate } from '../../src/sigstore/certificate.ts';
import { importKey } from '../../src/sigstore/keys.ts';
import type { CertificateAuthority, LogAuthority } from '../../src/sigstore/types.ts';
import { NOW } from './world.ts';

const DAY = 86_400_000;

export const newKey = (curve: string = 'P-256'): KeyObject =>
  generateKeyPairSync('ec', { namedCurve: curve }).privateKey;
export const spkiOf = (key: KeyObject): Buffer =>
  createPublicKey(key.export({ type: 'pkcs8', format: 'pem' })).export({ type: 'spki', format: 'der' });
const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();

export const seq = (...parts: Uint8Array[]): Uint8Array => encodeDer(0x30, ...parts);
export const octets = (bytes: Uint8Array): Uint8Array => encodeDer(0x04, bytes);
export const utf8String = (text: string): Uint8Array => encodeDer(0x0c, Buffer.from(text));
export const integer = (...bytes: number[]): Uint8Array => encodeDer(0x02, Uint8Array.from(bytes));
export const bool = (byte: number): Uint8Array => encodeDer(0x01, Uint8Array.of(byte));
export const oid = (dotted: string): Uint8Array => {
  const [a, b, ...rest] = dotted.split('.').map(Number) as [number, number, ...number[]];
  const bytes = [a * 40 + b];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return encodeDer(0x06, Uint8Array.from(bytes));
};
export const bitString = (bytes: Uint8Array, unused: number = 0): Uint8Array =>
  encodeDer(0x03, Uint8Array.of(unused), bytes);
export const utcTime = (ms: number): Uint8Array => {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14);
  return encodeDer(0x17, Buffer.from(`${digits}Z`));
};
export const nameOf = (commonName: string): Uint8Array =>
  seq(encodeDer(0x31, seq(oid('2.5.4.3'), utf8String(commonName))));
export const extension = (id: string, value: Uint8Array, critical: boolean = false): Uint8Array =>
  seq(oid(id), ...(critical ? [bool(0xff)] : []), octets(value));

export const ECDSA_SHA256: Uint8Array = seq(oid('1.2.840.10045.4.3.2'));
export const ECDSA_SHA384: Uint8Array = seq(oid('1.2.840.10045.4.3.3'));
export const SHA1 = '1.3.14.3.2.26';
export const SHA256 = '2.16.840.1.101.3.4.2.1';
export const SHA512 = '2.16.840.1.101.3.4.2.3';
/** RSASSA-PSS with one hash for message and mask. */
export const pssAlgorithm = (hash: string, saltLength: number): Uint8Array => {
  const algorithm = seq(oid(hash), encodeDer(0x05));
  const parameters = seq(
    encodeDer(0xa0, algorithm),
    encodeDer(0xa1, seq(oid('1.2.840.113549.1.1.8'), algorithm)),
    encodeDer(0xa2, integer(saltLength)),
  );
  return seq(oid('1.2.840.113549.1.1.10'), parameters);
};
export const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
export const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';
export const FULCIO = '1.3.6.1.4.1.57264.1.';

export const keyUsage = (bits: number, unused: number): Uint8Array =>
  extension('2.5.29.15', bitString(Uint8Array.of(bits), unused), true);
export const DIGITAL_SIGNATURE: Uint8Array = keyUsage(0x80, 7);
export const CERT_SIGN: Uint8Array = keyUsage(0x06, 1);
export const extendedKeyUsage = (...usages: string[]): Uint8Array =>
  extension('2.5.29.37', seq(...usages.map(oid)));
export const constraints = (ca: boolean, pathLength?: number): Uint8Array =>
  extension(
    '2.5.29.19',
    seq(...(ca ? [bool(0xff)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])),
    true,
  );
export const subjectKey = (id: Uint8Array): Uint8Array => extension('2.5.29.14', octets(id));
export const authorityKey = (id: Uint8Array): Uint8Array => extension('2.5.29.35', seq(encodeDer(0x80, id)));
export const uriName = (uri: string): Uint8Array => encodeDer(0x86, Buffer.from(uri));
export const subjectAltName = (...names: Uint8Array[]): Uint8Array =>
  extension('2.5.29.17', seq(...names), true);
export const claim = (arc: number, text: string): Uint8Array => extension(FULCIO + arc, utf8String(text));
export const legacyClaim = (arc: number, text: string): Uint8Array =>
  extension(FULCIO + arc, Buffer.from(text));

export interface CertificateParts {
  readonly version?: Uint8Array;
  readonly serial?: Uint8Array;
  readonly algorithm?: Uint8Array;
  /** Inside the signed part, where it differs. */
  readonly innerAlgorithm?: Uint8Array;
  readonly issuer?: Uint8Array;
  readonly validity?: Uint8Array;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly subject?: Uint8Array;
  readonly spki?: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
  /** Everything behind the key, instead of the extensions. */
  readonly tail?: readonly Uint8Array[];
  /** Behind the signature. */
  readonly behind?: readonly Uint8Array[];
  readonly signature?: Uint8Array;
  readonly key?: KeyObject | SignKeyObjectInput;
  readonly hash?: string | null;
}

export function tbsOf(parts: CertificateParts): Uint8Array {
  const algorithm = parts.innerAlgorithm ?? parts.algorithm ?? ECDSA_SHA256;
  return seq(
    parts.version ?? encodeDer(0xa0, integer(2)),
    parts.serial ?? integer(1),
    algorithm,
    parts.issuer ?? nameOf('issuer'),
    parts.validity ?? seq(utcTime(parts.notBefore ?? NOW), utcTime(parts.notAfter ?? NOW + 600_000)),
    parts.subject ?? seq(),
    parts.spki ?? spkiOf(defaultKey),
    ...(parts.tail ?? [encodeDer(0xa3, seq(...(parts.extensions ?? [])))]),
  );
}
const defaultKey = newKey();

export function forge(parts: CertificateParts = {}): Uint8Array {
  const tbs = tbsOf(parts);
  const hash = parts.hash === undefined ? 'sha256' : parts.hash;
  const signature = parts.signature ?? bitString(sign(hash, tbs, parts.key ?? defaultKey));
  return seq(tbs, parts.algorithm ?? ECDSA_SHA256, signature, ...(parts.behind ?? []));
}

/** A root and an intermediate; each part can be overridden. */
export interface Authority {
  readonly rootKey: KeyObject;
  readonly key: KeyObject;
  readonly root: Certificate;
  readonly intermediate: Certificate;
  readonly authority: CertificateAuthority;
}

export function makeAuthority(
  overrides: {
    readonly root?: CertificateParts;
    readonly intermediate?: CertificateParts;
    readonly key?: KeyObject;
    readonly rootKey?: KeyObject;
    readonly validFor?: { start: number; end: number | undefined };
    readonly operator?: string;
  } = {},
): Authority {
  const rootKey = overrides.rootKey ?? newKey();
  const key = overrides.key ?? newKey();
  const period = { notBefore: NOW - 1000 * DAY, notAfter: NOW + 1000 * DAY };
  const rootId = sha1(spkiOf(rootKey));
  const root = parseCertificate(
    forge({
      ...period,
      issuer: nameOf('root'),
      subject: nameOf('root'),
      spki: spkiOf(rootKey),
      extensions: [CERT_SIGN, constraints(true), subjectKey(rootId)],
      key: rootKey,
      ...overrides.root,
    }),
  );
  const intermediate = parseCertificate(
    forge({
      ...period,
      issuer: nameOf('root'),
      subject: nameOf('intermediate'),
      spki: spkiOf(key),
      extensions: [
        CERT_SIGN,
        extendedKeyUsage(CODE_SIGNING),
        constraints(true, 0),
        subjectKey(sha1(spkiOf(key))),
        authorityKey(rootId),
      ],
      key: rootKey,
      ...overrides.intermediate,
    }),
  );
  return {
    rootKey,
    key,
    root,
    intermediate,
    authority: {
      operator: overrides.operator ?? 'ca.example',
      uri: 'https://ca.example',
      chain: [intermediate, root],
      validFor: overrides.validFor ?? { start: NOW - 1000 * DAY, end: undefined },
    },
  };
}

export const LEAF_EXTENSIONS: readonly Uint8Array[] = [
  DIGITAL_SIGNATURE,
  extendedKeyUsage(CODE_SIGNING),
  subjectAltName(uriName('https://github.com/acme/log/.github/workflows/release.yml@refs/heads/main')),
];

/** A leaf by that authority. */
export function leafOf(authority: Authority, parts: CertificateParts = {}): Certificate {
  return parseCertificate(
    forge({
      issuer: nameOf('intermediate'),
      extensions: [...LEAF_EXTENSIONS, authorityKey(sha1(spkiOf(authority.key)))],
      key: authority.key,
      ...parts,
    }),
  );
}

export interface CtLog {
  readonly key: KeyObject;
  readonly id: Buffer;
  readonly log: LogAuthority;
}

export function makeCtLog(
  validFor: { start: number; end: number | undefined } = { start: 0, end: undefined },
  operator?: string,
): CtLog {
  const key = newKey();
  const spki = spkiOf(key);
  const id = createHash('sha256').update(spki).digest();
  return {
    key,
    id,
    log: {
      operator: operator ?? id.toString('hex'),
      logId: id.toString('hex'),
      baseUrl: 'https://ct.example',
      key: importKey(spki, 'log'),
      validFor,
    },
  };
}

export const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
export const vector = (bytes: Uint8Array): Buffer => Buffer.concat([u16(bytes.length), bytes]);

/** RFC 6962 section 3.2: one SCT over a precertificate. */
export function sctOf(
  ct: CtLog,
  tbs: Uint8Array,
  issuerSpki: Uint8Array,
  options: {
    readonly time?: number;
    readonly version?: number;
    readonly hash?: number;
    readonly algorithm?: number;
    readonly extensions?: Uint8Array;
    readonly behind?: Uint8Array;
    readonly breakIt?: boolean;
  } = {},
): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(options.time ?? NOW));
  const extensions = options.extensions ?? Buffer.alloc(0);
  const issuerKeyHash = createHash('sha256').update(issuerSpki).digest();
  const length = Buffer.from([tbs.length >> 16, (tbs.length >> 8) & 255, tbs.length & 255]);
  const signed = Buffer.concat([
    Buffer.from([0, 0]),
    time,
    Buffer.from([0, 1]),
    issuerKeyHash,
    length,
    tbs,
    vector(extensions),
  ]);
  const hash = options.hash ?? 4;
  const signature = sign(hash === 5 ? 'sha384' : hash === 6 ? 'sha512' : 'sha256', signed, ct.key);
  if (options.breakIt) signature[signature.length - 1] = signature[signature.length - 1]! ^ 1;
  return Buffer.concat([
    Buffer.from([options.version ?? 0]),
    ct.id,
    time,
    vector(extensions),
    Buffer.from([hash, options.algorithm ?? 3]),
    vector(signature),
    options.behind ?? Buffer.alloc(0),
  ]);
}

/** Content of the SCT list extension. */
export function sctList(...scts: readonly Uint8Array[]): Uint8Array {
  return octets(vector(Buffer.concat(scts.map(vector))));
}
