// A synthetic registry: N packages, and a project whose package-lock.json (v3) installs from it with `npm ci`.
//
//   const rig = makeRig({ packages: 200, attested: 0.25, origin: 'http://127.0.0.1:41873', seed: 1 });
//   rig.docs              Map(key -> { gz | body, ct }), what the server serves; JSON is kept gzipped, as it travels
//   writeRig(dir, rig), readRig(dir)
//
// Keys: `full NAME`, `corgi NAME`, `manifest NAME@VERSION`, `tarball NAME@VERSION`, `att NAME@VERSION`.
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { cataloguePlan, randomPlan } from './plan.mjs';
import { publishAll, tarballPath } from './publish.mjs';
import { rng, Sigstore } from './sigstore.mjs';

/** Makes a rig. The shape depends on the seed alone, keys and digests never do. Options: see RigOptions in registry.d.mts. */
export function makeRig({
  packages = 100,
  attested = 0.25,
  origin = 'http://127.0.0.1:41873',
  seed = 1,
  medianKB = 80,
  maxKB = 4000,
  resolved = origin,
  now = Date.now(),
  catalogue,
  name = 'rig-project',
  sigstore = Sigstore.create({ now }),
} = {}) {
  const random = rng(seed);
  const plan = catalogue
    ? cataloguePlan(catalogue, now)
    : randomPlan(random, { packages, now, medianKB, maxKB });
  const installed = new Map();
  for (const p of plan.pkgs) installed.set(`${p.name}@${p.current}`, p);
  for (const { dep, version } of plan.nested) installed.set(`${dep.name}@${version}`, dep);
  const onDisk = [...installed].filter(([, p]) => !p.platformOnly).map(([id]) => id);
  const withAttestations = catalogue
    ? new Map(catalogue.filter((x) => x.attested).map((x) => [`${x.name}@${x.version}`, x.attested]))
    : new Set(shuffled(random, onDisk).slice(0, Math.round(onDisk.length * attested)));
  const docs = new Map();
  publishAll({ sigstore, random, docs, origin, now }, plan.pkgs, installed, withAttestations);

  const listed = locations(plan);
  const list = listed.map(({ location, p, version, dev }) => ({
    location,
    name: p.name,
    version,
    repo: p.repo,
    attested: withAttestations.has(`${p.name}@${version}`),
    onDisk: !p.platformOnly,
    dev,
    time: p.versions.find((v) => v.version === version).time,
  }));
  const info = {
    seed,
    packages,
    attested,
    origin,
    installed: list.filter((x) => x.onDisk).length,
    uniqueInstalled: onDisk.length,
    withAttestations: withAttestations.size,
    platformOnly: plan.pkgs.filter((p) => p.platformOnly).length,
    nested: plan.nested.length,
  };
  return {
    sigstore,
    origin,
    docs,
    project: projectOf(name, plan, listed, docs, resolved),
    packages: list,
    info,
  };
}

function shuffled(r, list) {
  return list
    .map((x) => [r(), x])
    .sort((a, b) => a[0] - b[0])
    .map(([, x]) => x);
}

/** Where npm would install what, in the order of the lockfile. */
function locations({ pkgs, nested, rootDeps }) {
  const byName = new Map(pkgs.map((p) => [p.name, p]));
  const prod = new Set();
  for (const todo = Object.keys(rootDeps); todo.length > 0; ) {
    const p = byName.get(todo.pop());
    if (!p || prod.has(p.name)) continue;
    prod.add(p.name);
    todo.push(...Object.keys(p.deps), ...Object.keys(p.optional));
  }
  const top = pkgs.map((p) => ({
    location: `node_modules/${p.name}`,
    p,
    version: p.current,
    dev: !prod.has(p.name),
  }));
  const below = nested.map(({ owner, dep, version }) => ({
    location: `node_modules/${owner.name}/node_modules/${dep.name}`,
    p: dep,
    version,
    dev: !prod.has(owner.name),
  }));
  return [...top, ...below].sort((a, b) => (a.location < b.location ? -1 : 1));
}

function projectOf(name, { rootDeps, rootDev }, listed, docs, resolved) {
  const root = { name, version: '1.0.0' };
  const wants = { dependencies: rootDeps, devDependencies: rootDev };
  const packages = { '': { ...root, ...wants } };
  for (const { location, p, version, dev } of listed) {
    const m = JSON.parse(zlib.gunzipSync(docs.get(`manifest ${p.name}@${version}`).gz));
    packages[location] = {
      version,
      resolved: `${resolved}/${tarballPath(p.name, version)}`,
      integrity: m.dist.integrity,
      ...(p.platformOnly ? { cpu: m.cpu } : {}),
      ...(dev ? { dev: true } : {}),
      license: m.license,
      ...(p.platformOnly ? { optional: true, os: m.os } : {}),
      ...(Object.keys(m.dependencies).length ? { dependencies: m.dependencies } : {}),
      ...(m.optionalDependencies ? { optionalDependencies: m.optionalDependencies } : {}),
      engines: m.engines,
    };
  }
  return {
    'package.json': { ...root, private: true, ...wants },
    'package-lock.json': { ...root, lockfileVersion: 3, requires: true, packages },
  };
}

/** Writes a rig to a folder: one file of bytes, one index, the project, the Sigstore instance. */
export function writeRig(dir, rig) {
  fs.mkdirSync(path.join(dir, 'project'), { recursive: true });
  const fd = fs.openSync(path.join(dir, 'docs.bin'), 'w');
  const index = [];
  let at = 0;
  for (const [key, d] of rig.docs) {
    const bytes = d.gz ?? d.body;
    fs.writeSync(fd, bytes);
    index.push([key, at, bytes.length, d.ct, d.gz ? 1 : 0]);
    at += bytes.length;
  }
  fs.closeSync(fd);
  const { info, origin, packages } = rig;
  fs.writeFileSync(path.join(dir, 'rig.json'), JSON.stringify({ info, origin, packages, index }));
  for (const [file, value] of Object.entries(rig.project)) {
    fs.writeFileSync(path.join(dir, 'project', file), `${JSON.stringify(value, null, 2)}\n`);
  }
  rig.sigstore.save(path.join(dir, 'sigstore'));
}

/** Reads back what `writeRig` wrote. */
export function readRig(dir) {
  const json = (...file) => JSON.parse(fs.readFileSync(path.join(dir, ...file), 'utf8'));
  const { info, origin, packages, index } = json('rig.json');
  const blob = fs.readFileSync(path.join(dir, 'docs.bin'));
  const docs = new Map();
  for (const [key, at, n, ct, gzipped] of index) {
    docs.set(key, { [gzipped ? 'gz' : 'body']: blob.subarray(at, at + n), ct });
  }
  return {
    info,
    origin,
    packages,
    docs,
    sigstore: Sigstore.load(path.join(dir, 'sigstore')),
    project: {
      'package.json': json('project', 'package.json'),
      'package-lock.json': json('project', 'package-lock.json'),
    },
  };
}
