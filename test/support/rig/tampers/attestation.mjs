import { b64, sha } from '../der.mjs';
import { PUBLISH_PREDICATE, publishStatement, purl, SLSA_V1, slsaV1 } from '../statements.mjs';
import { DAY, evilKey, flip } from './context.mjs';

const FOREIGN = 'evil/elsewhere';

/** Which attestations there are: [id, sound, about, apply(context), needs?]. */
const PRESENCE = [
  [
    'att-removed',
    'policy',
    'dist.attestations deleted and endpoint 404 (downgrade to unattested)',
    (c) => {
      c.dist((dist) => {
        delete dist.attestations;
      });
      c.override(`att ${c.id}`, { status: 404, json: {} });
    },
  ],
  [
    'att-404',
    'reject',
    'dist.attestations present, endpoint says 404',
    (c) => c.override(`att ${c.id}`, { status: 404, json: { error: 'Not found' } }),
  ],
  [
    'att-empty-list',
    'reject',
    'endpoint answers { attestations: [] }',
    (c) => c.attestations(() => ({ attestations: [] })),
  ],
  [
    'att-publish-only',
    'policy',
    'provenance left out, although dist.attestations.provenance announces it',
    (c) => c.attestations(({ attestations: [publish] }) => ({ attestations: [publish] })),
  ],
  [
    'att-provenance-only',
    'policy',
    "registry's publish attestation left out",
    (c) => c.attestations(({ attestations: [, provenance] }) => ({ attestations: [provenance] })),
  ],
];

/** What the provenance says it is about. */
const SUBJECT = [
  [
    'att-swapped-package',
    'reject',
    "another package's genuine attestations",
    (c) => c.attestations(() => c.parse(`att ${c.other.name}@${c.other.version}`)),
  ],
  [
    'att-wrong-digest',
    'reject',
    'genuinely signed for another sha512',
    (c) => {
      const hex = sha('sha512', 'evil').toString('hex');
      c.forge({ provenance: { statement: slsaV1(c.victim.name, c.victim.version, hex, c.workflow()) } });
    },
  ],
  [
    'att-wrong-version',
    'reject',
    'genuinely signed for another version, same digest',
    (c) => c.forge({ provenance: { statement: slsaV1(c.victim.name, '99.0.0', c.hex, c.workflow()) } }),
  ],
  [
    'att-no-digest',
    'reject',
    'subject without a sha512',
    (c) => {
      const subject = [{ name: purl(c.victim.name, c.victim.version), digest: { sha256: '00' } }];
      c.forge({ provenance: { statement: c.statement({ subject }) } });
    },
  ],
  [
    'att-subject-second',
    'either',
    'right subject, but second in the list',
    (c) => {
      const subject = [
        { name: 'pkg:npm/x@1.0.0', digest: { sha512: 'ab' } },
        { name: purl(c.victim.name, c.victim.version), digest: { sha512: c.hex } },
      ];
      c.forge({ provenance: { statement: c.statement({ subject }) } });
    },
  ],
  [
    'att-no-subject',
    'reject',
    'subject is []',
    (c) => c.forge({ provenance: { statement: c.statement({ subject: [] }) } }),
  ],
];

/** The envelope around the statement, and its types. */
const ENVELOPE = [
  [
    'att-payload-edited',
    'reject',
    'payload changed after signing (subject intact)',
    (c) =>
      c.attestations((_, __, { dsseEnvelope }) => {
        const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64'));
        statement.predicate.buildDefinition ??= {};
        statement.predicate.buildDefinition.buildType = 'https://evil.test';
        dsseEnvelope.payload = b64(JSON.stringify(statement));
      }),
  ],
  [
    'att-sig-flip',
    'reject',
    'one bit of the DSSE signature',
    (c) =>
      c.attestations((_, __, { dsseEnvelope: { signatures } }) => {
        signatures[0].sig = flip(signatures[0].sig);
      }),
  ],
  [
    'att-publish-sig-flip',
    'reject',
    "one bit of the publish attestation's signature",
    (c) =>
      c.attestations((_, { dsseEnvelope: { signatures } }) => {
        signatures[0].sig = flip(signatures[0].sig);
      }),
  ],
  [
    'att-two-signatures',
    'reject',
    'a second DSSE signature appended',
    (c) =>
      c.attestations((_, __, { dsseEnvelope: { signatures } }) => {
        signatures.push(signatures[0]);
      }),
  ],
  [
    'att-payload-type',
    'reject',
    'payloadType text/plain (signed as such)',
    (c) => c.forge({ provenance: { payloadType: 'text/plain' } }),
  ],
  [
    'att-statement-type',
    'reject',
    'in-toto _type unknown (signed as such)',
    (c) =>
      c.forge({ provenance: { statement: c.statement({ _type: 'https://example.test/NotAStatement' }) } }),
  ],
  [
    'att-predicate-type-lie',
    'reject',
    'listed as SLSA provenance, payload has another predicateType',
    (c) => {
      const statement = c.statement({ predicateType: 'https://example.test/whatever/v1', predicate: {} });
      c.forge({ provenance: { statement }, list: ([a, b]) => [a, { ...b, predicateType: SLSA_V1 }] });
    },
  ],
  [
    'att-unknown-predicate',
    'either',
    'a third attestation of an unknown type, signed by the same workflow',
    (c) => {
      const { cert } = c.forge();
      const predicateType = 'https://example.test/sbom/v1';
      const statement = c.statement({ predicateType, predicate: {} });
      const bundle = c.sigstore.attest({ statement, signer: { cert }, time: c.time - 900 });
      c.sigstore.seal();
      c.server.overrides.get(`att ${c.id}`).json.attestations.push({ predicateType, bundle });
    },
  ],
];

/** Who signed. */
const SIGNER = [
  [
    'att-foreign-repo',
    'policy',
    'provenance honestly signed by a workflow of another repository than package.json names',
    (c) => c.forge({ identity: c.workflow(FOREIGN) }),
  ],
  [
    'att-cert-vs-predicate',
    'reject',
    "certificate of evil/elsewhere, predicate claims the package's repository",
    (c) => c.forge({ identity: c.workflow(FOREIGN), provenance: { statement: c.statement() } }),
  ],
  [
    'att-email-signer',
    'reject',
    'provenance signed with a personal e-mail identity',
    (c) => c.forge({ identity: { email: 'mallory@mail.rig.test', issuer: 'https://accounts.rig.test' } }),
  ],
  [
    'att-publish-by-anyone',
    'reject',
    'publish attestation signed keyless by evil/elsewhere, not by the registry key',
    (c) => c.forge({ publish: { signer: { cert: c.sigstore.leafCert(c.workflow(FOREIGN), c.time) } } }),
  ],
  [
    'att-only-foreign-keyless',
    'policy',
    'a single attestation of unknown type by evil/elsewhere is all there is',
    (c) => {
      const statement = c.statement({ predicateType: 'https://example.test/x', predicate: {} });
      c.forge({ identity: c.workflow(FOREIGN), provenance: { statement }, list: ([, b]) => [b] });
    },
  ],
  [
    'att-publish-predicate-lie',
    'reject',
    'publish attestation: predicate names another package, version and registry',
    (c) => {
      const statement = publishStatement(c.victim.name, c.victim.version, c.hex, '');
      const predicate = { name: 'other-name', version: '9.9.9', registry: 'https://elsewhere.test' };
      c.forge({ publish: { statement: { ...statement, predicateType: PUBLISH_PREDICATE, predicate } } });
    },
  ],
  [
    'att-key-expired',
    'reject',
    'publish attestation by the old key, logged after its expiry',
    (c) => c.forge({ publish: { signer: { registry: c.sigstore.npmKeys[0] }, time: Date.now() - 5 * DAY } }),
  ],
  [
    'att-key-not-yet-valid',
    'reject',
    'publish attestation by the new key, logged before its start',
    (c) => {
      const [, registry] = c.sigstore.npmKeys;
      c.forge({ publish: { signer: { registry }, time: c.sigstore.conf.rotation - 200 * DAY } });
    },
  ],
  [
    'att-key-unknown',
    'reject',
    'publish attestation by a key nobody published',
    (c) => c.forge({ publish: { signer: { registry: evilKey() } } }),
  ],
  [
    'att-hint-differs',
    'either',
    'publicKey.hint is not the DSSE keyid',
    (c) =>
      c.attestations((_, publish) => {
        publish.verificationMaterial.publicKey.hint = 'SHA256:somethingelse';
      }),
  ],
];

export const ATTESTATION = [...PRESENCE, ...SUBJECT, ...ENVELOPE, ...SIGNER];
