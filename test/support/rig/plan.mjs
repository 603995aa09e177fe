// Which packages a rig has, in which versions, and how they depend on one another.
import { WORDS } from './words.mjs';

const DAY = 86_400_000;
const SCOPES = ['core', 'ui', 'types', 'build', 'cloud', 'lint', 'test', 'utils'].map((x) => `@rig-${x}`);
const TAILS = ',,,-utils,-core,-parser,-loader,-plugin,-cli,-stream,-types,-helpers,-async'.split(',');
const LICENSES = ['MIT', 'MIT', 'MIT', 'ISC', 'Apache-2.0', 'BSD-3-Clause'];
/** Version of every second copy: the same one at two locations, so that name@version occurs twice. */
const OLD = '0.9.1';

/** @typedef {{ version: string, time: number, extra?: boolean }} Release */

/** A random tree of `packages` installed lockfile entries; acyclic, everything reachable. */
export function randomPlan(r, { packages, now, medianKB, maxKB }) {
  const copies = packages >= 20 ? Math.round(packages * 0.04) : packages >= 5 ? 1 : 0;
  const platformOnly = Math.max(1, Math.round(packages * 0.02));
  const names = new Set();
  while (names.size < packages - copies + platformOnly) {
    const base = r.pick(WORDS) + (r() < 0.75 ? `-${r.pick(WORDS)}` : '') + r.pick(TAILS);
    names.add(r() < 0.35 ? `${r.pick(SCOPES)}/${base}` : base);
  }
  const pkgs = [...names].map((name, i) => randomPackage(r, name, i, { now, medianKB, maxKB }));
  for (const p of pkgs.slice(pkgs.length - platformOnly)) p.platformOnly = true;
  const real = pkgs.filter((p) => !p.platformOnly);
  const direct = Math.max(3, Math.round(Math.sqrt(real.length) * 1.5));
  const { rootDeps, rootDev } = connect(r, real, direct);
  // In the lockfile, never on this disk.
  for (const p of pkgs.filter((x) => x.platformOnly)) r.pick(real).optional[p.name] = p.current;
  return { pkgs, rootDeps, rootDev, nested: secondCopies(r, real, direct, copies) };
}

function randomPackage(r, name, i, { now, medianKB, maxKB }) {
  const targetBytes = Math.min(maxKB * 1024, Math.max(2500, medianKB * 1024 * Math.exp(1.2 * r.normal())));
  const count = Math.max(i % 10 === 9 ? 1 : 2, Math.min(60, Math.round(targetBytes / 2600)));
  const versions = [];
  let [major, minor, patch] = [r.int(0, 3), 0, 0];
  let time = now - r.int(400, 2000) * DAY;
  for (let k = 0; k < count; k++) {
    versions.push({ version: `${major}.${minor}.${patch}`, time });
    const x = r();
    if (x < 0.06) [major, minor, patch] = [major + 1, 0, 0];
    else if (x < 0.4) [minor, patch] = [minor + 1, 0];
    else patch++;
    const step = ((now - 3 * DAY - time) / (count - k)) * 2 * r();
    time = Math.min(now - 2 * DAY, time + Math.ceil(step) + 60_000);
  }
  // Most lockfiles sit on the newest version; a third lags behind.
  const at = r() < 0.67 ? count - 1 : r.int(Math.floor(count / 2), count - 1);
  const owner = name.startsWith('@') ? name.slice(1).split('/')[0] : `rig-${r.pick(WORDS)}`;
  return {
    name,
    repo: `${owner}/${name.split('/').pop()}`,
    versions,
    current: versions[at].version,
    targetBytes,
    deps: {},
    optional: {},
    license: r.pick(LICENSES),
    maintainers: Array.from({ length: r.int(1, 5) }, () => ({
      name: `${r.pick(WORDS)}${r.int(1, 99)}`,
      email: `${r.pick(WORDS)}@mail.rig.test`,
    })),
    platformOnly: false,
  };
}

/** Dependencies go to higher indexes only, so that there is no cycle. */
function connect(r, real, direct) {
  const rootDeps = {};
  const rootDev = {};
  real.forEach((p, i) => {
    if (i < direct) (i % 3 === 2 ? rootDev : rootDeps)[p.name] = rangeFor(p);
    else real[r.int(Math.max(0, Math.floor(i / 4)), i - 1)].deps[p.name] = rangeFor(p);
    for (let k = r.int(0, 3); k > 0 && i + 1 < real.length; k--) {
      const to = real[r.int(i + 1, real.length - 1)];
      p.deps[to.name] = rangeFor(to);
    }
  });
  return { rootDeps, rootDev };
}

/** A range that resolves to the installed version again: npm update and pnpm see the same graph as the lockfile. */
function rangeFor(p) {
  const parts = (v) => v.split('.').map(Number);
  const [a, b, c] = parts(p.current);
  const newer = p.versions.some(({ version }) => {
    const [x, y, z] = parts(version);
    return x === a && (a > 0 || y === b) && (y > b || (y === b && z > c));
  });
  return newer ? p.current : `^${p.current}`;
}

/** Packages that need an older major than the hoisted one, which is therefore nested below them. */
function secondCopies(r, real, direct, copies) {
  const nested = [];
  const candidates = real.filter(
    (p, i) => i > direct && Number(p.current.split('.')[0]) > 0 && Object.keys(p.deps).length === 0,
  );
  for (let k = 0; k < copies; k++) {
    const dep = candidates.length ? candidates[Math.floor(k / 2) % candidates.length] : real.at(-1);
    const unfit = (x) =>
      x === dep || x.deps[dep.name] || dep.deps[x.name] || nested.some((n) => n.owner === x && n.dep === dep);
    let owner = r.pick(real);
    for (let tries = 0; unfit(owner) && tries < 200; tries++) owner = r.pick(real);
    if (!dep.versions.some((v) => v.version === OLD)) {
      dep.versions.unshift({ version: OLD, time: dep.versions[0].time - DAY, extra: true });
    }
    owner.deps[dep.name] = `~${OLD}`;
    nested.push({ owner, dep, version: OLD });
  }
  return nested;
}

/**
 * A tree of given packages: `{ name, version, days, repo?, dev?, needs?, earlier?, scripts?, files? }`, where `days` is the age,
 * `needs` lists names, `earlier` lists older versions as `{ version, days }`, and `scripts` and `files` go into its tarball. What
 * nothing needs is a direct dependency.
 */
export function cataloguePlan(catalogue, now) {
  const pkgs = catalogue.map((x) => ({
    name: x.name,
    repo: x.repo ?? x.name.replace(/^@/, '').replace(/^([^/]+)$/, '$1/$1'),
    versions: [...(x.earlier ?? []), x].map((v) => ({ version: v.version, time: now - v.days * DAY })),
    current: x.version,
    targetBytes: 4000,
    deps: {},
    optional: {},
    license: 'MIT',
    maintainers: [{ name: 'maintainers', email: 'maintainers@mail.rig.test' }],
    platformOnly: false,
    tarball: x.tarball,
    scripts: x.scripts,
    files: x.files,
  }));
  const byName = new Map(pkgs.map((p) => [p.name, p]));
  const needed = new Set();
  for (const x of catalogue) {
    for (const name of x.needs ?? []) {
      byName.get(x.name).deps[name] = `^${byName.get(name).current}`;
      needed.add(name);
    }
  }
  const range = (x) => [x.name, `^${x.version}`];
  const top = catalogue.filter((x) => !needed.has(x.name));
  return {
    pkgs,
    rootDeps: Object.fromEntries(top.filter((x) => !x.dev).map(range)),
    rootDev: Object.fromEntries(top.filter((x) => x.dev).map(range)),
    nested: [],
  };
}
