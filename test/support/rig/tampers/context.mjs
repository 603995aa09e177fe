// What an attack can reach: the documents of one victim, the keys of the instance, and keys of its own.
import zlib from 'node:zlib';
import { b64, ecKey, ecSign, sha, spki } from '../der.mjs';
import { rng } from '../random.mjs';
import { githubIdentity, publishStatement, slsaV1 } from '../statements.mjs';

export const DAY = 86_400_000;

/** Base64 with one bit of the decoded bytes changed; of the last byte unless told. */
export function flip(text, at = -1) {
  const bytes = Buffer.from(text, 'base64');
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return bytes.toString('base64');
}
/** A key pair of the attacker's, under its own key id or under one that is trusted. */
export function evilKey(keyid) {
  const key = ecKey();
  const der = spki(key);
  return { key, der, keyid: keyid ?? `SHA256:${b64(sha('sha256', der)).replace(/=+$/, '')}` };
}
export const logEntryOf = (bundle) => bundle.verificationMaterial.tlogEntries[0];
/** The leaf certificate of a bundle, as the object that holds its bytes. */
export function leafOf(bundle) {
  const m = bundle.verificationMaterial;
  return m.certificate ?? m.x509CertificateChain.certificates[0];
}

export function context({ rig, server, victim, other }) {
  const { sigstore } = rig;
  const random = rng(99);
  const parse = (key) => JSON.parse(zlib.gunzipSync(rig.docs.get(key).gz));
  const id = `${victim.name}@${victim.version}`;
  const full = parse(`full ${victim.name}`);
  const manifest = full.versions[victim.version];
  const time = Date.parse(full.time[victim.version]);
  const { integrity } = manifest.dist;
  const hex = Buffer.from(integrity.slice(7), 'base64').toString('hex');
  const workflow = (repo = victim.repo) => githubIdentity(random, repo, { tag: `v${victim.version}` });
  const c = {
    rig,
    server,
    sigstore,
    random,
    victim,
    other,
    id,
    full,
    /** The victim's own manifest, untouched. */
    manifest,
    /** When the victim was published, milliseconds since 1970. */
    time,
    integrity,
    /** The victim's sha512, hex. */
    hex,
    /** A served document. */
    parse,
    /** An identity of the victim's publish workflow, or of another repository's. */
    workflow,
    override: (key, answer) => server.overrides.set(key, answer),

    /** Edits all three views of the victim's packument; edit(packument). */
    packument(edit) {
      for (const kind of ['full', 'corgi']) {
        const packument = parse(`${kind} ${victim.name}`);
        edit(packument);
        c.override(`${kind} ${victim.name}`, { json: packument });
      }
      const packument = parse(`full ${victim.name}`);
      edit(packument);
      const version = packument.versions[victim.version];
      c.override(`manifest ${id}`, version ? { json: version } : { status: 404, json: {} });
    },
    /** Edits the victim's manifest in all three views; edit(manifest, packument). */
    dist(edit) {
      c.packument((packument) => edit(packument.versions[victim.version].dist, packument));
    },
    /** Sets (or with undefined deletes) the unsigned publish time, and signs with a key. */
    signedAt(key, published) {
      c.dist((dist, packument) => {
        dist.signatures = [c.signature(key)];
        if (!packument.time) return;
        if (published === undefined) delete packument.time[victim.version];
        else packument.time[victim.version] = new Date(published).toISOString();
      });
    },
    /** Edits the victim's attestations response; edit(response, publishBundle, provenanceBundle). */
    attestations(edit) {
      const response = parse(`att ${id}`);
      const [publish, provenance] = response.attestations.map((x) => x.bundle);
      c.override(`att ${id}`, { json: edit(response, publish, provenance) ?? response });
    },
    /**
     * Serves properly signed and logged attestations, with any part replaced: `publish` and `provenance` are options of
     * Sigstore.attest, `identity` and `certOptions` and `certTime` make the certificate, `list` edits the response.
     */
    forge({
      publish = {},
      provenance = {},
      identity = workflow(),
      certOptions,
      certTime = time - 4000,
      list,
    } = {}) {
      const cert = provenance.signer?.cert ?? sigstore.leafCert(identity, certTime, certOptions);
      const byBuild = {
        statement: slsaV1(victim.name, victim.version, hex, identity.workflowUri ? identity : workflow()),
        signer: { cert },
        time: time - 1000,
        ...provenance,
      };
      const byRegistry = {
        statement: publishStatement(victim.name, victim.version, hex, rig.origin),
        signer: { registry: sigstore.registryKey(time) },
        time: time + 2000,
        ...publish,
      };
      const provenanceBundle = sigstore.attest(byBuild);
      const publishBundle = sigstore.attest(byRegistry);
      sigstore.seal();
      const all = [
        { predicateType: byRegistry.statement.predicateType, bundle: publishBundle },
        { predicateType: byBuild.statement.predicateType, bundle: provenanceBundle },
      ];
      c.override(`att ${id}`, { json: { attestations: list ? list(all) : all } });
      return { publishBundle, provenanceBundle, cert };
    },
    /** Forges fresh attestations and then edits the provenance's log entry: edit(entry, bundle). */
    logEntry(edit) {
      c.forge();
      c.editForged(edit);
    },
    /** Edits the provenance bundle of the response that forge() has put in place. */
    editForged(edit) {
      const { bundle } = server.overrides.get(`att ${id}`).json.attestations[1];
      edit(logEntryOf(bundle), bundle);
    },
    /** A registry signature over the victim (or another message). */
    signature(key = sigstore.registryKey(time), message = `${id}:${integrity}`) {
      return { keyid: key.keyid, sig: b64(ecSign(key.key, Buffer.from(message))) };
    },
    /** The victim's provenance statement with some members replaced. */
    statement: (members) => ({ ...slsaV1(victim.name, victim.version, hex, workflow()), ...members }),
  };
  return c;
}
