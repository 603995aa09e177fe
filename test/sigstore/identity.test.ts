import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeDer } from '../../src/core/der.ts';
import { parseCertificate } from '../../src/sigstore/certificate.ts';
import { certificateIdentity } from '../../src/sigstore/identity.ts';
import { codeOf } from '../support/failing.ts';
import {
  claim,
  extension,
  FULCIO,
  forge,
  legacyClaim,
  oid,
  seq,
  subjectAltName,
  uriName,
  utf8String,
} from './forge.ts';
import { makeWorld, NOW } from './world.ts';

const SAN = subjectAltName(uriName('https://ci.example/job'));
const read = (...extensions: Uint8Array[]) =>
  certificateIdentity(parseCertificate(forge({ extensions })), 'https://ca.example', []);
const code = (...extensions: Uint8Array[]) => codeOf(() => read(...extensions));
const email = (text: string) => encodeDer(0x81, Buffer.from(text));
const otherName = (id: string, ...inner: Uint8Array[]) => encodeDer(0xa0, oid(id), encodeDer(0xa0, ...inner));

describe('the identity of a certificate', () => {
  test('of a build has every claim by its name', () => {
    const { sigstore, identity } = makeWorld();
    const { der } = sigstore.leafCert(identity, NOW);
    const url = 'https://github.com/acme/log';
    const transparency = [{ logId: 'aa', baseUrl: 'https://ct.example', time: NOW }];
    expect(certificateIdentity(parseCertificate(der), 'https://ca.example', transparency)).toEqual({
      kind: 'certificate',
      certificate: {
        sha256: createHash('sha256').update(der).digest('hex'),
        serialNumber: new X509Certificate(der).serialNumber.toLowerCase().replace(/^0+/, ''),
        notBefore: Date.parse(new X509Certificate(der).validFrom),
        notAfter: Date.parse(new X509Certificate(der).validTo),
        authority: 'https://ca.example',
        transparency,
      },
      subjectAlternativeName: identity.workflowUri,
      sanType: 'uri',
      claims: {
        issuer: 'https://token.actions.githubusercontent.com',
        githubWorkflowTrigger: 'release',
        githubWorkflowSha: identity.sha,
        githubWorkflowName: 'Publish',
        githubWorkflowRepository: 'acme/log',
        githubWorkflowRef: 'refs/tags/v1.0.0',
        buildSignerUri: identity.workflowUri,
        buildSignerDigest: identity.sha,
        runnerEnvironment: 'github-hosted',
        sourceRepositoryUri: url,
        sourceRepositoryDigest: identity.sha,
        sourceRepositoryRef: identity.ref,
        sourceRepositoryIdentifier: identity.repoId,
        sourceRepositoryOwnerUri: 'https://github.com/acme',
        sourceRepositoryOwnerIdentifier: identity.ownerId,
        buildConfigUri: identity.workflowUri,
        buildConfigDigest: identity.sha,
        buildTrigger: 'release',
        runInvocationUri: `${url}/actions/runs/${identity.runId}/attempts/1`,
        sourceRepositoryVisibility: 'public',
      },
    });
  });

  test.each([
    ['a mail address', subjectAltName(email('someone@example.com')), 'someone@example.com', 'email'],
    [
      "Fulcio's user name",
      subjectAltName(otherName(`${FULCIO}7`, utf8String('someone!example.com'))),
      'someone!example.com',
      'other',
    ],
    ['a URI', SAN, 'https://ci.example/job', 'uri'],
  ])('may be %s', (_, extension, name, type) => {
    expect(read(extension)).toMatchObject({ subjectAlternativeName: name, sanType: type, claims: {} });
  });

  test('the newest extension is the one of a name, the oldest serves older certificates', () => {
    expect(read(SAN, legacyClaim(1, 'https://issuer.example')).claims.issuer).toBe('https://issuer.example');
    expect(read(SAN, claim(8, 'https://issuer.example')).claims.issuer).toBe('https://issuer.example');
    expect(read(SAN, legacyClaim(1, 'https://a.example'), claim(8, 'https://a.example')).claims).toEqual({
      issuer: 'https://a.example',
    });
  });

  test.each([
    [9, 'buildSignerUri'],
    [10, 'buildSignerDigest'],
    [11, 'runnerEnvironment'],
    [12, 'sourceRepositoryUri'],
    [13, 'sourceRepositoryDigest'],
    [14, 'sourceRepositoryRef'],
    [15, 'sourceRepositoryIdentifier'],
    [16, 'sourceRepositoryOwnerUri'],
    [17, 'sourceRepositoryOwnerIdentifier'],
    [18, 'buildConfigUri'],
    [19, 'buildConfigDigest'],
    [20, 'buildTrigger'],
    [21, 'runInvocationUri'],
    [22, 'sourceRepositoryVisibility'],
    [23, 'deploymentEnvironment'],
    [24, 'tokenSubject'],
  ])('extension .%i is %s', (arc, name) => {
    expect(read(SAN, claim(arc, 'some value')).claims).toEqual({ [name]: 'some value' });
    expect(read(SAN, claim(arc, 'größer')).claims).toEqual({ [name]: 'größer' });
    expect(code(SAN, legacyClaim(arc, 'bare text'))).toBe('invalid malformed');
    // The directory lets these be empty; a claim of nothing is no claim.
    const mayBeEmpty = [15, 16, 17, 22, 23].includes(arc);
    expect(code(SAN, claim(arc, ''))).toBe(mayBeEmpty ? 'verified' : 'invalid malformed');
    if (mayBeEmpty) expect(read(SAN, claim(arc, '')).claims).toEqual({});
  });

  test.each([
    [1, 'issuer'],
    [2, 'githubWorkflowTrigger'],
    [3, 'githubWorkflowSha'],
    [4, 'githubWorkflowName'],
    [5, 'githubWorkflowRepository'],
    [6, 'githubWorkflowRef'],
  ])('extension .%i is %s, as bare text', (arc, name) => {
    expect(read(SAN, legacyClaim(arc, 'some value')).claims).toEqual({ [name]: 'some value' });
    expect(code(SAN, legacyClaim(arc, ''))).toBe('invalid malformed');
  });

  test('leaves other extensions alone, those beyond the last one known too', () => {
    expect(
      read(SAN, extension(`${FULCIO}25`, Buffer.of(1)), extension(`${FULCIO}7`, Buffer.of(1))).claims,
    ).toEqual({});
  });

  test.each<[string, readonly Uint8Array[], object]>([
    ['no name', [claim(8, 'https://a.example')], { count: 0 }],
    ['an empty list of names', [subjectAltName()], { count: 0 }],
    ['two names', [subjectAltName(uriName('https://a.example'), uriName('https://b.example'))], { count: 2 }],
    [
      'one name twice',
      [subjectAltName(uriName('https://a.example'), uriName('https://a.example'))],
      { count: 2 },
    ],
    [
      'two names of two kinds',
      [subjectAltName(email('a@b.example'), uriName('https://a.example'))],
      { count: 2 },
    ],
    ['a host name', [subjectAltName(encodeDer(0x82, Buffer.from('a.example')))], { actual: 'a host name' }],
    ['an address', [subjectAltName(encodeDer(0x87, Buffer.of(127, 0, 0, 1)))], { actual: 'an address' }],
    ['a name of no kind', [subjectAltName(encodeDer(0x8f, Buffer.of(1)))], { actual: 'a name of tag 143' }],
    [
      'another kind of other name',
      [subjectAltName(otherName('1.3.6.1.4.1.311.20.2.3', utf8String('a')))],
      { actual: 'other name 1.3.6.1.4.1.311.20.2.3' },
    ],
    [
      'two issuers that differ',
      [SAN, legacyClaim(1, 'https://a.example'), claim(8, 'https://b.example')],
      { field: 'issuer', expected: 'https://a.example', actual: 'https://b.example' },
    ],
    [
      'two issuers that differ in a slash',
      [SAN, legacyClaim(1, 'https://a.example'), claim(8, 'https://a.example/')],
      { field: 'issuer', expected: 'https://a.example', actual: 'https://a.example/' },
    ],
  ])('is nobody in particular with %s', (_, extensions, args) => {
    expect(() => read(...extensions)).toThrow(
      expect.objectContaining({ code: 'certificate-identity', status: 'invalid', args }),
    );
  });

  test.each<[string, readonly Uint8Array[]]>([
    [
      'an other name of another type',
      [subjectAltName(otherName(`${FULCIO}7`, encodeDer(0x04, Buffer.from('a'))))],
    ],
    ['an other name without a value', [subjectAltName(encodeDer(0xa0, oid(`${FULCIO}7`)))]],
    [
      'an other name of two values',
      [subjectAltName(otherName(`${FULCIO}7`, utf8String('a'), utf8String('b')))],
    ],
    [
      'an other name of three parts',
      [subjectAltName(encodeDer(0xa0, oid(`${FULCIO}7`), encodeDer(0xa0, utf8String('a')), seq()))],
    ],
    [
      'an other name outside its wrapping',
      [subjectAltName(encodeDer(0xa0, oid(`${FULCIO}7`), utf8String('a')))],
    ],
    ['a URI beyond ASCII', [subjectAltName(uriName('https://a.example/größer'))]],
    ['a mail address beyond ASCII', [subjectAltName(email('größer@a.example'))]],
    ['an other name of nothing', [subjectAltName(otherName(`${FULCIO}7`))]],
    ['an empty name', [subjectAltName(uriName(''))]],
    ['a name that is too long', [subjectAltName(uriName(`https://a.example/${'x'.repeat(2048)}`))]],
    ['a name that is not UTF-8', [subjectAltName(encodeDer(0x86, Buffer.of(0x68, 0xff)))]],
    ['names that are no sequence', [extension('2.5.29.17', uriName('https://a.example'))]],
    ['a claim that is not UTF-8', [SAN, extension(`${FULCIO}12`, encodeDer(0x0c, Buffer.of(0xc3, 0x28)))]],
    ['an old claim that is not UTF-8', [SAN, extension(`${FULCIO}5`, Buffer.of(0xc3, 0x28))]],
    ['an empty claim', [SAN, claim(12, '')]],
    ['an empty old claim', [SAN, legacyClaim(5, '')]],
    ['a claim that is too long', [SAN, claim(12, 'x'.repeat(2049))]],
    ['a claim in another string type', [SAN, extension(`${FULCIO}12`, encodeDer(0x13, Buffer.from('a')))]],
    ['a claim as bare text', [SAN, legacyClaim(12, 'https://github.com/acme/log')]],
    [
      'a claim with bytes behind it',
      [SAN, extension(`${FULCIO}12`, Buffer.concat([utf8String('a'), Buffer.of(0)]))],
    ],
    ['a claim inside a sequence', [SAN, extension(`${FULCIO}12`, seq(utf8String('a')))]],
  ])('is refused with %s', (_, extensions) => {
    expect(code(...extensions)).toBe('invalid malformed');
  });

  test('keeps unusual characters as they are: they are compared exactly and made harmless where they are shown', () => {
    expect(read(SAN, claim(12, 'https://github.com/ac\u0000me\u202e')).claims.sourceRepositoryUri).toBe(
      'https://github.com/ac\u0000me\u202e',
    );
  });
});
