import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'vitest';
import { parseCertificate } from '../../src/sigstore/certificate.ts';
import { certificateSigner } from '../../src/sigstore/certificate-signer.ts';
import { chainFault, EKU_CODE_SIGNING, EKU_TIME_STAMPING } from '../../src/sigstore/chain.ts';
import { thresholdsOf } from '../../src/sigstore/options.ts';
import { parseTrustRoot } from '../../src/sigstore/trust-root.ts';

const D = '/work/shared/data';
function* walk(dir: string): Generator<string> {
  for (const n of readdirSync(dir)) {
    const f = path.join(dir, n);
    if (statSync(f).isDirectory()) yield* walk(f);
    else yield f;
  }
}
function certs(v: any, out: string[] = []): string[] {
  if (v && typeof v === 'object') {
    const m = v.verificationMaterial ?? {};
    const c = m.certificate?.rawBytes ?? m.x509CertificateChain?.certificates?.[0]?.rawBytes;
    if (typeof c === 'string') out.push(c);
    for (const x of Object.values(v)) certs(x, out);
  }
  return out;
}
test('probe', async () => {
  const roots: [string, any][] = [];
  for (const f of walk(path.join(D, 'tuf/trusted-roots'))) {
    try {
      const r = parseTrustRoot(readFileSync(f));
      roots.push([path.basename(f), r]);
      for (const a of r.certificateAuthorities) { const x = await chainFault(a, EKU_CODE_SIGNING); if (x) console.log('CA', f, a.uri, x); }
      for (const a of r.timestampAuthorities) { const x = await chainFault({ ...a, chain: a.chain.slice(1) }, EKU_TIME_STAMPING); if (x) console.log('TSA', f, a.uri, x); }
    } catch (e: any) { console.log('root', f, e.code, e.args); }
  }
  const seen = new Map<string, string[]>();
  for (const dir of ['bundles', 'conformance', 'npm-real', 'npm-tampered', 'slsa-verifier'])
    for (const f of walk(path.join(D, dir))) {
      if (statSync(f).size > 8e6) continue;
      let v; try { v = JSON.parse(readFileSync(f, 'utf8')); } catch { try { v = readFileSync(f, 'utf8').split('\n').filter(Boolean).map((l) => JSON.parse(l)); } catch { continue; } }
      for (const c of certs(v)) seen.set(c, [...(seen.get(c) ?? []), path.relative(D, f)]);
      const own = path.join(path.dirname(f), 'trusted_root.json');
      try { if (!roots.some(([n]) => n === own)) roots.push([own, parseTrustRoot(readFileSync(own))]); } catch {}
    }
  const tally = new Map<string, number>();
  for (const [c, files] of seen) {
    let verdict = '';
    try {
      const leaf = parseCertificate(Buffer.from(c, 'base64'));
      const results = new Set<string>();
      for (const [name, root] of roots) {
        try {
          const s = certificateSigner(leaf, root, thresholdsOf({}));
          for (const p of s.trusted([leaf.notBefore + 1000])) await p.verify();
          const id: any = s.identity();
          results.add(`OK ${id.sanType} ${Object.keys(id.claims).length} scts=${id.certificate.transparency.length}`);
        } catch (e: any) { results.add(`${e.code} ${e.code ? '' : e.stack}`); }
      }
      verdict = [...results].sort((a, b) => (a.startsWith('OK') ? -1 : 1))[0]!.startsWith('OK') ? [...results].find((x) => x.startsWith('OK'))! : [...results].join(' | ');
    } catch (e: any) { verdict = `parse ${e.code} ${JSON.stringify(e.args)} ${e.code ? '' : e.stack}`; }
    tally.set(verdict, (tally.get(verdict) ?? 0) + 1);
    if (!verdict.startsWith('OK uri')) console.log(files[0], files.length, verdict);
  }
  console.log(seen.size, tally);
}, 300000);
