/**
 * The Sigstore bundle, v0.1 to v0.3, in its protobuf JSON form.
 * @see https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_bundle.proto
 */
import { decodeBase64 } from '../core/base64.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue, member } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { parseCertificate } from './certificate.ts';
import { type DigestAlgorithm, digestAlgorithmOf } from './digest.ts';

const WHAT = 'bundle';
const VERSIONS: Readonly<Record<string, BundleVersion>> = {
  'application/vnd.dev.sigstore.bundle+json;version=0.1': '0.1',
  'application/vnd.dev.sigstore.bundle+json;version=0.2': '0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.3': '0.3',
  'application/vnd.dev.sigstore.bundle.v0.3+json': '0.3',
};

export type BundleVersion = '0.1' | '0.2' | '0.3';

export interface InclusionProof {
  readonly logIndex: bigint;
  readonly rootHash: Uint8Array;
  readonly treeSize: bigint;
  readonly hashes: readonly Uint8Array[];
  readonly checkpoint: string;
}

export interface LogEntry {
  /** Hex. */
  readonly logId: string;
  readonly logIndex: bigint;
  readonly kind: string;
  readonly kindVersion: string;
  /** Seconds since 1970; meaningless until the promise that covers it is verified. */
  readonly integratedTime: bigint;
  /** Signature of the log over body, time, log and index. */
  readonly promise: Uint8Array | undefined;
  readonly proof: InclusionProof | undefined;
  /** As in the bundle: base64, which is what the promise covers. */
  readonly bodyBase64: string;
  readonly body: Uint8Array;
}

export type BundleContent =
  | {
      readonly kind: 'dsse';
      readonly payloadType: string;
      readonly payload: Uint8Array;
      readonly signature: Uint8Array;
      readonly keyid: string;
    }
  | {
      readonly kind: 'message';
      readonly digestAlgorithm: DigestAlgorithm;
      readonly digest: Uint8Array;
      readonly signature: Uint8Array;
    };

export interface Bundle {
  readonly mediaType: string;
  readonly version: BundleVersion;
  /**
   * The leaf's DER, or the hint that names a managed key. Certificates above a leaf must be well formed, and are not used:
   * authorities come from the trust root.
   */
  readonly signer:
    | { readonly kind: 'certificate'; readonly der: Uint8Array }
    | { readonly kind: 'key'; readonly hint: string };
  readonly content: BundleContent;
  readonly logEntries: readonly LogEntry[];
  /** RFC 3161 tokens, DER. */
  readonly timestamps: readonly Uint8Array[];
}

/**
 * Reads the form; verifies nothing.
 * @throws {ProofError} `malformed`, `limit-exceeded`, `bundle-version-unknown`, `envelope-signature-count`
 */
export function parseBundle(value: JsonValue): Bundle {
  const root = asObject(value, WHAT);
  refuseSnakeCase(root);
  const mediaType = asString(member(root, 'mediaType'), 'mediaType');
  const version = Object.hasOwn(VERSIONS, mediaType) ? VERSIONS[mediaType] : undefined;
  if (!version) throw new ProofError('bundle-version-unknown', { actual: mediaType }, 'uncovered');
  const material = asObject(member(root, 'verificationMaterial'), 'verificationMaterial');
  const entries = asArray(member(material, 'tlogEntries') ?? [], 'tlogEntries', limits.tlogEntriesMax);
  const logEntries = entries.map((entry) => parseLogEntry(asObject(entry, 'tlogEntries')));
  // sigstore_rekor.proto, inclusion_promise: required for v0.1 bundles.
  if (version === '0.1' && logEntries.some(({ promise, proof }) => proof && !promise))
    throw new MalformedError('inclusionPromise', 'missing');
  return {
    mediaType,
    version,
    signer: parseSigner(material, version),
    content: parseContent(root),
    logEntries,
    timestamps: parseTimestamps(material),
  };
}

/**
 * Readers of protobuf JSON take `raw_bytes` for `rawBytes`. A bundle could show them one thing under the one name, and us
 * another under the other.
 */
function refuseSnakeCase(value: JsonValue | undefined): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) refuseSnakeCase(item);
    return;
  }
  for (const key of Object.keys(value)) {
    if (key.includes('_')) throw new MalformedError(key, 'not a name of this format');
    refuseSnakeCase((value as JsonObject)[key]);
  }
}

function parseSigner(material: JsonObject, version: BundleVersion): Bundle['signer'] {
  const forms = ['certificate', 'x509CertificateChain', 'publicKey'].filter(
    (key) => member(material, key) !== undefined,
  );
  if (forms.length !== 1)
    throw new MalformedError('verificationMaterial', 'not exactly one certificate, chain or public key');
  const [form] = forms;
  const holder = asObject(member(material, form!), form!);
  if (form === 'publicKey') return { kind: 'key', hint: asString(member(holder, 'hint'), 'publicKey.hint') };
  if (form === 'certificate') return { kind: 'certificate', der: rawBytes(holder, form) };
  // The bundle specification forbids chains from v0.3 on: a client must not be handed intermediates.
  if (version === '0.3') throw new MalformedError('x509CertificateChain', 'not allowed in a bundle v0.3');
  const certificates = asArray(member(holder, 'certificates'), 'certificates', limits.certificatesMax);
  const [leaf, ...above] = certificates.map((item) =>
    rawBytes(asObject(item, 'certificates'), 'certificates'),
  );
  if (!leaf) throw new MalformedError('certificates', 'empty');
  for (const der of above) parseCertificate(der);
  return { kind: 'certificate', der: leaf };
}

function rawBytes(holder: JsonObject, what: string): Uint8Array {
  return decodeBase64(asString(member(holder, 'rawBytes'), what), what);
}

function parseContent(root: JsonObject): BundleContent {
  const envelope = member(root, 'dsseEnvelope');
  const message = member(root, 'messageSignature');
  if ((envelope === undefined) === (message === undefined)) {
    throw new MalformedError(WHAT, 'not exactly one envelope or message signature');
  }
  if (message !== undefined) {
    const holder = asObject(message, 'messageSignature');
    const digest = asObject(member(holder, 'messageDigest'), 'messageDigest');
    return {
      kind: 'message',
      digestAlgorithm: digestAlgorithmOf(
        asString(member(digest, 'algorithm'), 'messageDigest.algorithm'),
        'messageDigest.algorithm',
      ),
      digest: decodeBase64(
        asString(member(digest, 'digest'), 'messageDigest.digest'),
        'messageDigest.digest',
      ),
      signature: decodeBase64(asString(member(holder, 'signature'), 'signature'), 'signature'),
    };
  }
  const holder = asObject(envelope, 'dsseEnvelope');
  const payload = decodeBase64(asString(member(holder, 'payload'), 'payload'), 'payload');
  if (payload.length > limits.payloadBytesMax) {
    throw new ProofError('limit-exceeded', { what: 'payload', max: limits.payloadBytesMax, unit: 'bytes' });
  }
  const signatures = asArray(member(holder, 'signatures'), 'signatures', limits.envelopeSignaturesMax);
  // The bundle specification: an envelope must carry exactly one signature. With two, which one was logged?
  if (signatures.length !== 1)
    throw new ProofError('envelope-signature-count', { actual: signatures.length });
  const signature = asObject(signatures[0], 'signatures');
  const keyid = member(signature, 'keyid');
  return {
    kind: 'dsse',
    payloadType: asString(member(holder, 'payloadType'), 'payloadType'),
    payload,
    signature: decodeBase64(asString(member(signature, 'sig'), 'sig'), 'sig'),
    keyid: keyid === undefined ? '' : asString(keyid, 'keyid'),
  };
}

function parseLogEntry(entry: JsonObject): LogEntry {
  const kindVersion = asObject(member(entry, 'kindVersion'), 'kindVersion');
  const logId = decodeBase64(
    asString(member(asObject(member(entry, 'logId'), 'logId'), 'keyId'), 'logId'),
    'logId',
  );
  const promise = member(entry, 'inclusionPromise');
  const proof = member(entry, 'inclusionProof');
  const bodyBase64 = asString(member(entry, 'canonicalizedBody'), 'canonicalizedBody');
  return {
    logId: Buffer.from(logId).toString('hex'),
    logIndex: int64(member(entry, 'logIndex') ?? '0', 'logIndex'),
    kind: asString(member(kindVersion, 'kind'), 'kindVersion'),
    kindVersion: asString(member(kindVersion, 'version'), 'kindVersion'),
    integratedTime: int64(member(entry, 'integratedTime') ?? '0', 'integratedTime'),
    promise: promise === undefined ? undefined : parsePromise(asObject(promise, 'inclusionPromise')),
    proof: proof === undefined ? undefined : parseProof(asObject(proof, 'inclusionProof')),
    bodyBase64,
    body: decodeBase64(bodyBase64, 'canonicalizedBody'),
  };
}

function parsePromise(promise: JsonObject): Uint8Array {
  return decodeBase64(
    asString(member(promise, 'signedEntryTimestamp'), 'signedEntryTimestamp'),
    'signedEntryTimestamp',
  );
}

function parseProof(proof: JsonObject): InclusionProof {
  const hashes = asArray(member(proof, 'hashes') ?? [], 'hashes', limits.proofHashesMax);
  const checkpoint = asObject(member(proof, 'checkpoint'), 'checkpoint');
  return {
    logIndex: int64(member(proof, 'logIndex') ?? '0', 'inclusionProof.logIndex'),
    rootHash: decodeBase64(asString(member(proof, 'rootHash'), 'rootHash'), 'rootHash'),
    treeSize: int64(member(proof, 'treeSize'), 'treeSize'),
    hashes: hashes.map((hash) => decodeBase64(asString(hash, 'hashes'), 'hashes')),
    checkpoint: asString(member(checkpoint, 'envelope'), 'checkpoint'),
  };
}

function parseTimestamps(material: JsonObject): readonly Uint8Array[] {
  const data = member(material, 'timestampVerificationData');
  if (data === undefined) return [];
  const list = asArray(
    member(asObject(data, 'timestampVerificationData'), 'rfc3161Timestamps') ?? [],
    'rfc3161Timestamps',
    limits.timestampsMax,
  );
  return list.map((item) => {
    const token = asString(member(asObject(item, 'rfc3161Timestamps'), 'signedTimestamp'), 'signedTimestamp');
    return decodeBase64(token, 'signedTimestamp');
  });
}

/** Protobuf JSON writes int64 as a string; numbers are read too. Never negative here. */
function int64(value: JsonValue | undefined, what: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value !== 'string' || !/^(0|[1-9]\d{0,18})$/.test(value))
    throw new MalformedError(what, 'not a whole number');
  return BigInt(value);
}
