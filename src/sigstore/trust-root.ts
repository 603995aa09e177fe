/**
 * Sigstore's trusted root: the authorities and logs whose word counts, and when.
 * @see https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_trustroot.proto
 */
import { decodeBase64 } from '../core/base64.ts';
import { hex, sha256 } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import {
  asArray,
  asObject,
  asString,
  type JsonObject,
  type JsonValue,
  member,
  optionalString,
  parseJson,
} from '../core/json.ts';
import { limits } from '../core/limits.ts';
import {
  authorityKeyId,
  basicConstraints,
  type Certificate,
  extendedKeyUsages,
  hasKeyUsage,
  parseCertificate,
  subjectKeyId,
} from './certificate.ts';
import { importKey } from './keys.ts';
import type { CertificateAuthority, LogAuthority, TrustRoot, ValidFor } from './types.ts';

const WHAT = 'trust root';
const MEDIA_TYPE = /^application\/vnd\.dev\.sigstore\.trustedroot(\+json(;version=0\.1)?|\.v0\.[12]\+json)$/;
const ENTRIES_MAX = 64;

/**
 * Reads a trusted root (`application/vnd.dev.sigstore.trustedroot+json;version=0.1`).
 * @throws {ProofError} `malformed`, `limit-exceeded`, `format-unsupported`
 */
export function parseTrustRoot(bytes: Uint8Array): TrustRoot {
  const root = asObject(parseJson(bytes, WHAT, limits.trustRootBytesMax), WHAT);
  const mediaType = asString(member(root, 'mediaType'), `${WHAT} mediaType`);
  if (!MEDIA_TYPE.test(mediaType))
    throw new ProofError('format-unsupported', { what: WHAT, actual: mediaType }, 'uncovered');
  return {
    certificateAuthorities: list(root, 'certificateAuthorities', parseAuthority),
    ctLogs: list(root, 'ctlogs', parseLog),
    transparencyLogs: list(root, 'tlogs', parseLog),
    timestampAuthorities: list(root, 'timestampAuthorities', parseAuthority),
    digest: hex(sha256(bytes)),
  };
}

/**
 * The readable entries of a list. One whose algorithm is not known here is left out, so that a new kind of log in the
 * trust root does not end all verification; what only it vouches for is then by an unknown log or authority.
 */
function list<T>(root: JsonObject, key: string, parse: (item: JsonObject, what: string) => T): readonly T[] {
  const what = `${WHAT} ${key}`;
  return asArray(member(root, key) ?? [], what, ENTRIES_MAX).flatMap((item) => {
    try {
      return [parse(asObject(item, what), what)];
    } catch (error) {
      if (error instanceof ProofError && error.code === 'algorithm-unsupported') return [];
      throw error;
    }
  });
}

function parseLog(item: JsonObject, what: string): LogAuthority {
  const publicKey = asObject(member(item, 'publicKey'), what);
  const rawBytes = decodeBase64(asString(member(publicKey, 'rawBytes'), what), what);
  const details = member(publicKey, 'keyDetails');
  // Rekor v2 puts another id into its checkpoints than the hash of its key; where it is given, it is the one in use.
  const id = member(item, 'checkpointKeyId') ?? member(item, 'logId');
  const logId = decodeBase64(asString(member(asObject(id, what), 'keyId'), what), what);
  const uri = member(item, 'baseUrl');
  return {
    operator: operatorOf(item, what) ?? hex(logId),
    logId: hex(logId),
    baseUrl: uri === undefined ? '' : asString(uri, what),
    key: importKey(
      rawBytes,
      what,
      details === undefined ? undefined : asString(details, `${what} keyDetails`),
    ),
    validFor: parseValidFor(member(publicKey, 'validFor'), what),
  };
}

function parseAuthority(item: JsonObject, what: string): CertificateAuthority {
  const chain = asArray(
    member(asObject(member(item, 'certChain'), what), 'certificates'),
    what,
    limits.certificatesMax,
  );
  if (chain.length === 0) throw new MalformedError(what, 'an authority without certificates');
  const uri = member(item, 'uri');
  const certificates = chain.map((entry) =>
    readable(parseCertificate(decodeBase64(asString(member(asObject(entry, what), 'rawBytes'), what), what))),
  );
  return {
    operator:
      operatorOf(item, what) ??
      (optionalString(uri) || `sha256:${hex(sha256(certificates[certificates.length - 1]!.spkiDer))}`),
    uri: uri === undefined ? '' : asString(uri, what),
    chain: certificates,
    validFor: parseValidFor(member(item, 'validFor'), what),
  };
}

/** Who runs it, where the trust root says so. */
function operatorOf(item: JsonObject, what: string): string | undefined {
  const operator = member(item, 'operator');
  return operator === undefined ? undefined : asString(operator, what) || undefined;
}

/** Reads now what verification will need, so that a broken authority is found here and not held against every leaf. */
function readable(certificate: Certificate): Certificate {
  certificate.publicKey();
  basicConstraints(certificate);
  extendedKeyUsages(certificate);
  hasKeyUsage(certificate, 0);
  authorityKeyId(certificate);
  subjectKeyId(certificate);
  return certificate;
}

/** A window without a beginning would trust a key for times at which nobody vouched for it. */
export function parseValidFor(value: JsonValue | undefined, what: string): ValidFor {
  const window = asObject(value, `${what} validFor`);
  const start = parseTime(member(window, 'start'), `${what} validFor.start`);
  const end = member(window, 'end');
  return { start, end: end === undefined ? undefined : parseTime(end, `${what} validFor.end`) };
}

/** RFC 3339, as protobuf JSON writes timestamps: UTC, up to nine decimals. Milliseconds since 1970. */
export function parseTime(value: JsonValue | undefined, what: string): number {
  const text = asString(value, what);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text))
    throw new MalformedError(what, 'not a time');
  const ms = Date.parse(text);
  // Date.parse takes 30 February for a day in March.
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(ms) || Number.isNaN(day) || !new Date(day).toISOString().startsWith(text.slice(0, 10)))
    throw new MalformedError(what, 'not a time');
  return ms;
}
