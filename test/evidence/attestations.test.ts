import { describe, expect, test } from 'vitest';
import type { Check } from '../../src/core/check.ts';
import { limits } from '../../src/core/limits.ts';
import { type AttestationInput, checkAttestations } from '../../src/evidence/attestations.ts';
import { HEX, makeWorld, NOW, REGISTRY } from '../sigstore/world.ts';
import {
  type Bundle,
  githubIdentity,
  PUBLISH_PREDICATE,
  publishStatement,
  rng,
  SLSA_V1,
  slsaV1,
} from '../support/rig/sigstore.mjs';
import type { Loose } from './samples.ts';

const world = makeWorld(5);
const { sigstore, identity } = world;
const NAME = '@acme/log';
const VERSION = '2.1.0';

function signed(statement: Loose, by: 'build' | 'registry' | 'person' = 'build', who = identity): Bundle {
  const person = { email: 'someone@example.com', issuer: 'https://accounts.example' };
  const signer =
    by === 'registry'
      ? { registry: sigstore.npmKeys[1] }
      : { cert: sigstore.leafCert(by === 'person' ? person : who, NOW) };
  const bundle = sigstore.attest({ statement, signer, time: NOW + 3000 });
  sigstore.seal();
  return bundle;
}
const publishedAs = (change: (statement: Loose) => unknown = () => {}): Loose => {
  const statement: Loose = publishStatement(NAME, VERSION, HEX, REGISTRY);
  change(statement);
  return statement;
};
const builtAs = (change: (statement: Loose) => unknown = () => {}, who = identity): Loose => {
  const statement: Loose = slsaV1(NAME, VERSION, HEX, who);
  change(statement);
  return statement;
};
const item = (bundle: Loose, predicateType: string) => ({ predicateType, bundle });
const PUBLISH = item(signed(publishedAs(), 'registry'), PUBLISH_PREDICATE);
const BUILD = item(signed(builtAs()), SLSA_V1);

const brief = (check: Check<unknown>) =>
  check.status === 'verified' ? 'verified' : `${check.status} ${check.code}`;
async function check(body: unknown, rest: Partial<AttestationInput> = {}) {
  const text = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const { publish, provenance, other } = await checkAttestations({
    body: text,
    trustRoot: world.trustRoot,
    keys: world.keys,
    name: NAME,
    version: VERSION,
    purl: 'pkg:npm/%40acme/log@2.1.0',
    sha512: HEX,
    registries: [REGISTRY],
    announcesProvenance: true,
    ...rest,
  });
  return [
    brief(publish),
    brief(provenance),
    ...other.map((entry) => `${entry.predicateType}: ${brief(entry.check)}`),
  ];
}
const listed = (...attestations: unknown[]) => check({ attestations });

describe('the list of attestations', () => {
  test('with both, in either order', async () => {
    expect(await listed(PUBLISH, BUILD)).toEqual(['verified', 'verified']);
    expect(await listed(BUILD, PUBLISH)).toEqual(['verified', 'verified']);
  });

  test('that is announced and empty hides something: nothing is verified by it', async () => {
    expect(await listed()).toEqual(['absent attestations-withheld', 'absent attestations-withheld']);
  });

  test.each([
    ['not JSON', 'x'],
    ['nothing', ''],
    ['a list', '[]'],
    ['no list inside', '{}'],
    ['null for it', '{"attestations":null}'],
    ['an object for it', '{"attestations":{}}'],
    ['two of it', '{"attestations":[],"attestations":[]}'],
    ['an item that is no object', '{"attestations":["x"]}'],
    ['an item without a type', '{"attestations":[{"bundle":{}}]}'],
  ])('that is %s is malformed, as a whole', async (_, body) => {
    expect(await check(body)).toEqual(['invalid malformed', 'invalid malformed']);
  });

  test('is bounded', async () => {
    expect(await listed(...Array(limits.attestationsMax + 1).fill(PUBLISH))).toEqual([
      'invalid limit-exceeded',
      'invalid limit-exceeded',
    ]);
    expect(await check(Buffer.alloc(limits.attestationsBytesMax + 1, 0x20))).toEqual([
      'invalid limit-exceeded',
      'invalid limit-exceeded',
    ]);
  });

  test('without one of the two names which, and who had promised it', async () => {
    expect(await listed(PUBLISH)).toEqual(['verified', 'absent provenance-withheld']);
    expect(await check({ attestations: [PUBLISH] }, { announcesProvenance: false })).toEqual([
      'verified',
      'absent provenance-absent',
    ]);
    expect(await listed(BUILD)).toEqual(['absent publish-absent', 'verified']);
  });

  test('one that fails does not hide the other', async () => {
    expect(await listed(item(null, PUBLISH_PREDICATE), BUILD)).toEqual(['invalid malformed', 'verified']);
    expect(await listed(PUBLISH, item({}, SLSA_V1))).toEqual(['verified', 'invalid malformed']);
    expect(await listed(PUBLISH, { predicateType: SLSA_V1 })).toEqual(['verified', 'invalid malformed']);
  });

  test('of which one is newer than this version: not covered, not wrong', async () => {
    const newer = { ...BUILD.bundle, mediaType: 'application/vnd.dev.sigstore.bundle.v0.9+json' };
    expect(await listed(PUBLISH, item(newer, SLSA_V1))).toEqual([
      'verified',
      'uncovered bundle-version-unknown',
    ]);
    expect(await listed(PUBLISH, item(newer, SLSA_V1), BUILD)).toEqual(['verified', 'verified']);
    const v9 = builtAs((s) => Object.assign(s, { predicateType: 'https://slsa.dev/provenance/v9' }));
    expect(await listed(PUBLISH, item(signed(v9), 'https://slsa.dev/provenance/v9'))).toEqual([
      'verified',
      'uncovered format-unsupported',
    ]);
  });

  test('whose types lie', async () => {
    expect(await listed(item(BUILD.bundle, PUBLISH_PREDICATE))).toEqual([
      'invalid predicate-type-mismatch',
      'absent provenance-withheld',
    ]);
    expect(await listed(PUBLISH, item(PUBLISH.bundle, SLSA_V1))).toEqual([
      'verified',
      'invalid predicate-type-mismatch',
    ]);
    expect(await listed(PUBLISH, item(BUILD.bundle, 'https://slsa.dev/provenance/v0.2'))).toEqual([
      'verified',
      'invalid predicate-type-mismatch',
    ]);
    expect(await listed(PUBLISH, item(BUILD.bundle, 'https://example.com/x'))).toEqual([
      'verified',
      'absent provenance-withheld',
      'https://example.com/x: invalid predicate-type-mismatch',
    ]);
  });

  test('with a type nobody here knows is verified as far as it goes, and kept apart', async () => {
    const predicateType = 'https://example.com/review/v1';
    const review = builtAs((s) => Object.assign(s, { predicateType, predicate: { fine: true } }));
    expect(await listed(PUBLISH, BUILD, item(signed(review, 'person'), predicateType))).toEqual([
      'verified',
      'verified',
      `${predicateType}: verified`,
    ]);
    const elsewhere = builtAs((s) =>
      Object.assign(s, { predicateType, subject: [{ name: 'pkg:npm/x@1.0.0', digest: { sha512: HEX } }] }),
    );
    expect(await listed(PUBLISH, BUILD, item(signed(elsewhere), predicateType))).toEqual([
      'verified',
      'verified',
      `${predicateType}: invalid subject-name-mismatch`,
    ]);
  });

  test('with two of a kind: both must hold', async () => {
    const bad = structuredClone(BUILD.bundle);
    bad.dsseEnvelope.signatures[0]!.sig = PUBLISH.bundle.dsseEnvelope.signatures[0]!.sig;
    expect(await listed(PUBLISH, BUILD, BUILD)).toEqual(['verified', 'verified']);
    for (const pair of [
      [BUILD, item(bad, SLSA_V1)],
      [item(bad, SLSA_V1), BUILD],
    ])
      expect(await listed(PUBLISH, ...pair)).toEqual(['verified', 'invalid tlog-entry-mismatch']);
    expect(await listed(PUBLISH, item({}, PUBLISH_PREDICATE), BUILD)).toEqual([
      'invalid malformed',
      'verified',
    ]);
  });

  test('with two provenances of two builders leaves it open who built it', async () => {
    const other = githubIdentity(rng(77), 'evil/log');
    const stranger = item(
      signed(
        builtAs(() => {}, other),
        'build',
        other,
      ),
      SLSA_V1,
    );
    for (const pair of [
      [BUILD, stranger],
      [stranger, BUILD],
    ])
      expect(await listed(PUBLISH, ...pair)).toEqual(['verified', 'invalid claim-mismatch']);
    const later = { ...identity, sha: 'd'.repeat(40) };
    const again = item(
      signed(
        builtAs(() => {}, later),
        'build',
        later,
      ),
      SLSA_V1,
    );
    expect(await listed(PUBLISH, BUILD, again)).toEqual(['verified', 'invalid claim-mismatch']);
  });
});

describe('each attestation', () => {
  test.each<[string, (statement: Loose) => unknown, string]>([
    [
      'another package',
      (s) => Object.assign(s.subject[0], { name: 'pkg:npm/%40acme/lag@2.1.0' }),
      'subject-name-mismatch',
    ],
    [
      'another version',
      (s) => Object.assign(s.subject[0], { name: 'pkg:npm/%40acme/log@2.1.1' }),
      'subject-name-mismatch',
    ],
    [
      'other bytes',
      (s) => Object.assign(s.subject[0], { digest: { sha512: 'a5'.repeat(64) } }),
      'subject-digest-mismatch',
    ],
    ['one more package', (s) => s.subject.push(s.subject[0]), 'subject-extra'],
    ['nothing', (s) => Object.assign(s, { subject: [] }), 'subject-absent'],
    ['another kind of statement', (s) => Object.assign(s, { _type: 'x' }), 'statement-type-unknown'],
  ])('about %s is refused', async (_, change, code) => {
    expect(
      await listed(
        item(signed(publishedAs(change), 'registry'), PUBLISH_PREDICATE),
        item(signed(builtAs(change)), SLSA_V1),
      ),
    ).toEqual([`invalid ${code}`, `invalid ${code}`]);
  });

  test('of the registry is signed by the registry, and names it', async () => {
    const publish = async (statement: Loose, by: 'build' | 'registry' = 'registry') =>
      (await listed(item(signed(statement, by), PUBLISH_PREDICATE), BUILD))[0];
    expect(await publish(publishedAs(), 'build')).toBe('invalid publish-signer-mismatch');
    const elsewhere = publishedAs((s) => Object.assign(s.predicate, { registry: 'https://evil.example/' }));
    expect(await publish(elsewhere)).toBe('invalid publish-claim-mismatch');
    expect(await check({ attestations: [PUBLISH, BUILD] }, { keys: [] })).toEqual([
      'invalid key-unknown',
      'verified',
    ]);
    expect(await check({ attestations: [PUBLISH, BUILD] }, { keys: [world.keys[0]!] })).toEqual([
      'invalid key-unknown',
      'verified',
    ]);
  });

  test('of the build is signed by a build', async () => {
    const build = async (by: 'registry' | 'person') =>
      (await listed(PUBLISH, item(signed(builtAs(), by), SLSA_V1)))[1];
    expect(await build('registry')).toBe('invalid provenance-signer-mismatch');
    expect(await build('person')).toBe('invalid provenance-signer-mismatch');
  });

  test('of the build claims what its certificate says', async () => {
    const lie = builtAs((s) =>
      Object.assign(s.predicate.buildDefinition.externalParameters.workflow, {
        repository: 'https://github.com/good/log',
      }),
    );
    expect(await listed(PUBLISH, item(signed(lie), SLSA_V1))).toEqual(['verified', 'invalid claim-mismatch']);
  });

  test('has a payload that is a statement', async () => {
    const bundle = sigstore.attest({
      statement: builtAs(),
      signer: { cert: sigstore.leafCert(identity, NOW) },
      time: NOW + 3000,
      payloadType: 'application/json',
    });
    sigstore.seal();
    expect(await listed(PUBLISH, item(bundle, SLSA_V1))).toEqual([
      'verified',
      'invalid payload-type-mismatch',
    ]);
    const twice = Buffer.from(
      JSON.stringify(builtAs()).replace('{', `{"_type":"https://in-toto.io/Statement/v1",`),
    );
    expect(await listed(PUBLISH, item(signed(twice), SLSA_V1))).toEqual(['verified', 'invalid malformed']);
  });
});
