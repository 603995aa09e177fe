// One contestant of scripts/bench-bundles.mjs in a process of its own: node scripts/bundle-runner.mjs WHO FOLDER
// Started with fork(): sends 'ready', then answers each { kind, ms } with { bundles, wall, cpu } (seconds), and ends with its
// parent. Everything that can be prepared once for many bundles is prepared before.
import fs from 'node:fs';
import path from 'node:path';

/** As many bundles at once as a run keeps packages in flight. */
const IN_FLIGHT = 64;
const [who, folder] = process.argv.slice(2);
const read = (file) => JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'));
const trustedRoot = read('trusted_root.json');
/** [{ hint, spki, start, end }]: base64, milliseconds since 1970 */
const keys = read('keys.json');
const bundles = Object.fromEntries(
  Object.entries(read('bundles.json')).map(([kind, list]) => [kind, list.map((text) => Buffer.from(text))]),
);

const CONTESTANTS = {
  async ours() {
    const { parseJson } = await import('../build/core/json.js');
    const { importKey } = await import('../build/sigstore/keys.js');
    const { parseTrustRoot } = await import('../build/sigstore/trust-root.js');
    const { verifyBundle } = await import('../build/sigstore/verify-bundle.js');
    const context = {
      trustRoot: parseTrustRoot(Buffer.from(JSON.stringify(trustedRoot))),
      keys: keys.map(({ hint, spki, start, end }) => ({
        hint,
        key: importKey(Buffer.from(spki, 'base64'), 'key'),
        validFor: { start, end },
      })),
    };
    return (bytes) => verifyBundle(parseJson(bytes, 'bundle', bytes.length), context);
  },
  async sigstore() {
    const { createPublicKey } = await import('node:crypto');
    const { bundleFromJSON } = await import('@sigstore/bundle');
    const { TrustedRoot } = await import('@sigstore/protobuf-specs');
    const { toSignedEntity, toTrustMaterial, Verifier } = await import('@sigstore/verify');
    const byHint = new Map(
      keys.map(({ hint, spki, start, end }) => [
        hint,
        {
          publicKey: createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' }),
          validFor: (date) => +date >= start && (end === undefined || +date <= end),
        },
      ]),
    );
    const verifier = new Verifier(
      toTrustMaterial(TrustedRoot.fromJSON(trustedRoot), (hint) => byHint.get(hint)),
    );
    return (bytes) => verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bytes.toString()))));
  },
  async floor() {
    const { floorTrust, floorVerify } = await import('./floor.mjs');
    const trust = floorTrust(
      trustedRoot,
      keys.map(({ hint, spki }) => [hint, Buffer.from(spki, 'base64')]),
    );
    return (bytes) => floorVerify(trust, bytes);
  },
};

const verify = await CONTESTANTS[who]();

async function pass(list) {
  let next = 0;
  const worker = async () => {
    while (next < list.length) await verify(list[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, list.length) }, worker));
}

/** Goes over the bundles of a kind again and again for at least `ms`. */
async function measure({ kind, ms }) {
  const list = bundles[kind];
  const cpuBefore = process.cpuUsage();
  const start = process.hrtime.bigint();
  let passes = 0;
  let wall = 0;
  do {
    await pass(list);
    passes++;
    wall = Number(process.hrtime.bigint() - start) / 1e9;
  } while (wall * 1000 < ms);
  const { user, system } = process.cpuUsage(cpuBefore);
  return { bundles: passes * list.length, wall, cpu: (user + system) / 1e6 };
}

process.on('message', async (task) => process.send(await measure(task)));
process.on('disconnect', () => process.exit(0));
process.send('ready');
