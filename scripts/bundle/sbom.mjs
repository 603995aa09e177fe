/** sbom.json: a CycloneDX 1.6 document of what is in the package. The same inputs make the same bytes: no serial, no time. */
import { compare, importedBySources } from './components.mjs';

export function sbomOf(root, { name, version, license }, components) {
  const own = `pkg:npm/${name}@${version}`;
  const byPath = new Map(components.map((component) => [component.path, component]));
  const unique = new Map(components.map((component) => [purl(component), component]));
  const dependencies = new Map([[own, new Set(importedBySources(root, components).map(purl))]]);
  for (const component of components) {
    const known = dependencies.get(purl(component)) ?? new Set();
    for (const place of component.dependsOn) known.add(purl(byPath.get(place)));
    dependencies.set(purl(component), known);
  }
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': own,
        name,
        version,
        licenses: licences(license),
        purl: own,
      },
    },
    components: [...unique].map(([ref, component]) => entryOf(ref, component)).sort(byRef),
    dependencies: [...dependencies].map(([ref, on]) => ({ ref, dependsOn: [...on].sort(compare) })),
  };
}

function entryOf(ref, { name, version, license, integrity }) {
  const slash = name.indexOf('/');
  return {
    type: 'library',
    'bom-ref': ref,
    ...(slash < 0 ? {} : { group: name.slice(0, slash) }),
    name: name.slice(slash + 1),
    version,
    // It is in the bundle: nothing is installed beside it.
    scope: 'required',
    hashes: hashesOf(integrity),
    licenses: licences(license),
    purl: ref,
  };
}

/** Of the tarball that the package was taken from. */
function hashesOf(integrity) {
  const names = { sha512: 'SHA-512', sha384: 'SHA-384', sha256: 'SHA-256', sha1: 'SHA-1' };
  return integrity.split(/\s+/).map((one) => {
    const dash = one.indexOf('-');
    const alg = names[one.slice(0, dash)];
    if (alg === undefined) throw new Error(`unknown digest: ${one}`);
    return { alg, content: Buffer.from(one.slice(dash + 1), 'base64').toString('hex') };
  });
}

function licences(license) {
  return /^[\w.+-]+$/.test(license) ? [{ license: { id: license } }] : [{ expression: license }];
}

function purl({ name, version }) {
  return `pkg:npm/${name.replace(/^@/, '%40')}@${version.replaceAll('+', '%2B')}`;
}

function byRef(a, b) {
  return compare(a['bom-ref'], b['bom-ref']);
}
