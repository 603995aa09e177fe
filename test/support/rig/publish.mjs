// Turns planned packages into what a registry serves: manifests, packuments, tarballs, signatures and attestations.
import crypto from 'node:crypto';
import zlib from 'node:zlib';
import { githubIdentity, publishStatement, SLSA_V1, SLSA_V02, sha, slsaV1, slsaV02 } from './sigstore.mjs';
import { tarball } from './tarball.mjs';
import { exportsFiller, lorem, WORDS } from './words.mjs';

const DAY = 86_400_000;
const PACKAGE_JSON =
  'name version description license repository main types engines scripts dependencies optionalDependencies os cpu'.split(
    ' ',
  );
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'];
const CORGI =
  'name version dependencies optionalDependencies devDependencies os cpu engines dist hasInstallScript _hasShrinkwrap'.split(
    ' ',
  );
const pick = (from, keys) =>
  Object.fromEntries(keys.filter((k) => from[k] !== undefined).map((k) => [k, from[k]]));

/** Path of a package below the registry root, as npm writes it. */
const urlName = (name) => (name.startsWith('@') ? name.replace('/', '%2f') : name);
export const tarballPath = (name, version) => `${name}/-/${name.split('/').pop()}-${version}.tgz`;
export const sri = (bytes) => `sha512-${sha('sha512', bytes).toString('base64')}`;
const gzipJson = (value) => ({
  gz: zlib.gzipSync(JSON.stringify(value), { level: 6 }),
  ct: 'application/json',
});

/**
 * Publishes every version of the packages, oldest first in the log.
 * @param into `{ sigstore, random, docs, origin, now }`; `docs` receives everything
 * @param installed ids (NAME@VERSION) that get a real tarball and a manifest of their own
 * @param attested  ids among them that get attestations; a Map's values fix the bundle format
 */
export function publishAll(into, pkgs, installed, attested) {
  const jobs = pkgs.flatMap((p) => publishPackage(into, p, installed, attested));
  jobs.sort((a, b) => a.time - b.time);
  const answers = jobs.map((job, k) => {
    const answer = attestationsFor(into.sigstore, into.random, job, into.origin);
    if (k % 3 === 2) into.sigstore.seal();
    return answer;
  });
  into.sigstore.seal();
  jobs.forEach((job, k) => {
    into.docs.set(`att ${job.p.name}@${job.version}`, gzipJson(answers[k]));
  });
}

/** Packument, manifests and tarballs of one package; hands back what must be attested. */
function publishPackage({ sigstore, random: r, docs, origin, now }, p, installed, attested) {
  const versions = {};
  const time = {};
  const jobs = [];
  const perVersion = Math.max(0, p.targetBytes / p.versions.length - 1900);
  for (const v of p.versions) {
    const id = `${p.name}@${v.version}`;
    const manifest = manifestOf(r, p, v);
    if (perVersion > 60) manifest.exports = exportsFiller(r, Math.floor(perVersion));
    manifest.dist = installed.has(id) ? packed(r, docs, id, manifest, p) : neverPacked(r);
    const { integrity } = manifest.dist;
    manifest.dist.tarball = `${origin}/${tarballPath(p.name, v.version)}`;
    manifest.dist.signatures = [sigstore.registrySignature(id, integrity, sigstore.registryKey(v.time))];
    if (installed.has(id) && attested.has(id)) {
      const random = v.time < now - 1100 * DAY ? 'v0.1' : r() < 0.45 ? 'v0.2' : 'v0.3';
      const format = (attested instanceof Map && attested.get(id)) || random;
      manifest.dist.attestations = {
        url: `${origin}/-/npm/v1/attestations/${urlName(p.name)}@${v.version}`,
        provenance: { predicateType: format === 'v0.1' ? SLSA_V02 : SLSA_V1 },
      };
      jobs.push({ p, version: v.version, time: v.time, format, integrity });
    }
    versions[v.version] = manifest;
    time[v.version] = new Date(v.time).toISOString();
    if (installed.has(id)) docs.set(`manifest ${id}`, gzipJson(manifest));
  }
  const newest = p.versions.at(-1);
  const modified = new Date(newest.time + 60_000).toISOString();
  const head = { name: p.name, 'dist-tags': { latest: newest.version } };
  const full = {
    _id: p.name,
    _rev: `${p.versions.length}-${r.hex(32)}`,
    ...head,
    versions,
    time: { created: time[p.versions[0].version], modified, ...time },
    maintainers: p.maintainers,
    ...pick(
      versions[newest.version],
      'description homepage keywords repository author bugs license'.split(' '),
    ),
    readme: `# ${p.name}\n\n${lorem(r, Math.min(12_000, Math.floor(p.targetBytes / 20)))}`,
    readmeFilename: 'README.md',
  };
  const short = Object.fromEntries(Object.entries(versions).map(([v, m]) => [v, pick(m, CORGI)]));
  docs.set(`full ${p.name}`, gzipJson(full));
  docs.set(`corgi ${p.name}`, gzipJson({ ...head, versions: short, modified }));
  return jobs;
}

function manifestOf(r, p, v) {
  const base = p.name.split('/').pop();
  const current = v.version === p.current;
  const some = () => Object.keys(p.deps).slice(0, r.int(0, 3));
  // The installed version has its place in the graph; the others get something plausible.
  const dependencies = current ? p.deps : v.extra ? {} : Object.fromEntries(some().map((k) => [k, '*']));
  return {
    name: p.name,
    version: v.version,
    description: `${base.replace(/-/g, ' ')} for the ${p.repo.split('/')[0]} toolchain`,
    keywords: ['rig', r.pick(WORDS), r.pick(WORDS)],
    author: p.maintainers[0],
    license: p.license,
    repository: { type: 'git', url: `git+https://github.com/${p.repo}.git` },
    bugs: { url: `https://github.com/${p.repo}/issues` },
    homepage: `https://github.com/${p.repo}#readme`,
    main: 'index.js',
    types: 'index.d.ts',
    engines: { node: '>=14' },
    scripts: p.scripts ?? { test: 'node --test', build: 'tsc -p .', lint: 'eslint .' },
    ...(INSTALL_SCRIPTS.some((name) => p.scripts?.[name]) ? { hasInstallScript: true } : {}),
    dependencies,
    ...(current && Object.keys(p.optional).length ? { optionalDependencies: p.optional } : {}),
    ...(p.platformOnly ? { os: ['darwin'], cpu: ['arm64'] } : {}),
    devDependencies: { typescript: '^5.4.0', eslint: '^9.0.0' },
    gitHead: r.hex(40),
    _nodeVersion: '20.11.1',
    _npmVersion: '10.5.0',
    maintainers: p.maintainers,
    _npmUser: p.maintainers[0],
    directories: {},
    _npmOperationalInternal: {
      host: 's3://rig-packages',
      tmp: `tmp/${base}_${v.version}_${v.time}_0.${r.hex(12)}`,
    },
    _hasShrinkwrap: false,
  };
}

/** `dist` of a version whose tarball really exists. */
function packed(r, docs, id, manifest, { tarball: given, files: more }) {
  const padding = '// padding so that a tarball is not all header\n'.repeat(r.int(5, 60));
  const code = `module.exports = ${JSON.stringify({ id, salt: r.hex(64) })};`;
  const files = {
    'package.json': JSON.stringify(pick(manifest, PACKAGE_JSON), null, 2),
    'index.js': `'use strict';\n${code}\n${padding}`,
    'index.d.ts': 'export declare const id: string;\n',
    'README.md': `# ${manifest.name}\n\n${lorem(r, 400)}\n`,
    LICENSE: `${manifest.license}\n`,
    ...more,
  };
  const tgz = given ?? tarball(files);
  docs.set(`tarball ${id}`, { body: tgz, ct: 'application/octet-stream' });
  return {
    integrity: sri(tgz),
    shasum: sha('sha1', tgz).toString('hex'),
    fileCount: Object.keys(files).length,
    unpackedSize: Object.values(files).reduce((n, text) => n + Buffer.byteLength(text), 0),
  };
}

const neverPacked = (r) => ({
  integrity: `sha512-${crypto.randomBytes(64).toString('base64')}`,
  shasum: r.hex(40),
  fileCount: 4,
  unpackedSize: 6000,
});

/** Body of `/-/npm/v1/attestations/NAME@VERSION`; inclusion proofs appear with the next `seal()`. */
function attestationsFor(s, r, { p, version, time, format = 'v0.3', integrity }, registry) {
  const hex = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
  const id = githubIdentity(r, p.repo, { tag: `v${version}` });
  const begun = time - 4000;
  const publish = publishStatement(p.name, version, hex, registry);
  const provenance = (format === 'v0.1' ? slsaV02 : slsaV1)(p.name, version, hex, id);
  // The build signs first, the registry when it has taken the tarball.
  const byBuild = s.attest({
    statement: provenance,
    signer: { cert: s.leafCert(id, begun) },
    time: begun + 3000,
    version: format,
  });
  const byRegistry = s.attest({
    statement: publish,
    signer: { registry: s.registryKey(time) },
    time: begun + 6000,
    version: format,
  });
  return {
    attestations: [
      { predicateType: publish.predicateType, bundle: byRegistry },
      { predicateType: provenance.predicateType, bundle: byBuild },
    ],
  };
}
