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
      /** The leaves; authorities bear no identity. */
      sound: 2,
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
          () => certificateIdentity(certificate, '', []),
        ])
          refused(accessor);
      },
    };
  },
  /** From a leaf to the root at one moment: rights, path, SCTs, identity. */
  async chain() {
    const { parseCertificate } = await product('sigstore/certificate');
    const { certificateSigner } = await product('sigstore/certificate-signer');
    const { thresholdsOf } = await product('sigstore/options');
    const { trustRoot } = await contextOf();
    return {
      format: 'der',
      samples: sigstore.certificates.map(fromBase64),
      sound: 2,
      async read(bytes) {
        const leaf = parseCertificate(bytes);
        const signer = certificateSigner(leaf, trustRoot, thresholdsOf());
        let good = true;
        for (const pending of signer.trusted([leaf.notBefore + 1000]))
          good = (await pending.verify()) && good;
        return good ? void signer.identity() : { status: 'invalid', code: 'certificate-signature-invalid' };
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
  /** Its authorities included: whether their chains hold is asked when the first certificate needs them. */
  async 'trust-root'() {
    const { parseTrustRoot } = await product('sigstore/trust-root');
    const { chainFault, EKU_CODE_SIGNING } = await product('sigstore/chain');
    return {
      format: 'json',
      samples: [json(sigstore.trustRoot)],
      async read(bytes) {
        for (const authority of parseTrustRoot(bytes).certificateAuthorities) {
          const fault = await chainFault(authority, EKU_CODE_SIGNING);
          if (fault !== undefined) return { status: 'invalid', code: 'authority-chain-invalid' };
        }
      },
    };
  },
  async key() {
    const { importKey } = await product('sigstore/keys');
    const ders = sigstore.publicKeys.map((text) => fromBase64(text.replace(/-----[^\n]+\n/g, '')));
    return { format: 'der', samples: ders, read: (bytes) => importKey(bytes, 'key') };
  },
  async 'key-pem'() {
    const { publicKeyFromPem } = await product('sigstore/keys');
    const samples = sigstore.publicKeys.map((text) => Buffer.from(text));
    return { format: 'text', samples, read: (bytes) => publicKeyFromPem(bytes.toString('utf8'), 'key') };
  },
  /** A file of bundles as a user names it: nothing is thrown, what is wrong is in the judgements. */
  async 'bundle-file'() {
    const { judgeBundles } = await product('bundle');
    const { trustRoot, keys } = await contextOf();
    const options = {
      trustRoot,
      keys,
      artifact: fromBase64(sigstore.artifact),
      identity: 'https://github.com/acme/log',
      pinned: true,
    };
    return {
      format: 'text',
      samples: [bundleJson[0], Buffer.concat([bundleJson[1], Buffer.from('\n'), bundleJson[6]])],
      async read(bytes) {
        const judgements = await judgeBundles(bytes, options);
        return judgements.find(({ facts }) => facts !== undefined) ? undefined : judgements[0]?.failures[0];
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
