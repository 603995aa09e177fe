// Verifies all evidence of a rig again and again, with the least work: node scripts/bench-floor-runner.mjs FOLDER ROUNDS
// Prints { packages, signatures, wall, cpu }: seconds, medians of the rounds after two that warm it up.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { readRig } from '../test/support/rig/registry.mjs';
import { medians } from './bench-table.mjs';
import { floorTrust } from './floor.mjs';
import { floorPackage } from './floor-packages.mjs';

const WARM_UP = 2;
/** As many packages at once as a run keeps in flight. */
const IN_FLIGHT = 64;
const [folder, rounds] = process.argv.slice(2);
const read = (file) => JSON.parse(fs.readFileSync(path.join(folder, 'sigstore', file), 'utf8'));
const trust = floorTrust(
  read('trusted_root.json'),
  read('keys.json').keys.map(({ keyId, publicKey }) => [keyId, Buffer.from(publicKey.rawBytes, 'base64')]),
);
const { docs, packages, project } = readRig(folder);
const bytesOf = (key) => docs.has(key) && zlib.gunzipSync(docs.get(key).gz);
const locked = project['package-lock.json'].packages;
const evidence = new Map(
  packages.map(({ name, version, location }) => [
    `${name}@${version}`,
    {
      integrity: locked[location].integrity,
      manifest: bytesOf(`manifest ${name}@${version}`),
      attestations: bytesOf(`att ${name}@${version}`) || undefined,
    },
  ]),
);

async function round() {
  const queue = [...evidence.values()];
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let signatures = 0;
  const worker = async () => {
    for (let item = queue.pop(); item; item = queue.pop()) {
      const verified = await floorPackage(trust, item);
      signatures += verified;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  const wall = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { signatures, wall, cpu: (user + system) / 1e6 };
}

const measured = [];
for (let k = 0; k < WARM_UP + Number(rounds); k++) measured.push(await round());
const result = medians(measured.slice(WARM_UP), ['signatures', 'wall', 'cpu']);
console.log(JSON.stringify({ packages: evidence.size, ...result }));
