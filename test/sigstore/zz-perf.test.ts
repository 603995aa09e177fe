import { readFileSync } from 'node:fs';
import { test } from 'vitest';
import { parseCertificate } from '../../src/sigstore/certificate.ts';
import { certificateSigner } from '../../src/sigstore/certificate-signer.ts';
import { assertLeaf, EKU_CODE_SIGNING, issuersOf } from '../../src/sigstore/chain.ts';
import { certificateIdentity } from '../../src/sigstore/identity.ts';
import { importKey } from '../../src/sigstore/keys.ts';
import { precertificateTbs } from '../../src/sigstore/certificate.ts';
import { thresholdsOf } from '../../src/sigstore/options.ts';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';

test('perf', async () => {
  const root = parseTrustRoot(readFileSync('/work/shared/data/tuf/trusted-roots/prod.json'));
  const b = JSON.parse(readFileSync('/work/shared/data/bundles/sigstore-go/sigstore.js@2.0.0-provenance.sigstore.json', 'utf8'));
  const der = Buffer.from(b.verificationMaterial.x509CertificateChain.certificates[0].rawBytes, 'base64');
  const leaf = parseCertificate(der);
  const t = [leaf.notBefore + 1000];
  const run = (name: string, f: () => unknown, n = 20000) => { for (let i = 0; i < 500; i++) f(); const s = process.hrtime.bigint(); for (let i = 0; i < n; i++) f(); console.log(name, Number(process.hrtime.bigint() - s) / n / 1000, 'us'); };
  run('parse', () => parseCertificate(der));
  run('key', () => importKey(leaf.spkiDer, 'x'));
  run('assertLeaf', () => assertLeaf(leaf, t, EKU_CODE_SIGNING));
  run('issuers', () => issuersOf(leaf, root.certificateAuthorities, t));
  run('precert', () => precertificateTbs(leaf));
  run('identity', () => certificateIdentity(leaf, 'x', []));
  const s = process.hrtime.bigint();
  for (let i = 0; i < 300; i++) { const l = parseCertificate(der); const sg = certificateSigner(l, root, thresholdsOf({})); await Promise.all(sg.trusted(t).map((p) => p.verify())); sg.identity(); }
  console.log('all', Number(process.hrtime.bigint() - s) / 300 / 1000, 'us');
}, 60000);
