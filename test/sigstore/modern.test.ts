/** Rekor v2, timestamps, signatures over files, keys of the caller, and what the options demand. */
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import type { Artifact } from '../../src/sigstore/artifact.ts';
import { importKey, publicKeyFromPem } from '../../src/sigstore/keys.ts';
import type { VerificationOptions } from '../../src/sigstore/options.ts';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { LogAuthority, TrustRoot } from '../../src/sigstore/types.ts';
import type { BundleContext } from '../../src/sigstore/verify-bundle.ts';
import { parseVerifierKey } from '../../src/sigstore/witness.ts';
import { timestampAuthority, timestampResponse } from '../support/rig/modern.mjs';
import { ecKey, pem, spki } from '../support/rig/sigstore.mjs';
import { algorithm, forgeToken, makeTsa, SHA1 } from './forge-timestamp.ts';
import { FILE, flipBase64, HEX, makeWorld, NOW, verdict, verify } from './world.ts';

const world = makeWorld(41);
const { sigstore, modern, identity, trustRoot } = world;
// biome-ignore lint/suspicious/noExplicitAny: bundles are taken apart and broken
type Loose = any;
const content = (bytes: Uint8Array): Artifact => ({ kind: 'content', chunks: () => [bytes] });
const digest = (bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): Artifact => ({
  kind: 'digest',
  algorithm,
  digest: createHash(algorithm).update(bytes).digest(),
});
const context: BundleContext = { ...world.context, artifact: content(FILE) };
const entry = (bundle: Loose): Loose => bundle.verificationMaterial.tlogEntries[0];
const proof = (bundle: Loose): Loose => entry(bundle).inclusionProof;
const stamps = (bundle: Loose): Loose =>
  bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps;
const stamp = (token: Uint8Array) => ({ signedTimestamp: Buffer.from(token).toString('base64') });
const envelopeSignature = (bundle: Loose) => Buffer.from(bundle.dsseEnvelope.signatures[0].sig, 'base64');

const edited = (change: (bundle: Loose) => unknown, where: BundleContext = context) => {
  const bundle: Loose = world.modernBundle('envelope');
  change(bundle);
  return verdict(bundle, where);
};
const file = (where: BundleContext, change: (bundle: Loose) => unknown = () => {}) => {
  const bundle: Loose = world.modernBundle('file');
  change(bundle);
  return verdict(bundle, where);
};
const withOptions = (options: VerificationOptions, root: TrustRoot = trustRoot): BundleContext => ({
  ...context,
  trustRoot: root,
  options,
});
const [classicLog, modernLog] = trustRoot.transparencyLogs as [LogAuthority, LogAuthority];
const withModernLog = (change: Partial<LogAuthority>): BundleContext => ({
  ...context,
  trustRoot: { ...trustRoot, transparencyLogs: [classicLog, { ...modernLog, ...change }] },
});

describe('a bundle with an entry of Rekor v2', () => {
  test('is verified, its time being the timestamp', async () => {
    const result = await verify(world.modernBundle('envelope'), context);
    expect(result.times).toEqual([
      {
        source: 'timestamp-authority',
        time: NOW + 2000,
        authority: 'https://timestamp.rig.test',
        operator: 'https://timestamp.rig.test',
      },
    ]);
    expect(result.logEntries).toEqual([
      {
        logId: modern.logId.toString('hex'),
        baseUrl: `https://${modern.origin}`,
        logIndex: '1000',
        kind: 'hashedrekord 0.0.2',
        integratedTime: undefined,
        inclusion: 'proof',
        witnesses: [],
      },
    ]);
  });

  test.each<[string, (bundle: Loose) => unknown, string]>([
    ['no timestamp', (b) => stamps(b).pop(), 'invalid time-absent'],
    ['the same timestamp twice', (b) => stamps(b).push(stamps(b)[0]), 'invalid timestamp-repeated'],
    [
      'a timestamp outside of the certificate',
      (b) => stamps(b).push(stamp(modern.timestamp(envelopeSignature(b), NOW + 700_000))),
      'invalid certificate-time',
    ],
    [
      'a timestamp about something else',
      (b) => stamps(b).push(stamp(modern.timestamp(Buffer.of(1), NOW + 2000))),
      'invalid timestamp-imprint-mismatch',
    ],
    ['no proof', (b) => Object.assign(entry(b), { inclusionProof: null }), 'invalid tlog-proof-absent'],
    [
      'another index than the proof is for',
      (b) => Object.assign(entry(b), { logIndex: '1002' }),
      'invalid tlog-proof-invalid',
    ],
    [
      'a flipped bit in the checkpoint',
      (b) => {
        const [text, line] = proof(b).checkpoint.envelope.split('\n\n');
        const [dash, name, sig] = line.split('\n')[0].split(' ');
        proof(b).checkpoint.envelope = `${text}\n\n${dash} ${name} ${flipBase64(sig, 8 * 20)}\n`;
      },
      'invalid tlog-checkpoint-invalid',
    ],
    [
      'another signature',
      (b) =>
        Object.assign(b.dsseEnvelope.signatures[0], {
          sig: flipBase64(b.dsseEnvelope.signatures[0].sig, 99),
        }),
      'invalid tlog-entry-mismatch',
    ],
  ])('with %s is refused', async (_, change, code) => {
    expect(await edited(change)).toBe(code);
  });

  test('an unsigned time beside the entry is none', async () => {
    expect(
      await edited((b) => {
        entry(b).integratedTime = String(NOW / 1000);
        stamps(b).pop();
      }),
    ).toBe('invalid time-absent');
  });

  test('its log must have been in force at the trusted time', async () => {
    const at = (start: number, end: number | undefined) =>
      edited(() => {}, withModernLog({ validFor: { start, end } }));
    expect(await at(NOW + 2000, NOW + 2000)).toBe('verified');
    expect(await at(NOW + 2001, undefined)).toBe('invalid tlog-log-time');
    expect(await at(0, NOW + 1999)).toBe('invalid tlog-log-time');
  });

  test('its log must have signed the checkpoint with its own key', async () => {
    expect(
      await edited(() => {}, withModernLog({ key: makeWorld(42).trustRoot.transparencyLogs[1]!.key })),
    ).toBe('invalid tlog-checkpoint-invalid');
  });
});

describe('a timestamp by an authority outside of the trust root', () => {
  const stranger = timestampAuthority('stranger.test', NOW - 1e10, NOW + 1e10);
  const foreign = (b: Loose, options = {}) =>
    stamp(timestampResponse(stranger, envelopeSignature(b), NOW + 2000, options));

  test.each([false, true])(
    'does not spoil a good time, and is named (certificate embedded: %s)',
    async (embed) => {
      const bundle: Loose = world.modernBundle('envelope');
      stamps(bundle).push(foreign(bundle, { embed }));
      const result = await verify(bundle, context);
      expect(result.times).toHaveLength(1);
      expect(result.uncoveredTimestamps.map(({ code }) => code)).toEqual(['timestamp-authority-unknown']);
    },
  );

  test('may be made with what cannot be verified here: it spoils nothing, and is no time', async () => {
    const bundle: Loose = world.modernBundle('envelope');
    const signature = envelopeSignature(bundle);
    const sha1 = createHash('sha1').update(signature).digest();
    const info = { imprintAlgorithm: algorithm(SHA1), imprint: sha1 };
    const weak = stamp(forgeToken(makeTsa(), { info }, signature));
    stamps(bundle).push(weak);
    const result = await verify(bundle, context);
    expect(result.uncoveredTimestamps.map(({ code }) => code)).toEqual(['algorithm-unsupported']);
    expect(await edited((b) => stamps(b).splice(0, 1, weak))).toBe('uncovered algorithm-unsupported');
    // What is broken is another matter: somebody has put it there.
    const broken = (b: Loose) => stamps(b).push({ signedTimestamp: 'AQID' });
    expect(await edited(broken)).toBe('invalid malformed');
  });

  test('is no time itself', async () => {
    expect(await edited((b) => stamps(b).splice(0, 1, foreign(b, { embed: true })))).toBe(
      'uncovered timestamp-authority-unknown',
    );
  });

  test('does not count for a threshold', async () => {
    const where = withOptions({ timestampAuthorities: 2 });
    expect(await edited((b) => stamps(b).push(foreign(b)), where)).toBe('invalid timestamp-threshold');
  });

  test('counts as soon as the trust root has it', async () => {
    const document = modern.trustedRoot();
    document.timestampAuthorities.push({
      uri: 'https://timestamp.stranger.test',
      certChain: {
        certificates: stranger.chain.map((der: Buffer) => ({ rawBytes: der.toString('base64') })),
      },
      validFor: { start: new Date(NOW - 1e9).toISOString() },
    });
    const root = parseTrustRoot(Buffer.from(JSON.stringify(document)));
    const where = withOptions({ timestampAuthorities: 2, trustedTimes: 2 }, root);
    expect(await edited((b) => stamps(b).push(foreign(b)), where)).toBe('verified');
    expect(await edited(() => {}, where)).toBe('invalid time-threshold');
    // Twice by one authority is one authority.
    const again = (b: Loose) => stamps(b).push(stamp(modern.timestamp(envelopeSignature(b), NOW + 3000)));
    expect(await edited(again, where)).toBe('invalid time-threshold');
    expect(await edited(again)).toBe('verified');
  });
});

describe('a signature over a file', () => {
  test('is verified with the file or its digest', async () => {
    for (const artifact of [content(FILE), digest(FILE)]) {
      const result = await verify(world.modernBundle('file'), { ...context, artifact });
      expect(result.content).toEqual({
        kind: 'message',
        digestAlgorithm: 'sha256',
        digest: createHash('sha256').update(FILE).digest(),
      });
    }
  });

  test('is read in pieces', async () => {
    const pieces = async function* () {
      for (const byte of FILE) yield Uint8Array.of(byte);
    };
    expect(await file({ ...context, artifact: { kind: 'content', chunks: pieces } })).toBe('verified');
  });

  test('needs the file', async () => {
    expect(await file({ ...context, artifact: undefined })).toBe('uncovered artifact-needed');
    expect(await file({ ...context, artifact: digest(FILE, 'sha512') })).toBe('uncovered artifact-needed');
  });

  test('is about that file only', async () => {
    const other = Buffer.from('other');
    expect(await file({ ...context, artifact: content(other) })).toBe('invalid artifact-digest-mismatch');
    expect(await file({ ...context, artifact: digest(other) })).toBe('invalid artifact-digest-mismatch');
    const empty: Artifact = { kind: 'content', chunks: () => [] };
    expect(await file({ ...context, artifact: empty })).toBe('invalid artifact-digest-mismatch');
  });

  test('must hold', async () => {
    // Logged and stamped soundly, over the right digest, by the right certificate: only the signature is of another file.
    const leaf = sigstore.leafCert(identity, NOW);
    const forged: Loose = modern.signFile({ content: Buffer.from('other'), cert: leaf, time: NOW + 2000 });
    const right = createHash('sha256').update(FILE).digest('base64');
    const body = JSON.parse(Buffer.from(entry(forged).canonicalizedBody, 'base64').toString());
    body.spec.hashedRekordV002.data.digest = right;
    forged.messageSignature.messageDigest.digest = right;
    const bytes = Buffer.from(JSON.stringify(body));
    const index = modern.log.append(bytes);
    Object.assign(entry(forged), { logIndex: String(index), canonicalizedBody: bytes.toString('base64') });
    modern.pending.push({ index, entry: entry(forged) });
    modern.seal();
    expect(await verdict(forged, context)).toBe('invalid message-signature-invalid');
    expect(await verdict(forged, { ...context, artifact: digest(FILE) })).toBe(
      'invalid message-signature-invalid',
    );
  });
});

describe('a key of the caller', () => {
  const PKCS1 = 'pkcs1';
  const pairs: Readonly<Record<string, KeyObject>> = {
    'P-256': ecKey('P-256'),
    'P-384': ecKey('P-384'),
    'P-521': ecKey('P-521'),
    Ed25519: generateKeyPairSync('ed25519').privateKey,
    [PKCS1]: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  };
  const hashes: Readonly<Record<string, 'sha256' | 'sha384' | 'sha512'>> = {
    'P-384': 'sha384',
    'P-521': 'sha512',
  };
  const names: Readonly<Record<string, string>> = {
    sha256: 'SHA2_256',
    sha384: 'SHA2_384',
    sha512: 'SHA2_512',
  };
  /** As Cosign makes them with a key pair: hashedrekord 0.0.1 with a promise. */
  const signed = (
    name: string,
    options: { pss?: boolean; bytes?: Uint8Array; hash?: 'sha256' | 'sha384' | 'sha512' } = {},
  ): Loose => {
    const key = pairs[name]!;
    const algorithm = options.hash ?? hashes[name] ?? 'sha256';
    const bytes = options.bytes ?? FILE;
    const hash = createHash(algorithm).update(bytes).digest();
    const signature = sign(
      name === 'Ed25519' ? null : algorithm,
      bytes,
      options.pss ? { key, padding: 6, saltLength: 32 } : key,
    ).toString('base64');
    const body = {
      apiVersion: '0.0.1',
      kind: 'hashedrekord',
      spec: {
        data: { hash: { algorithm, value: hash.toString('hex') } },
        signature: {
          content: signature,
          publicKey: { content: Buffer.from(pem('PUBLIC KEY', spki(key))).toString('base64') },
        },
      },
    };
    const logged = sigstore.logEntry(Buffer.from(JSON.stringify(body)), NOW + 3000, {
      kind: 'hashedrekord',
      version: '0.0.1',
    });
    sigstore.seal();
    return {
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: { publicKey: { hint: 'whatever' }, tlogEntries: [logged] },
      messageSignature: {
        messageDigest: { algorithm: names[algorithm], digest: hash.toString('base64') },
        signature,
      },
    };
  };
  const given = (name: string): BundleContext => ({ ...context, key: importKey(spki(pairs[name]!), 'key') });

  test.each(Object.keys(pairs))('of %s verifies what it has signed', async (name) => {
    expect(await verdict(signed(name), given(name))).toBe('verified');
    expect(await verdict(signed(name, { bytes: Buffer.from('x') }), given(name))).toBe(
      'invalid artifact-digest-mismatch',
    );
  });

  test.each(['P-256', 'P-384', 'P-521', PKCS1])('of %s verifies over the digest alone', async (name) => {
    const algorithm = hashes[name] ?? 'sha256';
    const value = createHash(algorithm).update(FILE).digest();
    const artifact: Artifact = { kind: 'digest', algorithm, digest: value };
    expect(await verdict(signed(name), { ...given(name), artifact })).toBe('verified');
  });

  test.each([
    ['P-384', 'sha256'],
    ['P-521', 'sha256'],
    [PKCS1, 'sha512'],
  ] as const)('of %s may have signed with %s, as the log has recorded', async (name, hash) => {
    const artifact: Artifact = {
      kind: 'digest',
      algorithm: hash,
      digest: createHash(hash).update(FILE).digest(),
    };
    const bundle = signed(name, { hash });
    expect(await verdict(bundle, given(name))).toBe('verified');
    expect(await verdict(bundle, { ...given(name), artifact })).toBe('verified');
  });

  test('of P-384 may have signed an envelope with SHA-256', async () => {
    for (const hash of ['sha256', 'sha384', 'sha512']) {
      const leaf = sigstore.leafCert(identity, NOW, { key: pairs['P-384']! });
      const bundle = modern.attest({ statement: { hex: HEX }, cert: leaf, time: NOW + 2000, hash });
      modern.seal();
      expect(await verdict(bundle, context), hash).toBe(
        hash === 'sha512' ? 'invalid envelope-signature-invalid' : 'verified',
      );
    }
  });

  test('of Ed25519 needs the file, not its digest', async () => {
    expect(await verdict(signed('Ed25519'), { ...given('Ed25519'), artifact: digest(FILE) })).toBe(
      'uncovered artifact-needed',
    );
  });

  test('of Ed25519 takes no file that cannot be in memory at once', async () => {
    const chunk = Buffer.alloc(limits.wholeArtifactBytesMax / 64);
    let read = 0;
    const endless = function* () {
      for (;;) {
        read++;
        yield chunk;
      }
    };
    const artifact: Artifact = { kind: 'content', chunks: endless };
    expect(await verdict(signed('Ed25519'), { ...given('Ed25519'), artifact })).toBe(
      'invalid limit-exceeded',
    );
    expect(read).toBe(65);
  });

  test('of RSA signs by either scheme', async () => {
    expect(await verdict(signed(PKCS1, { pss: true }), given(PKCS1))).toBe('verified');
  });

  test('is the only one that counts, whatever the bundle calls it', async () => {
    expect(await verdict(signed('P-256'), { ...context, key: importKey(spki(ecKey()), 'key') })).toBe(
      'invalid tlog-entry-mismatch',
    );
    expect(await verdict(world.bundle('v0.3'), given('P-256'))).toBe('invalid signer-kind-mismatch');
    expect(await verdict(signed('P-256'), context)).toBe('invalid key-unknown');
  });

  test('is read from PEM as Cosign writes it', async () => {
    const text = createPublicKey(pairs['P-256']!).export({ type: 'spki', format: 'pem' }) as string;
    expect(await verdict(signed('P-256'), { ...context, key: publicKeyFromPem(text, 'cosign.pub') })).toBe(
      'verified',
    );
  });

  test('needs neither log nor time where the caller says so by name', async () => {
    const bare = signed('P-256');
    bare.verificationMaterial.tlogEntries = [];
    const where = (options: VerificationOptions) => ({ ...given('P-256'), options });
    expect(await verdict(bare, where({}))).toBe('invalid tlog-absent');
    expect(await verdict(bare, where({ insecureWithoutTransparencyLog: true }))).toBe('invalid time-absent');
    const both = { insecureWithoutTransparencyLog: true, insecureWithoutTrustedTime: true };
    expect(await verdict(bare, where(both))).toBe('verified');
    // A certificate, or a key with a period, is worth nothing without a time.
    expect(await verdict(world.bundle('v0.3'), { ...context, options: both })).toBe('invalid time-absent');
    expect(await verdict(world.bundle('key v0.3'), { ...context, options: both })).toBe(
      'invalid time-absent',
    );
  });
});

describe('options', () => {
  const run = (options: VerificationOptions, name: 'v0.1' | 'v0.3' = 'v0.3') =>
    verdict(world.bundle(name), withOptions(options));

  test('can demand the proof of old bundles as well', async () => {
    expect(await run({ inclusionProof: 'always' }, 'v0.1')).toBe('invalid tlog-proof-absent');
    expect(await run({ inclusionProof: 'always' })).toBe('verified');
  });

  test('count logs by operator', async () => {
    expect(await run({ transparencyLogs: 2 })).toBe('invalid tlog-threshold');
    expect(await run({ trustedTimes: 2 })).toBe('invalid time-threshold');
    expect(await run({ timestampAuthorities: 1 })).toBe('invalid timestamp-threshold');
    expect(await run({ certificateTransparencyLogs: 2 })).toBe('invalid sct-threshold');
    // The same entry twice in one log is one log.
    const bundle: Loose = world.bundle('v0.3');
    const again = sigstore.logEntry(Buffer.from(entry(bundle).canonicalizedBody, 'base64'), NOW + 3000, {
      kind: 'dsse',
      version: '0.0.1',
    });
    sigstore.seal();
    bundle.verificationMaterial.tlogEntries.push(again);
    expect(await verdict(bundle, withOptions({ transparencyLogs: 2 }))).toBe('invalid tlog-threshold');
    expect(await verdict(bundle, withOptions({ transparencyLogs: 1 }))).toBe('verified');
  });

  test('may do without a log or certificate transparency, by name', async () => {
    const bare: Loose = world.modernBundle('envelope');
    bare.verificationMaterial.tlogEntries = [];
    expect(await verdict(bare, withOptions({}))).toBe('invalid tlog-absent');
    expect(await verdict(bare, withOptions({ insecureWithoutTransparencyLog: true }))).toBe('verified');
    const unlogged = (sct: false | 'bad') =>
      modern.attest({
        statement: { hex: HEX },
        cert: sigstore.leafCert(identity, NOW, { sct }),
        time: NOW + 2000,
      });
    const [none, bad] = [unlogged(false), unlogged('bad')];
    modern.seal();
    const without = withOptions({ insecureWithoutCertificateTransparency: true });
    expect(await verdict(none, context)).toBe('invalid sct-absent');
    expect(await verdict(none, without)).toBe('verified');
    expect(await verdict(bad, without)).toBe('invalid sct-invalid');
  });

  test('an entry that is there must hold even where none is demanded', async () => {
    expect(
      await edited(
        (b) => Object.assign(proof(b), { rootHash: flipBase64(proof(b).rootHash) }),
        withOptions({ insecureWithoutTransparencyLog: true }),
      ),
    ).toBe('invalid tlog-proof-invalid');
  });

  test('can demand witnesses', async () => {
    const known = parseVerifierKey(modern.witnessKey());
    const other = parseVerifierKey(makeWorld(43).modern.witnessKey());
    const stranger = { ...other, name: 'other.example' };
    const result = await verify(world.modernBundle('envelope'), withOptions({ witnesses: [known] }));
    expect(result.logEntries[0]!.witnesses).toEqual(['witness.rig.test']);
    const demand = (witnesses: readonly (typeof known)[], witnessThreshold: number) =>
      edited(() => {}, withOptions({ witnesses, witnessThreshold }));
    expect(await demand([known], 1)).toBe('verified');
    expect(await demand([known, stranger], 1)).toBe('verified');
    expect(await demand([known, stranger], 2)).toBe('invalid tlog-witness-threshold');
    expect(await demand([stranger], 1)).toBe('invalid tlog-witness-threshold');
    const broken = (b: Loose) => {
      const lines = proof(b).checkpoint.envelope.split('\n');
      const [dash, name, sig] = lines.at(-2).split(' ');
      lines.splice(-2, 1, `${dash} ${name} ${flipBase64(sig, 8 * 30)}`);
      proof(b).checkpoint.envelope = lines.join('\n');
    };
    expect(await edited(broken, withOptions({ witnesses: [known] }))).toBe('invalid tlog-witness-invalid');
    expect(await edited(broken)).toBe('verified');
  });

  test('without sense are refused before anything is looked at', async () => {
    await expect(verify({}, withOptions({ transparencyLogs: 0 }))).rejects.toBeInstanceOf(VerifyDepsError);
  });
});
