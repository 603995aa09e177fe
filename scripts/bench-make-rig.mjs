// Makes a rig in a process of its own: node scripts/bench-make-rig.mjs FOLDER PACKAGES ATTESTED
import { makeRig, writeRig } from '../test/support/rig/registry.mjs';
import { freePort } from '../test/support/rig/server.mjs';

const [folder, packages, attested] = process.argv.slice(2);
const shape = { packages: Number(packages), attested: Number(attested) };
const origin = `http://127.0.0.1:${await freePort()}`;
writeRig(folder, makeRig({ ...shape, seed: shape.packages, origin }));
