import { createHash, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';
import type { LogAuthority } from '../../src/sigstore/types.ts';
import type { BundleContext } from '../../src/sigstore/verify-bundle.ts';
import { type Bundle, ecKey, Sigstore, slsaV1 } from '../support/rig/sigstore.mjs';
import { BUNDLE_NAMES, type BundleName, flipBase64, HEX, makeWorld, NOW, verdict, verify } from './world.ts';

const world = makeWorld();
const stranger = makeWorld(2, { repo: 'evil/log' });
const { sigstore, identity, context } = world;
const statement = slsaV1('@acme/log', '2.1.0', HEX, identity);
// biome-ignore lint/suspicious/noExplicitAny: bundles are taken apart and broken
type Loose = any;
const entry = (bundle: Loose): Loose => bundle.verificationMaterial.tlogEntries[0];
const broken = (name: BundleName, change: (bundle: Loose) => unknown, where: BundleContext = context) => {
  const bundle: Loose = world.bundle(name);
  change(bundle);
  return verdict(bundle, where);
};
/** A sound bundle but for what the options of the rig break. */
const made = (
  options: Partial<Parameters<Sigstore['attest']>[0]> & {
    leaf?: Parameters<Sigstore['leafCert']>[2];
    issued?: number;
  } = {},
  change: (bundle: Loose) => unknown = () => {},
) => {
  const { leaf, issued, ...rest } = options;
  const bundle = sigstore.attest({
    statement,
    signer: { cert: sigstore.leafCert(identity, issued ?? NOW, leaf) },
    time: NOW + 3000,
    ...rest,
  });
  sigstore.seal();
  change(bundle);
  return bundle;
};
const withLog = (change: Partial<LogAuthority>): BundleContext => ({
  ...context,
  trustRoot: {
    ...context.trustRoot,
    transparencyLogs: context.trustRoot.transparencyLogs.map((log) => ({ ...log, ...change })),
  },
});

describe('sound bundles', () => {
  test.each(BUNDLE_NAMES)('%s is verified, with its facts', async (name) => {
    const bundle = world.bundle(name);
    const result = await verify(bundle, context);
    expect(result.mediaType).toBe(bundle.mediaType);
    expect(result.content).toEqual({
      kind: 'dsse',
      payloadType: 'application/vnd.in-toto+json',
      payload: Buffer.from(bundle.dsseEnvelope.payload, 'base64'),
    });
    const time = Number(entry(bundle).integratedTime) * 1000;
    expect(result.times).toEqual([
      {
        source: 'transparency-log',
        time,
        authority: 'https://rekor.rig.test',
        operator: sigstore.rekorId.toString('hex'),
      },
    ]);
    expect(result.logEntries).toEqual([
      {
        logId: sigstore.rekorId.toString('hex'),
        baseUrl: 'https://rekor.rig.test',
        logIndex: entry(bundle).logIndex,
        kind: name.endsWith('v0.3') ? 'dsse 0.0.1' : 'intoto 0.0.2',
        integratedTime: time,
        inclusion: name.endsWith('v0.1') ? 'promise' : 'proof',
        witnesses: [],
      },
    ]);
    if (name.startsWith('key'))
      expect(result.signer).toEqual({
        kind: 'key',
        hint: sigstore.npmKeys[1].keyid,
        sha256: createHash('sha256').update(sigstore.npmKeys[1].der).digest('hex'),
      });
    else
      expect(result.signer).toMatchObject({
        kind: 'certificate',
        subjectAlternativeName: identity.workflowUri,
      });
  });

  test('say the same however often they are asked', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => verify(world.bundle('v0.3'), context)));
    for (const one of all) expect(one).toEqual(all[0]);
  });

  test('of another instance are strangers here', async () => {
    for (const name of ['v0.1', 'v0.2', 'v0.3'] as const)
      expect(await verdict(stranger.bundle(name), context)).toBe('invalid tlog-log-unknown');
    expect(await verdict(stranger.bundle('key v0.3'), context)).toBe('invalid key-unknown');
  });
});

describe('the log', () => {
  const sealed = (change: (bundle: Loose) => unknown, name: BundleName = 'v0.3') => broken(name, change);

  test('must be there', async () => {
    expect(await sealed((b) => Object.assign(b.verificationMaterial, { tlogEntries: [] }))).toBe(
      'invalid tlog-absent',
    );
    expect(await sealed((b) => delete b.verificationMaterial.tlogEntries)).toBe('invalid tlog-absent');
  });

  test('must be known', async () => {
    const id = (b: Loose) => Object.assign(entry(b).logId, { keyId: flipBase64(entry(b).logId.keyId) });
    expect(await sealed(id)).toBe('invalid tlog-log-unknown');
    expect(await sealed((b) => Object.assign(entry(b).logId, { keyId: '' }))).toBe(
      'invalid tlog-log-unknown',
    );
    expect(await broken('v0.3', () => {}, withLog({ logId: 'ab' }))).toBe('invalid tlog-log-unknown');
    const proofOnly = (b: Loose) => Object.assign(entry(b), { inclusionPromise: null });
    expect(await broken('v0.3', proofOnly, withLog({ logId: 'ab' }))).toBe('invalid tlog-log-unknown');
  });

  test('must be in force at the time it signed for', async () => {
    const time = NOW + 3000;
    const during = (start: number, end: number | undefined) =>
      broken('v0.3', () => {}, withLog({ validFor: { start, end } }));
    expect(await during(time, time)).toBe('verified');
    expect(await during(time + 1, undefined)).toBe('invalid tlog-log-time');
    expect(await during(0, time - 1)).toBe('invalid tlog-log-time');
  });

  test.each([
    ['8640000000001', 'the first second that no calendar holds'],
    ['9007199254740', 'the last second in safe milliseconds'],
    ['9007199254741', 'one beyond'],
    ['9999999999999999999', 'nineteen digits'],
  ])('at %s, %s, is refused like any other', async (integratedTime) => {
    expect(await sealed((b) => Object.assign(entry(b), { integratedTime }))).toBe('invalid tlog-log-time');
  });

  test.each<[string, (bundle: Loose) => unknown]>([
    [
      'another time',
      (b) => Object.assign(entry(b), { integratedTime: String(Number(entry(b).integratedTime) + 1) }),
    ],
    ['another index', (b) => Object.assign(entry(b), { logIndex: String(Number(entry(b).logIndex) + 1) })],
    [
      'a flipped bit',
      (b) =>
        Object.assign(entry(b).inclusionPromise, {
          signedEntryTimestamp: flipBase64(entry(b).inclusionPromise.signedEntryTimestamp, 77),
        }),
    ],
    ['nothing', (b) => Object.assign(entry(b).inclusionPromise, { signedEntryTimestamp: '' })],
    [
      'the promise of another entry',
      (b) => Object.assign(entry(b), { inclusionPromise: entry(world.bundle('v0.2')).inclusionPromise }),
    ],
    [
      'the signature over the envelope',
      (b) =>
        Object.assign(entry(b).inclusionPromise, { signedEntryTimestamp: b.dsseEnvelope.signatures[0].sig }),
    ],
  ])('has not promised %s', async (_, change) => {
    for (const name of ['v0.1', 'v0.3'] as const)
      expect(await sealed(change, name)).toBe('invalid tlog-promise-invalid');
  });

  test('must have promised with its own key', async () => {
    const other = {
      ...context.trustRoot.transparencyLogs[0]!,
      key: stranger.trustRoot.transparencyLogs[0]!.key,
    };
    expect(await broken('v0.3', () => {}, withLog(other))).toBe('invalid tlog-promise-invalid');
  });

  test('may rest on its promise alone in a bundle v0.1 only', async () => {
    const noProof = (b: Loose) => Object.assign(entry(b), { inclusionProof: null });
    expect(await sealed(noProof, 'v0.1')).toBe('verified');
    expect(await sealed(noProof, 'v0.2')).toBe('invalid tlog-proof-absent');
    expect(await sealed(noProof, 'v0.3')).toBe('invalid tlog-proof-absent');
    expect(await sealed(noProof, 'key v0.2')).toBe('invalid tlog-proof-absent');
  });

  test('must have promised in a bundle v0.1, whatever else it proves', async () => {
    const relabelled: Loose = world.modernBundle('envelope');
    relabelled.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1';
    expect(await verdict(world.modernBundle('envelope'), context)).toBe('verified');
    expect(await verdict(relabelled, context)).toBe('invalid malformed');
  });

  test('without a promise says nothing about the time', async () => {
    const noPromise = (b: Loose) => Object.assign(entry(b), { inclusionPromise: null });
    expect(await sealed(noPromise, 'v0.3')).toBe('invalid time-absent');
    expect(await sealed(noPromise, 'key v0.3')).toBe('invalid time-absent');
    expect(await sealed(noPromise, 'v0.1')).toBe('invalid tlog-proof-absent');
  });

  test('lists an entry once', async () => {
    const twice = (b: Loose) => b.verificationMaterial.tlogEntries.push(structuredClone(entry(b)));
    expect(await sealed(twice)).toBe('invalid tlog-entry-repeated');
    expect(
      await sealed((b) => {
        twice(b);
        b.verificationMaterial.tlogEntries[1].inclusionPromise = null;
      }),
    ).toBe('invalid tlog-entry-repeated');
  });

  test('may list several entries, each of which must hold', async () => {
    const bundle: Loose = made();
    const again = sigstore.logEntry(Buffer.from(entry(bundle).canonicalizedBody, 'base64'), NOW + 5000, {
      kind: 'dsse',
      version: '0.0.1',
    });
    sigstore.seal();
    bundle.verificationMaterial.tlogEntries.push(again);
    const result = await verify(bundle, context);
    expect(result.logEntries).toHaveLength(2);
    expect(result.times.map(({ time }) => time)).toEqual([NOW + 3000, NOW + 5000]);
    bundle.verificationMaterial.tlogEntries[1].inclusionPromise.signedEntryTimestamp = 'AAAA';
    expect(await verdict(bundle, context)).toBe('invalid tlog-promise-invalid');
  });

  test('must vouch for the time of each of several entries', async () => {
    const bundle: Loose = made();
    const late = sigstore.logEntry(Buffer.from(entry(bundle).canonicalizedBody, 'base64'), NOW + 700_000, {
      kind: 'dsse',
      version: '0.0.1',
    });
    sigstore.seal();
    bundle.verificationMaterial.tlogEntries.push(late);
    expect(await verdict(bundle, context)).toBe('invalid certificate-time');
  });
});

describe('the inclusion proof', () => {
  const proof = (bundle: Loose): Loose => entry(bundle).inclusionProof;
  const note = (bundle: Loose): string => proof(bundle).checkpoint.envelope;
  const renote = (bundle: Loose, envelope: string) => Object.assign(proof(bundle).checkpoint, { envelope });

  test.each<[string, (bundle: Loose) => unknown, string]>([
    [
      'a hash flipped',
      (b) =>
        Object.assign(proof(b), { hashes: [flipBase64(proof(b).hashes[0]), ...proof(b).hashes.slice(1)] }),
      'tlog-proof-invalid',
    ],
    ['a hash too few', (b) => proof(b).hashes.pop(), 'tlog-proof-invalid'],
    ['a hash too many', (b) => proof(b).hashes.push(proof(b).hashes[0]), 'tlog-proof-invalid'],
    [
      'a hash of another length',
      (b) => Object.assign(proof(b), { hashes: ['AA==', ...proof(b).hashes.slice(1)] }),
      'tlog-proof-invalid',
    ],
    ['no hashes', (b) => Object.assign(proof(b), { hashes: [] }), 'tlog-proof-invalid'],
    [
      'another index',
      (b) => Object.assign(proof(b), { logIndex: String(Number(proof(b).logIndex) - 1) }),
      'tlog-proof-invalid',
    ],
    [
      "the entry's own index",
      (b) => Object.assign(proof(b), { logIndex: entry(b).logIndex }),
      'tlog-proof-invalid',
    ],
    [
      'another root beside the checkpoint',
      (b) => Object.assign(proof(b), { rootHash: flipBase64(proof(b).rootHash) }),
      'tlog-proof-invalid',
    ],
    [
      'another size beside the checkpoint',
      (b) => Object.assign(proof(b), { treeSize: String(Number(proof(b).treeSize) + 1) }),
      'tlog-proof-invalid',
    ],
    [
      'another root inside it',
      (b) => renote(b, note(b).replace(proof(b).rootHash, flipBase64(proof(b).rootHash))),
      'tlog-proof-invalid',
    ],
    [
      'another size inside it',
      (b) => renote(b, note(b).replace(`\n${proof(b).treeSize}\n`, `\n${Number(proof(b).treeSize) + 1}\n`)),
      'tlog-proof-invalid',
    ],
    ['a checkpoint that is none', (b) => renote(b, 'x'), 'malformed'],
    [
      'a checkpoint without a signature',
      (b) => renote(b, note(b).slice(0, note(b).indexOf('\n\n') + 2)),
      'malformed',
    ],
    [
      'a checkpoint of another origin',
      (b) => renote(b, note(b).replace(/^rekor\.rig\.test - /, 'rekor.rig.test - 9')),
      'tlog-checkpoint-invalid',
    ],
    [
      'a checkpoint under another name',
      (b) => renote(b, note(b).replace('\u2014 rekor', '\u2014 other')),
      'tlog-checkpoint-invalid',
    ],
    [
      'more text inside the checkpoint',
      (b) => renote(b, note(b).replace('\n\n', '\nextra\n\n')),
      'tlog-checkpoint-invalid',
    ],
  ])('with %s is refused', async (_, change, code) => {
    expect(await broken('v0.3', change)).toBe(`invalid ${code}`);
    expect(await broken('key v0.2', change)).toBe(`invalid ${code}`);
  });

  test('leads to a checkpoint that the log has signed, and nobody else', async () => {
    const bundle = made();
    const forged = sigstore.checkpoint(sigstore.log.size, sigstore.log.root(), ecKey());
    renote(bundle, forged);
    expect(await verdict(bundle, context)).toBe('invalid tlog-checkpoint-invalid');
    const [text, line] = [
      note(made()),
      `\u2014 rekor.rig.test ${Buffer.from('another key and signature').toString('base64')}\n`,
    ];
    expect(
      await verdict(
        made({}, (b) => renote(b, note(b) + line)),
        context,
      ),
    ).toBe('verified');
    expect(text.endsWith('\n')).toBe(true);
  });

  test('cannot be made by a tree of the attacker, who lacks the key of the log', async () => {
    const bundle: Loose = world.bundle('v0.3');
    const leaf = createHash('sha256')
      .update(Buffer.of(0))
      .update(Buffer.from(entry(bundle).canonicalizedBody, 'base64'))
      .digest();
    const key = ecKey();
    const text = `rekor.rig.test - 1\n1\n${leaf.toString('base64')}\n`;
    const signature = Buffer.concat([
      sigstore.rekorId.subarray(0, 4),
      sign('sha256', Buffer.from(text), key),
    ]);
    Object.assign(proof(bundle), {
      logIndex: '0',
      treeSize: '1',
      hashes: [],
      rootHash: leaf.toString('base64'),
      checkpoint: { envelope: `${text}\n\u2014 rekor.rig.test ${signature.toString('base64')}\n` },
    });
    expect(await verdict(bundle, context)).toBe('invalid tlog-checkpoint-invalid');
  });
});

describe('the entry', () => {
  test('of another bundle is refused, as a whole and with its own proof', async () => {
    const names: BundleName[] = ['v0.2', 'v0.3', 'key v0.2', 'key v0.3'];
    for (const name of names) {
      for (const from of names) {
        if (from === name) continue;
        const swapped = (b: Loose) =>
          Object.assign(b.verificationMaterial, { tlogEntries: [entry(world.bundle(from))] });
        expect(await broken(name, swapped)).toBe('invalid tlog-entry-mismatch');
      }
    }
  });

  test('of the same statement, signed again, is refused', async () => {
    const [a, b] = [made(), made()];
    expect(
      await verdict(
        {
          ...a,
          verificationMaterial: {
            ...a.verificationMaterial,
            tlogEntries: b.verificationMaterial.tlogEntries,
          },
        },
        context,
      ),
    ).toBe('invalid tlog-entry-mismatch');
  });

  test('that claims another kind than its body is refused', async () => {
    const kind = (b: Loose) => Object.assign(entry(b), { kindVersion: { kind: 'intoto', version: '0.0.2' } });
    expect(await broken('v0.3', kind)).toBe('invalid tlog-entry-mismatch');
  });

  test('of a kind that is retired or not yet known is not covered', async () => {
    for (const [kind, version] of [
      ['dsse', '0.0.2'],
      ['hashedrekord', '0.0.3'],
    ]) {
      const body = Buffer.from(JSON.stringify({ kind, apiVersion: version, spec: {} }));
      const newer = (b: Loose) =>
        Object.assign(entry(b), {
          kindVersion: { kind, version },
          canonicalizedBody: body.toString('base64'),
          inclusionPromise: null,
        });
      expect(await broken('v0.3', newer)).toBe('uncovered format-unsupported');
    }
  });
});

describe('the envelope', () => {
  test('is signed over type and payload', async () => {
    // Relogged, so that only the signature can tell: the log takes whatever it is given.
    const type: Bundle = made({ payloadType: 'application/vnd.in-toto+json' });
    type.dsseEnvelope.payloadType = 'application/vnd.in-toto+jsoN';
    expect(await verdict(type, context)).toBe('invalid envelope-signature-invalid');
    const payload = world.bundle('v0.3');
    payload.dsseEnvelope.payload = flipBase64(payload.dsseEnvelope.payload, 9);
    expect(await verdict(payload, context)).toBe('invalid tlog-entry-mismatch');
  });

  test('signed by another key than that of its certificate is refused, logged or not', async () => {
    const cert = sigstore.leafCert(identity, NOW);
    const bundle = made({ signer: { cert: { key: ecKey(), der: cert.der } } });
    expect(await verdict(bundle, context)).toBe('invalid envelope-signature-invalid');
    const registry = { ...sigstore.npmKeys[1], key: ecKey() };
    expect(await verdict(made({ signer: { registry } }), context)).toBe('invalid envelope-signature-invalid');
  });
});

describe('the certificate', () => {
  test.each<[string, Parameters<typeof made>[0], string]>([
    ['by a stranger of the same name', { leaf: { ca: 'other' } }, 'certificate-signature-invalid'],
    ['without a timestamp of a log', { leaf: { sct: false } }, 'sct-absent'],
    ['with a broken one', { leaf: { sct: 'bad' } }, 'sct-invalid'],
    ['used before it was valid', { time: NOW - 1000 }, 'certificate-time'],
    ['used after it expired', { time: NOW + 601_000 }, 'certificate-time'],
    ['issued years ago', { issued: NOW - 900 * 86_400_000 }, 'certificate-time'],
  ])('%s is refused', async (_, options, code) => {
    expect(await verdict(made(options), context)).toBe(`invalid ${code}`);
  });

  test('used at its last second is good', async () => {
    expect(await verdict(made({ time: NOW + 600_000 }), context)).toBe('verified');
  });

  test('of somebody else is refused beside the signature of this one', async () => {
    const swapped = (b: Loose) =>
      Object.assign(b.verificationMaterial.certificate, {
        rawBytes: sigstore.leafCert(identity, NOW).der.toString('base64'),
      });
    expect(await broken('v0.3', swapped)).toBe('invalid tlog-entry-mismatch');
  });

  test('that is an authority is no signer', async () => {
    const cert = { key: sigstore.keys.intermediate!, der: sigstore.interCert };
    expect(await verdict(made({ signer: { cert } }), context)).toBe('invalid certificate-is-authority');
  });

  test('counts only with an authority and a log of certificates in the trust root', async () => {
    const without = (change: object): BundleContext => ({
      ...context,
      trustRoot: { ...context.trustRoot, ...change },
    });
    expect(await verdict(made(), without({ certificateAuthorities: [] }))).toBe(
      'invalid certificate-untrusted',
    );
    expect(await verdict(made(), without({ ctLogs: [] }))).toBe('invalid sct-log-unknown');
    const expired = context.trustRoot.certificateAuthorities.map((ca) => ({
      ...ca,
      validFor: { start: 0, end: NOW },
    }));
    expect(await verdict(made(), without({ certificateAuthorities: expired }))).toBe(
      'invalid certificate-authority-time',
    );
  });

  test('finds its authority among others that share its name', async () => {
    const document = sigstore.trustedRoot();
    const twin = Sigstore.create({ now: NOW });
    document.certificateAuthorities.unshift(...twin.trustedRoot().certificateAuthorities);
    document.ctlogs.unshift(...twin.trustedRoot().ctlogs);
    document.tlogs.unshift(...twin.trustedRoot().tlogs);
    const trustRoot = parseTrustRoot(Buffer.from(JSON.stringify(document)));
    expect(await verdict(made(), { trustRoot, keys: [] })).toBe('verified');
  });

  test('that a bundle brings along above the leaf counts for nothing', async () => {
    const evil = Sigstore.create({ now: NOW });
    const bundle: Loose = world.bundle('v0.1');
    bundle.verificationMaterial.x509CertificateChain.certificates = [
      { rawBytes: evil.leafCert(identity, NOW).der.toString('base64') },
      { rawBytes: evil.interCert.toString('base64') },
      { rawBytes: evil.rootCert.toString('base64') },
    ];
    expect(await verdict(bundle, context)).toBe('invalid tlog-entry-mismatch');
    const own: Loose = world.bundle('v0.1');
    own.verificationMaterial.x509CertificateChain.certificates.splice(1, 2, { rawBytes: 'AAAA' });
    expect(await verdict(own, context)).toBe('invalid malformed');
    own.verificationMaterial.x509CertificateChain.certificates.splice(1, 1, {
      rawBytes: evil.interCert.toString('base64'),
    });
    expect(await verdict(own, context)).toBe('verified');
  });
});

describe('a managed key', () => {
  const [first] = world.keys;
  const current = world.keys[1]!;
  const only = (change: object): BundleContext => ({ ...context, keys: [{ ...current, ...change }] });
  const time = NOW + 6000;

  test('must be known by its hint', async () => {
    expect(await broken('key v0.3', () => {}, { ...context, keys: [] })).toBe('invalid key-unknown');
    expect(await broken('key v0.3', () => {}, { ...context, keys: [first!] })).toBe('invalid key-unknown');
    const unnamed = (b: Loose) => {
      b.verificationMaterial.publicKey.hint = '';
      b.dsseEnvelope.signatures[0].keyid = '';
    };
    expect(await broken('key v0.3', unnamed)).toBe('invalid key-unknown');
    const anonymous = (b: Loose) => Object.assign(b.dsseEnvelope.signatures[0], { keyid: '' });
    expect(await broken('key v0.3', anonymous, only({ hint: `${current.hint}=` }))).toBe(
      'invalid key-unknown',
    );
  });

  test('must be in force at the trusted time', async () => {
    const during = (start: number, end: number | undefined) =>
      broken('key v0.3', () => {}, only({ validFor: { start, end } }));
    expect(await during(time, time)).toBe('verified');
    expect(await during(time + 1, undefined)).toBe('invalid key-not-yet-valid');
    expect(await during(0, time - 1)).toBe('invalid key-expired');
  });

  test('is the one that the log saw', async () => {
    expect(await broken('key v0.3', () => {}, only({ key: first!.key }))).toBe('invalid tlog-entry-mismatch');
  });

  test('may be named by the envelope too, or not at all, but not contradicted', async () => {
    const keyid = (id: string | null) => (b: Loose) =>
      Object.assign(b.dsseEnvelope.signatures[0], { keyid: id });
    expect(await broken('key v0.3', keyid(''))).toBe('verified');
    expect(await broken('key v0.3', keyid(null))).toBe('verified');
    expect(await broken('key v0.3', keyid(first!.hint))).toBe('invalid key-hint-mismatch');
  });

  test('that the envelope names beside a certificate is a contradiction', async () => {
    const keyid = (b: Loose) => Object.assign(b.dsseEnvelope.signatures[0], { keyid: current.hint });
    expect(await broken('v0.3', keyid)).toBe('invalid key-hint-mismatch');
  });
});
