import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Certificate } from '../../src/sigstore/certificate.ts';
import { certificateSigner } from '../../src/sigstore/certificate-signer.ts';
import { thresholdsOf, type VerificationOptions } from '../../src/sigstore/options.ts';
import { allHold } from '../../src/sigstore/pending.ts';
import type {
  CertificateAuthority,
  CertificateIdentity,
  LogAuthority,
  SignerIdentity,
} from '../../src/sigstore/types.ts';
import { codeOf, codeOfAsync } from '../support/failing.ts';
import {
  type Authority,
  authorityKey,
  bitString,
  CERT_SIGN,
  type CertificateParts,
  claim,
  constraints,
  extension,
  integer,
  LEAF_EXTENSIONS,
  leafOf,
  makeAuthority,
  makeCtLog,
  nameOf,
  newKey,
  SCT_LIST,
  sctList,
  sctOf,
  spkiOf,
  subjectAltName,
  subjectKey,
  tbsOf,
  uriName,
} from './forge.ts';
import { NOW } from './world.ts';

const TIME = NOW + 1000;
const sound = makeAuthority();
const log = makeCtLog();
const KEY = newKey();

/** A leaf with an SCT for each of these logs, as an authority would issue it. */
function logged(
  authority: Authority = sound,
  options: {
    readonly logs?: readonly ReturnType<typeof makeCtLog>[];
    readonly parts?: CertificateParts;
    readonly issuerSpki?: Uint8Array;
    readonly breakIt?: boolean;
    readonly extensions?: readonly Uint8Array[];
  } = {},
): Certificate {
  const extensions = options.extensions ?? [...LEAF_EXTENSIONS, claim(8, 'https://issuer.example')];
  const parts: CertificateParts = { issuer: nameOf('intermediate'), spki: spkiOf(KEY), ...options.parts };
  const tbs = tbsOf({ ...parts, extensions });
  const spki = options.issuerSpki ?? spkiOf(authority.key);
  const { breakIt = false } = options;
  const list = sctList(...(options.logs ?? [log]).map((ct) => sctOf(ct, tbs, spki, { breakIt })));
  return leafOf(authority, { ...parts, extensions: [...extensions, extension(SCT_LIST, list)] });
}

async function verify(
  leaf: Certificate,
  options: {
    readonly authorities?: readonly CertificateAuthority[];
    readonly logs?: readonly LogAuthority[];
    readonly times?: readonly number[];
    readonly demand?: VerificationOptions;
  } = {},
): Promise<SignerIdentity> {
  const { authorities = [sound.authority], logs = [log.log], times = [TIME], demand = {} } = options;
  const trustRoot = {
    certificateAuthorities: authorities,
    ctLogs: logs,
    transparencyLogs: [],
    timestampAuthorities: [],
    digest: '',
  };
  const signer = certificateSigner(leaf, trustRoot, thresholdsOf(demand));
  await allHold(signer.trusted(times));
  return signer.identity();
}
const code = (...args: Parameters<typeof verify>) => codeOfAsync(() => verify(...args));

describe('the holder of a certificate', () => {
  test('is told with the certificate, its authority and who has seen it', async () => {
    const second = makeCtLog();
    const leaf = logged(sound, { logs: [log, second], parts: { serial: integer(0, 0xab, 0xcd) } });
    const logs = [log.log, { ...second.log, baseUrl: 'https://second.example' }];
    expect(await verify(leaf, { logs })).toEqual<CertificateIdentity>({
      kind: 'certificate',
      subjectAlternativeName: 'https://github.com/acme/log/.github/workflows/release.yml@refs/heads/main',
      sanType: 'uri',
      claims: { issuer: 'https://issuer.example' },
      certificate: {
        sha256: createHash('sha256').update(leaf.der).digest('hex'),
        serialNumber: 'abcd',
        notBefore: NOW,
        notAfter: NOW + 600_000,
        authority: 'https://ca.example',
        transparency: [
          { logId: log.log.logId, baseUrl: 'https://ct.example', time: NOW },
          { logId: second.log.logId, baseUrl: 'https://second.example', time: NOW },
        ],
      },
    });
  });

  test.each([
    [integer(0x0a), 'a'],
    [integer(0), '0'],
    [integer(0x10, 0), '1000'],
  ])('has the serial number without leading zeros', async (serial, text) => {
    expect(await verify(logged(sound, { parts: { serial } }))).toMatchObject({
      certificate: { serialNumber: text },
    });
  });

  test('signs with the key of the certificate', () => {
    const leaf = logged();
    const trustRoot = {
      certificateAuthorities: [],
      ctLogs: [],
      transparencyLogs: [],
      timestampAuthorities: [],
      digest: '',
    };
    const signer = certificateSigner(leaf, trustRoot, thresholdsOf());
    expect(Buffer.from(signer.key.spkiDer).equals(spkiOf(KEY))).toBe(true);
    expect(signer.verifier).toEqual({ label: 'CERTIFICATE', der: leaf.der, key: signer.key });
    expect(() => signer.identity()).toThrow('speaks for nobody');
    expect(codeOf(() => signer.trusted([TIME]))).toBe('invalid certificate-untrusted');
  });

  test('is nobody without a name, however good the certificate is', async () => {
    const two = subjectAltName(uriName('https://a.example'), uriName('https://b.example'));
    expect(await code(logged(sound, { extensions: [...LEAF_EXTENSIONS.slice(0, 2), two] }))).toBe(
      'invalid certificate-identity',
    );
  });

  test('must have been in the right at every time, and at one of them', async () => {
    expect(await code(logged(), { times: [TIME, TIME, TIME + 5] })).toBe('verified');
    expect(await code(logged(), { times: [TIME, NOW + 600_001] })).toBe('invalid certificate-time');
    expect(await code(logged(), { times: [] })).toBe('invalid time-absent');
  });
});

describe('the path', () => {
  test('by a stranger who uses the name of an authority is not signed by it', async () => {
    const stranger = makeAuthority();
    await expect(verify(logged(stranger))).rejects.toMatchObject({
      code: 'certificate-signature-invalid',
      args: { issuer: 'CN=intermediate' },
    });
  });

  test.each<[string, CertificateParts]>([
    ['is broken', { signature: bitString(Uint8Array.of(1, 2, 3)) }],
    ['is by the root', { key: sound.rootKey }],
  ])('is refused whose signature %s', async (_, parts) => {
    expect(await code(logged(sound, { parts }))).toBe('invalid certificate-signature-invalid');
  });

  test('says what is wrong with an authority that has signed', async () => {
    const broken = makeAuthority({ root: { extensions: [CERT_SIGN, constraints(true, 0)] } });
    await expect(verify(logged(broken), { authorities: [broken.authority] })).rejects.toMatchObject({
      code: 'authority-chain-invalid',
      args: {
        authority: 'https://ca.example',
        certificate: 'CN=root',
        why: 'it allows 0 authorities below it, but there are 1',
      },
    });
    // One without a URI goes by its operator.
    const nameless = { ...broken.authority, uri: '', operator: 'somebody' };
    await expect(verify(logged(broken), { authorities: [nameless] })).rejects.toMatchObject({
      args: { authority: 'somebody' },
    });
  });

  test('may lead over any of several certificates with one name and key', async () => {
    const broken = { ...sound.authority, uri: 'https://broken.example', chain: [sound.intermediate] };
    const odd = makeAuthority({
      key: sound.key,
      intermediate: { extensions: [CERT_SIGN] },
    });
    // The first that holds counts, and is named.
    for (const authorities of [
      [odd.authority, broken],
      [broken, odd.authority],
    ]) {
      expect(await verify(logged(), { authorities })).toMatchObject({
        certificate: { authority: 'https://broken.example' },
      });
    }
    expect(await code(logged(), { authorities: [odd.authority] })).toBe('invalid authority-chain-invalid');
  });

  test('is found among authorities of one name and other keys, and the SCT is held against that key', async () => {
    const other = makeAuthority();
    const named = { ...sound.authority, uri: 'https://right.example' };
    for (const authorities of [
      [other.authority, named],
      [named, other.authority],
    ]) {
      expect(await verify(logged(), { authorities })).toMatchObject({
        certificate: { authority: 'https://right.example' },
      });
      // An SCT over the other one's key is no good, though that authority is trusted as well.
      const crossed = logged(sound, { issuerSpki: spkiOf(other.key) });
      expect(await code(crossed, { authorities })).toBe('invalid sct-invalid');
    }
  });

  test('holds if at each time some listing of the authority was in force', async () => {
    const early = { ...sound.authority, uri: 'https://early.example', validFor: { start: 0, end: TIME } };
    const late = { ...sound.authority, validFor: { start: TIME + 1, end: undefined } };
    expect(await verify(logged(), { authorities: [late, early], times: [TIME, TIME + 1] })).toMatchObject({
      certificate: { authority: 'https://early.example' },
    });
    expect(await code(logged(), { authorities: [early], times: [TIME, TIME + 1] })).toBe(
      'invalid certificate-authority-time',
    );
  });

  test('does not hold if at one time only an authority with another key was in force', async () => {
    const id = Buffer.alloc(20, 7);
    const shared = { intermediate: { extensions: [CERT_SIGN, constraints(true), subjectKey(id)] } };
    const [a, b] = [makeAuthority(shared), makeAuthority(shared)];
    const early = { ...a.authority, validFor: { start: 0, end: TIME } };
    const late = { ...b.authority, validFor: { start: TIME + 1, end: undefined } };
    const leaf = logged(a, { extensions: [...LEAF_EXTENSIONS, authorityKey(id)] });
    expect(await code(leaf, { authorities: [early, late], times: [TIME] })).toBe('verified');
    expect(await code(leaf, { authorities: [early, late], times: [TIME, TIME + 1] })).toBe(
      'invalid certificate-authority-time',
    );
    expect(await code(leaf, { authorities: [early, late], times: [TIME + 1] })).toBe(
      'invalid certificate-signature-invalid',
    );
  });

  test('may begin at the root, above an intermediate', async () => {
    const byRoot = { ...sound, key: sound.rootKey };
    const leaf = logged(byRoot, { parts: { issuer: nameOf('root') } });
    expect(await code(leaf)).toBe('verified');
    // The SCT names the key that has issued the leaf, not the first of the chain.
    const crossed = logged(byRoot, { parts: { issuer: nameOf('root') }, issuerSpki: spkiOf(sound.key) });
    expect(await code(crossed)).toBe('invalid sct-invalid');
  });
});

describe('certificate transparency', () => {
  const second = makeCtLog();

  test('is demanded of one operator, or of more, or not at all', async () => {
    const both = logged(sound, { logs: [log, second] });
    const logs = [log.log, second.log];
    const demand = (certificateTransparencyLogs: number) => ({
      demand: { certificateTransparencyLogs },
      logs,
    });
    expect(await code(both, demand(2))).toBe('verified');
    expect(await code(both, demand(3))).toBe('invalid sct-threshold');
    expect(await code(logged(), demand(2))).toBe('invalid sct-threshold');
    const bare = leafOf(sound);
    expect(await code(bare)).toBe('invalid sct-absent');
    const waived = { demand: { insecureWithoutCertificateTransparency: true } };
    expect(await verify(bare, waived)).toMatchObject({ certificate: { transparency: [] } });
    expect(await code(logged(sound, { breakIt: true }), waived)).toBe('invalid sct-invalid');
  });

  test('is a fault of the second rank: a bad path is named first', async () => {
    const leaf = logged(sound, { breakIt: true, parts: { key: sound.rootKey } });
    expect(await code(leaf)).toBe('invalid certificate-signature-invalid');
  });
});
