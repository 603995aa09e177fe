/** The packages whose code is in the chunks, with what package-lock.json knows of each. */
import fs from 'node:fs';
import path from 'node:path';

/**
 * @param modules  ids of the modules that were rendered
 * @returns        `{ path, name, version, license, integrity, dependsOn }` by path in package-lock.json, sorted by name
 * @throws         for a module of a package that package-lock.json does not have, or has without a digest
 */
export function componentsOf(root, modules) {
  const lock = JSON.parse(fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const paths = new Set(modules.map((id) => placeOf(root, id)).filter((place) => place !== undefined));
  const components = [...paths].map((place) => {
    const entry = lock.packages[place];
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (entry?.integrity === undefined || entry.license === undefined)
      throw new Error(`${place}: package-lock.json has no digest or no licence of it`);
    const installed = JSON.parse(fs.readFileSync(path.join(root, place, 'package.json'), 'utf8'));
    if (installed.name !== name || installed.version !== entry.version)
      throw new Error(`${place}: another version is installed than package-lock.json has: run npm ci`);
    const wanted = Object.keys({
      ...entry.dependencies,
      ...entry.optionalDependencies,
      ...entry.peerDependencies,
    });
    const dependsOn = wanted.map((one) => resolve(lock, place, one)).filter((one) => paths.has(one));
    const { version, license, integrity } = entry;
    return { path: place, name, version, license, integrity, dependsOn };
  });
  return components.sort(byNameAndVersion);
}

/** Those that the sources themselves import. */
export function importedBySources(root, components) {
  const own = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  return components.filter(
    ({ name, path: place }) => place === `node_modules/${name}` && own.devDependencies?.[name] !== undefined,
  );
}

/** Key in package-lock.json of the package that a module belongs to; undefined for what is none of a package. */
function placeOf(root, id) {
  const file = path.relative(root, id.replace(/^\0/, '').replace(/\?.*$/, '')).split(path.sep).join('/');
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

/** As Node.js finds it, from the folder upward. */
function resolve(lock, from, name) {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    const place = `${folder}/node_modules/${name}`;
    if (lock.packages[place] !== undefined) return place;
    if (!folder.includes('/node_modules/')) return `node_modules/${name}`;
  }
}

function byNameAndVersion(a, b) {
  return compare(a.name, b.name) || compare(a.version, b.version) || compare(a.path, b.path);
}

export function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
