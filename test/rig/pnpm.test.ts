import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/run.ts';
import { runOptions, type Served, serveRig, type TempProject, tempProject } from '../support/project.ts';

interface NpmEntry {
  readonly version: string;
  readonly integrity: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
}

let served: Served;
let project: TempProject;

beforeAll(async () => {
  served = await serveRig({ packages: 12, attested: 0.5, seed: 3 });
  project = await tempProject(served);
});
afterAll(async () => {
  await project.remove();
  await served.server.close();
});

/** The version that Node would find for a dependency of the package at this location. */
function resolve(packages: Readonly<Record<string, NpmEntry>>, from: string, name: string): string {
  for (let at = from; ; at = at.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/, '')) {
    const found = packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`];
    if (found) return found.version;
    if (at === '') throw new Error(`${name} is not there`);
  }
}

/** The rig's project as pnpm would lock it. */
function pnpmLock(
  format: '9.0' | '6.0',
  edit: (name: string, integrity: string) => string = (_, i) => i,
): string {
  const { packages } = served.rig.project['package-lock.json'] as { packages: Record<string, NpmEntry> };
  const root = served.rig.project['package.json'] as Record<string, Record<string, string>>;
  const key = (name: string, version: string) => `${format === '9.0' ? '' : '/'}${name}@${version}`;
  const entries = new Map<string, { about: string[]; deps: string[] }>();
  for (const [location, entry] of Object.entries(packages)) {
    if (location === '') continue;
    const name = location.slice(location.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const deps = (kind: 'dependencies' | 'optionalDependencies') => {
      const names = Object.keys(entry[kind] ?? {});
      if (names.length === 0) return [];
      return [`    ${kind}:`, ...names.map((d) => `      '${d}': ${resolve(packages, location, d)}`)];
    };
    entries.set(key(name, entry.version), {
      about: [
        `    resolution: {integrity: ${edit(name, entry.integrity)}}`,
        ...(entry.os ? [`    os: [${entry.os.join(', ')}]`] : []),
      ],
      deps: [...deps('dependencies'), ...deps('optionalDependencies')],
    });
  }
  const direct = (kind: string) => [
    `    ${kind}:`,
    ...Object.entries(root[kind] ?? {}).flatMap(([name, specifier]) => [
      `      '${name}':`,
      `        specifier: ${specifier}`,
      `        version: ${packages[`node_modules/${name}`]!.version}`,
    ]),
  ];
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const snapshots = sorted.flatMap(([id, { deps }]) =>
    deps.length === 0 ? [`  '${id}': {}`] : [`  '${id}':`, ...deps],
  );
  return [
    `lockfileVersion: '${format}'`,
    'importers:',
    '  .:',
    ...direct('dependencies'),
    ...direct('devDependencies'),
    'packages:',
    ...sorted.flatMap(([id, { about, deps }]) => [`  '${id}':`, ...about, ...(format === '6.0' ? deps : [])]),
    ...(format === '9.0' ? ['snapshots:', ...snapshots] : []),
    '',
  ].join('\n');
}

describe('a project locked by pnpm', () => {
  it.each(['9.0', '6.0'] as const)(
    'format %s: the same packages with the same proofs as by npm',
    async (format) => {
      const npm = await run({ ...runOptions(served, project), report: 'none' });
      await project.write('pnpm-lock.yaml', pnpmLock(format));
      const pnpm = await run({ ...runOptions(served, project), lockfile: 'pnpm-lock.yaml', report: 'none' });
      const facts = ({ report }: typeof npm) =>
        report.verdicts.map(({ outcome, evidence }) => [
          evidence.subject.purl,
          outcome,
          evidence.registrySignature.status,
          evidence.provenance.status,
        ]);
      expect(pnpm.report.tree.lockfile).toMatchObject({ kind: 'pnpm', version: format });
      expect(facts(pnpm)).toEqual(facts(npm));
      expect(pnpm.report.outcome).toBe('passed');
    },
  );

  it('a swapped digest is found, and only that package fails', async () => {
    const victim = served.rig.packages.find(({ attested, onDisk }) => attested && onDisk)!;
    const other = served.rig.packages.find(({ name }) => name !== victim.name)!;
    const { packages } = served.rig.project['package-lock.json'] as { packages: Record<string, NpmEntry> };
    const swapped = packages[other.location]!.integrity;
    await project.write(
      'pnpm-lock.yaml',
      pnpmLock('9.0', (name, own) => (name === victim.name ? swapped : own)),
    );
    const { report } = await run({
      ...runOptions(served, project),
      lockfile: 'pnpm-lock.yaml',
      report: 'none',
    });
    const failed = report.verdicts.filter(({ outcome }) => outcome === 'failed');
    expect(new Set(failed.map(({ evidence }) => evidence.subject.name))).toEqual(new Set([victim.name]));
    expect(failed[0]!.evidence.integrity).toMatchObject({ status: 'invalid', code: 'integrity-mismatch' });
  });
});

describe('tarballs, where they are asked for', () => {
  const tarballs = () =>
    run({ ...runOptions(served, project), lockfile: 'package-lock.json', tarballs: true, report: 'none' });

  it('have the digests that the lockfile pins', async () => {
    await rm(path.join(project.cwd, 'pnpm-lock.yaml'), { force: true });
    const { report } = await tarballs();
    expect(report.outcome).toBe('passed');
    expect(report.verdicts.map(({ evidence }) => evidence.tarball?.status)).not.toContain(undefined);
    expect(report.verdicts.every(({ evidence }) => evidence.tarball?.status === 'verified')).toBe(true);
  });

  it('that are other bytes fail, whatever the proofs say', async () => {
    const victim = served.rig.packages.find(({ attested, onDisk }) => attested && onDisk)!;
    const id = `${victim.name}@${victim.version}`;
    served.server.overrides.set(`tarball ${id}`, { body: Buffer.from('not what was signed') });
    try {
      const { report } = await tarballs();
      const failed = report.verdicts.filter(({ outcome }) => outcome === 'failed');
      expect(failed.map(({ evidence }) => evidence.subject.name)).toEqual([victim.name]);
      expect(failed[0]!.evidence).toMatchObject({
        registrySignature: { status: 'verified' },
        tarball: { status: 'invalid', code: 'tarball-mismatch' },
      });
    } finally {
      served.server.overrides.clear();
    }
  });

  it('that do not come leave the run undecided', async () => {
    const victim = served.rig.packages.find(({ attested, onDisk }) => attested && onDisk)!;
    served.server.overrides.set(`tarball ${victim.name}@${victim.version}`, {
      drop: 'reset',
      body: Buffer.alloc(0),
    });
    try {
      expect((await tarballs()).report.outcome).toBe('undecided');
    } finally {
      served.server.overrides.clear();
    }
  });
});
