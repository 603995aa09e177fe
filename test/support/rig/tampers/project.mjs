import fs from 'node:fs';
import path from 'node:path';
import { sha } from '../der.mjs';
import { sri } from '../publish.mjs';
import { tarball } from '../tarball.mjs';

const putTarball = (c, id, bytes) =>
  c.rig.docs.set(`tarball ${id}`, { body: bytes, ct: 'application/octet-stream' });

/** Points the victim's lockfile entry at a tarball of the attacker's on the same registry. */
function swapEntry(c, project) {
  const packageJson = JSON.stringify({ name: c.victim.name, version: c.victim.version });
  const bytes = tarball({ 'package.json': packageJson, 'index.js': 'module.exports = "evil";\n' });
  putTarball(c, 'evil@1.0.0', bytes);
  const entry = project['package-lock.json'].packages[c.victim.location];
  entry.resolved = `${c.rig.origin}/evil/-/evil-1.0.0.tgz`;
  entry.integrity = sri(bytes);
  return entry;
}

/** Attacks on the project's own files, before anything reads them: [id, sound, about, apply(context, project)]. */
export const LOCK = [
  [
    'lock-resolved-elsewhere',
    'policy',
    "lockfile points the victim at another tarball, with that tarball's integrity",
    swapEntry,
  ],
  [
    'lock-no-integrity',
    'policy',
    'same, without any integrity in the lockfile',
    (c, project) => {
      delete swapEntry(c, project).integrity;
    },
  ],
  [
    'lock-tarball-dependency',
    'policy',
    'a dependency is a plain tarball URL (no registry signature exists)',
    (c, project) => {
      const packageJson = JSON.stringify({ name: 'from-url', version: '1.0.0' });
      const bytes = tarball({ 'package.json': packageJson, 'index.js': '' });
      putTarball(c, 'from-url@1.0.0', bytes);
      const url = `${c.rig.origin}/from-url/-/from-url-1.0.0.tgz`;
      const { packages } = project['package-lock.json'];
      project['package.json'].dependencies['from-url'] = url;
      packages[''].dependencies['from-url'] = url;
      packages['node_modules/from-url'] = { version: '1.0.0', resolved: url, integrity: sri(bytes) };
    },
  ],
  [
    'lock-bundled-dependency',
    'policy',
    'the victim bundles a changed copy of another package under its real name@version',
    (c, project) => {
      const { name, version } = c.other;
      const { packages } = project['package-lock.json'];
      const extra = {
        dependencies: { ...c.manifest.dependencies, [name]: version },
        bundleDependencies: [name],
      };
      const packageJson = { name: c.victim.name, version: c.victim.version, main: 'index.js', ...extra };
      const bytes = tarball({
        'package.json': JSON.stringify(packageJson),
        'index.js': '',
        [`node_modules/${name}/package.json`]: JSON.stringify({ name, version }),
        [`node_modules/${name}/index.js`]: 'module.exports = "not what the registry signed";\n',
      });
      const integrity = sri(bytes);
      putTarball(c, c.id, bytes);
      c.packument((packument) => {
        const manifest = Object.assign(packument.versions[c.victim.version], extra);
        manifest.dist.integrity = integrity;
        manifest.dist.shasum = sha('sha1', bytes).toString('hex');
        manifest.dist.signatures = [c.signature(undefined, `${c.id}:${integrity}`)];
        delete manifest.dist.attestations;
      });
      Object.assign(packages[c.victim.location], { integrity, ...extra });
      packages[`${c.victim.location}/node_modules/${name}`] = { version, inBundle: true };
    },
  ],
];

function editJson(file, edit) {
  const value = JSON.parse(fs.readFileSync(file, 'utf8'));
  edit(value);
  fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
const setIntegrity = (c, file) =>
  editJson(file, ({ packages }) => {
    packages[c.victim.location].integrity = sri('evil');
  });

/** Attacks on an installed project: [id, sound, about, apply(context, folder)]. */
export const DISK = [
  [
    'disk-lock-integrity',
    'policy',
    'package-lock.json integrity differs from the registry (after install)',
    (c, dir) => setIntegrity(c, path.join(dir, 'package-lock.json')),
  ],
  [
    'disk-hidden-lock-integrity',
    'policy',
    'integrity changed in node_modules/.package-lock.json too',
    (c, dir) => {
      setIntegrity(c, path.join(dir, 'package-lock.json'));
      setIntegrity(c, path.join(dir, 'node_modules', '.package-lock.json'));
    },
  ],
  [
    'disk-file-modified',
    'policy',
    'code appended to node_modules/VICTIM/index.js',
    (c, dir) =>
      fs.appendFileSync(path.join(dir, c.victim.location, 'index.js'), '\nrequire("child_process");\n'),
  ],
  [
    'disk-scripts-added',
    'policy',
    'package.json on disk gains an install script',
    (c, dir) =>
      editJson(path.join(dir, c.victim.location, 'package.json'), (packageJson) => {
        packageJson.scripts = { postinstall: 'node evil.js' };
      }),
  ],
  [
    'disk-extraneous',
    'policy',
    'node_modules/evil exists, no lockfile entry, nothing depends on it',
    (_, dir) => {
      const folder = path.join(dir, 'node_modules', 'evil');
      fs.mkdirSync(folder);
      fs.writeFileSync(path.join(folder, 'package.json'), '{"name":"evil","version":"1.0.0"}');
    },
  ],
  [
    'disk-version-lie',
    'policy',
    'package.json on disk claims another (validly signed) version',
    (c, dir) =>
      editJson(path.join(dir, c.victim.location, 'package.json'), (packageJson) => {
        packageJson.version = Object.keys(c.full.versions).find((x) => x !== c.victim.version);
      }),
  ],
  [
    'disk-no-node-modules',
    'accept',
    'lockfile only, nothing installed yet',
    (_, dir) => fs.rmSync(path.join(dir, 'node_modules'), { recursive: true }),
  ],
];
