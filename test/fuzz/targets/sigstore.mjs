/** Everything that comes in a Sigstore bundle, and the trust root. */
import { bundles, fromBase64, json, sigstore } from '../corpus.mjs';
import { product } from '../product.mjs';

const bundleJson = bundles.map(json);

export const sigstoreTargets = {
  async bundle() {
    const { parseBundle } = await product('sigstore/bundle');
    const { parseJson } = await product('core/json');
    return {
      format: 'json',
      samples: bundleJson,
      read: (bytes) => parseBundle(parseJson(bytes, 'bundle', 8_388_608)),
    };
  },
  async verification() {
    const { verifyBundle } = await product('sigstore/verify-bundle');
    const { parseJson } = await product('core/json');
    const context = await contextOf();
    return {
      format: 'json',
      samples: bundleJson,
      read: (bytes) => verifyBundle(parseJson(bytes, 'bundle', 8_388_608), context),
    };
  },
  async certificate() {
    const certificates = await product('sigstore/certificate');
    const { certificateIdentity } = await product('sigstore/identity');
    return {
      format: 'der',
      samples: sigstore.certificates.map(fromBase64),
      /** Each accessor by itself: what one refuses must not hide what the next one does. */
      read(bytes, refused) {
        const certificate = certificates.parseCertificate(bytes);
        for (const accessor of [
          () => certificate.publicKey(),
          () => certificates.precertificateTbs(certificate),
          () => certificates.basicConstraints(certificate),
          () => certificates.hasKeyUsage(certificate, 0),
          () => certificates.extendedKeyUsages(certificate),
          () => certificates.authorityKeyId(certificate),
          () => certificates.subjectKeyId(certificate),
          () => certificateIdentity(certificate),
        ])
          refused(accessor);
      },
    };
  },
  async sct() {
    const { parseCertificate, precertificateTbs } = await product('sigstore/certificate');
    const { verifyScts } = await product('sigstore/sct');
    const { encodeDer } = await product('core/der');
    const { trustRoot } = await contextOf();
    const leaf = parseCertificate(fromBase64(sigstore.certificates[0]));
    const issuer = parseCertificate(fromBase64(sigstore.certificates[2])).spkiDer;
    return {
      format: 'sct',
      samples: [Buffer.from(precertificateTbs(leaf).sctList)],
      read(bytes) {
        const extensions = new Map(leaf.extensions);
        const oid = '1.3.6.1.4.1.11129.2.4.2';
        extensions.set(oid, { ...extensions.get(oid), value: encodeDer(0x04, bytes) });
        return verifyScts({ ...leaf, extensions }, issuer, trustRoot.ctLogs);
      },
    };
  },
  async checkpoint() {
    const { parseCheckpoint, signatureOfLog } = await product('sigstore/checkpoint');
    const notes = bundles.flatMap(({ verificationMaterial: { tlogEntries } }) =>
      tlogEntries.flatMap(({ inclusionProof }) => inclusionProof?.checkpoint.envelope ?? []),
    );
    return {
      format: 'text',
      samples: notes.map((text) => Buffer.from(text)),
      read: (bytes) => signatureOfLog(parseCheckpoint(bytes.toString('utf8')), 'ab'.repeat(32)),
    };
  },
  async 'rekor-body'() {
    const { assertEntryMatches } = await product('sigstore/rekor-body');
    const { parseBundle } = await product('sigstore/bundle');
    const verifiers = await verifiersOf();
    const known = bundles.map((bundle, index) => {
      const parsed = parseBundle(bundle);
      return { parsed, entry: parsed.logEntries[0], verifier: verifiers[index] };
    });
    return {
      format: 'json',
      samples: known.map(({ entry }) => Buffer.from(entry.body)),
      /** Against every bundle: what matches one must be refused by the readers of the others. */
      read(bytes, refused) {
        for (const { parsed, entry, verifier } of known)
          refused(() => assertEntryMatches({ ...entry, body: bytes }, parsed, verifier), 'any');
      },
    };
  },
  async timestamp() {
    const { planTimestamp } = await product('sigstore/timestamp');
    const { parseBundle } = await product('sigstore/bundle');
    const { trustRoot } = await contextOf();
    const stamped = bundles.map(parseBundle).filter(({ timestamps }) => timestamps.length > 0);
    return {
      format: 'der',
      samples: stamped.map(({ timestamps }) => Buffer.from(timestamps[0])),
      async read(bytes, refused) {
        for (const { content } of stamped)
          await refused(async () => {
            const plan = planTimestamp(bytes, content.signature, trustRoot.timestampAuthorities);
            for (const pending of plan.signatures ?? []) await pending.verify();
          }, 'any');
      },
    };
  },
  async 'trust-root'() {
    const { parseTrustRoot } = await product('sigstore/trust-root');
    return { format: 'json', samples: [json(sigstore.trustRoot)], read: parseTrustRoot };
  },
  async key() {
    const { importKey, publicKeyFromPem } = await product('sigstore/keys');
    return {
      format: 'text',
      samples: sigstore.publicKeys.map((text) => Buffer.from(text)),
      read(bytes, refused) {
        refused(() => importKey(bytes, 'key'));
        publicKeyFromPem?.(bytes.toString('utf8'), 'key');
      },
    };
  },
};

export async function contextOf() {
  const { parseTrustRoot } = await product('sigstore/trust-root');
  const { importKey } = await product('sigstore/keys');
  return {
    trustRoot: parseTrustRoot(json(sigstore.trustRoot)),
    keys: sigstore.keys.map(({ keyid, der, start, end }) => ({
      hint: keyid,
      key: importKey(fromBase64(der), 'key'),
      validFor: { start, end: end ?? undefined },
    })),
    artifact: { kind: 'content', chunks: () => [fromBase64(sigstore.artifact)] },
  };
}

/** What each bundle's log entry must name as the one who signed. */
async function verifiersOf() {
  const { parseCertificate } = await product('sigstore/certificate');
  const { keys } = await contextOf();
  return bundles.map(({ verificationMaterial: { certificate, x509CertificateChain, publicKey } }) => {
    if (publicKey) {
      const { key } = keys.find(({ hint }) => hint === publicKey.hint);
      return { label: 'PUBLIC KEY', der: key.spkiDer, key };
    }
    const der = fromBase64((certificate ?? x509CertificateChain.certificates[0]).rawBytes);
    return { label: 'CERTIFICATE', der, key: parseCertificate(der).publicKey() };
  });
}
